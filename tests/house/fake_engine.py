"""An engine whose lots are decided by the oracle, on the disk and with the faults of ``fakes``."""

import asyncio
from collections import Counter
from collections.abc import Iterable
from typing import Any

from outcry.engine.clock import AFTER_MS, BEFORE_MS, StoreClock
from outcry.engine.engine import Engine
from outcry.engine.errors import Unknown
from outcry.model.commands import (
    AdmitBidder,
    AdoptLot,
    CloseLot,
    Command,
    Envelope,
    OpenLot,
    PauseLot,
    PlaceBid,
    Reply,
    ResumeLot,
    RetractBid,
    Say,
    WithdrawLot,
)
from outcry.model.view import LotView

from .fakes import Disk, Faults


class FakeClock(StoreClock):
    """Knows the store's time exactly, until ``jump`` moves it behind its back."""

    def __init__(self, disk: Disk) -> None:
        super().__init__()
        self._disk = disk
        self._behind = 0
        self.touched_at = 0

    def now(self) -> int:
        return self._disk.time() - self._behind

    @property
    def in_touch_since(self) -> int:
        return self.touched_at

    async def notice(self, by_ms: int) -> None:
        """The store's clock has jumped: whoever watches is told the old estimate before the new time is believed."""
        self._behind += by_ms
        as_of = self.now()
        for on_step in self._watchers:
            await on_step(as_of)
        self._behind -= by_ms


async def jump(disk: Disk, by_ms: int, *engines: "FakeEngine") -> None:
    """The store's clock jumps, and these processes notice."""
    disk.offset += by_ms
    await asyncio.gather(*(engine.clock.notice(by_ms) for engine in engines))


class FakeEngine(Engine):
    """One process's way to the lots on a disk. ``lost``: commands whose answers never come; ``sent``: all commands;
    ``reads``: how often a lot was looked at."""

    def __init__(self, disk: Disk, faults: Faults | None = None) -> None:
        self.disk = disk
        self.faults = faults or Faults()
        self.clock: FakeClock = FakeClock(disk)
        self.adopt = None
        self.lost: set[type[Any]] = set()
        self.sent: list[tuple[str, Command]] = []
        self.reads: Counter[str] = Counter()

    @property
    def run_id(self) -> str:
        return self.disk.run_id

    async def decide(self, lot_id: str, command: Command) -> Reply:
        now = self.clock.now()
        envelope = Envelope(self.disk.run_id, now - BEFORE_MS, now + AFTER_MS)
        await self.faults.delay()
        self.sent.append((lot_id, command))
        with self.faults.step():
            reply = self.disk.lots[lot_id].decide(command, envelope, self.disk.time())
        if type(command) in self.lost:
            raise Unknown("lost on the way back")
        if reply.verdict == "stale_store" and self.adopt is not None and await self.adopt(lot_id):
            return await self.decide(lot_id, command)
        return reply

    async def place_bid(self, lot_id: str, command: PlaceBid) -> Reply:
        return await self.decide(lot_id, command)

    async def open_lot(self, lot_id: str, command: OpenLot) -> Reply:
        return await self.decide(lot_id, command)

    async def admit_bidder(self, lot_id: str, command: AdmitBidder) -> Reply:
        return await self.decide(lot_id, command)

    async def close_lot(self, lot_id: str, command: CloseLot) -> Reply:
        return await self.decide(lot_id, command)

    async def pause_lot(self, lot_id: str, command: PauseLot) -> Reply:
        return await self.decide(lot_id, command)

    async def resume_lot(self, lot_id: str, command: ResumeLot) -> Reply:
        return await self.decide(lot_id, command)

    async def withdraw_lot(self, lot_id: str, command: WithdrawLot) -> Reply:
        return await self.decide(lot_id, command)

    async def retract_bid(self, lot_id: str, command: RetractBid) -> Reply:
        return await self.decide(lot_id, command)

    async def say(self, lot_id: str, command: Say) -> Reply:
        return await self.decide(lot_id, command)

    async def adopt_lot(self, lot_id: str, command: AdoptLot) -> Reply:
        return await self.decide(lot_id, command)

    async def read_lot(self, lot_id: str) -> LotView:
        self.reads[lot_id] += 1
        await self.faults.delay()
        return LotView(**self.disk.lots[lot_id].view(), now=self.disk.time())

    async def read_lots(self, lot_ids: Iterable[str]) -> list[LotView]:
        return [await self.read_lot(lot_id) for lot_id in lot_ids]

    async def read_events(self, lot_id: str, after: int, limit: int) -> list[bytes]:
        return self.disk.lots[lot_id].events[after : after + limit]

    async def is_admitted(self, lot_id: str, code: str) -> bool:
        return self.disk.lots[lot_id].lot.bidder(code).rank is not None
