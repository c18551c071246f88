"""What a run of the demo measured, at the clients' end of real sockets, all on one monotonic clock of one process.

The object that ``outcry demo --json`` prints::

    {"seconds": 60.0,
     "lots": {"open": 7, "sold": 3, "passed": 1},            the house's list at the end of the run
     "bids": {"accepted": 31, "refused": 4},                 decisions that our robots were given
     "watchers": 72,                                         most watchers' sockets at one moment
     "deliveries": 1893,                                     numbered events received, over all sockets
     "gaps": 0,                                              numbers that a socket missed without being told so, or that
                                                             were told and then not to be had
     "out_of_order": 0,                                      numbers that came after their successor, or twice
     "decision_ms": {"p50": 1.9, "p99": 4.2},                a bid's frame sent -> its decision read
     "spread_ms": {"p50": 27.1, "p99": 55.0}}                accepted -> seen by the last watcher of the lot

*Spread* begins when the first of our sockets knows of the accepted bid, be it the bidder's own decision or anybody's
sight of the event: the bid is then a fact, and what follows is delivery alone. It ends when the last watcher who sat
in the room at that moment has read the event. It counts visitors' bids too, whose decisions we never see. The time
the bid took to be decided is ``decision_ms``; the two add up to what lies between one person's press and another's
sight.
"""

from collections import Counter, deque
from collections.abc import Iterable
from dataclasses import dataclass
from math import ceil
from typing import Any, Final

KEPT: Final = 65_536
"""Samples kept of each measure, the newest: the demo may run for weeks."""


class Samples:
    """Durations in ms and their percentiles."""

    def __init__(self) -> None:
        self._newest: deque[float] = deque(maxlen=KEPT)

    def add(self, ms: float) -> None:
        self._newest.append(ms)

    def percentile(self, percent: float) -> float | None:
        """The nearest rank: the smallest sample that ``percent`` of all do not exceed. None where there is none."""
        ranked = sorted(self._newest)
        return ranked[max(1, ceil(len(ranked) * percent / 100)) - 1] if ranked else None

    def as_json(self) -> dict[str, float | None]:
        p50, p99 = self.percentile(50), self.percentile(99)
        return {"p50": None if p50 is None else round(p50, 2), "p99": None if p99 is None else round(p99, 2)}


@dataclass(slots=True)
class _Journey:
    """An accepted bid on its way: since when it is known, when it was last seen, and who still waits for it."""

    since: float
    last: float
    waiting: set[int]
    seen: bool = False


class Spread:
    """How long accepted bids take to reach the last watcher. Moments in seconds of one monotonic clock."""

    def __init__(self) -> None:
        self.samples = Samples()
        self._audience: dict[str, set[int]] = {}
        self._journeys: dict[tuple[str, int], _Journey] = {}
        self._newest: dict[str, int] = {}

    def joined(self, lot_id: str, watcher: int) -> None:
        self._audience.setdefault(lot_id, set()).add(watcher)

    def left(self, lot_id: str, watcher: int) -> None:
        """Nobody is waited for who has gone."""
        self._audience.get(lot_id, set()).discard(watcher)
        for (lot, n), journey in list(self._journeys.items()):
            if lot == lot_id:
                journey.waiting.discard(watcher)
                self._settle(lot, n, journey)

    def known(self, lot_id: str, n: int, at: float) -> None:
        """Bid ``n`` is accepted; the first to say so starts its journey."""
        if n > self._newest.get(lot_id, 0):
            self._newest[lot_id] = n
            self._journeys[lot_id, n] = _Journey(at, at, set(self._audience.get(lot_id, ())))

    def seen(self, lot_id: str, n: int, watcher: int, at: float) -> None:
        """A watcher has seen everything up to ``n``."""
        for (lot, number), journey in list(self._journeys.items()):
            if lot == lot_id and number <= n and watcher in journey.waiting:
                journey.waiting.discard(watcher)
                journey.last, journey.seen = at, True
                self._settle(lot, number, journey)

    def forget(self, lot_id: str) -> None:
        """The lot is closed."""
        self._audience.pop(lot_id, None)
        self._newest.pop(lot_id, None)
        self._journeys = {key: journey for key, journey in self._journeys.items() if key[0] != lot_id}

    def _settle(self, lot_id: str, n: int, journey: _Journey) -> None:
        if not journey.waiting:
            del self._journeys[lot_id, n]
            if journey.seen:
                self.samples.add((journey.last - journey.since) * 1000)


class Figures:
    """The one tally that every client of a run writes to."""

    def __init__(self) -> None:
        self.accepted = 0
        self.refused = 0
        self.deliveries = 0
        self.gaps = 0
        self.out_of_order = 0
        self.watching = 0
        self.most_watching = 0
        self.decisions = Samples()
        self.spread = Spread()

    def decided(self, ok: bool, ms: float | None) -> None:
        """A decision came; ``ms`` is None where the bid was asked again: that measures a failure, not the house."""
        if ok:
            self.accepted += 1
        else:
            self.refused += 1
        if ms is not None:
            self.decisions.add(ms)

    def watcher_joined(self, lot_id: str, watcher: int) -> None:
        self.watching += 1
        self.most_watching = max(self.most_watching, self.watching)
        self.spread.joined(lot_id, watcher)

    def watcher_left(self, lot_id: str, watcher: int) -> None:
        self.watching -= 1
        self.spread.left(lot_id, watcher)

    def as_json(self, seconds: float, states: Iterable[str]) -> dict[str, Any]:
        """The object of the module's head. ``states``: of all lots of the house."""
        lots = Counter(states)
        return {
            "seconds": round(seconds, 1),
            "lots": {state: lots[state] for state in ("open", "sold", "passed")},
            "bids": {"accepted": self.accepted, "refused": self.refused},
            "watchers": self.most_watching,
            "deliveries": self.deliveries,
            "gaps": self.gaps,
            "out_of_order": self.out_of_order,
            "decision_ms": self.decisions.as_json(),
            "spread_ms": self.spread.samples.as_json(),
        }
