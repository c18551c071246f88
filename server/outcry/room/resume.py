"""Whether a client that comes back was here: its position is proven by this lot's history, or it is not believed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Final, NamedTuple, TypeVar

import orjson

from ..engine.errors import Unavailable
from ..model.events import link_of
from .frames import Why
from .ports import Engine
from .ring import Entry, Ring
from .wire import text_frame

BEHIND_S: Final = 2.0
"""How long a client that is ahead of this process waits for the feed to catch up."""
T = TypeVar("T")


class Position(NamedTuple):
    epoch: int
    n: int
    link: str


class Proof(NamedTuple):
    """Why a snapshot is sent, and the mark from which events go before it (None: none do)."""

    why: Why
    mark: int | None


JOINED = Proof("joined", None)
FAR = Proof("resumed", None)
UNPROVEN = Proof("history_changed", None)


class Resumer:
    """Proves positions from the ring, and reads the stream for it once, however many come back at the same time."""

    def __init__(self, lot_id: str, engine: Engine, ring: Callable[[], Ring]) -> None:
        self._lot_id = lot_id
        self._engine = engine
        self._ring = ring
        self._filled: Ring | None = None
        self._reads: dict[str, asyncio.Task[Any]] = {}
        self._waiting: list[asyncio.Future[None]] = []

    def moved(self) -> None:
        """The room has come further."""
        waiting, self._waiting = self._waiting, []
        for future in waiting:
            if not future.done():
                future.set_result(None)

    async def prove(self, position: Position | None) -> Proof:
        """Raises ``StoreError`` where the stream is needed and cannot be read."""
        if position is None:
            return JOINED
        if position.n > self._ring().head >> 8:
            await self._wait_for(position.n)
        elif position.n < self._ring().base.n and self._filled is not self._ring():
            await self._once("fill", self._fill)
        ring = self._ring()
        if position.n >= ring.base.n:
            mark = ring.prove(*position)
            return UNPROVEN if mark is None else Proof("resumed", mark)
        return await self._prove_far(position, ring)

    async def _prove_far(self, position: Position, ring: Ring) -> Proof:
        """Older than all that is kept: the event after it carries its link; the page fetches the hole itself."""
        if position.epoch > ring.epoch:
            return UNPROVEN
        following = await self._once(
            f"after {position.n}", lambda: self._engine.read_events(self._lot_id, position.n, 1)
        )
        proven = bool(following) and orjson.loads(following[0])["link"] == position.link
        return FAR if proven else UNPROVEN

    async def _fill(self) -> None:
        """What the ring has room for, in front of what it has: one XRANGE for all who come back to a young room."""
        ring = self._ring()
        end, epoch = ring.base.n, ring.base.epoch
        space = max(0, min(end, ring.size - len(ring)))
        events = await self._engine.read_events(self._lot_id, end - space, space) if space else []
        entries: list[Entry] = []
        base = ring.base
        for event in reversed(events):
            fields = orjson.loads(event)
            entries.append(Entry(fields["n"] << 8, text_frame(event), epoch, link_of(event)))
            epoch = 0 if fields["t"] == "opened" else fields["old"]["epoch"] if fields["t"] == "adopted" else epoch
            base = Entry((fields["n"] - 1) << 8, b"", epoch, fields["link"])
        ring.prepend(base, entries[::-1])
        self._filled = ring

    async def _wait_for(self, n: int) -> None:
        """A client may have heard of an event from a quicker process: the store is asked, once for all who say so."""
        view = await self._once("head", lambda: self._engine.read_lot(self._lot_id))
        if view.n < n:
            return
        try:
            async with asyncio.timeout(BEHIND_S):
                while self._ring().head >> 8 < n:
                    await self._next_move()
        except TimeoutError:
            # The store has it: this process is deaf, and must not tell a client that his history has changed.
            raise Unavailable("this process is behind the store: come back") from None

    async def _next_move(self) -> None:
        future = asyncio.get_running_loop().create_future()
        self._waiting.append(future)
        await future

    async def _once(self, name: str, read: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """The answer to a read that others may be waiting for already; it goes on when one of them gives up."""
        task: asyncio.Task[T] | None = self._reads.get(name)
        if task is None:
            task = self._reads[name] = asyncio.create_task(read())
            task.add_done_callback(lambda done: self._read(name, done))
        return await asyncio.shield(task)

    def _read(self, name: str, done: asyncio.Task[Any]) -> None:
        del self._reads[name]
        if not done.cancelled():
            done.exception()  # whoever still waits gets it; nobody need
