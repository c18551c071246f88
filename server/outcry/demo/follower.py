"""What a client knows of one lot, frame by frame, and whether it was ever left in the dark. No I/O."""

from collections import deque
from dataclasses import fields, replace
from time import monotonic
from typing import Any, Final

from ..model.events import link_of
from ..model.view import PUBLIC, LotView, apply
from .figures import Figures

_IN_VIEW: Final = frozenset(field.name for field in fields(LotView))
TICK: Final = ("n", "price", "ask", "leader", "bids", "ends_at", "extensions", "state")
KEPT_S: Final = 60.0


class HouseClock:
    """The house's time, in ms, as its clients may know it.

    A message can only be delayed, never come early: the largest difference to the own clock within the last minute is
    the nearest to the truth.
    """

    def __init__(self) -> None:
        self._offsets: deque[tuple[float, float]] = deque()

    def note(self, now_ms: int, at: float | None = None) -> None:
        """The house said that it was ``now_ms`` in a frame that came at ``at`` (monotonic seconds)."""
        at = monotonic() if at is None else at
        offset = now_ms - at * 1000
        while self._offsets and (self._offsets[-1][1] <= offset or self._offsets[0][0] < at - KEPT_S):
            self._offsets.pop() if self._offsets[-1][1] <= offset else self._offsets.popleft()
        self._offsets.append((at, offset))

    def now(self, at: float | None = None) -> int:
        at = monotonic() if at is None else at
        return round(at * 1000 + (self._offsets[0][1] if self._offsets else 0.0))


class Follower:
    """One lot's view, kept by its frames, and the audit of their numbers.

    A number may be missing only where the house declares it: by a tick or a snapshot ahead of what was seen. What was
    so declared stands in ``holes`` as (first, last), for its owner to take off and fetch (``filled``).
    """

    def __init__(self, figures: Figures) -> None:
        self.view = LotView()
        self.joined = False
        self.holes: list[tuple[int, int]] = []
        self._figures = figures
        self._is_link_known = True

    @property
    def position(self) -> tuple[int, int, str] | None:
        """(epoch, n, link) to resume from; None: join anew."""
        return self.view.position if self.joined and self.view.n > 0 and self._is_link_known else None

    def take(self, frame: dict[str, Any], raw: bytes) -> None:
        """A frame of the house, decoded and as it came."""
        match frame.get("t"):
            case "snapshot":
                self._snapshot(frame)
            case "tick":
                self._tick(frame)
            case "pulse":
                self.view = replace(self.view, registered=frame.get("registered", self.view.registered))
            case _ if raw.startswith(b'{"n":'):
                self._event(frame, raw)

    def filled(self, first: int, last: int, events: list[dict[str, Any]]) -> None:
        """What was fetched of a hole; what is still missing is a gap."""
        numbers = [event["n"] for event in events if first <= event["n"] <= last]
        self._figures.deliveries += len(numbers)
        self._figures.gaps += last - first + 1 - len(set(numbers))
        self._figures.out_of_order += sum(
            later != earlier + 1 for earlier, later in zip(numbers, numbers[1:], strict=False)
        )

    def _event(self, event: dict[str, Any], raw: bytes) -> None:
        n = event["n"]
        if n <= self.view.n:
            self._figures.out_of_order += 1
            return
        self._figures.gaps += n - self.view.n - 1
        if n == self.view.n + 1 and self._is_link_known and event["link"] != self.view.link:
            self._figures.gaps += 1  # the right number of another history
        self._figures.deliveries += 1
        self.view = apply(self.view, event, link_of(raw))
        self._is_link_known = True

    def _snapshot(self, frame: dict[str, Any]) -> None:
        known = {name: frame[name] for name in PUBLIC if name in _IN_VIEW}
        if self.joined and frame["why"] != "history_changed":
            self._check_continuation(frame)
        self.view = replace(self.view, **known)
        self.joined = self._is_link_known = True

    def _check_continuation(self, frame: dict[str, Any]) -> None:
        if frame["n"] < self.view.n:
            self._figures.out_of_order += 1
        elif frame["n"] > self.view.n:
            self.holes.append((self.view.n + 1, frame["n"]))
        elif self._is_link_known and frame["link"] != self.view.link:
            self._figures.gaps += 1

    def _tick(self, frame: dict[str, Any]) -> None:
        if frame["n"] <= self.view.n:
            self._figures.out_of_order += 1
            return
        self._figures.gaps += max(0, frame["from"] - self.view.n - 1)
        self.holes.append((max(frame["from"], self.view.n + 1), frame["n"]))
        self.view = replace(self.view, **{name: frame[name] for name in TICK if name in frame})
        self._is_link_known = False
