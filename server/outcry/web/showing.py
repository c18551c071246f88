"""What a page says of a lot: which figure is its price, what its clock counts, where it stands in the list.

A *lot* here is the public JSON object of one, card and view merged. The browser's twin: ``static/js/core/showing.js``.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from ..model.codes import FINAL_STATES
from ..model.presets import JUDICIAL
from .figures import left, percent

Lot = Mapping[str, Any]
FILTERS: Final = ("region", "seller_kind", "category")
TABS: Final = ("all", "open", "announced", "paused", "closed")


@dataclass(frozen=True, slots=True)
class Headline:
    """The figure that stands for a lot: the key of its name, fen, and its share of the claim or the appraisal."""

    key: str
    amount: int
    share: str | None
    share_key: str


@dataclass(frozen=True, slots=True)
class Clock:
    """What counts down: the key of its name, its text (``None``: the key says it all) and the moment it counts to."""

    key: str
    text: str | None = None
    at: int | None = None


def is_judicial(lot: Lot) -> bool:
    return lot["terms"]["preset"] in JUDICIAL


def tab(lot: Lot) -> str:
    return "closed" if lot["state"] in FINAL_STATES else str(lot["state"])


def headline(lot: Lot) -> Headline:
    price = lot["price"]
    if price is None:
        key, amount = "price.start", lot["terms"]["start"]
    else:
        key, amount = {"sold": "price.final", "passed": "price.passed"}.get(lot["state"], "price.current"), price
    whole = lot["claim"] or lot["appraisal"]
    share = percent(amount, whole) if whole else None
    return Headline(key, amount, share, "price.of_claim" if lot["claim"] else "price.of_appraisal")


def clock_of(lot: Lot, now: int) -> Clock:
    state, ends_at = lot["state"], lot["ends_at"]
    if state == "announced":
        return Clock("end.opens_in", left(lot["opens_at"] - now), lot["opens_at"])
    if state == "paused":
        if lot["resumes_at"] is not None:
            return Clock("end.resumes_in", left(lot["resumes_at"] - now), lot["resumes_at"])
        remaining = lot["remaining_ms"]
        return Clock("end.paused", left(remaining)) if remaining is not None else Clock("state.paused")
    if state in FINAL_STATES:
        return Clock("end.ended", None, ends_at)
    if ends_at is None:
        return Clock("end.first_bid")
    return Clock("end.in", left(ends_at - now), ends_at) if now < ends_at else Clock("end.awaiting", None, ends_at)


def ends_within(lot: Lot, now: int, ms: int) -> bool:
    """Whether an open lot's end is known and no further away than that."""
    return lot["state"] == "open" and lot["ends_at"] is not None and lot["ends_at"] - now <= ms


def order(lot: Lot) -> tuple[int, int]:
    """Soonest first: what ends, resumes, waits for its first bid, opens; then the closed, newest first."""
    state = lot["state"]
    if state == "open":
        return (0, lot["ends_at"]) if lot["ends_at"] is not None else (2, lot["opens_at"])
    if state == "paused":
        return (1, lot["resumes_at"] or lot["opens_at"])
    if state == "announced":
        return (3, lot["opens_at"])
    return (4, -(lot["ends_at"] or lot["opens_at"]))


def matches(lot: Lot, wanted: Mapping[str, str], text: str) -> bool:
    """Whether a lot, or its card, fits the filters and every word of the search; ``text``: what of it is searched."""
    if any(wanted.get(name) and lot[name] != wanted[name] for name in FILTERS):
        return False
    return all(part in text for part in wanted.get("q", "").lower().split())


def searchable(lot: Lot) -> str:
    texts = (lot["id"], *lot["title"].values(), *lot["seller"].values())
    return " ".join(texts).lower()


@dataclass(frozen=True, slots=True)
class RecordRow:
    """A bid in the record; ``step`` over the price before it, ``end`` where it moved the end, money in fen."""

    n: int
    at: int
    code: str
    rank: int
    amount: int
    match: bool
    step: int | None
    end: int | None
    retracted: str | None


def record(events: Iterable[Mapping[str, Any]]) -> list[RecordRow]:
    """The bids among a run of events, newest first."""
    rows: dict[int, RecordRow] = {}
    price: int | None = None
    ends_at: int | None = None
    for event in events:
        if event["t"] == "bid":
            moved = ends_at is not None and event["ends_at"] is not None and event["ends_at"] > ends_at
            rows[event["n"]] = RecordRow(
                n=event["n"], at=event["at"], code=event["code"], rank=event["rank"], amount=event["amount"],
                match=event["match"], step=None if price is None else event["amount"] - price,
                end=event["ends_at"] if moved else None, retracted=None,
            )  # fmt: skip
        elif event["t"] == "retracted" and (row := rows.get(event["target"])) is not None:
            rows[row.n] = RecordRow(
                row.n, row.at, row.code, row.rank, row.amount, row.match, row.step, row.end, event["ground"]
            )
        price = event.get("price", price)
        ends_at = event.get("ends_at", ends_at)
    return [rows[n] for n in sorted(rows, reverse=True)]
