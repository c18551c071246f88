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
CHOICES = {
    "clock_starts": ("opening", "first_bid"),
    "self_raise": ("never", "reserve_unmet", "always"),
    "reserve": ("none", "hidden"),
}
LEAST = {"start": 1, "duration_ms": 1, "extension_ms": 1, "slip_steps": 1, "window_ms": 0, "deposit": 0, "increment": 0}
CAPS = {"max_extensions": 0, "hard_end": 1}
"""The least value of the caps, which may also be None."""
MOST_RUNGS = 64
"""Each bid walks the ladder."""


def read_terms(raw: dict[str, Any]) -> Terms:
    """Terms from decoded JSON, the preset's figures under those given; ``ValueError`` names what does not fit."""
    preset = raw.get("preset")
    if not isinstance(preset, str) or preset not in PRESETS:
        raise ValueError(_unknown(preset))
    known = {field.name for field in fields(Terms)}
    unknown = sorted(set(raw) - known)
    if unknown:
        raise ValueError(f"unknown term {unknown[0]!r}")
    merged = {**PRESETS[preset], **raw}
    if "start" not in merged:
        raise ValueError("terms incomplete: there is no start")
    _check_number("start", merged["start"], 1)
    merged["ladder"] = _read_ladder(merged.get("ladder", []))
    merged.setdefault("increment", 0 if merged["ladder"] else default_increment(merged["start"]))
    terms = Terms(**merged)
    check_terms(terms)
    return terms


def check_terms(terms: Terms) -> None:
    """Raise ``ValueError`` with one clear sentence where the terms contradict the rules."""
    if terms.preset not in PRESETS:
        raise ValueError(_unknown(terms.preset))
    for name, least in LEAST.items():
        _check_number(name, getattr(terms, name), least)
    for name, least in CAPS.items():
        if getattr(terms, name) is not None:
            _check_number(name, getattr(terms, name), least)
    for name, choices in CHOICES.items():
        if getattr(terms, name) not in choices:
            raise ValueError(f"{name} must be one of {', '.join(choices)}")
    if not isinstance(terms.retract, bool):
        raise ValueError("retract must be true or false")
    if not isinstance(terms.dossier, str):
        raise ValueError("dossier must be a text")
    if terms.ladder:
        _check_ladder(terms.ladder)
    elif terms.increment < 1:
        raise ValueError("increment must be at least 1 where there is no ladder")
    if terms.preset in JUDICIAL:
        _check_judicial(terms)


def _unknown(preset: object) -> str:
    return f"unknown preset {str(preset)[:40]!r}: it is one of {', '.join(PRESETS)}"


def _check_judicial(terms: Terms) -> None:
    if terms.retract:
        raise ValueError("a judicial sale retracts no bid: pause or withdraw it")
    if terms.reserve == "hidden":
        raise ValueError("a judicial sale's reserve is its start price (art. 10)")


def _check_number(name: str, value: object, least: int) -> None:
    """Fifteen digits are the limit of all figures, as sums of two must be exact in doubles."""
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= MAX_AMOUNT:
        raise ValueError(f"{name} must be a whole number of at least {least} and at most 15 digits")


def _read_ladder(raw: object) -> tuple[tuple[int, int], ...]:
    if not isinstance(raw, list | tuple) or not all(isinstance(rung, list | tuple) and len(rung) == 2 for rung in raw):
        raise ValueError("a ladder is a list of [below, step]")
    return tuple((below, step) for below, step in raw)


def _check_ladder(ladder: tuple[tuple[int, int], ...]) -> None:
    if len(ladder) > MOST_RUNGS:
        raise ValueError(f"a ladder has at most {MOST_RUNGS} rungs")
    for below, step in ladder:
        _check_number("a ladder's below", below, 0)
        _check_number("a ladder's step", step, 1)
    bounds = [below for below, _ in ladder[:-1]]
    if 0 in bounds or bounds != sorted(set(bounds)) or ladder[-1][0] != 0:
        raise ValueError("a ladder's rungs rise and the last one has below = 0")
