"""The terms of a lot: all that its auction is decided by, frozen at the opening."""

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import Literal

MAX_AMOUNT = 999_999_999_999_999
"""Fifteen digits of minor units (fen): exact in Lua's and JavaScript's doubles."""

SelfRaise = Literal["never", "reserve_unmet", "always"]
ClockStarts = Literal["opening", "first_bid"]


@dataclass(frozen=True, slots=True)
class Terms:
    """Public terms. Money in fen, durations in ms, ``hard_end`` in ms since 1970.

    ``ladder`` is ``((below, step), …, (0, step))``: the step of a price is that of the first rung whose ``below`` it
    does not reach; the last rung has ``below`` 0 and catches the rest. An empty ladder means ``increment`` everywhere.
    """

    preset: str
    start: int
    increment: int
    duration_ms: int
    window_ms: int
    extension_ms: int
    deposit: int = 0
    ladder: tuple[tuple[int, int], ...] = ()
    max_extensions: int | None = None
    hard_end: int | None = None
    clock_starts: ClockStarts = "opening"
    self_raise: SelfRaise = "reserve_unmet"
    slip_steps: int = 20
    retract: bool = True
    reserve: Literal["none", "hidden"] = "none"
    dossier: str = ""

    def step(self, price: int) -> int:
        """The step in force at a price, in fen."""
        for below, step in self.ladder:
            if below == 0 or price < below:
                return step
        return self.increment

    def to_json(self) -> str:
        """The bytes that the opening event carries: compact, in the order of the fields."""
        return json.dumps(asdict(self), separators=(",", ":"), ensure_ascii=True)


def default_increment(start: int) -> int:
    """0.5 % of the start, rounded down to 1, 2 or 5 times a power of ten; at least 1 fen."""
    target = max(1, start * 5 // 1000)
    power: int = 10 ** (len(str(target)) - 1)
    return next(digit * power for digit in (5, 2, 1) if digit * power <= target)


def reserve_hash(reserve: int, salt: str) -> str:
    """The commitment to a hidden reserve: SHA-256 of ``salt:reserve``, in hex."""
    return hashlib.sha256(f"{salt}:{reserve}".encode()).hexdigest()


def text_hash(text: str, salt: str) -> str:
    """What an event says of a free text that is kept beside the log: SHA-256 of ``salt:text``, in hex."""
    return hashlib.sha256(f"{salt}:{text}".encode()).hexdigest()
