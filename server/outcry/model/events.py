"""The bytes of the log: what the script publishes, the stream keeps, the tree hashes and the browser reads."""

import hashlib
import json
from typing import Any

from .commands import Text


def compact(fields: dict[str, Any]) -> bytes:
    """JSON as all scripts write it: no blanks, the keys in the order given, integers plain, pure ASCII."""
    return json.dumps(fields, separators=(",", ":"), ensure_ascii=True, allow_nan=False).encode()


def encode_event(n: int, kind: str, at: int, link: str, fields: dict[str, Any]) -> bytes:
    """Event ``n`` of a lot, decided at ``at`` (store time, ms); ``link`` is that of event n-1, ``""`` where n is 1."""
    return compact({"n": n, "t": kind, "at": at, "link": link, **fields})


def link_of(event: bytes) -> str:
    """What event n+1 carries of event n, and a position of its newest: SHA-1 in hex. Tells a fork, proves nothing."""
    return hashlib.sha1(event, usedforsecurity=False).hexdigest()


def bid_mark(code: str, bid_id: str) -> str:
    """How the log names a bid without giving its id away: the first 16 hex digits of SHA-1 of ``code:id``."""
    return hashlib.sha1(f"{code}:{bid_id}".encode(), usedforsecurity=False).hexdigest()[:16]


def kept_text(text: Text) -> bytes:
    """A free text as it is kept beside the log. Readable, not escaped: nothing hashes these bytes."""
    return json.dumps({"salt": text.salt, "text": text.text}, separators=(",", ":"), ensure_ascii=False).encode()
