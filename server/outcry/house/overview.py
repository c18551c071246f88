"""One picture of all lots for everybody who asks for many: read at most once a second, however many ask.

A house announces lots for years, and what has ended does not change any more. So cards and the last state of ended lots
are kept, and a look costs one number and the lots that are announced, open or paused.
"""

import asyncio
import time
from bisect import bisect_right, insort
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from heapq import merge
from itertools import islice
from typing import Final

from ..engine.engine import Engine
from ..model.codes import FINAL_STATES
from ..model.view import LotView
from .card import Card
from .catalogue import Catalogue

FRESH_S: Final = 0.9
"""A little less than a second, so that who asks every second is not answered with the second before."""
LATELY_MS: Final = 60_000

Fresher = Callable[[], Mapping[str, LotView]]
"""Views of lots that this process follows anyway."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A lot: its card, and where it stood when it was looked at."""

    card: Card
    view: LotView


def by_opening(lot: Listed) -> tuple[int, str]:
    return lot.card.opens_at, lot.card.id


def by_end(lot: Listed) -> tuple[int, str]:
    """Of an ended lot; one that was withdrawn before its end counts as of its opening."""
    return lot.view.ends_at or lot.card.opens_at, lot.card.id


class Overview:
    """``look`` before the rest; it raises ``StoreError``, to all who wait for the same look."""

    def __init__(self, catalogue: Catalogue, engine: Engine, fresher: Fresher = dict) -> None:
        self._catalogue = catalogue
        self._engine = engine
        self._fresher = fresher
        self._reading: asyncio.Task[None] | None = None
        self._looked_s = float("-inf")
        self._start_anew("")

    def _start_anew(self, run_id: str) -> None:
        self._run_id = run_id
        self._count = 0
        self._ids: set[str] = set()
        self._without_card: set[str] = set()
        self._current: dict[str, Card] = {}
        self._views: dict[str, LotView] = {}
        self._ended: dict[str, Listed] = {}
        self._ended_by_state: dict[str, list[Listed]] = {state: [] for state in FINAL_STATES}
        self._ended_by_end: list[Listed] = []
        self._lately: list[tuple[int, Listed]] = []

    async def look(self, *, anew: bool = False) -> None:
        """``anew``: with what is in the store from here on, whatever was read or is followed already."""
        if anew and self._reading is not None:
            await asyncio.wait([self._reading])
        elif not anew and time.monotonic() - self._looked_s < FRESH_S:
            return
        if self._reading is None:
            self._reading = asyncio.create_task(self._read({} if anew else self._fresher()))
            self._reading.add_done_callback(self._done)
        await asyncio.shield(self._reading)

    @property
    def current(self) -> list[Listed]:
        """What had not ended at the last look, as fresh as this process knows it; the first to open first."""
        return self._listed({**self._views, **self._fresher()})

    @property
    def as_read(self) -> list[Listed]:
        """As ``current``, but as the store had it."""
        return self._listed(self._views)

    @property
    def count(self) -> int:
        """Of all lots ever announced."""
        return len(self._ids)

    @property
    def ended_count(self) -> int:
        return len(self._ended)

    def ended(self, after: str | None = None) -> Iterator[Listed]:
        """What has ended, the last first; with ``after`` only what comes behind that lot."""
        lot = self._ended.get(after) if after is not None else None
        end = len(self._ended_by_end) if lot is None else bisect_right(self._ended_by_end, by_end(lot), key=by_end) - 1
        return (self._ended_by_end[at] for at in range(end - 1, -1, -1))

    def page(self, states: Collection[str], after: Card | None, limit: int) -> tuple[list[Listed], bool]:
        """Lots in these states (in any, where none is named), the first to open first, and whether there are more."""
        behind = (after.opens_at, after.id) if after is not None else (0, "")
        found = [lot for lot in self.current if not states or lot.view.state in states]
        runs = [found, *(lots for state, lots in self._ended_by_state.items() if not states or state in states)]
        starts = (bisect_right(lots, behind, key=by_opening) for lots in runs)
        parts = (lots[start : start + limit + 1] for lots, start in zip(runs, starts, strict=True))
        rows = list(islice(merge(*parts, key=by_opening), limit + 1))
        return rows[:limit], len(rows) > limit

    def lately(self) -> list[Listed]:
        """``current``, and what has ended within the last minute: all that a list may have to bring up to date."""
        since = self._engine.clock.now() - LATELY_MS
        return [*self.current, *(lot for at, lot in self._lately if at > since)]

    def forget(self, lot_id: str) -> None:
        """The lot's history is not what it was: it is read again, though it has ended."""
        lot = self._ended.pop(lot_id, None)
        if lot is not None:
            self._ended_by_state[lot.view.state].remove(lot)
            self._ended_by_end.remove(lot)
            self._current[lot_id] = lot.card
            self._looked_s = float("-inf")

    def _listed(self, views: Mapping[str, LotView]) -> list[Listed]:
        lots = (Listed(card, views[lot_id]) for lot_id, card in self._current.items() if lot_id in views)
        return sorted(lots, key=by_opening)

    async def _read(self, fresh: Mapping[str, LotView]) -> None:
        first = self._engine.run_id != self._run_id
        if first:  # another store, perhaps put back to a time when lots were open that have ended since
            self._start_anew(self._engine.run_id)
            fresh = {}
        await self._learn()
        unknown = [lot_id for lot_id in self._current if lot_id not in fresh]
        read = dict(zip(unknown, await self._engine.read_lots(unknown), strict=True))
        self._views = {lot_id: read.get(lot_id) or fresh[lot_id] for lot_id in self._current}
        now = self._engine.clock.now()
        for lot_id, view in self._views.items():
            if view.state in FINAL_STATES:
                self._end(Listed(self._current.pop(lot_id), view), view.last if first else now)
        self._lately = [(at, lot) for at, lot in self._lately if at > now - LATELY_MS]
        self._looked_s = time.monotonic()

    async def _learn(self) -> None:
        """The cards of what was announced since the last look; an id may come before its card."""
        if await self._catalogue.count() != self._count:
            ids = await self._catalogue.ids()
            self._without_card.update(lot_id for lot_id in ids if lot_id not in self._ids)
            self._count = len(ids)
        if self._without_card:
            for card in await self._catalogue.cards(sorted(self._without_card)):
                self._without_card.discard(card.id)
                self._ids.add(card.id)
                self._current[card.id] = card

    def _end(self, lot: Listed, at: int) -> None:
        """``at``: when it ended, or was seen to have, in ms of the store's clock."""
        self._ended[lot.card.id] = lot
        insort(self._ended_by_state[lot.view.state], lot, key=by_opening)
        insort(self._ended_by_end, lot, key=by_end)
        self._lately.append((at, lot))

    def _done(self, reading: "asyncio.Task[None]") -> None:
        self._reading = None
        if not reading.cancelled():
            reading.exception()  # told to all who waited; there may be none left
