"""When rooms write: turns of the loop, shared by all rooms of a process.

Ten thousand writes in one go hold every bid up for 145 ms; in slices of 200, with the loop's other work between them,
for 4 ms. So work comes as *rounds*, one slice a turn, bidders' rounds before watchers'.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Protocol


class Round(Protocol):
    """One passage through an audience."""

    def serve(self, writes: int) -> bool:
        """Serves the next so many sockets; true when it came to the end."""


class Beat:
    """``seconds``: between two flushes to the watchers of one room. ``slice``: writes in one turn of the loop."""

    def __init__(self, seconds: float, slice: int) -> None:
        self.seconds = seconds
        self._slice = slice
        self._urgent: deque[Round] = deque()
        self._rounds: deque[Round] = deque()
        self._due: list[Callable[[], None]] = []
        self._turning = False
        self._timer: asyncio.TimerHandle | None = None

    def at_once(self, round: Round) -> None:
        """Bidders: the first slice now, any others before all watchers."""
        if not round.serve(self._slice):
            self._urgent.append(round)
            self._wake()

    def soon(self, round: Round) -> None:
        """Watchers: a slice in each turn of the loop, in turn with other rooms."""
        self._rounds.append(round)
        self._wake()

    def later(self, flush: Callable[[], None]) -> None:
        """At the next beat."""
        self._due.append(flush)
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(self.seconds, self._strike)

    def stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._urgent.clear()
        self._rounds.clear()

    def _strike(self) -> None:
        self._timer = None
        due, self._due = self._due, []
        for flush in due:
            flush()

    def _wake(self) -> None:
        if not self._turning:
            self._turning = True
            asyncio.get_running_loop().call_soon(self._turn)

    def _turn(self) -> None:
        self._turning = False
        rounds = self._urgent or self._rounds
        if not rounds:
            return
        round = rounds.popleft()
        try:
            if not round.serve(self._slice):
                rounds.append(round)
        finally:
            if self._urgent or self._rounds:
                self._wake()
