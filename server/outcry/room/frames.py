"""Every frame the house sends that has no number: built here and nowhere else, ready for the wire.

Numbered events are the bytes of the log and decisions those of the script; both only get the wire's header.
"""

from collections.abc import Sequence
from typing import Any, Literal

import orjson

from ..model.roles import Identity
from ..model.view import LotView, snapshot
from .wire import text_frame

VERSION = 1
Store = Literal["up", "down"]
Why = Literal["joined", "resumed", "history_changed"]


def hello(lot_id: str, identity: Identity, view: LotView, now: int) -> bytes:
    """Who the socket is to this lot, and where the lot stands. Times in ms of the store's clock."""
    return _frame(
        {"t": "hello", "v": VERSION, "lot": lot_id, "role": identity.role, "code": identity.code, "now": now,
         "epoch": view.epoch, "n": view.n}
    )  # fmt: skip


def snapshot_frame(view: LotView, why: Why, now: int) -> bytes:
    """Everything about the lot at the view's position."""
    return _frame({**snapshot(view, why), "now": now})


def tick(first: int, view: LotView) -> bytes:
    """Declares events ``first`` to the view's n as a hole to be fetched, and gives the state after them.

    The link makes the hole's address one that a cache may answer for ever, to all who have the same.
    """
    return _frame(
        {"t": "tick", "from": first, "n": view.n, "link": view.link, "price": view.price, "ask": view.ask,
         "leader": view.leader, "bids": view.bids, "ends_at": view.ends_at, "extensions": view.extensions,
         "state": view.state}
    )  # fmt: skip


def pulse(view: LotView, now: int, watching: int, store: Store) -> bytes:
    """Says that the room lives: the same bytes to everybody in it."""
    return _frame(
        {"t": "pulse", "n": view.n, "now": now, "watching": watching, "registered": view.registered, "store": store}
    )


def market(now: int, lots: Sequence[dict[str, Any]] | orjson.Fragment) -> bytes:
    return _frame({"t": "market", "now": now, "lots": lots})


def market_line(lot_id: str, view: LotView, opens_at: int) -> dict[str, Any]:
    """What the catalogue shows of a lot and must keep current."""
    return {
        "id": lot_id, "state": view.state, "price": view.price, "bids": view.bids, "ends_at": view.ends_at,
        "registered": view.registered, "opens_at": opens_at, "resumes_at": view.resumes_at,
    }  # fmt: skip


def pong(c: int | str, now: int) -> bytes:
    return _frame({"t": "pong", "c": c, "now": now})


def error(code: str, detail: str | None = None, id: str | None = None) -> bytes:
    """A refused frame; the socket lives."""
    fields = {"t": "error", "code": code, "id": id, "detail": detail}
    return _frame({name: value for name, value in fields.items() if value is not None})


def _frame(fields: dict[str, Any]) -> bytes:
    return text_frame(orjson.dumps(fields))
