"""The tempers of the robots: small variations on one Robot."""

from random import Random
from typing import Any, ClassVar, Final

from ..model.terms import Terms
from ..model.view import LotView
from .robots import Bid, Move, Robot, Vanish, raised


class Anchor(Robot):
    """Bids the start early, so that a lot has a price: it is worth that to him. Afterwards he is like the others."""

    def plan(self, view: LotView, now: int) -> int:
        if view.price is None:
            return max(self.arrives_at, now) + self.rng.randint(600, 2_000)
        return super().plan(view, now)

    def act(self, view: LotView, now: int) -> Move:
        return Bid(self.amount(view)) if view.price is None else super().act(view, now)


class Grinder(Robot):
    """One step at a time, and quicker than most."""

    tempo_ms = 3_500

    def amount(self, view: LotView) -> int:
        return raised(view, self.terms, 1)


class Jumper(Robot):
    """Once, he jumps 5 to 12 steps, to a round figure."""

    def __init__(self, terms: Terms, rng: Random, **circumstances: Any) -> None:
        super().__init__(terms, rng, **circumstances)
        self._jumped = False

    def amount(self, view: LotView) -> int:
        if not self._jumped and view.price is not None:
            self._jumped = True
            target = max((raised(view, self.terms, steps) for steps in range(5, 13)), key=roundness)
            if target <= self.value:
                return target
        return super().amount(view)


def roundness(amount: int) -> tuple[int, int]:
    """Orders figures by how round they look: trailing zeros, a 5 before them counting half; of equals the lower."""
    digits = str(amount)
    bare = digits.rstrip("0")
    return 2 * (len(digits) - len(bare)) + bare.endswith("5"), -amount


class Sniper(Robot):
    """Bids in the last six seconds, wherever the end moves, and quits after three extensions."""

    PATIENCE: ClassVar[int] = 3

    def __init__(self, terms: Terms, rng: Random, **circumstances: Any) -> None:
        super().__init__(terms, rng, **circumstances)
        self._extensions_at_first: int | None = None

    def situation(self, view: LotView) -> object:
        """Bound to the end: when it moves he plans anew. Without an end there is nothing to wait for."""
        reason = super().situation(view)
        return None if reason is None or view.ends_at is None else (reason, view.ends_at)

    def plan(self, view: LotView, now: int) -> int:
        assert view.ends_at is not None
        return max(now + self.rng.randint(600, 1_500), view.ends_at - self.rng.randint(1_500, 6_000))

    def act(self, view: LotView, now: int) -> Move:
        if self._extensions_at_first is None:
            self._extensions_at_first = view.extensions
        if view.extensions - self._extensions_at_first >= self.PATIENCE:
            return self.leave()
        return super().act(view, now)


class Holder(Robot):
    """A priority purchaser: matches the standing price two to four seconds after he was outbid, and never raises.

    His right is worth one match to him in any case.
    """

    def __init__(self, terms: Terms, rng: Random, **circumstances: Any) -> None:
        super().__init__(terms, rng, **circumstances)
        self._matched: set[int] = set()

    def situation(self, view: LotView) -> object:
        can_match = view.price is not None and not self.leads(view) and view.price not in self._matched
        return "outbid" if can_match else None

    def think(self) -> int:
        return self.rng.randint(2_000, 4_000)

    def act(self, view: LotView, now: int) -> Move:
        assert view.price is not None
        if self._matched and self.tires(view.price):
            return self.leave()
        self._matched.add(view.price)
        return Bid(view.price)


class Dealer(Robot):
    """At his ceiling he is silent for 15 s, "for approval"; then he returns with more money, or has left."""

    CEILING: ClassVar[float] = 0.95
    SILENCE_MS: ClassVar[int] = 15_000
    MORE: ClassVar[float] = 1.06

    def __init__(self, terms: Terms, rng: Random, **circumstances: Any) -> None:
        super().__init__(terms, rng, **circumstances)
        self._asked = False
        self._answer_at: int | None = None

    def plan(self, view: LotView, now: int) -> int:
        return super().plan(view, now) if self._answer_at is None else max(now, self._answer_at)

    def act(self, view: LotView, now: int) -> Move:
        assert view.ask is not None
        if not self._asked and view.ask >= self.value * self.CEILING:
            self._asked = True
            self._answer_at = now + self.SILENCE_MS
            return None
        if self._answer_at is not None and now >= self._answer_at:
            self._answer_at = None
            if self.rng.random() < 0.5:
                return self.leave()
            self.value = round(self.value * self.MORE)
        return super().act(view, now)


class Fumbler(Robot):
    """Of his bids 5 % are stale, off the grid or sent twice; once his connection drops for 10 s."""

    SLIP: ClassVar[float] = 0.05
    AWAY_MS: ClassVar[int] = 10_000

    def __init__(self, terms: Terms, rng: Random, **circumstances: Any) -> None:
        super().__init__(terms, rng, **circumstances)
        self._looks_until_lost = rng.randint(1, 8)

    def act(self, view: LotView, now: int) -> Move:
        self._looks_until_lost -= 1
        if self._looks_until_lost == 0:
            return Vanish(self.AWAY_MS)
        move = super().act(view, now)
        if isinstance(move, Bid) and self.rng.random() < self.SLIP:
            return self.rng.choice((self._stale, self._off_grid, self._doubled))(view, move)
        return move

    def _stale(self, view: LotView, bid: Bid) -> Bid:
        """What was on the screen before the last bid."""
        return Bid(bid.amount - self.terms.step(view.price or self.terms.start))

    def _off_grid(self, view: LotView, bid: Bid) -> Bid:
        return Bid(bid.amount + self.terms.step(view.price or self.terms.start) // 3)

    def _doubled(self, view: LotView, bid: Bid) -> Bid:
        return Bid(bid.amount, copies=2)


class Ghost(Robot):
    """Registers, and never bids."""

    def situation(self, view: LotView) -> object:
        return None


class Errand(Robot):
    """Bids the ask once, when he arrives: for the sale that runs in the house's first seconds."""

    def __init__(self, terms: Terms, rng: Random, **circumstances: Any) -> None:
        super().__init__(terms, rng, **circumstances)
        self._done = False

    def situation(self, view: LotView) -> object:
        return None if self._done or self.leads(view) else "sent"

    def plan(self, view: LotView, now: int) -> int:
        return max(now, self.arrives_at)

    def act(self, view: LotView, now: int) -> Move:
        self._done = True
        return Bid(raised(view, self.terms, 1))


CHARACTERS: Final[dict[str, type[Robot]]] = {
    character.__name__.lower(): character
    for character in (Anchor, Grinder, Jumper, Sniper, Holder, Dealer, Fumbler, Ghost, Errand)
}
"""By the names that the plans of the lots use."""
