"""The real-time part: fan-out, codec, rooms, the hub, sessions."""
