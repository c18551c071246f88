"""Sockets in memory: what was written to them, and a hand on whether they drain."""

import json
from typing import Any

from outcry.model.roles import WATCHER, Identity
from outcry.room.audience import Audience
from outcry.room.room import Room
from outcry.room.session import Session
from outcry.room.wire import text_payloads

from .serving import World

Frame = dict[str, Any]
ANNE = Identity("bidder", "anne", "ANNE", 0, "session of anne")
BERT = Identity("bidder", "bert", "BERT", 0, "session of bert")
OPERATOR = Identity("operator", "otto", None, 0, "session of otto")


class FakeSocket:
    """``writes`` as they were made; ``order`` is shared by sockets whose turns are compared."""

    def __init__(self, name: str = "", order: list[str] | None = None) -> None:
        self.name = name
        self.writes: list[bytes] = []
        self.closed: tuple[int, str] | None = None
        self.aborted = False
        self.order = order
        self.session: Session

    @property
    def out(self) -> "FakeSocket":
        return self

    def write(self, data: bytes) -> None:
        assert self.closed is None and not self.aborted, "written after its end"
        self.writes.append(data)
        if self.order is not None:
            self.order.append(self.name)

    def close(self, code: int, reason: str = "") -> None:
        self.closed = code, reason
        self.session.lost(code)

    def abort(self) -> None:
        self.aborted = True
        self.session.lost(None)

    def say(self, frame: Frame | str) -> None:
        self.session.text((frame if isinstance(frame, str) else json.dumps(frame)).encode())

    @property
    def frames(self) -> list[Frame]:
        return [json.loads(payload) for payload in text_payloads(b"".join(self.writes))]

    def take(self) -> list[Frame]:
        """The frames since the last look."""
        frames, self.writes = self.frames, []
        return frames

    def told(self, kind: str) -> list[Frame]:
        return [frame for frame in self.frames if frame["t"] == kind]

    @property
    def events(self) -> list[int]:
        """The numbers of the events that came one by one."""
        return [frame["n"] for frame in self.frames if "link" in frame and frame["t"] != "snapshot"]


def take_seat(
    world: World, audience: Audience, identity: Identity = WATCHER, name: str = "", order: list[str] | None = None
) -> FakeSocket:
    """A socket at the door: it has its session and has not joined."""
    socket = FakeSocket(name, order)
    socket.session = Session(world.hub, audience, identity)
    socket.session.hold(socket)
    world.hub.registry.add(socket.session)
    return socket


async def join(world: World, room: Room, identity: Identity = WATCHER, **options: Any) -> FakeSocket:
    """Somebody who has joined, his greeting taken off."""
    socket = take_seat(world, room, identity, **options)
    await room.join(socket.session, None)
    socket.take()
    return socket


def room_of(world: World, lot_id: str = "lot-1") -> Room:
    hub = world.hub
    room = hub.rooms[lot_id] = Room(lot_id, world.engine, world.engine.feed, hub.beat, world.auction.ring)
    return room
