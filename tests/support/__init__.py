"""What tests need to meet the real thing: stores, houses, strict clients, and a network that fails on demand."""
