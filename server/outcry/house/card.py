"""A lot's card: what is announced of it, and the strict reading of what an operator sends."""

from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import Any, Final

from ..model.ids import is_lot_id
from ..model.presets import read_terms
from ..model.terms import Terms
from . import values
from .errors import Malformed

SELLER_KINDS: Final = ("amc", "bank", "court")
CATEGORIES: Final = ("npl", "bank_asset", "land", "factory", "machinery", "personal_loans", "ship")
ELIGIBILITY: Final = ("open", "amc_only")

TITLE_LENGTH: Final = 200
SELLER_LENGTH: Final = 100
NOTE_LENGTH: Final = 2_000
DOSSIER_LENGTH: Final = 128
NOTES: Final = 20
LATEST_MS: Final = 253_402_300_799_999
"""The end of the year 9999."""


@dataclass(frozen=True, slots=True)
class Words:
    """The same in both languages of the house."""

    en: str
    zh: str


@dataclass(frozen=True, slots=True)
class Card:
    """What is public of a lot before and beside its auction. Money in fen, ``opens_at`` in ms of the store's clock.

    ``commitment`` names where a hidden reserve is kept (SHA-256 of salt and reserve); it appears in the opening event.
    """

    id: str
    title: Words
    seller: Words
    seller_kind: str
    category: str
    region: str
    attempt: int
    opens_at: int
    terms: Terms
    debtors: int | None = None
    claim: int | None = None
    principal: int | None = None
    appraisal: int | None = None
    base_date: str | None = None
    notes: tuple[Words, ...] = ()
    reminders: int = 0
    previous: str | None = None
    eligibility: str = "open"
    clock_note: Words | None = None
    commitment: str | None = None

    def public(self) -> dict[str, Any]:
        return {name: value for name, value in asdict(self).items() if name != "commitment"}

    @classmethod
    def from_kept(cls, kept: dict[str, Any]) -> "Card":
        """The card back from the JSON of ``asdict``."""
        terms = dict(kept["terms"])
        terms["ladder"] = tuple((below, step) for below, step in terms["ladder"])
        texts = {name: Words(**kept[name]) for name in ("title", "seller")}
        notes = tuple(Words(**note) for note in kept["notes"])
        clock_note = kept["clock_note"] and Words(**kept["clock_note"])
        return cls(**{**kept, **texts, "terms": Terms(**terms), "notes": notes, "clock_note": clock_note})

    def same_as(self, other: "Card") -> bool:
        """Whether two cards announce the same, their reserves apart."""
        return replace(self, commitment=None) == replace(other, commitment=None)


_REQUIRED = ("id", "title", "seller", "seller_kind", "category", "region", "opens_at", "terms")
_OPTIONAL = (
    "attempt", "debtors", "claim", "principal", "appraisal", "base_date", "notes", "reminders", "previous",
    "eligibility", "reserve", "clock_note",
)  # fmt: skip


def read_card(body: object) -> tuple[Card, int | None]:
    """The card in a decoded request, and its hidden reserve apart from it; ``Malformed`` names the first fault."""
    if not isinstance(body, dict):
        raise Malformed("a lot is a JSON object")
    for name in _REQUIRED:
        if name not in body:
            raise Malformed(f"{name} is missing")
    for name in body:
        if name not in _REQUIRED and name not in _OPTIONAL:
            raise Malformed(f"unknown field {str(name)[:40]!r}")
    terms = _terms(body["terms"])
    card = Card(
        id=_lot_id(body["id"], "id"),
        title=_words(body["title"], "title", TITLE_LENGTH),
        seller=_words(body["seller"], "seller", SELLER_LENGTH),
        seller_kind=values.one_of(body["seller_kind"], "seller_kind", SELLER_KINDS),
        category=values.one_of(body["category"], "category", CATEGORIES),
        region=_region(body["region"]),
        attempt=values.whole(body.get("attempt", 1), "attempt", 1, 9),
        opens_at=values.whole(body["opens_at"], "opens_at", 1, LATEST_MS),
        terms=terms,
        debtors=_whole_or_none(body, "debtors"),
        claim=_whole_or_none(body, "claim"),
        principal=_whole_or_none(body, "principal"),
        appraisal=_whole_or_none(body, "appraisal"),
        base_date=_base_date(body.get("base_date")),
        notes=_notes(body.get("notes", [])),
        reminders=values.whole(body.get("reminders", 0), "reminders"),
        previous=None if body.get("previous") is None else _lot_id(body["previous"], "previous"),
        eligibility=values.one_of(body.get("eligibility", "open"), "eligibility", ELIGIBILITY),
        clock_note=None if body.get("clock_note") is None else _words(body["clock_note"], "clock_note", NOTE_LENGTH),
    )
    return card, _reserve(body.get("reserve"), terms)


def _lot_id(value: object, name: str) -> str:
    if not isinstance(value, str) or not is_lot_id(value):
        raise Malformed(f"{name} must have 1 to 40 of a-z, 0-9 and -, and not begin with -")
    return value


def _words(value: object, name: str, most: int) -> Words:
    if not isinstance(value, dict) or set(value) != {"en", "zh"}:
        raise Malformed(f'{name} must be {{"en", "zh"}}')
    lines = most == NOTE_LENGTH
    en, zh = (values.text(value[language], f"{name}.{language}", most, lines=lines) for language in ("en", "zh"))
    return Words(en, zh)


def _notes(value: object) -> tuple[Words, ...]:
    if not isinstance(value, list) or len(value) > NOTES:
        raise Malformed(f"notes must be a list of at most {NOTES}")
    return tuple(_words(note, f"notes[{index}]", NOTE_LENGTH) for index, note in enumerate(value))


def _region(value: object) -> str:
    if not isinstance(value, str) or len(value) != 2 or not (value.isascii() and value.isalpha() and value.isupper()):
        raise Malformed("region must be two capital letters")
    return value


def _base_date(value: object) -> str | None:
    if value is None:
        return None
    try:
        if isinstance(value, str) and date.fromisoformat(value).isoformat() == value:
            return value
    except ValueError:
        pass
    raise Malformed("base_date must be a date like 2024-06-30")


def _whole_or_none(body: dict[str, Any], name: str) -> int | None:
    return None if body.get(name) is None else values.whole(body[name], name, 1)


def _terms(value: object) -> Terms:
    if not isinstance(value, dict):
        raise Malformed("terms must be a JSON object")
    try:
        terms = read_terms(value)
    except ValueError as error:
        raise Malformed(f"terms: {error}") from None
    if terms.dossier:
        values.text(terms.dossier, "terms.dossier", DOSSIER_LENGTH)
    return terms


def _reserve(value: object, terms: Terms) -> int | None:
    if (value is None) != (terms.reserve == "none"):
        raise Malformed('a hidden reserve needs both the amount and terms.reserve = "hidden"')
    return None if value is None else values.whole(value, "reserve", terms.start)
