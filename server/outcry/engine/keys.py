"""Every key and channel of the store, named in this file only.

All that belongs to a lot carries the hash tag ``{lot_id}``: one lot, one slot, one writer.
"""

PREFIX = "outcry"


def keys_of(lot_id: str) -> tuple[str, str, str, str, str, str]:
    """KEYS of every script: lot, events, bidders, answers, texts, channel."""
    tag = f"{PREFIX}:{{{lot_id}}}"
    return f"{tag}:lot", f"{tag}:events", f"{tag}:bidders", f"{tag}:answers", f"{tag}:texts", f"{tag}:feed"


def lot_key(lot_id: str) -> str:
    return keys_of(lot_id)[0]


def events_key(lot_id: str) -> str:
    return keys_of(lot_id)[1]


def bidders_key(lot_id: str) -> str:
    return keys_of(lot_id)[2]


def answers_key(lot_id: str) -> str:
    return keys_of(lot_id)[3]


def texts_key(lot_id: str) -> str:
    return keys_of(lot_id)[4]


def channel(lot_id: str) -> str:
    return keys_of(lot_id)[5]


def record_key(name: str) -> str:
    """A key of the house's own records, outside every lot's slot."""
    return f"{PREFIX}:house:{name}"
