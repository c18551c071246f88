"""A bid's way to the script and its decision's way back, with the limits of a bidder however he came."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from .. import metrics
from ..config import LimitsConfig
from ..engine.errors import Unavailable, Unknown
from ..model.commands import PlaceBid, Reply
from .codec import Bid
from .ports import Engine
from .wire import text_frame

if TYPE_CHECKING:
    from .hub import Hub
    from .session import Session

AGAIN = "no answer in time: ask again with the same id"
AWAY = "the store cannot be reached: nothing was sent"


class Bids:
    def __init__(self, hub: Hub, engine: Engine, limits: LimitsConfig) -> None:
        self._hub = hub
        self._engine = engine
        self._limits = limits

    def command(self, code: str, bid: Bid) -> PlaceBid:
        """As it arrived now."""
        return PlaceBid(
            code, bid.id, bid.amount, self._engine.clock.now(), bid.confirm,
            self._limits.bid_interval_ms, self._limits.bid_burst,
        )  # fmt: skip

    async def decide(self, lot_id: str, command: PlaceBid) -> Reply:
        """A bid that came by HTTP. Raises ``Unknown`` or ``Unavailable``."""
        began = time.monotonic()
        limited = replace(command, interval_ms=self._limits.bid_interval_ms, burst=self._limits.bid_burst)
        reply = await self._engine.place_bid(lot_id, limited)
        metrics.DECISION_SECONDS.observe(time.monotonic() - began)
        return reply

    def place(self, session: Session, bid: Bid) -> None:
        """A bid from a socket: no coroutine; the decision is written where the bid came from, in the store's words."""
        assert session.identity.code is not None
        command = self.command(session.identity.code, bid)
        future = self._engine.bid(session.audience.lot_id, command)
        future.add_done_callback(partial(self._decided, session, command, time.monotonic()))

    def _decided(self, session: Session, command: PlaceBid, began: float, future: asyncio.Future[Reply]) -> None:
        try:
            reply = future.result()
        except Unavailable:
            session.refuse("unavailable", AWAY, command.id)
        except (Unknown, asyncio.CancelledError):
            session.refuse("unknown", AGAIN, command.id)
        else:
            if reply.verdict == "stale_store":
                self._hub.spawn(self._adopted(session, command))
                return
            session.decided(text_frame(reply.body))
            metrics.DECISION_SECONDS.observe(time.monotonic() - began)

    async def _adopted(self, session: Session, command: PlaceBid) -> None:
        """The store was restarted: the lot is adopted first, by the engine, and the bid decided then."""
        try:
            reply = await self._engine.place_bid(session.audience.lot_id, command)
        except Unavailable:
            session.refuse("unavailable", AWAY, command.id)
        except Unknown:
            session.refuse("unknown", AGAIN, command.id)
        else:
            session.decided(text_frame(reply.body))
