"""How fast something comes, in one number."""

import time


class Meter:
    """A leaking bucket: ``backlog`` adds the cost of one thing, in seconds, and says how many seconds are waiting."""

    __slots__ = ("_empty_at",)

    def __init__(self) -> None:
        self._empty_at = 0.0

    def backlog(self, cost_s: float) -> float:
        now = time.monotonic()
        self._empty_at = max(self._empty_at, now) + cost_s
        return self._empty_at - now
