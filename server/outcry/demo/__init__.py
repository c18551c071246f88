"""The demo house: its lots and its robots, real clients of the public protocol."""
