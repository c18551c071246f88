"""What a socket may say, what it is answered, and how much of it."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from outcry.config import LimitsConfig
from outcry.engine.errors import Unavailable, Unknown
from outcry.model.roles import WATCHER, Identity
from outcry.room.room import Room
from outcry.room.wire import text_payloads
from tests.support.wait import until

from .fakes import T0
from .seats import ANNE, BERT, OPERATOR, FakeSocket, join, room_of, take_seat
from .serving import World

pytestmark = pytest.mark.anyio
LOT = "lot-1"


@pytest.fixture
async def world() -> AsyncIterator[World]:
    world = World(limits=LimitsConfig(frames_per_s=1_000))
    world.engine.open_lot(LOT)
    yield world
    world.hub.beat.stop()


@pytest.fixture
async def room(world: World) -> Room:
    return room_of(world)


def bid(amount: int, id: str = "b1") -> dict[str, object]:
    return {"t": "bid", "id": id, "amount": amount}


async def answered(socket: FakeSocket, kind: str) -> dict[str, object]:
    await until(lambda: socket.told(kind), kind)
    return socket.told(kind)[-1]


async def test_a_bid_gets_its_decision_and_everybody_the_fact(world: World, room: Room) -> None:
    anne, bert = await join(world, room, ANNE), await join(world, room, BERT)
    anne.say(bid(1_000))
    decision = await answered(anne, "decision")
    assert decision == {
        "t": "decision", "id": "b1", "ok": True, "n": 2, "amount": 1_000, "price": 1_000, "ask": 1_100,
        "ends_at": T0 + 3_600_000, "received_at": T0, "decided_at": T0,
    }  # fmt: skip
    await until(lambda: anne.events == bert.events == [2], "the event")
    assert [frame["t"] for frame in anne.frames].count("bid") == 1
    assert not bert.told("decision")


async def test_the_decision_is_the_script_s_bytes(world: World, room: Room) -> None:
    anne = await join(world, room, ANNE)
    for _ in range(2):
        anne.say(bid(1_000))
    await until(lambda: len(anne.told("decision")) == 2, "both answers")
    first, second = (payload for payload in text_payloads(b"".join(anne.writes)) if b"decision" in payload)
    assert first == second == world.engine.lots[LOT].answers["ANNE", "b1"]


async def test_the_bidder_s_rate_is_the_house_s(world: World, room: Room) -> None:
    """``[limits]`` decides, not the caller."""
    anne = await join(world, room, ANNE)
    for i in range(20):
        anne.say(bid(1_000 + i, f"b{i}"))
    await until(lambda: len(anne.told("decision")) == 20, "all answers")
    codes = [frame.get("code") for frame in anne.told("decision")]
    limits = world.limits
    assert codes.count("rate_limited") == 20 - limits.bid_burst


@pytest.mark.parametrize("identity", [WATCHER, OPERATOR, Identity("watcher", "anne", None, 0, "session of anne")])
async def test_only_a_bidder_of_the_lot_may_bid(world: World, room: Room, identity: Identity) -> None:
    socket = await join(world, room, identity)
    socket.say(bid(1_000))
    assert socket.frames == [
        {"t": "error", "code": "unauthorised", "id": "b1", "detail": "only a bidder admitted to this lot may bid"}
    ]
    await asyncio.sleep(0)
    assert len(world.engine.events(LOT)) == 1


@pytest.mark.parametrize(("failure", "code"), [(Unknown("?"), "unknown"), (Unavailable("?"), "unavailable")])
async def test_no_answer_of_the_store_is_said_to_be_none(
    world: World, room: Room, failure: Exception, code: str
) -> None:
    anne = await join(world, room, ANNE)
    world.engine.failure = failure
    anne.say(bid(1_000))
    error = await answered(anne, "error")
    assert (error["code"], error["id"]) == (code, "b1")
    world.engine.failure = None
    anne.say(bid(1_000))
    assert (await answered(anne, "decision"))["ok"]


async def test_a_lot_left_by_a_restarted_store_is_adopted_and_the_bid_decided(world: World, room: Room) -> None:
    anne = await join(world, room, ANNE)
    world.engine.stale.add(LOT)
    anne.say(bid(1_000))
    assert (await answered(anne, "decision"))["ok"]
    assert len(anne.told("decision")) == 1


async def test_a_decision_for_one_who_has_gone_is_dropped(world: World, room: Room) -> None:
    anne = await join(world, room, ANNE)
    anne.say(bid(1_000))
    anne.session.lost(None)
    await until(lambda: len(world.engine.events(LOT)) == 2, "the bid all the same")
    await asyncio.sleep(0)
    assert not anne.writes


async def test_a_bad_frame_is_answered_and_the_socket_lives(world: World, room: Room) -> None:
    anne = await join(world, room, ANNE)
    anne.say('{"t":"bid","id":"b1","amount":1.5}')
    anne.say('{"t":"offer"}')
    anne.say("{")
    assert [(frame["code"], frame.get("id")) for frame in anne.take()] == [
        ("malformed", "b1"), ("unknown_type", None), ("malformed", None)
    ]  # fmt: skip
    anne.say({"t": "ping", "c": "still here"})
    assert anne.frames == [{"t": "pong", "c": "still here", "now": T0}]


async def test_too_many_frames_are_refused_and_still_more_end_the_socket(world: World, room: Room) -> None:
    world.hub.frame_cost_s = 1.0
    socket = await join(world, room)
    for _ in range(2):
        socket.say({"t": "ping", "c": 1})
    assert [frame["t"] for frame in socket.take()] == ["pong", "pong"]
    for _ in range(8):
        socket.say({"t": "ping", "c": 1})
    assert {frame["code"] for frame in socket.take()} == {"rate_limited"}
    assert socket.closed is None
    socket.say({"t": "ping", "c": 1})
    assert socket.closed == (1008, "too many frames")
    assert not len(room)


async def test_a_sync_weighs_as_much_as_twenty_frames(world: World, room: Room) -> None:
    world.hub.frame_cost_s = 0.05
    socket = await join(world, room)
    for _ in range(2):
        socket.take()
        socket.say({"t": "sync", "epoch": 1, "after": 0, "link": ""})
        await until(lambda: socket.told("snapshot"), "the answer")
    socket.say({"t": "sync", "epoch": 1, "after": 0, "link": ""})
    assert socket.frames[-1]["code"] == "rate_limited"


async def test_one_sync_at_a_time(world: World, room: Room) -> None:
    socket = await join(world, room)
    for _ in range(10):
        socket.say({"t": "sync", "epoch": 1, "after": 0, "link": ""})
    await until(lambda: socket.told("snapshot"), "the answer")
    assert len(socket.told("snapshot")) == 1
    socket.take()
    socket.say({"t": "sync", "epoch": 1, "after": 0, "link": ""})
    await until(lambda: socket.told("snapshot"), "the next answer")


async def test_a_sync_that_cannot_be_answered_says_so(world: World, room: Room) -> None:
    world.engine.bids(LOT, 5)
    socket = await join(world, room)
    world.engine.away = True
    socket.say({"t": "sync", "epoch": 1, "after": 3, "link": "0" * 40})
    assert (await answered(socket, "error"))["code"] == "unavailable"


async def test_who_bids_before_he_has_joined_is_answered(world: World, room: Room) -> None:
    seat = take_seat(world, room, ANNE)
    seat.say(bid(1_000))
    seat.say({"t": "sync", "epoch": 1, "after": 0, "link": ""})
    await answered(seat, "decision")
    await room.join(seat.session, None)
    assert [frame["t"] for frame in seat.frames] == ["decision", "hello", "snapshot"]


async def test_who_drains_before_he_has_joined_is_told_nothing_yet(world: World, room: Room) -> None:
    await join(world, room)
    seat = take_seat(world, room)
    seat.session.paused()
    seat.session.drained()
    assert not seat.writes and not seat.session.ready


async def test_the_time_to_come_back_depends_on_the_role(world: World, room: Room) -> None:
    for identity, most in ((WATCHER, 5_000), (ANNE, 250), (OPERATOR, 250)):
        waits = []
        for _ in range(50):
            socket = await join(world, room, identity)
            socket.session.leave()
            assert socket.closed is not None and socket.closed[0] == 4000
            waits.append(int(socket.closed[1].removeprefix('{"retry_ms":').removesuffix("}")))
        assert 0 <= min(waits) < max(waits) <= most and max(waits) > most / 2
