"""What a hub does again and again: here, how it lets go of those who came to a lot that is over."""

import json
from collections.abc import AsyncIterator

import pytest
from websockets.exceptions import ConnectionClosed

from outcry.model.codes import Close
from outcry.model.commands import CloseLot, WithdrawLot
from outcry.room import upkeep
from outcry.room.upkeep import OVER_MS
from tests.support.wait import until

from .fakes import T0
from .serving import ClientConnection, Server, World, client, received, serving

pytestmark = pytest.mark.anyio
LOT = "lot-1"
END = T0 + 3_600_000


@pytest.fixture
async def world() -> AsyncIterator[World]:
    world = World()
    world.engine.open_lot(LOT)
    yield world
    await world.hub.stop()


@pytest.fixture
async def server(world: World) -> AsyncIterator[Server]:
    async with serving(world.app()) as server:
        yield server


async def closes(world: World) -> None:
    """The lot ends, and its room, if there is one, has heard of it."""
    world.engine.clock.time = END
    assert world.engine.decide(LOT, CloseLot(T0)).ok
    await until(lambda: all(room.view.state == "passed" for room in world.hub.rooms.values()), "the end to be heard of")


async def let_go(world: World, left: int) -> None:
    await world.hub.upkeep.let_go()
    await until(lambda: len(world.hub.registry) == left, f"{left} sockets")


async def told(socket: ClientConnection) -> list[str]:
    """The types of all frames until the house closes the socket, and its code."""
    heard = []
    try:
        while True:
            heard.append(json.loads(await received(socket))["t"])
    except ConnectionClosed:
        return [*heard, str(socket.close_code)]


async def test_who_comes_long_after_the_end_is_told_how_it_ended_and_let_go(world: World, server: Server) -> None:
    await closes(world)
    world.engine.clock.time = END + OVER_MS - 1
    async with client(server, LOT) as early:
        assert [json.loads(await received(early))["t"] for _ in range(2)] == ["hello", "snapshot"]
        world.engine.clock.time = END + OVER_MS
        for who in (LOT, f"{LOT}?code=ANNE", f"{LOT}?role=operator"):
            assert await told(await client(server, who)) == ["hello", "snapshot", "4101"]
        assert early.close_code is None, "whom the upkeep lets go"


async def test_who_stays_after_the_end_is_let_go_in_the_end(world: World, server: Server) -> None:
    async with client(server, LOT) as watcher, client(server, f"{LOT}?code=ANNE") as anne:
        for socket in (watcher, anne):
            assert [json.loads(await received(socket))["t"] for _ in range(2)] == ["hello", "snapshot"]
        await closes(world)
        for at, left in ((END + OVER_MS - 1, 2), (END + OVER_MS, 0)):
            world.engine.clock.time = at
            await let_go(world, left)
        assert await told(watcher) == ["closed", "4101"]
        assert (await told(anne))[-1] == str(Close.LOT_CLOSED)


async def test_many_are_let_go_some_at_a_time(world: World, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upkeep, "LET_GO", 2)
    sockets = [await client(server, LOT) for _ in range(5)]
    for socket in sockets:
        assert json.loads(await received(socket))["t"] == "hello"
    await closes(world)
    world.engine.clock.time = END + OVER_MS
    for left in (3, 1, 0):
        await let_go(world, left)
    for socket in sockets:
        assert (await told(socket))[-1] == "4101"


async def test_a_lot_that_goes_on_or_never_began_keeps_its_sockets(world: World, server: Server) -> None:
    assert world.engine.decide("lot-2", WithdrawLot("court_order")).ok
    world.engine.clock.time = END + OVER_MS
    async with client(server, LOT) as one, client(server, "lot-2") as other:
        for socket in (one, other):
            assert [json.loads(await received(socket))["t"] for _ in range(2)] == ["hello", "snapshot"]
        await world.hub.upkeep.let_go()
        await one.send('{"t":"ping","c":1}')
        await other.send('{"t":"ping","c":1}')
        assert json.loads(await received(one))["t"] == json.loads(await received(other))["t"] == "pong"
