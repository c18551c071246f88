"""The store's clock as this process sees it: an estimate to bound commands by. The store's own TIME alone decides."""

import asyncio
import time
from collections.abc import Awaitable, Callable

PROMPT_S = 0.1
"""Only answers this prompt tell what time it is at the store."""
STEP_MS = 1_000
TOUCH_S = 1.0
UP_S = 2.0
BEFORE_MS, AFTER_MS = 1_000, 2_000
"""A command's bounds around the estimate; the latter is the bid's time-out, so that nothing is accepted after its
sender was told "unknown"."""

OnStep = Callable[[int], Awaitable[None]]


class StoreClock:
    """Last TIME plus monotonic time elapsed, in ms. A jump is a *step*: watchers are told before it is believed."""

    def __init__(self) -> None:
        self._time_ms = 0
        self._at_s = 0.0
        self._heard_s = float("-inf")
        self._touch_ms = 0
        self._watchers: list[OnStep] = []
        self._stepping: asyncio.Task[None] | None = None

    def watch(self, on_step: OnStep) -> None:
        """``on_step(as_of)`` is awaited with the old estimate before the new time is taken."""
        self._watchers.append(on_step)

    def now(self) -> int:
        """Estimated store time in ms; the machine's own before the first answer."""
        if self._at_s == 0.0:
            return int(time.time() * 1000)
        return self._time_ms + int((time.monotonic() - self._at_s) * 1000)

    @property
    def up(self) -> bool:
        """Whether the store answered anything in the last two seconds, over a link that still stands."""
        return time.monotonic() - self._heard_s <= UP_S

    @property
    def in_touch_since(self) -> int:
        """Store time since when round trips were at most 1 s apart; now, if the last is longer ago."""
        if time.monotonic() - self._heard_s > TOUCH_S:
            return self.now()
        return self._touch_ms

    def lost(self) -> None:
        """The link is gone: whoever closes a lot after this must have been in touch anew."""
        self._heard_s = float("-inf")

    def heard(self, time_ms: int, sent_s: float) -> None:
        """A round trip that began at ``sent_s`` (monotonic) answered TIME ``time_ms``."""
        arrived_s = time.monotonic()
        prompt = arrived_s - sent_s <= PROMPT_S
        if arrived_s - self._heard_s > TOUCH_S or arrived_s - sent_s > TOUCH_S:
            self._touch_ms = time_ms
        self._heard_s = arrived_s
        if not prompt or self._stepping is not None:
            return
        if self._at_s and abs(time_ms - self.now()) > STEP_MS:
            self._stepping = asyncio.ensure_future(self._step(self.now(), time_ms, arrived_s))
            return
        self._time_ms, self._at_s = time_ms, arrived_s

    async def _step(self, as_of: int, time_ms: int, arrived_s: float) -> None:
        try:
            for on_step in self._watchers:
                await on_step(as_of)
        finally:
            self._time_ms, self._at_s, self._touch_ms = time_ms, arrived_s, time_ms
            self._stepping = None
