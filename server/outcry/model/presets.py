"""The presets of a sale, and what every set of terms must satisfy."""

from dataclasses import fields
from typing import Any

from .terms import MAX_AMOUNT, Terms, default_increment

HOUR_MS = 3_600_000
PRESETS: dict[str, dict[str, Any]] = {
    "npl-commercial": {
        "duration_ms": 24 * HOUR_MS, "window_ms": 300_000, "extension_ms": 300_000, "retract": True,
        "self_raise": "reserve_unmet", "clock_starts": "opening",
    },
    "cn-judicial-2017": {
        "duration_ms": 24 * HOUR_MS, "window_ms": 300_000, "extension_ms": 300_000, "retract": False,
        "self_raise": "never", "clock_starts": "opening",
    },
    "cn-private-sale": {
        "duration_ms": 24 * HOUR_MS, "window_ms": 300_000, "extension_ms": 300_000, "retract": False,
        "self_raise": "never", "clock_starts": "first_bid",
    },
}  # fmt: skip
JUDICIAL = frozenset(("cn-judicial-2017", "cn-private-sale"))


def read_terms(raw: dict[str, Any]) -> Terms:
    """Terms from decoded JSON, the preset's figures under those given; ``ValueError`` names what does not fit."""
    preset = raw.get("preset")
    if not isinstance(preset, str) or preset not in PRESETS:
        raise ValueError(f"unknown preset {preset!r}")
    known = {field.name for field in fields(Terms)}
    unknown = sorted(set(raw) - known)
    if unknown:
        raise ValueError(f"unknown term {unknown[0]!r}")
    merged = {**PRESETS[preset], **raw}
    try:
        merged["ladder"] = tuple((int(below), int(step)) for below, step in merged.get("ladder", ()))
        merged.setdefault("increment", default_increment(merged["start"]) if not merged["ladder"] else 0)
        terms = Terms(**merged)
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"terms incomplete: {error}") from None
    check_terms(terms)
    return terms


def check_terms(terms: Terms) -> None:
    """Raise ``ValueError`` with one clear sentence where the terms contradict the rules."""
    if terms.preset not in PRESETS:
        raise ValueError(f"unknown preset {terms.preset!r}")
    for name in ("start", "duration_ms", "extension_ms", "slip_steps"):
        _at_least(terms, name, 1)
    for name in ("window_ms", "deposit", "increment"):
        _at_least(terms, name, 0)
    if not terms.ladder and terms.increment < 1:
        raise ValueError("increment must be at least 1 where there is no ladder")
    if terms.ladder:
        _check_ladder(terms.ladder)
    if max(terms.start, terms.deposit, terms.increment) > MAX_AMOUNT:
        raise ValueError("amounts have at most 15 digits")
    if terms.clock_starts not in ("opening", "first_bid"):
        raise ValueError("clock_starts is opening or first_bid")
    if terms.self_raise not in ("never", "reserve_unmet", "always"):
        raise ValueError("self_raise is never, reserve_unmet or always")
    if terms.reserve not in ("none", "hidden"):
        raise ValueError("reserve is none or hidden")
    if terms.preset in JUDICIAL:
        if terms.retract:
            raise ValueError("a judicial sale retracts no bid: pause or withdraw it")
        if terms.reserve == "hidden":
            raise ValueError("a judicial sale's reserve is its start price (art. 10)")
    for name in ("max_extensions", "hard_end"):
        if getattr(terms, name) is not None:
            _at_least(terms, name, 0)


def _at_least(terms: Terms, name: str, least: int) -> None:
    value = getattr(terms, name)
    if not isinstance(value, int) or isinstance(value, bool) or value < least:
        raise ValueError(f"{name} must be a whole number of at least {least}")


def _check_ladder(ladder: tuple[tuple[int, int], ...]) -> None:
    bounds = [below for below, _ in ladder[:-1]]
    if bounds != sorted(set(bounds)) or any(below < 1 for below in bounds) or ladder[-1][0] != 0:
        raise ValueError("a ladder's rungs rise and the last one has below = 0")
    if any(step < 1 for _, step in ladder):
        raise ValueError("a ladder's steps are at least 1")
