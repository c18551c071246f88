"""The hub with a real server: sockets come, are counted, limited, warned and let go, and leave nothing behind."""

import asyncio
import contextlib
import gc
import json
import os
from collections.abc import AsyncIterator
from typing import Any

import pytest
from prometheus_client import REGISTRY
from websockets.exceptions import ConnectionClosed

from outcry.model.commands import PlaceBid
from outcry.room import hub as hub_module
from outcry.room import upkeep
from outcry.room.detached import Detached
from outcry.room.session import Session
from tests.support.wait import until

from .fakes import T0
from .seats import ANNE, Frame
from .serving import ClientConnection, Server, World, client, received, serving

pytestmark = pytest.mark.anyio
LOT = "lot-1"


@pytest.fixture(scope="module")
def anyio_backend() -> tuple[str, dict[str, Any]]:
    """The loop that houses run on; ``test_fanout.py`` knows both."""
    return "asyncio", {"use_uvloop": True}


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


async def heard(socket: ClientConnection, kind: str) -> Frame:
    """The next frame of a type."""
    while True:
        frame: Frame = json.loads(await received(socket))
        if frame["t"] == kind:
            return frame


async def closed(socket: ClientConnection) -> int | None:
    async with asyncio.timeout(5):
        with contextlib.suppress(ConnectionClosed):
            while True:
                await socket.recv()
    return socket.close_code


def count(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(f"outcry_{name}", labels) or 0.0


async def test_a_day_in_a_room(world: World, server: Server) -> None:
    async with client(server, LOT) as watcher, client(server, f"{LOT}?code=ANNE&account=anne") as anne:
        assert (await heard(watcher, "snapshot"))["why"] == "joined"
        await heard(anne, "snapshot")
        await anne.send('{"t":"bid","id":"b1","amount":1000}')
        assert (await heard(anne, "decision"))["ok"]
        assert (await heard(watcher, "bid"))["price"] == 1_000
        assert world.hub.watching(LOT) == 1
        assert not server.server_state.tasks, "no socket has a task"
    await until(lambda: world.ends == 2, "both ends to be told to the web")
    assert len(world.hub.registry) == 0


async def test_two_hundred_connect_and_vanish_and_nothing_is_left(world: World, server: Server) -> None:
    def standing() -> tuple[int, int, int, int]:
        return len(world.hub.registry), len(asyncio.all_tasks()), len(os.listdir("/proc/self/fd")), kept()

    def kept() -> int:
        gc.collect()
        return sum(isinstance(thing, Detached) for thing in gc.get_objects())

    async with client(server, LOT) as first:
        await heard(first, "snapshot")
    await until(lambda: world.ends == 1, "a first visitor's end")
    before = standing()
    for _ in range(10):
        sockets = [await client(server, LOT) for _ in range(20)]
        for i, socket in enumerate(sockets):
            if i % 2:
                socket.transport.abort()
            else:
                await socket.close()
    await until(lambda: world.ends == 201, "all ends")
    sockets.clear()
    await until(lambda: standing() <= before, "the baseline")


async def test_a_socket_s_end_frees_it_without_the_collector(world: World, server: Server) -> None:
    def kept() -> int:
        return sum(isinstance(thing, Detached | Session) for thing in gc.get_objects())

    gc.collect()
    gc.disable()
    try:
        before = kept()
        async with client(server, LOT) as socket:
            await heard(socket, "snapshot")
            assert kept() == before + 2
        await until(lambda: kept() == before, "socket and session to be freed")
    finally:
        gc.enable()


async def test_an_account_has_so_many_sockets(world: World, server: Server) -> None:
    refused = count("sockets_closed_total", code="4102")
    most = world.limits.sockets_per_account
    sockets = [await client(server, f"{LOT}?account=anne&code=ANNE") for _ in range(most)]
    one_more = await client(server, f"{LOT}?account=anne&code=ANNE")
    assert await closed(one_more) == 4102
    async with client(server, f"{LOT}?account=bert&code=BERT") as other:
        await heard(other, "snapshot")
    await sockets.pop().close()
    await until(lambda: world.hub.registry.of_account("anne") == most - 1, "the seat")
    async with client(server, f"{LOT}?account=anne&code=ANNE") as again:
        await heard(again, "snapshot")
    for socket in sockets:
        await socket.close()
    world.hub.figures.flush([], world.hub.registry.sockets)
    assert count("sockets_closed_total", code="4102") == refused + 1


async def test_a_session_that_ended_loses_its_sockets_everywhere(world: World, server: Server) -> None:
    await world.hub.start()
    async with (
        client(server, f"{LOT}?session=s1&code=ANNE") as anne,
        client(server, f"{LOT}?session=s1&role=operator") as desk,
        client(server, f"{LOT}?session=s2&code=BERT") as bert,
        client(server, LOT) as watcher,
    ):
        for socket in (anne, desk, bert, watcher):
            await heard(socket, "snapshot")
        world.ended.add("s1")
        assert [await closed(anne), await closed(desk)] == [4100, 4100]
        world.engine.bids(LOT, 1)
        await heard(bert, "bid")
        await heard(watcher, "bid")


async def test_leaving_tells_everybody_when_to_come_back(world: World, server: Server) -> None:
    watcher, anne = await client(server, LOT), await client(server, f"{LOT}?code=ANNE")
    for socket in (watcher, anne):
        await heard(socket, "snapshot")
    leaving = asyncio.create_task(world.hub.leave())
    assert [await closed(watcher), await closed(anne)] == [4000, 4000]
    await leaving
    assert world.ends == 2
    assert 0 <= json.loads(watcher.close_reason or "")["retry_ms"] <= 5_000
    assert 0 <= json.loads(anne.close_reason or "")["retry_ms"] <= 250
    assert world.hub.leaving
    late = await client(server, LOT)
    assert await closed(late) == 4000


async def test_leaving_waits_for_nobody_who_does_not_listen(
    world: World, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("outcry.room.detached.CLOSE_S", 0.2)
    monkeypatch.setattr(hub_module, "CLOSE_S", 0.2)
    socket = await client(server, LOT)
    await heard(socket, "snapshot")
    socket.transport.pause_reading()
    async with asyncio.timeout(2):
        await world.hub.leave()
    assert world.ends == 1
    socket.transport.abort()


async def test_a_store_that_is_away_sends_joiners_home_to_come_again(world: World, server: Server) -> None:
    world.engine.away = True
    assert await closed(await client(server, LOT)) == 4002
    assert await closed(await client(server, "market")) == 4002
    world.engine.away = False
    async with client(server, LOT) as socket:
        await heard(socket, "snapshot")


async def test_a_change_of_the_store_is_told_at_once(world: World, server: Server) -> None:
    await world.hub.start()
    async with client(server, LOT) as socket:
        await heard(socket, "snapshot")
        world.engine.feed.up = False
        pulse = await heard(socket, "pulse")
        assert (pulse["store"], pulse["n"], pulse["now"], pulse["watching"]) == ("down", 1, T0, 1)
        world.engine.feed.up = True
        assert (await heard(socket, "pulse"))["store"] == "up"
        world.engine.clock.up = False
        assert (await heard(socket, "pulse"))["store"] == "down"


async def test_who_joins_while_the_store_is_away_is_told_so(world: World, server: Server) -> None:
    async with client(server, LOT) as socket:
        await heard(socket, "snapshot")
        await world.hub.start()
        world.engine.feed.up = False
        await heard(socket, "pulse")
        async with client(server, LOT) as late:
            assert [json.loads(await received(late))["t"] for _ in range(2)] == ["hello", "snapshot"]
            assert json.loads(await received(late))["store"] == "down"


async def test_a_pulse_comes_now_and_then(world: World, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upkeep, "PULSE_S", 0.05)
    await world.hub.start()
    async with client(server, LOT) as socket:
        for _ in range(3):
            assert (await heard(socket, "pulse"))["store"] == "up"
    async with client(server, "market") as socket:
        await heard(socket, "market")
        for _ in range(3):
            assert (await heard(socket, "market"))["lots"] == []


async def test_an_empty_room_is_closed_after_a_while_and_opened_again(
    world: World, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upkeep, "LINGER_S", 0.0)
    await world.hub.start()
    for times in (1, 2):
        async with client(server, LOT) as socket:
            await heard(socket, "snapshot")
            assert world.engine.feed.watched == [LOT] * times
        await until(lambda: not world.hub.rooms, "the room to be closed")
        assert world.engine.feed.unwatched == [LOT] * times


async def test_who_comes_while_his_room_is_being_closed_finds_it_open(world: World, server: Server) -> None:
    async with client(server, LOT) as socket:
        await heard(socket, "snapshot")
    room = world.hub.rooms[LOT]
    await until(lambda: not len(room), "an empty room")
    closing = asyncio.create_task(room.close())
    await asyncio.sleep(0)
    room.joining += 1  # somebody at the door
    assert not await closing
    room.joining -= 1
    async with client(server, LOT) as socket:
        await heard(socket, "snapshot")
        assert world.hub.rooms[LOT] is room
        world.engine.bids(LOT, 1)
        await heard(socket, "bid")


async def test_watching_counts_all_processes(world: World, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upkeep, "WATCHING_S", 0.05)
    await world.records.set_field("watching", "there", b'{"at":%d,"lots":{"lot-1":40}}' % T0)
    await world.hub.start()
    async with client(server, LOT), client(server, f"{LOT}?code=ANNE"):
        await until(lambda: world.hub.watching(LOT) == 41, "both counts")

        async def published() -> bool:
            return b'"lot-1":1' in (await world.records.fields("watching"))["here"]

        await until(published, "our own count")


async def test_the_market(world: World, server: Server) -> None:
    world.opens = {LOT: T0}
    await world.hub.start()
    async with client(server, "market") as socket:
        assert [line["id"] for line in (await heard(socket, "market"))["lots"]] == [LOT]
        world.engine.bids(LOT, 1)
        assert [line["bids"] for line in (await heard(socket, "market"))["lots"]] == [1]


async def test_what_is_delivered_is_counted(world: World, server: Server) -> None:
    def figures() -> list[float]:
        names = {"deliveries_total": "watcher", "spread_seconds_count": "bidder"}
        return [count(name, role=role) for name, role in names.items()]

    before = figures()
    async with client(server, LOT) as socket, client(server, f"{LOT}?code=ANNE") as anne:
        await heard(socket, "snapshot")
        await heard(anne, "snapshot")
        await socket.send("{")
        await heard(socket, "error")
        malformed = count("frames_refused_total", code="malformed")
        world.engine.bids(LOT, 3)
        for _ in range(3):
            await heard(socket, "bid")
        await world.hub.start()
        await until(lambda: count("sockets", role="bidder") == 1, "the flush")
        assert count("frames_refused_total", code="malformed") == malformed + 1
        assert [after - since for after, since in zip(figures(), before, strict=True)] == [3, 1]


async def test_a_bid_by_http_takes_the_same_road(world: World) -> None:
    command = PlaceBid("ANNE", "b1", 1_000, T0, interval_ms=0, burst=1_000)
    reply = await world.hub.bid(LOT, ANNE, command)
    assert reply.ok
    with pytest.raises(ValueError, match="own code"):
        await world.hub.bid(LOT, ANNE, PlaceBid("BERT", "b1", 1_000, T0))
