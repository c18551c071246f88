"""Ticks of all lots for the catalogue, once a second while somebody looks."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

from ..model.view import LotView
from . import frames
from .audience import NOTHING, Audience, Bundle
from .beat import Beat
from .ports import Calendar, Engine
from .resume import Position

if TYPE_CHECKING:
    from .session import Session

FRESH_S: Final = 1.0
Line = dict[str, Any]


class Market(Audience):
    """The mark of a socket is the round it has seen: the last one gets it the changes, any older one the whole list."""

    def __init__(
        self, engine: Engine, beat: Beat, views: Callable[[], Mapping[str, LotView]], calendar: Calendar | None
    ) -> None:
        super().__init__(beat)
        self._engine = engine
        self._views = views
        self._calendar = calendar
        self._lines: dict[str, Line] = {}
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
        """Reads what no room of this process knows anyway, in one write, and tells what has changed.

        Nothing is read again within ``fresh_s``: all who come to an empty market at once share one look.
        """
        async with self._reading:
            if time.monotonic() - self._looked_at < fresh_s:
                return
            opens = dict(await self._calendar()) if self._calendar is not None else {}
            views = dict(self._views())
            unknown = [lot_id for lot_id in opens if lot_id not in views]
            views.update(zip(unknown, await self._engine.read_lots(unknown), strict=True))
            lines = {lot_id: frames.market_line(lot_id, view, opens.get(lot_id)) for lot_id, view in views.items()}
            self._changes = [line for lot_id, line in lines.items() if self._lines.get(lot_id) != line]
            self._lines = lines
            self._looked_at = time.monotonic()
            if self._changes:
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
        return self._frame(list(self._lines.values()))

    def _frame(self, lines: list[Line]) -> Bundle:
        return Bundle(frames.market(self._engine.clock.now(), lines), 1)
