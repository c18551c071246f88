"""The feed: every event of the watched lots, in order, without a gap, and never one that a crash can undo.

``appendfsync always`` does not cover pub/sub: a subscriber whose link is backlogged can be sent an event before it is
on disk. So a batch of published events is held until a PING on a second link, never backlogged, is answered: the store
answers only after the flush. Both links are opened as a pair to one process of the store and thrown away as a pair.
What a lost pair had not delivered is dropped and read from the stream, whose answers wait for the flush like any other.
"""

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable
from typing import Any

from .. import metrics
from ..model.view import LotView
from .engine import Engine
from .errors import StoreError, Unavailable
from .keys import channel, lot_key
from .link import Link
from .reach import Reach, Sink
from .store import Store

PULSE_S = 1.0
SILENCE_S = 3.0
log = logging.getLogger("outcry.feed")


class Feed:
    """``watch`` a lot with a sink; ``on_differs(lot_id)`` is told when a lot's history is not the one delivered."""

    def __init__(self, store: Store, engine: Engine) -> None:
        self._store = store
        self._engine = engine
        self._reaches: dict[str, Reach] = {}
        self._channels: dict[bytes, Reach] = {}
        self._feed: Link | None = None
        self._barrier: Link | None = None
        self._lost = asyncio.Event()
        self._confirmed: dict[bytes, asyncio.Future[None]] = {}
        self._held: list[tuple[bytes, bytes]] = []
        self._held_since = 0.0
        self._barred = False
        self._keeper: asyncio.Task[None] | None = None
        self.on_differs: Callable[[str], None] | None = None

    @property
    def up(self) -> bool:
        return self._feed is not None and self._feed.open and not self._silent()

    async def start(self) -> None:
        await self._open_pair()
        self._keeper = asyncio.create_task(self._keep())

    async def stop(self) -> None:
        if self._keeper is not None:
            self._keeper.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._keeper
        links = [link for link in (self._feed, self._barrier) if link is not None]
        self._drop_pair()
        for link in links:
            await link.close()
        for reach in self._reaches.values():
            reach.stop()

    async def watch(self, lot_id: str, sink: Sink) -> LotView:
        """Subscribed, confirmed, read: the sink gets all that comes after the view returned. Raises ``Unavailable``."""
        reach = Reach(lot_id, sink, self._engine, self._differs)
        self._reaches[lot_id] = self._channels[channel(lot_id).encode()] = reach
        try:
            await self._subscribe(lot_id)
            view = await self._engine.read_lot(lot_id)
        except BaseException:
            await self.unwatch(lot_id)
            raise
        reach.begin(view)
        return view

    def delivered(self, lot_id: str) -> tuple[int, str] | None:
        """The n and link this process has come to in a watched lot: what it remembers of its history."""
        reach = self._reaches.get(lot_id)
        return reach.position if reach is not None else None

    async def unwatch(self, lot_id: str) -> None:
        name = channel(lot_id)
        reach = self._reaches.pop(lot_id, None)
        self._channels.pop(name.encode(), None)
        if reach is not None:
            reach.stop()
        if self._feed is not None:
            self._feed.push("SUNSUBSCRIBE", name)

    async def _subscribe(self, lot_id: str) -> None:
        if self._feed is None or not self._feed.open:
            raise Unavailable("the feed is down")
        name = channel(lot_id).encode()
        confirmed = asyncio.get_running_loop().create_future()
        self._confirmed[name] = confirmed
        self._feed.push("SSUBSCRIBE", name)
        try:
            async with asyncio.timeout(SILENCE_S):
                await confirmed
        except TimeoutError:
            raise Unavailable("the feed did not confirm a subscription") from None
        finally:
            self._confirmed.pop(name, None)

    def _pushed(self, answers: list[Any]) -> None:
        """All that one read of the feed link brought."""
        for answer in answers:
            kind = answer[0] if isinstance(answer, list) else None
            if kind == b"smessage":
                self._held.append((answer[1], answer[2]))
            elif kind == b"ssubscribe":
                confirmed = self._confirmed.get(answer[1])
                if confirmed is not None and not confirmed.done():
                    confirmed.set_result(None)
        if self._held and not self._barred:
            self._raise_barrier()

    def _raise_barrier(self) -> None:
        """One PING for all that is held now; what comes meanwhile waits for the next."""
        if self._barrier is None or not self._barrier.open:
            return
        batch, self._held = self._held, []
        self._barred = True
        raised = time.monotonic()
        future = self._barrier.call("PING")

        def answered(pong: "asyncio.Future[Any]") -> None:
            self._barred = False
            if pong.cancelled() or pong.exception() is not None:
                return  # The pair is lost: what was held is read from the stream.
            metrics.BARRIER_SECONDS.observe(time.monotonic() - raised)
            self._deliver(batch)
            if self._held and not self._barred:
                self._raise_barrier()

        future.add_done_callback(answered)

    def _deliver(self, batch: list[tuple[bytes, bytes]]) -> None:
        by_reach: dict[Reach, list[bytes]] = {}
        for name, payload in batch:
            reach = self._channels.get(name)
            if reach is not None:
                by_reach.setdefault(reach, []).append(payload)
        for reach, payloads in by_reach.items():
            reach.arrived(payloads)

    async def _open_pair(self) -> None:
        lost = asyncio.Event()  # Of this pair alone: the one before may still be dying.
        barrier = await self._store.open_link(lost.set)
        try:
            feed = await self._store.open_link(lost.set, self._pushed)
        except BaseException:
            barrier.abort()
            raise
        if feed.run_id != barrier.run_id:
            feed.abort()
            barrier.abort()
            raise Unavailable("the store changed while the feed was opened")
        self._feed, self._barrier, self._lost = feed, barrier, lost
        self._held, self._barred = [], False
        metrics.FEED_PAIRS.inc()
        await asyncio.gather(*map(self._subscribe, self._reaches))
        for reach in list(self._reaches.values()):
            reach.resume()

    def _drop_pair(self) -> None:
        for link in (self._feed, self._barrier):
            if link is not None:
                link.abort()
        self._feed = self._barrier = None
        self._held, self._barred = [], False

    def _silent(self) -> bool:
        return self._feed is not None and asyncio.get_running_loop().time() - self._feed.heard_at > SILENCE_S

    async def _keep(self) -> None:
        """A PING on the feed link and a look at the heads each second; a new pair when either is lost or silent."""
        delay = 0.02
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(PULSE_S):
                    await self._lost.wait()
            try:
                if self._feed is None or self._lost.is_set() or self._silent():
                    self._drop_pair()
                    await self._open_pair()
                    log.info("feed pair open", extra={"lots": len(self._reaches)})
                delay = 0.02
                assert self._feed is not None
                self._feed.push("PING")
                async with asyncio.timeout(SILENCE_S):
                    await self._look_at_heads()
            except (StoreError, TimeoutError) as error:
                log.warning("feed pair lost", extra={"why": str(error)})
                self._drop_pair()
                await asyncio.sleep(delay)
                self._lost.set()
                delay = min(1.0, delay * 2)

    async def _look_at_heads(self) -> None:
        """The last event lost has no successor to reveal it; the head does."""
        reaches = list(self._reaches.values())
        if not reaches or self._barrier is None:
            return
        asked = [
            self._barrier.call("HMGET", lot_key(reach.lot_id), "n", "link", "registered", "state") for reach in reaches
        ]
        for reach, head in zip(reaches, await asyncio.gather(*asked), strict=True):
            n, link, registered, state = head
            reach.head(int(n or 0), (link or b"").decode(), int(registered or 0), (state or b"announced").decode())

    def _differs(self, lot_id: str) -> None:
        log.error("history differs", extra={"lot": lot_id})
        if self.on_differs is not None:
            self.on_differs(lot_id)
