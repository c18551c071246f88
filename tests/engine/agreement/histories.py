"""Random histories from a seed, weighted so that lots live: they open, are fought for, stumble and close."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from random import Random

from outcry.model.commands import Reply
from outcry.model.lot import Lot
from outcry.model.oracle import Oracle

from .moves import DIALS, Move, Step, Table
from .profiles import KINDS, Profile, profile_of

LENGTH = 160
AFTERMATH = 8
"""How many commands still meet a lot after its end."""

Weights = dict[str, float]

BIDS: Weights = {
    "raise": 45, "match": 14, "again": 5, "slip": 4, "below": 4, "off_grid": 4, "reuse": 2, "lend": 2, "most": 0.5,
}  # fmt: skip
HOUSE: Weights = {"admit": 8, "dismiss": 1.5, "say": 2, "close": 1, "open": 0.4, "restart": 1, "adopt": 0.5}
KIND_WEIGHTS: dict[str, Weights] = {
    "announced": {"admit": 100, "open": 25, "dismiss": 2, "withdraw": 0.6, **dict.fromkeys(BIDS, 1), "say": 1,
                  "close": 1, "pause": 1, "resume": 1, "announce": 1, "retract": 1, "adopt": 1},
    "open": {**BIDS, **HOUSE, "pause": 3.5, "withdraw": 0.7, "resume": 0.4, "announce": 0.4, "retract": 0.4},
    "overdue": {"close": 40, "raise": 20, "match": 4, "again": 3, "admit": 3, "pause": 3, "dismiss": 2, "restart": 1,
                "withdraw": 1, "say": 2},
    "paused": {"retract": 30, "announce": 18, "resume": 22, "raise": 5, "again": 2, "admit": 3, "dismiss": 5, "say": 2,
               "pause": 2, "close": 2, "restart": 2, "adopt": 1, "withdraw": 0.5},
    "stale": {**dict.fromkeys(BIDS, 2), **dict.fromkeys(HOUSE, 2), "pause": 2, "resume": 2, "announce": 2, "retract": 2,
              "withdraw": 2, "adopt": 60},
    "final": {**dict.fromkeys(BIDS, 2), **dict.fromkeys(HOUSE, 3), "pause": 3, "resume": 3, "announce": 3, "retract": 3,
              "withdraw": 3, "adopt": 6},
}  # fmt: skip

CLOCK: Weights = {"none": 12, "tick": 15, "beat": 30, "rate": 25, "long": 12, "step back": 1, "far back": 0.2}
WAIT_WEIGHTS: dict[str, Weights] = {
    "announced": {**CLOCK, "before opening": 3, "opening": 12},
    "open": {**CLOCK, "before window": 2, "window": 3, "last moment": 1, "end": 1.2, "past end": 0.4},
    "overdue": {**CLOCK, "before grace": 8, "grace": 12},
    "paused": {**CLOCK, "before resumption": 5, "resumption": 30},
    "stale": CLOCK,
    "final": {**CLOCK, "end": 2},
}
ENVELOPE_WEIGHTS: Weights = {"good": 90, "edge": 3, "expired": 2, "early": 2, "foreign": 1, "old schema": 1}

STORM_KINDS: Weights = {"below": 78, "again": 14, "reuse": 8}
"""One bidder asks far too much too low: the ring of kept refusals turns over."""
STORM = 700


@dataclass(slots=True)
class History:
    """What was asked of a lot, and what the oracle answered each time."""

    lot_id: str
    oracle: Oracle
    steps: list[Step] = field(default_factory=list)
    replies: list[Reply] = field(default_factory=list)

    def take(self, step: Step) -> Reply:
        reply = self.oracle.decide(step.command, step.envelope, step.time, step.schema)
        self.steps.append(step)
        self.replies.append(reply)
        return reply


def played(lot_id: str, profile: Profile, moves: Iterable[Move]) -> History:
    """The history that given moves make."""
    table = Table(profile)
    history = History(lot_id, table.oracle)
    for move in moves:
        history.take(table.step(move))
    return history


def random_history(number: int, seed: int) -> History:
    """History ``number`` of a seed; the profiles take turns."""
    random = Random(f"{seed}:{number}")
    names = list(KINDS)
    table = Table(profile_of(names[number % len(names)], random))
    history = History(f"lot-{seed}-{number}", table.oracle)
    left = LENGTH
    while left > 0:
        phase = phase_of(table)
        history.take(table.step(_draw(random, phase)))
        left = min(left - 1, AFTERMATH) if table.lot.final else left - 1
    return history


def storm(number: int, seed: int) -> History:
    """An opened lot and a bidder whose refusals are more than are kept."""
    random = Random(f"storm:{seed}:{number}")
    table = Table(replace(profile_of("plain", random), interval_ms=0))
    history = History(f"storm-{seed}-{number}", table.oracle)
    opening = [Move("admit"), Move("open", "opening"), Move("admit", who=1), Move("raise", who=1)]
    for move in opening:
        history.take(table.step(move))
    for _ in range(STORM):
        history.take(table.step(Move(_choose(random, STORM_KINDS), "none", x=random.randrange(DIALS))))
    return history


def phase_of(table: Table) -> str:
    lot: Lot = table.lot
    if lot.final or lot.state == "announced":
        return "final" if lot.final else "announced"
    if lot.run_id != table.run_id:
        return "stale"
    if lot.state == "paused":
        return "paused"
    return "overdue" if lot.ended(table.time) else "open"


def _draw(random: Random, phase: str) -> Move:
    """Dials lean to their lower values, the ordinary ones, except who acts."""
    x, y, z = (random.randrange(random.choice((3, DIALS, DIALS))) for _ in range(3))
    kind, wait = _choose(random, KIND_WEIGHTS[phase]), _choose(random, WAIT_WEIGHTS[phase])
    return Move(kind, wait, _choose(random, ENVELOPE_WEIGHTS), random.randrange(DIALS), x, y, z)


def _choose(random: Random, weights: Weights) -> str:
    return random.choices(tuple(weights), tuple(weights.values()))[0]
