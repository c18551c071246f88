"""What a client may say, decoded strictly: one frame in, one command or one ``FrameError`` out. No I/O.

JSON decoders forgive: they keep the last of two equal keys, read ``1e3``, ``-0`` or thirty digits, pass NUL and lone
surrogates. Here nothing is guessed: who bids must have said exactly what the house understood.
"""

import json
import math
import re
from typing import Any, Final, NamedTuple, NoReturn

from ..model.ids import is_bid_id
from ..model.terms import MAX_AMOUNT

DEPTH: Final = 4
DIGITS: Final = 16
"""Those of the largest amount, and a sign."""
ECHO: Final = 40
"""Characters of a ``ping`` that come back."""


class Bid(NamedTuple):
    """``amount``, ``confirm``: fen."""

    id: str
    amount: int
    confirm: int | None = None


class Sync(NamedTuple):
    """The position the client holds; answered like a resumption."""

    epoch: int
    after: int
    link: str


class Ping(NamedTuple):
    c: int | str


ClientCommand = Bid | Sync | Ping


class FrameError(Exception):
    """The frame is refused, the socket lives. ``code``: of ``FRAME_ERRORS``; ``id``: the bid's, if it has one."""

    def __init__(self, code: str, detail: str, id: str | None = None) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail
        self.id = id


_PLAIN_BID = re.compile(
    rb'\{"t": ?"bid", ?"id": ?"([A-Za-z0-9_-]{1,40})", ?"amount": ?([1-9][0-9]{0,14})'
    rb'(?:, ?"confirm": ?([1-9][0-9]{0,14}))?\}'
)
"""A bid as ``JSON.stringify`` and ``json.dumps`` write it: strict by its form, it needs no parser (0.8 µs, not 5)."""
_LINK = re.compile(r"(?:[0-9a-f]{40})?")
BODY: Final = 4096
_NAME = re.compile(r"[A-Za-z0-9_-]{1,40}")
_STRING = re.compile(r'"(?:[^"\\]|\\.)*+(?:"|\\?\Z)', re.S)
"""Takes an unterminated one to the end and never looks back: one that did took 50 ms for 4 KiB of quotes."""
_FIELDS: Final = {
    "bid": frozenset(("t", "id", "amount", "confirm")),
    "sync": frozenset(("t", "epoch", "after", "link")),
    "ping": frozenset(("t", "c")),
}


def decode(payload: bytes) -> ClientCommand:
    """The command in a text frame (valid UTF-8); raises ``FrameError``."""
    plain = _PLAIN_BID.fullmatch(payload)
    if plain is not None:
        id, amount, confirm = plain.groups()
        return Bid(id.decode(), int(amount), None if confirm is None else int(confirm))
    fields = _fields(payload)
    kind = fields.get("t")
    if not isinstance(kind, str):
        _malformed("the frame has no type t", fields)
    if kind not in _FIELDS:
        raise FrameError("unknown_type", "a client may send bid, sync and ping")
    if kind == "bid":
        return _bid(fields)
    _only(fields, _FIELDS[kind])
    return _sync(fields) if kind == "sync" else _ping(fields)


def decode_bid(body: bytes) -> Bid:
    """The bid in an HTTP body: the same frame, with or without ``t``. Raises ``FrameError``."""
    if len(body) > BODY:
        _malformed(f"a bid has at most {BODY} bytes")
    fields = _fields(body)
    if fields.get("t", "bid") != "bid":
        raise FrameError("unknown_type", "only a bid may be posted here")
    return _bid(fields)


def _bid(fields: dict[str, Any]) -> Bid:
    _only(fields, _FIELDS["bid"])
    id = fields.get("id")
    if not isinstance(id, str) or not is_bid_id(id):
        _malformed("id must be 1 to 40 of A-Z a-z 0-9 _ -", fields)
    amount = _whole(fields, "amount", 1)
    return Bid(id, amount, _whole(fields, "confirm", 1) if "confirm" in fields else None)


def _sync(fields: dict[str, Any]) -> Sync:
    link = fields.get("link")
    if not isinstance(link, str) or _LINK.fullmatch(link) is None:
        _malformed("link must be 40 hex digits, or empty before the first event", fields)
    return Sync(_whole(fields, "epoch", 0), _whole(fields, "after", 0), link)


def _ping(fields: dict[str, Any]) -> Ping:
    c = fields.get("c")
    if isinstance(c, bool) or not isinstance(c, int | str) or len(str(c)) > ECHO:
        _malformed(f"c must be a whole number or a string of at most {ECHO} characters", fields)
    return Ping(c)


def _whole(fields: dict[str, Any], name: str, least: int) -> int:
    value = fields.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= MAX_AMOUNT:
        _malformed(f"{name} must be a whole number from {least} to {MAX_AMOUNT}", fields)
    return value


def _only(fields: dict[str, Any], known: frozenset[str]) -> None:
    for name in fields:
        if name not in known:
            _malformed(f"unknown field {name}" if _NAME.fullmatch(name) else "unknown field", fields)


def _malformed(detail: str, fields: dict[str, Any] | None = None) -> NoReturn:
    id = (fields or {}).get("id")
    raise FrameError("malformed", detail, id if isinstance(id, str) and is_bid_id(id) else None)


def _fields(payload: bytes) -> dict[str, Any]:
    """The one JSON object in ``payload``, every oddity of JSON refused."""
    try:
        text = payload.decode()
    except UnicodeDecodeError:
        _malformed("not UTF-8")
    if _depth(text) > DEPTH:
        _malformed(f"nested deeper than {DEPTH}")
    try:
        fields = json.loads(text, object_pairs_hook=_unique, parse_int=_integer)
    except ValueError:
        _malformed("not JSON")
    if not isinstance(fields, dict):
        _malformed("not a JSON object")
    return fields


def _depth(text: str) -> int:
    """How deep brackets nest outside of strings; counted first, because a decoder recurses."""
    if text.count("{") + text.count("[") <= DEPTH:
        return 0
    depth = deepest = 0
    for character in _STRING.sub("", text):
        if character in "{[":
            depth += 1
            deepest = max(deepest, depth)
        elif character in "}]":
            depth -= 1
    return deepest


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for name, value in pairs:
        if name in fields:
            _malformed("a key appears twice")
        for text in (name, value):
            if isinstance(text, str) and not _clean(text):
                _malformed("a string holds NUL or half a surrogate pair")
        fields[name] = value
    return fields


def _clean(text: str) -> bool:
    return text.isascii() and "\0" not in text or not any(c == "\0" or "\ud800" <= c <= "\udfff" for c in text)


def _integer(digits: str) -> int | float:
    """NaN, which is no whole number, for -0 and for more digits than any amount has."""
    return int(digits) if len(digits) <= DIGITS and digits != "-0" else math.nan
