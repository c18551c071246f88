"""Values from outside: each is what it should be, or ``Malformed`` says in one sentence what is wrong with it."""

import unicodedata
from collections.abc import Collection

from ..model.ids import is_key
from ..model.terms import MAX_AMOUNT
from .errors import Malformed

_BIDI = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Marks that turn the direction of what follows: a figure behind one reads differently than it is."""


def text(value: object, name: str, most: int, *, lines: bool = False) -> str:
    """1 to ``most`` characters without edges of white space; ``lines`` allows line feeds."""
    if not isinstance(value, str):
        raise Malformed(f"{name} must be a text")
    trimmed = value.strip()
    if not 1 <= len(trimmed) <= most:
        raise Malformed(f"{name} must have 1 to {most} characters")
    if any(_is_control(char) and not (lines and char == "\n") for char in trimmed):
        raise Malformed(f"{name} must not contain control characters")
    return trimmed


def whole(value: object, name: str, least: int = 0, most: int = MAX_AMOUNT) -> int:
    """A JSON integer in a range; true and false are none."""
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise Malformed(f"{name} must be a whole number from {least} to {most}")
    return value


def one_of(value: object, name: str, allowed: Collection[str]) -> str:
    if not isinstance(value, str) or value not in allowed:
        raise Malformed(f"{name} must be one of {', '.join(sorted(allowed))}")
    return value


def key(value: object) -> str:
    """An operator's idempotency key: never empty, or a repeated request would act twice."""
    if not isinstance(value, str) or not is_key(value):
        raise Malformed("key must have 1 to 40 letters, digits, _ or -")
    return value


def expected(value: object) -> int | None:
    """The n of the head that the sender saw, if he said."""
    return None if value is None else whole(value, "expect_n")


def _is_control(char: str) -> bool:
    return unicodedata.category(char) in ("Cc", "Cs") or char in _BIDI
