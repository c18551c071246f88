"""One lot's audience in this process: keeps its view and its newest frames, and serves every socket from them."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import orjson

from ..model.events import link_of
from ..model.view import LotView, apply
from . import frames
from .audience import NOTHING, Audience, Bundle
from .beat import Beat
from .frames import Why
from .ports import Engine, Feed
from .resume import Position, Resumer
from .ring import Ring
from .wire import text_frame

if TYPE_CHECKING:
    from .session import Session

COALESCED_FRAMES: Final = 64
COALESCED_BYTES: Final = 16 * 1024
"""Beyond either a socket gets a tick in place of the events."""
SNAPSHOT_MS: Final = 50
"""How old the time in a snapshot may be: within it joiners share its bytes."""
RESUMES: Final = 32
"""Different ranges kept for those who come back, between two events: a storm of them shares its bytes."""
RESUMED_BYTES: Final = 64 * 1024
"""More than a slow line drains in time is left to HTTP, which goes at the client's pace."""


class Room(Audience):
    """A feed's sink and a lot's sockets. ``open`` before anything else; ``close`` when it is empty."""

    def __init__(self, lot_id: str, engine: Engine, feed: Feed, beat: Beat, ring: int) -> None:
        super().__init__(beat, lot_id)
        self.joining = 0
        """Those on their way in: a room with any is not closed."""
        self.view = LotView()
        self.ring = Ring(ring, self.view)
        self._engine = engine
        self._feed = feed
        self._ring_size = ring
        self._why: Why = "history_changed"
        """Of the snapshot for those whose mark is of no history any more."""
        self.opened = False
        self._gate = asyncio.Lock()
        self._early: list[bytes] = []
        self._bundles: dict[int, Bundle] = {}
        self._ranges: dict[int, bytes] = {}
        self._snapshots: dict[Why, tuple[int, bytes]] = {}
        self._resumer = Resumer(lot_id, engine, lambda: self.ring)

    async def open(self) -> None:
        """Watches the lot, once for all who join together. Raises ``StoreError``; the next to come tries again."""
        if self.opened:
            return
        async with self._gate:
            if not self.opened:
                self._early = []
                view = await self._feed.watch(self.lot_id, self)
                self._start(view)
                self.opened = True
                for payload in self._early:  # what came between the confirmed subscription and the view
                    if payload.startswith(b'{"n":'):
                        self.events([payload])
                    else:
                        self.frame(payload)

    async def close(self) -> bool:
        """Unwatches the lot if nobody is here; false where somebody came meanwhile."""
        async with self._gate:
            if self.opened and not self.joining and not len(self):
                self.opened = False
                await self._feed.unwatch(self.lot_id)
            return not self.opened and not self.joining

    async def join(self, session: Session, position: Position | None) -> None:
        """Says hello, brings the socket to the head (by what it lacks, or a snapshot) and keeps it there."""
        await self.open()
        why, mark = await self._resumer.prove(position)
        hello = frames.hello(self.lot_id, session.identity, self.view, self._engine.clock.now())
        if session.begin(hello + self._answer(why, mark), self.head):
            self.add(session)

    async def sync(self, session: Session, position: Position) -> None:
        """Answers a socket that states its position as if it had just come back."""
        why, mark = await self._resumer.prove(position)
        if session.ready:
            session.mark = self.head
            session.out.write(self._answer(why, mark))
        elif why == "history_changed":
            session.mark = -1  # told when the socket drains

    # The feed's sink

    def events(self, frames: list[bytes]) -> None:
        if not self.opened:
            self._early += frames
            return
        for event in frames:
            fields = orjson.loads(event)
            if fields["n"] > self.view.n:
                link = link_of(event)
                self.view = apply(self.view, fields, link)
                self.ring.add_event(self.view.n, text_frame(event), self.view.epoch, link)
        self._changed()

    def frame(self, frame: bytes) -> None:
        if not self.opened:
            self._early.append(frame)
            return
        self.ring.add_extra(text_frame(frame))
        self._changed()

    def reset(self, view: LotView) -> None:
        """Another history than the one delivered: everybody is told, with a snapshot."""
        self._begin_anew(view, "history_changed")

    def restated(self, view: LotView) -> None:
        """Another state without an event: a snapshot, and no alarm."""
        self._begin_anew(view, "resumed")

    def _begin_anew(self, view: LotView, why: Why) -> None:
        self._start(view)
        self._why = why
        for session in self.sessions():
            session.mark = -1
        self._changed()

    def counted(self, registered: int) -> None:
        """How many bidders are admitted: no event tells, the feed looks every second."""
        if registered != self.view.registered:
            self.view = replace(self.view, registered=registered)

    # The audience's frames

    @property
    def head(self) -> int:
        return self.ring.head

    def since(self, mark: int) -> Bundle:
        if mark == self.ring.head:
            return NOTHING
        if mark < 0:
            return Bundle(self._snapshot(self._why), 1)
        bundle = self._bundles.get(mark)
        if bundle is None:
            bundle = self._bundles[mark] = self._bundle(mark)
        return bundle

    def pulse_frame(self, watching: int, store: frames.Store) -> bytes:
        return frames.pulse(self.view, self._engine.clock.now(), watching, store)

    def _bundle(self, mark: int) -> Bundle:
        missing = self.ring.since(mark)
        if missing is not None and len(missing) <= COALESCED_FRAMES:
            data = b"".join(missing)
            if len(data) <= COALESCED_BYTES or mark >> 8 == self.view.n:
                return Bundle(data, len(missing))
        return Bundle(frames.tick((mark >> 8) + 1, self.view), 1, 1)

    def _answer(self, why: Why, mark: int | None) -> bytes:
        """The events after a proven mark, unless they are too many, and the snapshot at the head: what is not sent
        before it is a hole that the client sees by its number."""
        missing = b"" if mark is None else self._range(mark)
        return missing + self._snapshot(why)

    def _range(self, mark: int) -> bytes:
        found = self._ranges.get(mark)
        if found is None:
            found = b"".join(self.ring.since(mark) or ())
            if len(found) > RESUMED_BYTES:
                found = b""
            if len(self._ranges) < RESUMES:
                self._ranges[mark] = found
        return found

    def _snapshot(self, why: Why) -> bytes:
        now = self._engine.clock.now()
        made_at, frame = self._snapshots.get(why, (0, b""))
        if abs(now - made_at) > SNAPSHOT_MS:
            frame = frames.snapshot_frame(self.view, why, now)
            self._snapshots[why] = (now, frame)
        return frame

    def _start(self, view: LotView) -> None:
        self.view = view
        self.ring = Ring(self._ring_size, view)

    def _changed(self) -> None:
        self._bundles.clear()
        self._ranges.clear()
        self._snapshots.clear()
        self._resumer.moved()
        self.moved()
