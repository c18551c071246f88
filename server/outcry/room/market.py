"""Ticks of all lots for the catalogue, once a second while somebody looks."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any, Final

import orjson

from . import frames
from .audience import NOTHING, Audience, Bundle
from .beat import Beat
from .ports import Clock, OnSale
from .resume import Position

if TYPE_CHECKING:
    from .session import Session

FRESH_S: Final = 1.0
Line = dict[str, Any]


class Market(Audience):
    """The mark of a socket is the round it has seen: the last one gets it the changes, any older one the whole list."""

    def __init__(self, clock: Clock, beat: Beat, on_sale: OnSale) -> None:
        super().__init__(beat)
        self._clock = clock
        self._on_sale = on_sale
        self._lines: dict[str, Line] = {}
        self._encoded = orjson.Fragment(b"[]")
        self._changes: list[Line] = []
        self._round = 0
        self._looked_at = float("-inf")
        self._reading = asyncio.Lock()
        self._latest: Bundle | None = None

    async def join(self, session: Session) -> None:
        """The whole list, then changes. Raises ``StoreError``."""
        if not len(self):
            await self.look(FRESH_S)
        if session.begin(self._whole().data, self.head):
            self.add(session)

    async def sync(self, session: Session, position: Position) -> None:
        """A market has no positions: the whole list again."""
        if session.ready:
            session.mark = self.head
            session.write(self._whole().data)

    async def tick(self) -> None:
        if len(self):
            await self.look()

    async def look(self, fresh_s: float = 0.0) -> None:
        """Tells what has changed; not again within ``fresh_s``: all who come to an empty market share one look."""
        async with self._reading:
            if time.monotonic() - self._looked_at < fresh_s:
                return
            lots = await self._on_sale()
            lines = {lot_id: frames.market_line(lot_id, view, opens_at) for lot_id, (opens_at, view) in lots.items()}
            changes = [line for lot_id, line in lines.items() if self._lines.get(lot_id) != line]
            if changes or len(lines) < len(self._lines):
                self._encoded = orjson.Fragment(orjson.dumps(list(lines.values())))
            self._lines = lines
            self._looked_at = time.monotonic()
            if changes:
                self._changes = changes
                self._round += 1
                self._latest = None
                self.moved()

    @property
    def head(self) -> int:
        return self._round

    def since(self, mark: int) -> Bundle:
        if mark == self._round:
            return NOTHING
        if mark != self._round - 1:
            return self._whole()
        if self._latest is None:
            self._latest = self._frame(self._changes)
        return self._latest

    def _whole(self) -> Bundle:
        """The list as it was encoded, under the time of now: a catalogue sets its clock by it."""
        return self._frame(self._encoded)

    def _frame(self, lines: list[Line] | orjson.Fragment) -> Bundle:
        return Bundle(frames.market(self._clock.now(), lines), 1)
