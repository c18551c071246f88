"""Who is served the same frames: those who act at once, those who watch on the beat; everybody once, in order."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, NamedTuple

from .. import metrics
from .beat import Beat

if TYPE_CHECKING:
    from .resume import Position
    from .session import Session


class Bundle(NamedTuple):
    """What takes a socket from its mark to the head, in one write. ``holes``: 1 where a tick stands for events."""

    data: bytes
    frames: int
    holes: int = 0


NOTHING = Bundle(b"", 0)


class Group:
    """The sockets of one role, and where the round through them stands."""

    def __init__(self, role: str) -> None:
        self.role = role
        self.sessions: dict[Session, None] = {}
        self.serving = False
        self.flushed_at = float("-inf")
        self.waiting_since: float | None = None
        """When the oldest frame came that no round has set out with yet."""
        self.delivered = 0
        self.holes = 0
        self._turn = 0

    def rotated(self) -> list[Session]:
        """Everybody, a different one first each time: nobody is always the last to learn a price."""
        sessions = list(self.sessions)
        self._turn = (self._turn + 1) % max(1, len(sessions))
        return sessions[self._turn :] + sessions[: self._turn]


class Audience:
    """``head`` is the mark of the newest frame; ``since(mark)`` brings a socket there. Subclasses know the frames."""

    def __init__(self, beat: Beat, lot_id: str = "") -> None:
        self.lot_id = lot_id
        self.actors = Group("bidder")
        self.watchers = Group("watcher")
        self._beat = beat

    @property
    def head(self) -> int:
        raise NotImplementedError

    def since(self, mark: int) -> Bundle:
        raise NotImplementedError

    async def sync(self, session: Session, position: Position) -> None:
        """Answers a client that states its position."""
        raise NotImplementedError

    def __len__(self) -> int:
        return len(self.actors.sessions) + len(self.watchers.sessions)

    def group(self, session: Session) -> Group:
        return self.watchers if session.identity.role == "watcher" else self.actors

    def add(self, session: Session) -> None:
        self.group(session).sessions[session] = None

    def discard(self, session: Session) -> None:
        self.group(session).sessions.pop(session, None)

    def sessions(self) -> list[Session]:
        return [*self.actors.sessions, *self.watchers.sessions]

    def moved(self) -> None:
        """The head has moved: bidders are served at once, watchers at the beat, or at once after a quiet one."""
        now = time.monotonic()
        for group in (self.actors, self.watchers):
            if group.sessions and group.waiting_since is None:
                group.waiting_since = now
            if group.sessions and not group.serving:
                self.begin(group)

    def tell(self, frame: bytes) -> None:
        """An unnumbered frame to everybody who drains; whoever lacks something gets that first."""
        if self.actors.sessions:
            self._beat.at_once(Passage(self, self.actors, frame))
        if self.watchers.sessions:
            self._beat.soon(Passage(self, self.watchers, frame))

    def catch_up(self, session: Session) -> None:
        """A slow socket has drained."""
        bundle = self.since(session.mark)
        if bundle.frames:
            session.mark = self.head
            group = self.group(session)
            group.delivered += bundle.frames
            group.holes += bundle.holes
            session.out.write(bundle.data)

    def begin(self, group: Group) -> None:
        """A round through a group that is not being served."""
        group.serving = True
        if group is self.actors:
            self._beat.at_once(Flush(self, group))
        elif time.monotonic() - group.flushed_at >= self._beat.seconds:
            self._beat.soon(Flush(self, group))
        else:
            self._beat.later(lambda: self._beat.soon(Flush(self, group)))


class Passage:
    """One round through a group, with a frame for each; serves what is missing on the way."""

    def __init__(self, audience: Audience, group: Group, tail: bytes) -> None:
        self._audience = audience
        self._group = group
        self._tail = Bundle(tail, 1) if tail else NOTHING
        self._sessions: list[Session] | None = None
        self._at = 0

    def serve(self, writes: int) -> bool:
        """The hot loop: 0.08 µs a socket beside the transport's write. No call, no lookup that is not needed."""
        audience, tail = self._audience, self._tail
        head = audience.head
        mark, data, frames, hole = -2, b"", 0, 0
        delivered = holes = 0
        stop = self._at + writes
        if self._sessions is None:
            self._sessions = self._group.rotated()  # only now: whoever joined while the round waited is in it
        for session in self._sessions[self._at : stop]:
            if not session.ready:
                continue
            if session.mark != mark:  # nearly all have the same
                mark = session.mark
                bundle = audience.since(mark)
                data, frames, hole = bundle.data + tail.data, bundle.frames + tail.frames, bundle.holes
            if frames:
                session.mark = head
                try:
                    session.out.write(data)
                except RuntimeError:  # uvloop, of a transport that closed without a word
                    session.lost(None)
                delivered += frames
                holes += hole
        self._at = stop
        self._group.delivered += delivered
        self._group.holes += holes
        return stop >= len(self._sessions)


class Flush(Passage):
    """A round that brings a group to the head, and is followed by another where the head has moved meanwhile."""

    def __init__(self, audience: Audience, group: Group) -> None:
        super().__init__(audience, group, b"")
        self._since: float | None = None

    def serve(self, writes: int) -> bool:
        group = self._group
        if self._since is None:
            group.flushed_at = time.monotonic()
            self._since, group.waiting_since = group.waiting_since or group.flushed_at, None
        try:
            if not super().serve(writes):
                return False
        except BaseException:
            group.serving = False  # or the group would never be served again
            raise
        metrics.SPREAD_SECONDS.labels(group.role).observe(time.monotonic() - self._since)
        group.serving = False
        if group.waiting_since is not None:
            self._audience.begin(group)
        return True
