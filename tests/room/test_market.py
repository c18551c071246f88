"""The catalogue's ticks: the whole list once, then what changed, and no reading while nobody looks."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import orjson
import pytest

from outcry.engine.errors import Unavailable
from outcry.room.market import Market
from tests.support.wait import until

from .fakes import T0
from .seats import FakeSocket, take_seat
from .serving import World

pytestmark = pytest.mark.anyio


@pytest.fixture
async def world() -> AsyncIterator[World]:
    world = World(opens={"lot-1": T0, "lot-2": T0 + 60_000})
    world.engine.open_lot("lot-1")
    yield world
    world.hub.beat.stop()


@pytest.fixture
async def market(world: World) -> Market:
    return world.hub.market


async def look(world: World) -> FakeSocket:
    seat = take_seat(world, world.hub.market)
    await world.hub.market.join(seat.session)
    return seat


async def test_the_whole_list_then_only_what_changed(world: World, market: Market) -> None:
    seat = await look(world)
    (whole,) = seat.take()
    assert whole["t"] == "market" and whole["now"] == T0
    assert whole["lots"] == [
        {"id": "lot-1", "state": "open", "price": None, "bids": 0, "ends_at": T0 + 3_600_000, "registered": 2,
         "opens_at": T0, "resumes_at": None},
        {"id": "lot-2", "state": "announced", "price": None, "bids": 0, "ends_at": None, "registered": 0,
         "opens_at": T0 + 60_000, "resumes_at": None},
    ]  # fmt: skip
    await market.tick()
    world.engine.bids("lot-1", 2)
    world.engine.open_lot("lot-3")
    world.opens["lot-3"] = T0
    await market.tick()
    await until(lambda: seat.writes, "the changes")
    (changes,) = seat.take()
    assert [(line["id"], line["price"], line["bids"]) for line in changes["lots"]] == [
        ("lot-1", 1_100, 2), ("lot-3", None, 0)
    ]  # fmt: skip


async def test_the_whole_list_is_encoded_once_a_round(
    world: World, market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    lists: list[int] = []
    dumps = orjson.dumps

    def counted(value: Any) -> bytes:
        if isinstance(value, list):
            lists.append(len(value))
        return dumps(value)

    monkeypatch.setattr("outcry.room.market.orjson.dumps", counted)
    await look(world)
    for _ in range(20):
        world.engine.clock.time += 1
        (whole,) = (await look(world)).take()
        assert (whole["now"], len(whole["lots"])) == (world.engine.clock.time, 2)
    await market.tick()
    assert lists == [2]
    del world.opens["lot-2"]
    await market.tick()
    assert [line["id"] for line in (await look(world)).take()[0]["lots"]] == ["lot-1"]


async def test_a_slow_one_misses_no_change_though_nothing_changed_since(world: World, market: Market) -> None:
    slow = await look(world)
    slow.take()
    slow.session.paused()
    world.engine.bids("lot-1", 1)
    await market.tick()
    await market.tick()
    slow.session.drained()
    (frame,) = slow.take()
    assert [(line["id"], line["bids"]) for line in frame["lots"]] == [("lot-1", 1)]


async def test_nobody_looks_nothing_is_read(world: World, market: Market) -> None:
    seat = await look(world)
    seat.session.lost(None)
    world.engine.reads.clear()
    await market.tick()
    assert world.engine.reads == []


async def test_all_who_come_to_an_empty_market_at_once_share_one_look(world: World, market: Market) -> None:
    seats = [take_seat(world, market) for _ in range(50)]
    await asyncio.gather(*(market.join(seat.session) for seat in seats))
    assert world.engine.reads == ["lots lot-1 lot-2"]
    assert all(len(seat.take()[0]["lots"]) == 2 for seat in seats)


async def test_one_who_comes_later_gets_the_whole_list(world: World, market: Market) -> None:
    early = await look(world)
    world.engine.bids("lot-1", 1)
    await market.tick()
    late = await look(world)
    assert [line["id"] for line in late.take()[0]["lots"]] == ["lot-1", "lot-2"]
    world.engine.bids("lot-1", 1)
    await market.tick()
    await until(lambda: len(early.writes) == 3 and late.writes, "the changes")
    assert late.frames == early.frames[-1:]


async def test_a_slow_one_gets_the_whole_list_when_it_drains(world: World, market: Market) -> None:
    slow = await look(world)
    slow.take()
    slow.session.paused()
    for _ in range(3):
        world.engine.bids("lot-1", 1)
        await market.tick()
    slow.session.drained()
    (frame,) = slow.take()
    assert [(line["id"], line["bids"]) for line in frame["lots"]] == [("lot-1", 3), ("lot-2", 0)]


async def test_a_store_that_is_away_refuses_the_first_only(world: World, market: Market) -> None:
    world.engine.away = True
    with pytest.raises(Unavailable):
        await look(world)
    world.engine.away = False
    assert (await look(world)).told("market")


async def test_nobody_bids_in_the_market(world: World, market: Market) -> None:
    seat = await look(world)
    seat.take()
    seat.say({"t": "bid", "id": "b1", "amount": 1_000})
    seat.say({"t": "ping", "c": 1})
    assert [(frame["t"], frame.get("code")) for frame in seat.take()] == [("error", "unauthorised"), ("pong", None)]
    seat.say({"t": "sync", "epoch": 0, "after": 0, "link": ""})
    await until(lambda: seat.told("market"), "the whole list again")
