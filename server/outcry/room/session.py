"""One socket: who it is, what it may say, how far it has been served. It holds its transport, never a coroutine."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

import orjson

from ..engine.errors import StoreError
from ..model.codes import Close
from ..model.roles import Identity
from . import frames
from .codec import Bid, FrameError, Ping, Sync, decode
from .meter import Meter
from .resume import Position

if TYPE_CHECKING:
    from .audience import Audience
    from .detached import Socket, Writer
    from .hub import Hub

BURST_S, ABUSE_S = 2.0, 10.0
"""Seconds' worth of frames above the limit: the first is refused frame by frame, the second closes the socket."""
SYNC_WEIGHT: Final = 20
"""A sync counts as so many frames: its answer may be a thousand times longer."""
RETRY_MS: Final = {"watcher": 5_000, "bidder": 250, "operator": 250}
"""How long clients spread their return over when a house leaves."""


class Session:
    """The receiver of one socket. Writing is synchronous and never waits; after ``lost`` every call is harmless."""

    __slots__ = (
        "identity", "audience", "socket", "out", "mark", "ready", "gone",
        "_hub", "_joined", "_slow", "_meter", "_syncing", "_on_end",
    )  # fmt: skip

    def __init__(
        self, hub: Hub, audience: Audience, identity: Identity, on_end: Callable[[], None] | None = None
    ) -> None:
        self.identity = identity
        self.audience = audience
        self.mark = 0
        self.ready = False
        """Joined, open and draining: may be served."""
        self.gone = False
        self._hub = hub
        self._joined = False
        self._slow = False
        self._meter: Meter | None = None
        self._syncing = False
        self._on_end = on_end
        self.out: Writer
        self.socket: Socket

    def hold(self, socket: Socket) -> None:
        self.socket = socket
        self.out = socket.out

    def begin(self, data: bytes, mark: int) -> bool:
        """The first frames, after which the socket is at ``mark``. False where it has gone while they were made."""
        if self.gone:
            return False
        self.mark = mark
        self._joined = True
        self.ready = not self._slow
        self.out.write(data)
        return True

    def write(self, frame: bytes) -> None:
        if not self.gone:
            self.out.write(frame)

    def decided(self, frame: bytes) -> None:
        """The decision of a bid that came from here."""
        self.audience.group(self).delivered += 1
        self.write(frame)

    def refuse(self, code: str, detail: str | None = None, id: str | None = None) -> None:
        self._hub.figures.refused(code)
        self.write(frames.error(code, detail, id))

    def close(self, code: int, reason: str = "") -> None:
        if not self.gone:
            self.socket.close(code, reason)

    # The receiver of the socket

    def text(self, payload: bytes) -> None:
        if not self._paced():
            return
        try:
            command = decode(payload)
        except FrameError as error:
            self.refuse(error.code, error.detail, error.id)
            return
        if isinstance(command, Bid):
            if self.identity.code is None or self.identity.role != "bidder":
                self.refuse("unauthorised", "only a bidder admitted to this lot may bid", command.id)
            else:
                self._hub.bids.place(self, command)
        elif isinstance(command, Ping):
            self.write(frames.pong(command.c, self._hub.now()))
        else:
            self._sync(command)

    def paused(self) -> None:
        self._slow = True
        self.ready = False

    def drained(self) -> None:
        self._slow = False
        if self._joined and not self.gone:
            self.ready = True
            self.audience.catch_up(self)

    def lost(self, code: int | None) -> None:
        if self.gone:
            return
        self.gone = True
        self.ready = False
        self.audience.discard(self)
        self._hub.forget(self, code)

    def ended(self) -> None:
        self._hub.ended()
        if self._on_end is not None:
            self._on_end()
        del self.socket, self.out  # the socket refers back: without this both would wait for the collector

    def leave(self) -> None:
        retry_ms = random.randint(0, RETRY_MS[self.identity.role])
        self.close(Close.LEAVING, orjson.dumps({"retry_ms": retry_ms}).decode())

    def _paced(self) -> bool:
        """A hard limit at once, and a softer one that must last: who is refused and goes on is closed."""
        backlog = self._measure(1)
        if backlog <= BURST_S:
            return True
        if backlog > ABUSE_S:
            self.close(Close.POLICY, "too many frames")
        else:
            self.refuse("rate_limited", "too many frames, slow down")
        return False

    def _measure(self, frames: int) -> float:
        if self._meter is None:
            self._meter = Meter()
        return self._meter.backlog(frames * self._hub.frame_cost_s)

    def _sync(self, command: Sync) -> None:
        if self._joined and not self._syncing:
            self._syncing = True
            self._measure(SYNC_WEIGHT)
            self._hub.spawn(self._synced(Position(command.epoch, command.after, command.link)))

    async def _synced(self, position: Position) -> None:
        try:
            await self.audience.sync(self, position)
        except StoreError:
            self.refuse("unavailable", "the position cannot be looked up now")
        finally:
            self._syncing = False
