"""The engine: one method a command, the same word as its script, and the reads."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import fields
from typing import Any

import orjson

from .. import metrics
from ..model.commands import (
    AdmitBidder,
    AdoptLot,
    CloseLot,
    Command,
    DismissBidder,
    OpenLot,
    PauseLot,
    PlaceBid,
    Reply,
    ResumeLot,
    RetractBid,
    Say,
    WithdrawLot,
)
from ..model.view import LotView
from .clock import StoreClock
from .keys import answers_key, bidders_key, events_key, texts_key
from .lane import BATCH, Lane
from .scripts import Script, load_scripts
from .store import Store

Adopt = Callable[[str], Awaitable[bool]]


class Engine:
    """Decides by the scripts, over one lane; reads over another, so that a long range never delays a bid.

    Every method raises ``Unavailable`` (nothing was sent) or ``Unknown`` (ask again with the same id or key).
    """

    def __init__(self, store: Store, scripts: dict[str, Script] | None = None) -> None:
        scripts = scripts or load_scripts()
        self.clock = StoreClock()
        self._decide = Lane(store, scripts, self.clock)
        self._reads = Lane(store, scripts)
        self._adopting: dict[str, asyncio.Task[bool]] = {}
        self.adopt: Adopt | None = None
        """Called with a lot that belongs to another process of the store; true where it may go on."""

    async def start(self) -> None:
        await self._decide.start()
        await self._reads.start()

    async def stop(self) -> None:
        await self._decide.stop()
        await self._reads.stop()

    @property
    def up(self) -> bool:
        return self._decide.up and self._reads.up

    @property
    def run_id(self) -> str:
        """Of the store's process that commands go to."""
        return self._decide.run_id

    def bid(self, lot_id: str, command: PlaceBid) -> "asyncio.Future[Reply]":
        """The hot path of ``place_bid``: a future at once, no coroutine."""
        future = self._decide.script(lot_id, command)
        future.add_done_callback(count_bid)
        return future

    async def place_bid(self, lot_id: str, command: PlaceBid) -> Reply:
        """Decides a bid; a lot left by another process of the store is adopted first and the bid decided then."""
        reply = await self.bid(lot_id, command)
        if reply.verdict == "stale_store" and await self._adopted(lot_id):
            reply = await self.bid(lot_id, command)
        return reply

    async def open_lot(self, lot_id: str, command: OpenLot) -> Reply:
        return await self._script(lot_id, command)

    async def admit_bidder(self, lot_id: str, command: AdmitBidder) -> Reply:
        return await self._script(lot_id, command)

    async def dismiss_bidder(self, lot_id: str, command: DismissBidder) -> Reply:
        return await self._script(lot_id, command)

    async def close_lot(self, lot_id: str, command: CloseLot) -> Reply:
        return await self._script(lot_id, command)

    async def pause_lot(self, lot_id: str, command: PauseLot) -> Reply:
        return await self._script(lot_id, command)

    async def resume_lot(self, lot_id: str, command: ResumeLot) -> Reply:
        return await self._script(lot_id, command)

    async def withdraw_lot(self, lot_id: str, command: WithdrawLot) -> Reply:
        return await self._script(lot_id, command)

    async def retract_bid(self, lot_id: str, command: RetractBid) -> Reply:
        return await self._script(lot_id, command)

    async def say(self, lot_id: str, command: Say) -> Reply:
        return await self._script(lot_id, command)

    async def adopt_lot(self, lot_id: str, command: AdoptLot) -> Reply:
        return await self._decide.script(lot_id, command)

    async def read_lot(self, lot_id: str) -> LotView:
        """The lot as the store has it now."""
        return view_of(await self._reads.read(lot_id))

    async def read_lots(self, lot_ids: Iterable[str]) -> list[LotView]:
        """Many lots, in the order asked; a write's worth at a time, so that other reads pass between."""
        ids = list(lot_ids)
        views: list[LotView] = []
        for at in range(0, len(ids), BATCH):
            views += map(view_of, await asyncio.gather(*map(self._reads.read, ids[at : at + BATCH])))
        return views

    async def read_events(self, lot_id: str, after: int, limit: int) -> list[bytes]:
        """The stored bytes of events ``after + 1 …``, at most ``limit``."""
        entries = await self._reads.command("XRANGE", events_key(lot_id), f"{after + 1}-0", "+", "COUNT", limit)
        return [fields[1] for _, fields in entries]

    async def read_answer(self, lot_id: str, code: str, bid_id: str) -> bytes | None:
        """The decision kept for a bid id, byte for byte."""
        kept: bytes | None = await self._reads.command("HGET", answers_key(lot_id), f"{code}:{bid_id}")
        return None if kept is None else kept.split(b"|", 2)[2]

    async def read_text(self, lot_id: str, n: int) -> bytes | None:
        """``{"salt","text"}`` of event n, if it has a free text that was not redacted."""
        text: bytes | None = await self._reads.command("HGET", texts_key(lot_id), n)
        return text

    async def is_admitted(self, lot_id: str, code: str) -> bool:
        return bool(await self._reads.command("HEXISTS", bidders_key(lot_id), code))

    async def _script(self, lot_id: str, command: Command) -> Reply:
        reply = await self._decide.script(lot_id, command)
        if reply.verdict == "stale_store" and await self._adopted(lot_id):
            reply = await self._decide.script(lot_id, command)
        return reply

    async def _adopted(self, lot_id: str) -> bool:
        """Adopts a stale lot once, however many bids wait for it."""
        if self.adopt is None:
            return False
        task = self._adopting.get(lot_id)
        if task is None:
            task = asyncio.ensure_future(self.adopt(lot_id))
            self._adopting[lot_id] = task
            task.add_done_callback(lambda _: self._adopting.pop(lot_id, None))
        if task is asyncio.current_task():
            return False  # The adopter's own command met yet another process of the store.
        return await asyncio.shield(task)


_KNOWN = frozenset(field.name for field in fields(LotView))


def view_of(reply: Reply) -> LotView:
    raw: dict[str, Any] = orjson.loads(reply.body)
    return LotView(**{name: value for name, value in raw.items() if name in _KNOWN}, now=reply.time)


def count_bid(future: "asyncio.Future[Reply]") -> None:
    if not future.cancelled():
        error = future.exception()
        metrics.BIDS.labels(future.result().verdict if error is None else type(error).__name__.lower()).inc()
