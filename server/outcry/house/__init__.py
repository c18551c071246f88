"""The procedures around the room: accounts, catalogue, registration, operations, the auctioneer."""
