"""What may be called what: the alphabets of every identifier that crosses a border."""

import re

LOT_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
BID_ID = re.compile(r"[A-Za-z0-9_-]{1,40}")
CODE = re.compile(r"[A-Z0-9]{4,8}")
KEY = re.compile(r"[A-Za-z0-9_-]{1,40}")
"""An operator's idempotency key."""


def is_lot_id(text: str) -> bool:
    return LOT_ID.fullmatch(text) is not None


def is_bid_id(text: str) -> bool:
    return BID_ID.fullmatch(text) is not None


def is_code(text: str) -> bool:
    return CODE.fullmatch(text) is not None


def is_key(text: str) -> bool:
    return KEY.fullmatch(text) is not None
