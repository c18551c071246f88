"""The auctioneer: opens, closes and resumes lots when they are due. One in every process, none of them special.

All of them do the same at the same time and the scripts let one succeed, so none is missed when it dies. The timetable
says where to look, the lot says what is due, and only ``close_lot`` says that it is over.
"""

import asyncio
import contextlib
import logging
import time
from collections.abc import Coroutine
from typing import Any, Final

import orjson

from .. import metrics
from ..engine.engine import Engine
from ..engine.errors import StoreError
from ..model.codes import FINAL_STATES
from ..model.commands import CloseLot, OpenLot, Reply, ResumeLot
from ..model.view import LotView
from .card import Card
from .catalogue import Catalogue
from .custody import Custody, Delivered

HORIZON_MS: Final = 2_000
"""A lot that is due within this is stayed with, on a timer of its own; a later one is left to the timetable."""
LOOK_S: Final = 1.0
RESCAN_S: Final = 60.0
RETRY_S: Final = {"not_in_touch": 0.2, "clock": 0.2, "schema": 5.0}
SOON_S: Final = 0.02

log = logging.getLogger("outcry.auctioneer")


class Auctioneer:
    """``delivered``: what this process remembers of a lot it follows, held against the store before it is adopted."""

    def __init__(
        self,
        engine: Engine,
        catalogue: Catalogue,
        delivered: Delivered = lambda lot_id: None,
        *,
        rescan_s: float = RESCAN_S,
    ) -> None:
        self._engine = engine
        self._catalogue = catalogue
        self._calendar = catalogue.calendar
        self._custody = Custody(engine, delivered)
        self._rescan_s = rescan_s
        self._finished: set[str] = set()
        self._lots: set[str] = set()
        self._attended: dict[str, asyncio.Task[None]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._scanned_s = float("-inf")
        self._run_id = ""

    async def start(self) -> None:
        self._engine.adopt = self._custody.adopt
        self._catalogue.now = self._engine.clock.now
        self._engine.clock.watch(self._clock_stepped)
        self._spawn(self._run())

    async def stop(self) -> None:
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def wake(self) -> None:
        """Look at the timetable now."""
        self._calendar.changed.set()

    def history_differs(self, lot_id: str) -> None:
        """This process remembers a head that the store does not have: the lot pauses until operators have looked."""
        self._custody.suspend([lot_id], "history")
        self._spawn(self._custody.pause(lot_id))

    async def _clock_stepped(self, as_of: int) -> None:
        """The store's clock jumped: every open lot pauses, its remaining time counted from the old estimate."""
        with contextlib.suppress(StoreError):
            self._lots.update(await self._catalogue.ids())
        lots = self._lots - self._finished
        self._custody.suspend(lots, "clock", as_of)
        await asyncio.gather(*map(self._custody.pause, lots))

    async def _run(self) -> None:
        while True:
            try:
                await self._look()
            except StoreError as error:
                log.warning("the store cannot be read: due lots wait", extra={"failure": type(error).__name__})
            except Exception:
                log.exception("the auctioneer stumbled")
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LOOK_S):
                    await self._calendar.changed.wait()
            self._calendar.changed.clear()

    async def _look(self) -> None:
        """Attend to every lot that is due soon; sometimes read all of them, in case the timetable missed one."""
        if time.monotonic() - self._scanned_s >= self._rescan_s or self._engine.run_id != self._run_id:
            await self._rescan()
        for lot_id in await self._calendar.due(self._engine.clock.now() + HORIZON_MS):
            self._attend(lot_id)
        for lot_id in self._custody.suspended:
            self._attend(lot_id)

    async def _rescan(self) -> None:
        run_id, started_s = self._engine.run_id, time.monotonic()
        if run_id != self._run_id:
            self._finished.clear()  # the store may have been put back to a time when they were live
        cards = {card.id: card for card in await self._catalogue.all() if card.id not in self._finished}
        entries = await self._calendar.entries()
        views = await self._engine.read_lots(cards)
        for (lot_id, card), view in zip(cards.items(), views, strict=True):
            self._lots.add(lot_id)
            at = due_at(card, view)
            if view.state in FINAL_STATES:
                self._finished.add(lot_id)
                if lot_id in entries:
                    await self._calendar.drop(lot_id)
            elif self._custody.is_stale(view):
                self._attend(lot_id)
            elif at is not None and entries.get(lot_id) != at:
                await self._calendar.set(lot_id, at)
        self._run_id, self._scanned_s = run_id, started_s

    def _attend(self, lot_id: str) -> None:
        """Stay with a lot, unless this process does already."""
        if lot_id in self._attended:
            return
        task = self._attended[lot_id] = self._spawn(self._stay_with(lot_id))
        task.add_done_callback(lambda _: self._attended.pop(lot_id, None))

    async def _stay_with(self, lot_id: str) -> None:
        """Do what is due, and what becomes due within the horizon; then leave the lot to the timetable."""
        try:
            card = await self._catalogue.get(lot_id)
            dropped = card is None
            while card is not None:
                view = await self._engine.read_lot(lot_id)
                at = due_at(card, view)
                if lot_id in self._custody.suspended:
                    await self._custody.pause(lot_id)
                    await asyncio.sleep(SOON_S)
                elif view.state in FINAL_STATES:
                    self._finished.add(lot_id)
                    break
                elif self._custody.is_stale(view):
                    await self._custody.adopt(lot_id)
                    await asyncio.sleep(SOON_S)
                elif at is None:
                    if dropped:
                        return
                    # Looked at once more: a resumption that was confirmed after the reading has lost its entry.
                    await self._calendar.drop(lot_id)
                    dropped = True
                elif at - view.now > HORIZON_MS:
                    await self._calendar.set(lot_id, at)
                    return
                elif at > view.now:
                    await asyncio.sleep((at - view.now) / 1000)
                else:
                    await asyncio.sleep(await self._act(card, view))
            await self._calendar.drop(lot_id)
        except StoreError as error:
            log.info("lot left", extra={"lot": lot_id, "failure": type(error).__name__})
        except Exception:
            log.exception("lot left", extra={"lot": lot_id})

    async def _act(self, card: Card, view: LotView) -> float:
        """Do what is due now; the seconds until it is worth looking again."""
        match view.state:
            case "announced":
                reserve, salt = await self._catalogue.reserve(card)
                reply = await self._engine.open_lot(card.id, OpenLot(card.terms, card.opens_at, reserve, salt))
                _done("opened", card.id, reply)
            case "paused":
                reply = await self._engine.resume_lot(card.id, ResumeLot())
                _done("resumed", card.id, reply)
            case _:
                reply = await self._engine.close_lot(card.id, CloseLot(self._engine.clock.in_touch_since))
                _closed(card.id, reply)
        return 0.0 if reply.ok else RETRY_S.get(reply.verdict, SOON_S)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task


def due_at(card: Card, view: LotView) -> int | None:
    """When a lot needs somebody next, in ms of the store's clock; None where it waits for operators, or for nothing.

    A lot that waits for its first bid cannot end before its whole duration, so that is when to look again.
    """
    match view.state:
        case "announced":
            return card.opens_at
        case "open":
            return view.now + card.terms.duration_ms if view.ends_at is None else view.ends_at
        case "paused":
            return view.resumes_at
    return None


def _closed(lot_id: str, reply: Reply) -> None:
    if not reply.ok:
        return
    result = orjson.loads(reply.body)["result"]
    if result == "extended":
        metrics.LOTS_EXTENDED.inc()
    else:
        metrics.LOTS_CLOSED.labels(result).inc()
    _done(result, lot_id, reply)


def _done(what: str, lot_id: str, reply: Reply) -> None:
    if reply.ok:
        log.info("lot %s", what, extra={"lot": lot_id, "n": orjson.loads(reply.body)["n"]})
