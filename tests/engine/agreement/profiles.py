"""The lots that histories are played on: terms that reach every branch of the rules."""

from dataclasses import dataclass, replace
from random import Random

from outcry.model.terms import MAX_AMOUNT, Terms

OPENS_AT = 1_760_000_000_000
START = 10_000
STEP = 500
LADDER = ((START + 4 * STEP, 300), (START + 12 * STEP, 700), (0, 1_100))

COMMON = Terms(
    "npl-commercial",
    start=START,
    increment=STEP,
    duration_ms=60_000,
    window_ms=20_000,
    extension_ms=20_000,
    slip_steps=5,
)


@dataclass(frozen=True, slots=True)
class Profile:
    """A lot and its bidders. ``ranks``: code to rank; ``interval_ms`` and ``burst``: the rate they all have."""

    name: str
    terms: Terms
    reserve: int | None
    salt: str
    ranks: dict[str, int]
    interval_ms: int
    burst: int


KINDS: dict[str, Terms] = {
    "plain": COMMON,
    "ladder": replace(COMMON, ladder=LADDER, increment=0),
    "first bid starts the clock": replace(
        COMMON, preset="cn-private-sale", clock_starts="first_bid", retract=False, self_raise="never"
    ),
    "judicial": replace(COMMON, preset="cn-judicial-2017", retract=False, self_raise="never"),
    "hidden reserve": replace(COMMON, reserve="hidden", dossier='é"\\'),
    "hidden reserve, nobody raises himself": replace(COMMON, reserve="hidden", self_raise="never"),
    "everybody may raise himself": replace(COMMON, self_raise="always", clock_starts="first_bid"),
    "few extensions": replace(COMMON, max_extensions=2, window_ms=40_000, extension_ms=40_000),
    "no extension": replace(COMMON, max_extensions=0),
    "hard end": replace(COMMON, hard_end=OPENS_AT + 90_000, window_ms=50_000, extension_ms=35_000),
    "extension shorter than the window": replace(COMMON, window_ms=30_000, extension_ms=5_000),
    "extension longer than the window": replace(COMMON, window_ms=5_000, extension_ms=15_000),
    "no window": replace(COMMON, window_ms=0),
    "fifteen digits": replace(COMMON, start=MAX_AMOUNT - 40 * STEP, slip_steps=1_000),
    "a step of fifteen digits": replace(COMMON, increment=MAX_AMOUNT, slip_steps=MAX_AMOUNT),
    "a ladder of fifteen digits": replace(
        COMMON, start=MAX_AMOUNT // 2, increment=0, ladder=((MAX_AMOUNT // 2 + 1, 1), (MAX_AMOUNT, 7), (0, MAX_AMOUNT))
    ),
}
RATES = ((0, 1), (200, 10), (200, 3), (1_000, 1))


def profile_of(name: str, random: Random) -> Profile:
    """The named lot; reserve, ranks and rate are drawn."""
    terms = KINDS[name]
    reserve = terms.start + random.choice((0, 1, 2, 4, 8)) * STEP if terms.reserve == "hidden" else None
    ranks = {"ABCD": 0, "QRST7": 0, "M2N4": 1, "XY99ZZ": 2, "KLMN0P1Q": random.choice((0, 2, 3))}
    interval_ms, burst = random.choice(RATES)
    return Profile(name, terms, reserve, "5a17" * 8, ranks, interval_ms, burst)
