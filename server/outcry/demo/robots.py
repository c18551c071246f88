"""What a robot bidder thinks, without a socket: when he looks at the room, and what he then does.

A robot has a private value, drawn before the opening, and a temper (characters.py). Whenever he does not lead he
thinks for a few seconds, looks at the price, and leaves for good with probability (ask / value)**40 or else bids. The
steep power is what makes duels: far below his value a robot hardly ever leaves, at his value always. He knows what
anybody may know of the lot, and never who stands behind a code.

Everything here is pure: play.py carries it out on a socket, the tests in virtual time.
"""

from dataclasses import dataclass
from math import log
from random import Random
from typing import ClassVar

from ..model.terms import Terms
from ..model.view import LotView

VALUE_MEDIAN = 1.12
VALUE_SIGMA = 0.15
LEAVING_POWER = 40
THINK_MEDIAN_MS = 4_000
THINK_SIGMA = 0.5
THINK_LEAST_MS = 600
RAISE_BP = 55
"""On a lot with tiny steps a robot takes several at once: up to 0.55 % of the start, in basis points."""
RAISES_HIMSELF = 0.5
"""How many would rather raise themselves than lose the lot to a hidden reserve …"""
LAST_CALL_MS = 15_000
"""… and how long before the end they begin."""


@dataclass(frozen=True, slots=True)
class Bid:
    """``copies``: how often the same frame is sent, with the same id."""

    amount: int
    copies: int = 1


@dataclass(frozen=True, slots=True)
class Vanish:
    """The connection drops, for so many milliseconds."""

    ms: int


@dataclass(frozen=True, slots=True)
class Leave:
    """He has left for good."""


Move = Bid | Vanish | Leave | None


def draw_value(start: int, rng: Random) -> int:
    """A private value in fen: the start times a lognormal."""
    return round(start * rng.lognormvariate(log(VALUE_MEDIAN), VALUE_SIGMA))


def think_ms(rng: Random, median_ms: int = THINK_MEDIAN_MS) -> int:
    return max(THINK_LEAST_MS, round(rng.lognormvariate(log(median_ms), THINK_SIGMA)))


def leaving(ask: int, value: int) -> float:
    """The probability that a robot leaves for good at a look."""
    return 1.0 if ask >= value else float((ask / value) ** LEAVING_POWER)


def raised(view: LotView, terms: Terms, steps: int) -> int:
    """The amount that is ``steps`` steps above what stands; the first bid's first step is the start itself."""
    assert view.ask is not None
    base = terms.start if view.price is None else view.price
    return view.ask + (steps - 1) * terms.step(base)


class Robot:
    """One bidder of one lot. The characters override ``situation``, ``plan``, ``act`` and ``amount``.

    ``arrives_at``: store time in ms before which he does not bid. ``code`` is known once he sits in the room. ``due``
    is when he looks at the room next.
    """

    tempo_ms: ClassVar[int] = THINK_MEDIAN_MS

    def __init__(self, terms: Terms, rng: Random, *, arrives_at: int = 0, value: int | None = None) -> None:
        self.terms = terms
        self.rng = rng
        self.arrives_at = arrives_at
        self.value = draw_value(terms.start, rng) if value is None else value
        self.raises_himself = rng.random() < RAISES_HIMSELF
        self.code: str | None = None
        self.gone = False
        self.due: int | None = None
        self._situation: object = None

    def look(self, view: LotView, now: int) -> int | None:
        """When he looks at the room next, in ms of store time; None: not before something happens.

        Called after every change. While his situation stays what it was, he goes on thinking.
        """
        situation = None if self.gone or view.state != "open" else self.situation(view)
        if situation is None:
            self.due = None
        elif self.due is None or situation != self._situation:
            self.due = self.plan(view, now)
        self._situation = situation
        return self.due

    def turn(self, view: LotView, now: int) -> Move:
        """The look itself: what he does about what he sees."""
        self.due = None
        if self.gone or view.state != "open" or self.situation(view) is None:
            return None
        return self.act(view, now)

    def situation(self, view: LotView) -> object:
        """Why he would bid, or None. A leader has a reason below a hidden reserve: as it stands, he gets nothing."""
        if not self.leads(view):
            return "outbid"
        return "unmet" if self.raises_himself and view.reserve_met is False else None

    def plan(self, view: LotView, now: int) -> int:
        if self.leads(view):
            return max(now + self.think(), (view.ends_at or now) - LAST_CALL_MS)
        return max(self.arrives_at, now) + self.think()

    def act(self, view: LotView, now: int) -> Move:
        """He leaves for good, or bids."""
        assert view.ask is not None
        return self.leave() if self.tires(view.ask) else Bid(self.amount(view))

    def amount(self, view: LotView) -> int:
        """One step, or several tiny ones; the first bid is the start."""
        if view.price is None:
            return raised(view, self.terms, 1)
        most = max(1, self.terms.start * RAISE_BP // (10_000 * self.terms.step(view.price)))
        return self.affordable(view, self.rng.randint(1, most))

    def affordable(self, view: LotView, steps: int) -> int:
        """So many steps, or as many of them as stay within the private value; never less than one."""
        while steps > 1 and raised(view, self.terms, steps) > self.value:
            steps -= 1
        return raised(view, self.terms, steps)

    def tires(self, price: int) -> bool:
        return self.rng.random() < leaving(price, self.value)

    def leave(self) -> Leave:
        self.gone = True
        return Leave()

    def leads(self, view: LotView) -> bool:
        return view.leader is not None and view.leader == self.code

    def think(self) -> int:
        return think_ms(self.rng, self.tempo_ms)
