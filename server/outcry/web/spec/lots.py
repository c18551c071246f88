"""Schemas of a lot as HTTP speaks of it: the card that announces it, and the public lot."""

from typing import Any, Final

from ...house.card import CATEGORIES, ELIGIBILITY, SELLER_KINDS
from ...model.presets import PRESETS
from .events import EVENTS
from .examples import AT, END, NOW, OPENS_AT
from .examples import TERMS as TERMS_EXAMPLE
from .vocabulary import COUNT, LOT_ID, MONEY, NUMBER, TERMS, TIME, Schema, matching, nullable, one_of, word


def texts(most: int) -> Schema:
    """The same text in both languages."""
    text: Schema = {"type": "string", "minLength": 1, "maxLength": most}
    return obj({"en": text, "zh": text})


def obj(properties: dict[str, Schema], *, optional: tuple[str, ...] = ()) -> Schema:
    """A closed object; every property is required unless named as optional."""
    required = [name for name in properties if name not in optional]
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


_CARD: Final[dict[str, Schema]] = {
    "id": LOT_ID,
    "title": texts(200),
    "seller": texts(100),
    "seller_kind": one_of(SELLER_KINDS),
    "category": one_of(CATEGORIES),
    "region": matching("[A-Z]{2}"),
    "attempt": NUMBER,
    "opens_at": TIME,
    "terms": TERMS,
    "debtors": nullable(NUMBER),
    "claim": nullable(MONEY),
    "principal": nullable(MONEY),
    "appraisal": nullable(MONEY),
    "base_date": nullable({"type": "string", "format": "date"}),
    "notes": {"type": "array", "items": texts(2_000), "maxItems": 20},
    "reminders": COUNT,
    "previous": nullable(LOT_ID),
    "eligibility": one_of(ELIGIBILITY),
    "clock_note": nullable(texts(2_000)),
}
_MAY_BE_LEFT_OUT: Final = (
    "attempt",
    "debtors",
    "claim",
    "principal",
    "appraisal",
    "base_date",
    "notes",
    "reminders",
    "previous",
    "eligibility",
    "clock_note",
    "reserve",
)

_NEW_TERMS: Final[Schema] = {
    **TERMS,
    "properties": {**TERMS["properties"], "preset": one_of(tuple(PRESETS))},
    "required": ["preset", "start"],
}
_OPENS_AT: Final[Schema] = {
    **TIME,
    "description": "Of a new lot: to come by the house's clock, else malformed.",
}
NEW_LOT: Final = obj(
    {**_CARD, "opens_at": _OPENS_AT, "terms": _NEW_TERMS, "reserve": nullable(MONEY)}, optional=_MAY_BE_LEFT_OUT
)
"""What an operator announces; terms left out are the preset's."""


def _live(name: str) -> Schema:
    schema = word("snapshot", name).schema
    sometimes = ("price", "ask", "leader", "ends_at", "remaining_ms", "resumes_at", "ground", "reserve_met")
    return nullable(schema) if name in sometimes else schema


_LIVE: Final = (
    "state",
    "n",
    "epoch",
    "price",
    "ask",
    "leader",
    "ends_at",
    "remaining_ms",
    "resumes_at",
    "ground",
    "bids",
    "registered",
    "extensions",
    "reserve_met",
    "watching",
    "now",
)
LOT: Final = obj({**_CARD, **{name: _live(name) for name in _LIVE}})
"""What anybody may read: the card without its reserve, and where the auction stands."""

EVENT: Final[Schema] = {"oneOf": [event.schema() for event in EVENTS]}

CARD_EXAMPLE: Final[dict[str, Any]] = {
    "id": "lot-1",
    "title": {"en": "Claims against 3 debtors (example)", "zh": "岐纶纺织等 3 户债权（示例）"},
    "seller": {"en": "Hengdu AMC", "zh": "衡渡资产"},
    "seller_kind": "amc",
    "category": "npl",
    "region": "ZJ",
    "opens_at": OPENS_AT,
    "claim": 89_100_000_000,
    "terms": {"preset": "npl-commercial", "start": 30_000_000_000},
}
LOT_EXAMPLE: Final[dict[str, Any]] = {
    **CARD_EXAMPLE,
    "opens_at": AT,
    "terms": TERMS_EXAMPLE,
    "attempt": 1,
    "debtors": 3,
    "principal": 61_240_000_000,
    "appraisal": None,
    "base_date": "2024-06-30",
    "notes": [],
    "reminders": 6,
    "previous": None,
    "eligibility": "open",
    "clock_note": None,
    "state": "open",
    "n": 2,
    "epoch": 1,
    "price": 30_200_000_000,
    "ask": 30_300_000_000,
    "leader": "K7Q2M9",
    "ends_at": END,
    "remaining_ms": None,
    "resumes_at": None,
    "ground": None,
    "bids": 1,
    "registered": 2,
    "extensions": 0,
    "reserve_met": None,
    "watching": 41,
    "now": NOW,
}
