"""The audience: real sockets that come and go by chance, more of them the nearer a lot is to its close."""

import asyncio
from collections.abc import Callable, Iterable
from contextlib import suppress
from itertools import count
from math import exp
from random import Random
from typing import Any, Final

from ..model.view import LotView
from .api import Api
from .client import LotSocket
from .figures import Figures
from .follower import HouseClock

STAY_S: Final = 45.0
SWELL_MS: Final = 60_000
SWELL: Final = 4.0
"""In its last minute a lot draws up to this many times more people."""
ARRIVE_S: Final = 1.5
FASTEST: Final = 400
"""The first audience comes in within this time, but not faster than so many a second."""
LINGER_S: Final = 8.0

Lots = Callable[[], Iterable[tuple[str, LotView]]]
"""The lots that one may watch now, as they were last heard of."""


def pull(view: LotView, now: int) -> float:
    """How strongly a lot draws people, 1 being an open lot far from its end."""
    if view.state == "announced":
        return 0.3
    if view.ends_at is None:
        return 1.0
    nearness = 1 - min(SWELL_MS, max(0, view.ends_at - now)) / SWELL_MS
    return 1 + (SWELL - 1) * nearness


def poisson(mean: float, rng: Random) -> int:
    """How many come when ``mean`` are expected (Knuth's product of uniforms, in parts that do not underflow)."""
    if mean > 500:
        return poisson(mean / 2, rng) + poisson(mean / 2, rng)
    limit, product, number = exp(-mean), rng.random(), 0
    while product > limit:
        product *= rng.random()
        number += 1
    return number


class Watchers:
    """Arrivals are Poisson and stays exponential, so that about ``mean`` are there at any time."""

    def __init__(self, api: Api, figures: Figures, clock: HouseClock, rng: Random, mean: int, lots: Lots) -> None:
        self._api = api
        self._figures = figures
        self._clock = clock
        self._rng = rng
        self._mean = mean
        self._lots = lots
        self._numbers = count(1)
        self._present: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """First an audience as it would be by now, then whoever comes."""
        if self._mean == 0:
            return
        try:
            for _ in range(poisson(self._mean, self._rng)):
                self._come(delay_s=self._rng.uniform(0, max(ARRIVE_S, self._mean / FASTEST)))
            while True:
                await asyncio.sleep(self._rng.expovariate(self._mean / STAY_S))
                self._come()
        finally:
            for task in self._present:
                task.cancel()
            await asyncio.gather(*self._present, return_exceptions=True)

    def _come(self, delay_s: float = 0.0) -> None:
        task = asyncio.create_task(self._watch(delay_s))
        self._present.add(task)
        task.add_done_callback(self._present.discard)

    async def _watch(self, delay_s: float) -> None:
        await asyncio.sleep(delay_s)
        lot_id = self._choose()
        if lot_id is None:
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(self._rng.expovariate(1 / STAY_S)):
                await Watcher(next(self._numbers), lot_id, self._figures).watch(self._api, self._clock, self._rng)

    def _choose(self) -> str | None:
        lots = list(self._lots())
        if not lots:
            return None
        now = self._clock.now()
        return self._rng.choices([lot_id for lot_id, _ in lots], [pull(view, now) for _, view in lots])[0]


class Watcher:
    """One of the audience: measures when it sees what."""

    def __init__(self, number: int, lot_id: str, figures: Figures) -> None:
        self.number = number
        self.lot_id = lot_id
        self._figures = figures
        self._is_in = False

    async def watch(self, api: Api, clock: HouseClock, rng: Random) -> None:
        """Until the lot is over and a little longer, or until cancelled."""
        socket = LotSocket(
            api, self.lot_id, self._figures, clock, rng, heard=self._hear, lost=self._leave, linger_s=LINGER_S
        )
        try:
            await socket.run()
        finally:
            self._leave()

    def _hear(self, frame: dict[str, Any], at: float) -> None:
        kind, n = frame.get("t"), frame.get("n")
        if kind == "snapshot" and not self._is_in:
            self._is_in = True
            self._figures.watcher_joined(self.lot_id, self.number)
        if n is not None and kind not in ("hello", "pulse"):
            self._figures.spread.seen(self.lot_id, n, self.number, at)

    def _leave(self) -> None:
        if self._is_in:
            self._is_in = False
            self._figures.watcher_left(self.lot_id, self.number)
