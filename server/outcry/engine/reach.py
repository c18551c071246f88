"""How far one watched lot has been delivered, and how a gap in it is closed."""

import asyncio
import logging
from collections.abc import Callable
from typing import Protocol

from .. import metrics
from ..model.events import link_of
from ..model.view import LotView
from .engine import Engine
from .errors import StoreError, Unavailable

LATE_S = 0.25
RANGE = 1_000
log = logging.getLogger("outcry.feed")


class Sink(Protocol):
    """Who gets a lot's events: contiguous, each once, in the order of their numbers."""

    def events(self, frames: list[bytes]) -> None: ...

    def frame(self, frame: bytes) -> None:
        """An unnumbered frame: a text, a checkpoint."""

    def reset(self, view: LotView) -> None:
        """The store's history is not the one delivered: go on from this view."""

    def restated(self, view: LotView) -> None:
        """The lot has another state without an event: withdrawn before its log began."""

    def counted(self, registered: int) -> None:
        """How many bidders are admitted, seen about once a second."""


class Reach:
    """The position delivered to one sink. ``arrived`` takes what passed the barrier; gaps are read from the stream."""

    def __init__(self, lot_id: str, sink: Sink, engine: Engine, differs: Callable[[str], None]) -> None:
        self.lot_id = lot_id
        self._sink = sink
        self._engine = engine
        self._differs = differs
        self._n = -1
        self._link = ""
        self._state = ""
        self._early: list[bytes] = []
        self._filling: asyncio.Task[None] | None = None
        self._again = False
        self._late: asyncio.TimerHandle | None = None

    @property
    def position(self) -> tuple[int, str] | None:
        """n and link of the last event delivered; None before there is any."""
        return (self._n, self._link) if self._n > 0 else None

    def begin(self, view: LotView) -> None:
        """From this view on; what arrived before it was read is sorted out here."""
        self._n, self._link, self._state = view.n, view.link, view.state
        early, self._early = self._early, []
        self.arrived(early)

    def stop(self) -> None:
        if self._filling is not None:
            self._filling.cancel()
        if self._late is not None:
            self._late.cancel()

    def arrived(self, payloads: list[bytes]) -> None:
        """Published payloads, in order. Those already delivered are dropped; a missing one starts a back-fill."""
        if self._n < 0 or self._filling is not None:
            self._early.extend(payloads)
            return
        left = self._take(payloads)
        if left is not None:
            self._early = left
            self.resume()

    def _take(self, payloads: list[bytes]) -> list[bytes] | None:
        """Delivers in order; what is left where one is missing or the sink failed, None where all went well."""
        n, link = self._n, self._link
        fresh: list[bytes] = []
        for index, payload in enumerate(payloads):
            if not payload.startswith(b'{"n":'):
                if not self._deliver(fresh):
                    return payloads[index:]
                fresh = []
                self._sink.frame(payload)
                continue
            number = int(payload[5 : payload.index(b",")])
            if number <= n:
                continue
            if number != n + 1 or carried_link(payload) != link:
                self._deliver(fresh)
                return payloads[index:]
            n, link = number, link_of(payload)
            fresh.append(payload)
        return None if self._deliver(fresh) else []

    def head(self, n: int, link: str, registered: int, state: str) -> None:
        """The store's head as just read: behind or different is a changed history, ahead for long is a lost message."""
        if self._n < 0:
            return
        self._sink.counted(registered)
        if n < self._n or (n == self._n and link != self._link) or (n == 0 and state != self._state):
            self.resume()
        elif n > self._n and self._late is None:
            seen = self._n

            def late() -> None:
                self._late = None
                if self._n == seen:
                    self.resume()

            self._late = asyncio.get_running_loop().call_later(LATE_S, late)

    def resume(self) -> None:
        """Reads what comes after the position from the stream; checks that the history there is the one delivered."""
        if self._filling is not None:
            self._again = True  # Its last read may be older than the subscription that asks for this one.
        elif self._n >= 0:
            self._filling = asyncio.ensure_future(self._fill())

    async def _fill(self) -> None:
        delay = 0.05
        while True:
            try:
                self._again = False
                await self._close_gap()
            except StoreError as error:
                log.debug("back-fill waits", extra={"lot": self.lot_id, "why": str(error)})
            else:
                if not self._again:
                    break
                continue
            await asyncio.sleep(delay)
            delay = min(1.0, delay * 2)
        self._filling = None
        early, self._early = self._early, []
        self.arrived(early)

    async def _close_gap(self) -> None:
        metrics.BACKFILLS.inc()
        if self._n == 0:
            await self._look_at_state()
        while True:
            # From the last one delivered, so that its bytes tell whether this is still the same history.
            events = await self._engine.read_events(self.lot_id, max(0, self._n - 1), RANGE)
            if self._n > 0:
                if not events or link_of(events[0]) != self._link:
                    await self._reset()
                    return
                events = events[1:]
            if events and not self._deliver(events):
                raise Unavailable("the sink did not take the events: they are offered again")
            if len(events) < RANGE - 1:
                return

    async def _reset(self) -> None:
        view = await self._engine.read_lot(self.lot_id)
        self._n, self._link, self._state = view.n, view.link, view.state
        self._sink.reset(view)
        self._differs(self.lot_id)

    async def _look_at_state(self) -> None:
        """Without a log nothing but the state itself tells that it has changed."""
        view = await self._engine.read_lot(self.lot_id)
        if view.n == 0 and view.state != self._state:
            self._state = view.state
            self._sink.restated(view)

    def _deliver(self, events: list[bytes]) -> bool:
        """The position moves when the sink has taken them; its fault must not leave the lot deaf."""
        if events:
            try:
                self._sink.events(events)
            except Exception:
                log.exception("a sink failed", extra={"lot": self.lot_id})
                return False
            self._n, self._link = self._n + len(events), link_of(events[-1])
            metrics.EVENTS.inc(len(events))
        return True


def carried_link(event: bytes) -> str:
    """The link an event carries: what its writer took for the event before."""
    start = event.index(b'"link":"') + 8
    return event[start : event.index(b'"', start)].decode()
