"""All rooms of a process, the sockets in them, and what keeps both alive."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Coroutine
from functools import partial
from typing import TYPE_CHECKING, Any

from ..config import AuctionConfig, LimitsConfig
from ..engine.errors import StoreError
from ..model.codes import Close
from ..model.commands import PlaceBid, Reply
from ..model.roles import WATCHER, Identity
from ..model.view import LotView
from .audience import Audience
from .beat import Beat
from .bids import Bids
from .detached import CLOSE_S, Detached
from .fanout import attach
from .figures import Figures
from .market import Market
from .plain import PlainSocket
from .ports import EndedSessions, Engine, Feed, OnSale
from .registry import Registry
from .resume import Position
from .room import Room
from .session import Session
from .sweep import Sweep
from .upkeep import Upkeep, is_over
from .watching import Watching

if TYPE_CHECKING:
    from starlette.websockets import WebSocket

OnEnd = Callable[[], None]
log = logging.getLogger("outcry.hub")


class Hub:
    """``serve_lot`` and ``serve_market`` are what the web hands its sockets to.

    ``ended_sessions``: which of these session keys have ended, asked every second. ``on_sale``: the lots of the market.
    """

    def __init__(
        self,
        engine: Engine,
        feed: Feed,
        auction: AuctionConfig,
        limits: LimitsConfig,
        ended_sessions: EndedSessions,
        watching: Watching,
        on_sale: OnSale,
    ) -> None:
        self.leaving = False
        self.figures = Figures()
        self.bids = Bids(self, engine, limits)
        self.frame_cost_s = 1 / limits.frames_per_s
        self.rooms: dict[str, Room] = {}
        self.registry = Registry()
        self.sweep = Sweep()
        self.beat = Beat(auction.beat_ms / 1000, auction.slice)
        self.market = Market(engine.clock, self.beat, on_sale)
        self._engine = engine
        self._feed = feed
        self._auction = auction
        self._limits = limits
        self._watching = watching
        self.upkeep = Upkeep(self, engine, feed, ended_sessions, watching)
        self._tasks: set[asyncio.Task[None]] = set()
        self._open = 0
        self._deserted = asyncio.Event()
        self._deserted.set()

    def now(self) -> int:
        """Store time in ms."""
        return self._engine.clock.now()

    async def start(self) -> None:
        self.upkeep.start()

    async def leave(self) -> None:
        """SIGTERM: tells every client when to come back and waits until all have gone, which takes 3 s at most."""
        self.leaving = True
        for session in self.registry.all():
            session.leave()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(CLOSE_S + 1):
                await self._deserted.wait()

    async def stop(self) -> None:
        await self.upkeep.stop()
        self.beat.stop()
        for task in list(self._tasks):
            task.cancel()
        for lot_id in list(self.rooms):
            await self._feed.unwatch(lot_id)
        self.rooms.clear()

    def watching(self, lot_id: str) -> int:
        """Watchers of a lot, over all processes."""
        room = self.rooms.get(lot_id)
        return self._watching.elsewhere(lot_id) + (len(room.watchers.sessions) if room is not None else 0)

    def views(self) -> dict[str, LotView]:
        """Of the lots that have a room in this process: as fresh as the feed."""
        return {lot_id: room.view for lot_id, room in self.rooms.items() if room.opened}

    async def bid(self, lot_id: str, identity: Identity, command: PlaceBid) -> Reply:
        """A bid that came by HTTP. Raises ``Unknown`` or ``Unavailable``."""
        if identity.code is None or identity.code != command.code:
            raise ValueError("a bid is placed under its bidder's own code")
        return await self.bids.decide(lot_id, command)

    async def serve_lot(
        self,
        websocket: WebSocket,
        lot_id: str,
        identity: Identity,
        after: int | None = None,
        epoch: int | None = None,
        link: str | None = None,
        on_end: OnEnd | None = None,
    ) -> None:
        """Accepts, joins the lot's room and returns: the socket lives on without its task.

        ``on_end`` is called when the connection is gone.
        """
        position = None if after is None or epoch is None or link is None else Position(epoch, after, link)
        room = self.rooms.get(lot_id)
        if room is None:
            room = self.rooms[lot_id] = Room(lot_id, self._engine, self._feed, self.beat, self._auction.ring)
        room.joining += 1
        try:
            await self._serve(websocket, room, identity, on_end, partial(self._join, room, position))
        finally:
            room.joining -= 1

    async def serve_market(self, websocket: WebSocket, on_end: OnEnd | None = None) -> None:
        """As ``serve_lot``, for the catalogue's ticks."""
        await self._serve(websocket, self.market, WATCHER, on_end, self.market.join)

    async def _join(self, room: Room, position: Position | None, session: Session) -> None:
        await room.join(session, position)
        if self.upkeep.store == "down":  # or a newcomer would believe until the next pulse that the room is live
            session.write(room.pulse_frame(self.watching(room.lot_id), "down"))
        if is_over(room.view, self.now()):
            session.close(Close.LOT_CLOSED)

    async def _serve(
        self,
        websocket: WebSocket,
        audience: Audience,
        identity: Identity,
        on_end: OnEnd | None,
        join: Callable[[Session], Coroutine[Any, Any, None]],
    ) -> None:
        session = Session(self, audience, identity, on_end)
        try:
            socket = await attach(websocket, session)
        except OSError:
            if on_end is not None:
                on_end()
            return
        self._register(session, socket)
        try:
            if self.leaving:
                session.leave()
            elif identity.account and self.registry.of_account(identity.account) > self._limits.sockets_per_account:
                session.close(Close.TOO_MANY)
            else:
                await join(session)
        except StoreError:
            session.close(Close.FEED_LOST)
        except BaseException:
            session.close(Close.FEED_LOST)
            raise
        if isinstance(socket, PlainSocket):
            await socket.serve()

    # What sessions ask of the hub

    def forget(self, session: Session, code: int | None) -> None:
        """A socket is gone; ``code``: with which the house closed it."""
        self.registry.discard(session)
        if isinstance(session.socket, Detached):
            self.sweep.discard(session.socket)
        if code is not None:
            self.figures.closed(code)

    def ended(self) -> None:
        """A connection is gone, its buffers too."""
        self._open -= 1
        if not self._open:
            self._deserted.set()

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """For the few things a socket asks that must wait for the store."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            log.error("a socket's task failed", exc_info=task.exception())

    def _register(self, session: Session, socket: Detached | PlainSocket) -> None:
        session.hold(socket)
        self.registry.add(session)
        self._open += 1
        self._deserted.clear()
        if isinstance(socket, Detached):
            self.sweep.add(socket)
