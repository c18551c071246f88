"""What a hub does again and again: pings, pulses, counts; sockets whose session ended, rooms that nobody visits."""

from __future__ import annotations

import time
from itertools import islice
from typing import TYPE_CHECKING, Final

from .. import metrics
from ..engine.errors import StoreError
from ..model.codes import FINAL_STATES, Close
from ..model.view import LotView
from . import frames
from .ports import EndedSessions, Engine, Feed
from .sweep import TURNS_PER_S
from .timetable import Timetable
from .watching import Watching

if TYPE_CHECKING:
    from .hub import Hub

STEP_S: Final = 1 / TURNS_PER_S
PULSE_S: Final = 5.0
WATCHING_S: Final = 2.0
LINGER_S: Final = 10.0
"""How long an empty room keeps watching its lot: whoever reloads the page finds it open."""
OVER_MS: Final = 600_000
"""How long after its end a lot keeps its sockets. Later, whoever comes is told how it ended, and let go."""
LET_GO: Final = 200
"""Sockets of ended lots closed in a second: in one go ten thousand would hold up the bids of the others."""


def is_over(view: LotView, now: int) -> bool:
    """Whether a lot ended so long ago; one that was withdrawn before its opening has no event that tells when."""
    return view.state in FINAL_STATES and view.last > 0 and now - view.last >= OVER_MS


class Upkeep:
    def __init__(self, hub: Hub, engine: Engine, feed: Feed, ended_sessions: EndedSessions, watching: Watching) -> None:
        self._hub = hub
        self._engine = engine
        self._feed = feed
        self._ended_sessions = ended_sessions
        self._watching = watching
        self._timetable = Timetable()
        self.store: frames.Store = "up"
        self._empty_since: dict[str, float] = {}
        self._stepped_at = 0.0
        self._lag_s = 0.0

    def start(self) -> None:
        every = self._timetable.every
        every(STEP_S, self.step)
        every(1.0, self.count)
        every(1.0, self.end_sessions)
        every(1.0, self._hub.market.tick)
        every(1.0, self.close_empty_rooms)
        every(1.0, self.let_go)
        every(WATCHING_S, self.exchange_watching)
        every(PULSE_S, self.pulse)

    async def stop(self) -> None:
        await self._timetable.stop()
        await self.count()
        try:
            await self._watching.leave()
        except StoreError:
            pass  # this process's entry goes stale by itself

    async def step(self) -> None:
        """A turn of the ping sweep, a look at the store's state, which clients hear of at once, and at the loop."""
        self._hub.sweep.step()
        store: frames.Store = "up" if self._feed.up and self._engine.clock.up else "down"
        if store != self.store:
            self.store = store
            await self.pulse()
        now = time.monotonic()
        if self._stepped_at:
            self._lag_s = max(self._lag_s, now - self._stepped_at - STEP_S)
        self._stepped_at = now

    async def pulse(self) -> None:
        """Every room's sign of life, and an empty list as the market's; a page that hears none for 12 s says so."""
        for room in self._hub.rooms.values():
            if len(room):
                room.tell(room.pulse_frame(self._hub.watching(room.lot_id), self.store))
        self._hub.market.tell(frames.market(self._hub.now(), ()))

    async def count(self) -> None:
        audiences = [self._hub.market, *self._hub.rooms.values()]
        groups = [group for audience in audiences for group in (audience.actors, audience.watchers)]
        self._hub.figures.flush(groups, self._hub.registry.sockets)
        metrics.STORE_UP.set(self.store == "up")
        metrics.LOOP_LAG_SECONDS.set(self._lag_s)
        self._lag_s = 0.0

    async def end_sessions(self) -> None:
        """Whoever logged out elsewhere, or was shut out, loses his sockets too."""
        registry = self._hub.registry
        keys = registry.session_keys()
        for key in await self._ended_sessions(keys) if keys else ():
            for session in registry.of_session(key):
                session.close(Close.SESSION_ENDED)

    async def close_empty_rooms(self) -> None:
        now = time.monotonic()
        for lot_id, room in list(self._hub.rooms.items()):
            if len(room) or room.joining:
                self._empty_since.pop(lot_id, None)
            elif now - self._empty_since.setdefault(lot_id, now) >= LINGER_S and await room.close():
                del self._hub.rooms[lot_id]
                del self._empty_since[lot_id]

    async def let_go(self) -> None:
        """The sockets of lots that are over, some at a time."""
        over = (room for room in self._hub.rooms.values() if is_over(room.view, self._hub.now()))
        for session in islice((session for room in over for session in room.sessions()), LET_GO):
            session.close(Close.LOT_CLOSED)

    async def exchange_watching(self) -> None:
        await self._watching.exchange({lot_id: len(room.watchers.sessions) for lot_id, room in self._hub.rooms.items()})
