"""Joining and coming back: from the room's memory, from the stream, or with a snapshot that says why."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from outcry.config import AuctionConfig
from outcry.engine.errors import Unavailable
from outcry.model.events import link_of
from outcry.model.roles import Identity
from outcry.room.resume import Position
from outcry.room.room import Room
from tests.support.wait import until

from .fakes import T0
from .seats import ANNE, Frame, join, room_of, take_seat
from .serving import World

pytestmark = pytest.mark.anyio
LOT = "lot-1"
HEAD = 11


@pytest.fixture
async def world() -> AsyncIterator[World]:
    world = World()
    world.engine.open_lot(LOT)
    world.engine.bids(LOT, HEAD - 1)
    yield world
    world.hub.beat.stop()


@pytest.fixture
async def room(world: World) -> Room:
    return room_of(world)


def link(world: World, n: int) -> str:
    return link_of(world.engine.events(LOT)[n - 1]) if n else ""


def position(world: World, n: int, epoch: int = 1) -> Position:
    return Position(epoch, n, link(world, n))


async def come_back(world: World, room: Room, position: Position | None, identity: Identity = ANNE) -> list[Frame]:
    socket = take_seat(world, room, identity)
    await room.join(socket.session, position)
    return socket.take()


def gist(frames: list[Frame]) -> list[int | str]:
    """The numbers of events, and why a snapshot was sent."""
    return [frame.get("why") or frame["n"] for frame in frames if frame["t"] != "hello"]


async def test_the_greeting(world: World, room: Room) -> None:
    hello, snapshot = await come_back(world, room, None)
    view = world.engine.view(LOT)
    assert hello == {
        "t": "hello", "v": 1, "lot": LOT, "role": "bidder", "code": "ANNE", "now": T0, "epoch": 1, "n": HEAD
    }  # fmt: skip
    assert snapshot == {
        "t": "snapshot", "why": "joined", "n": HEAD, "epoch": 1, "link": link(world, HEAD), "state": "open",
        "price": view.price, "ask": view.ask, "leader": view.leader, "ends_at": view.ends_at, "remaining_ms": None,
        "resumes_at": None, "ground": None, "bids": 10, "registered": 2, "extensions": 0, "reserve_met": None,
        "now": T0,
    }  # fmt: skip


async def test_watchers_and_operators_have_no_code(world: World, room: Room) -> None:
    for role in ("watcher", "operator"):
        hello = (await come_back(world, room, None, Identity(role)))[0]
        assert (hello["role"], hello["code"]) == (role, None)


async def test_a_thousand_who_join_together_share_one_reading(world: World, room: Room) -> None:
    seats = [take_seat(world, room) for _ in range(1_000)]
    await asyncio.gather(*(room.join(seat.session, None) for seat in seats))
    assert (world.engine.feed.watched, world.engine.reads) == ([LOT], [f"lot {LOT}"])
    assert len({seat.writes[0] for seat in seats}) == 1
    assert len(room) == 1_000


async def test_what_comes_between_subscription_and_view_is_neither_lost_nor_doubled(world: World, room: Room) -> None:
    """Some of it is in the view, some comes before the view is returned, some after."""
    feed = world.engine.feed
    feed.confirm.clear()
    feed.hand_over.clear()
    seats = [take_seat(world, room) for _ in range(3)]
    joining = [asyncio.create_task(room.join(seat.session, None)) for seat in seats]
    await until(lambda: feed.watched, "the subscription")
    world.engine.bids(LOT, 1)
    feed.confirm.set()
    await until(lambda: world.engine.reads, "the view to be read")
    world.engine.bids(LOT, 2)
    world.engine.say(LOT, "between")
    await until(lambda: not feed.pending, "all of it to be told")
    assert not any(task.done() for task in joining)
    feed.hand_over.set()
    await asyncio.gather(*joining)
    world.engine.bids(LOT, 1)
    head = len(world.engine.events(LOT))
    assert head == HEAD + 5
    await until(lambda: all(seat.events[-1:] == [head] for seat in seats), "the last event")
    for seat in seats:
        assert seat.told("snapshot")[0]["n"] == HEAD + 4 and seat.events == [head]
    assert room.view.link == link(world, head)
    known = room.ring.since((HEAD + 1) << 8)
    assert known is not None and len(known) == 5, "two bids, what was said, its text, and the last bid"


async def test_a_failed_opening_is_tried_again_by_the_next(world: World, room: Room) -> None:
    world.engine.away = True
    with pytest.raises(Unavailable):
        await come_back(world, room, None)
    world.engine.away = False
    assert gist(await come_back(world, room, None)) == ["joined"]


async def test_a_joiner_that_gives_up_takes_nobody_with_him(world: World, room: Room) -> None:
    world.engine.feed.confirm.clear()
    first, second = take_seat(world, room), take_seat(world, room)
    impatient = asyncio.create_task(room.join(first.session, None))
    patient = asyncio.create_task(room.join(second.session, None))
    await until(lambda: world.engine.feed.watched, "the subscription")
    impatient.cancel()
    await asyncio.gather(impatient, return_exceptions=True)
    world.engine.feed.confirm.set()
    await patient
    assert gist(second.take()) == ["joined"] and not first.writes


async def test_who_vanishes_while_joining_is_not_in_the_room(world: World, room: Room) -> None:
    world.engine.feed.confirm.clear()
    seat = take_seat(world, room)
    joining = asyncio.create_task(room.join(seat.session, None))
    await until(lambda: world.engine.feed.watched, "the subscription")
    seat.session.lost(None)
    world.engine.feed.confirm.set()
    await joining
    assert not seat.writes and not len(room)


@pytest.mark.parametrize("opened_at", [0, 4, HEAD], ids=["had all", "had some", "just opened"])
@pytest.mark.parametrize(
    ("n", "epoch", "wrong_link", "expected"),
    [
        (HEAD, 1, False, ["resumed"]),
        (HEAD - 1, 1, False, [HEAD, "resumed"]),
        (3, 1, False, [*range(4, HEAD + 1), "resumed"]),
        (0, 1, False, [*range(1, HEAD + 1), "resumed"]),
        (0, 0, False, [*range(1, HEAD + 1), "resumed"]),
        (3, 1, True, ["history_changed"]),
        (HEAD, 1, True, ["history_changed"]),
        (3, 2, False, ["history_changed"]),
        (3, 0, False, ["history_changed"]),
        (HEAD + 1, 1, True, ["history_changed"]),
        (HEAD + 500, 1, True, ["history_changed"]),
    ],
)
async def test_coming_back(
    world: World, room: Room, opened_at: int, n: int, epoch: int, wrong_link: bool, expected: list[int | str]
) -> None:
    """The same answers whether the room saw the events or must read them."""
    await open_room_at(world, room, opened_at)
    stated = Position(epoch, n, "f" * 40 if wrong_link else link(world, n))
    hello, *frames = await come_back(world, room, stated)
    assert hello["n"] == HEAD
    assert gist(frames) == expected
    assert frames[-1]["n"] == HEAD and frames[-1]["link"] == link(world, HEAD)


async def open_room_at(world: World, room: Room, n: int) -> None:
    """A room whose first view was at event n, and which got the rest by the feed."""
    whole = world.engine.lots.pop(LOT)
    if n:
        world.engine.open_lot(LOT)
        world.engine.bids(LOT, n - 1)
    await join(world, room)
    world.engine.lots[LOT] = whole
    room.events(whole.events[n:])
    assert room.view.n == HEAD


async def test_older_than_the_ring_is_proven_by_the_stream_and_fetched_by_http(world: World, room: Room) -> None:
    world.engine.bids(LOT, 200)
    await join(world, room)
    assert gist(await come_back(world, room, position(world, 20))) == ["resumed"]
    assert gist(await come_back(world, room, position(world, 20)._replace(link="0" * 40))) == ["history_changed"]
    assert gist(await come_back(world, room, position(world, 20, epoch=2))) == ["history_changed"]
    head = len(world.engine.events(LOT))
    assert gist(await come_back(world, room, position(world, 170))) == [*range(171, head + 1), "resumed"]


async def test_more_than_a_slow_line_drains_is_fetched_by_http(world: World) -> None:
    world.auction = AuctionConfig(ring=1_024)
    room = room_of(world)
    await join(world, room)
    world.engine.bids(LOT, 500)
    await until(lambda: room.view.n == HEAD + 500, "the bids")
    assert gist(await come_back(world, room, position(world, 1))) == ["resumed"]
    assert gist(await come_back(world, room, position(world, 400))) == [*range(401, HEAD + 501), "resumed"]


async def test_those_who_come_back_together_share_the_reading(world: World, room: Room) -> None:
    world.engine.bids(LOT, 200)
    await join(world, room)
    world.engine.reads.clear()
    seats = [take_seat(world, room) for _ in range(100)]
    near, far = position(world, 190), position(world, 20)
    await asyncio.gather(*(room.join(seat.session, near if i % 2 else far) for i, seat in enumerate(seats)))
    assert sorted(world.engine.reads) == [f"events {LOT} 147 64", f"events {LOT} 20 1"]
    assert len({seat.writes[0] for seat in seats}) == 2


async def test_the_stream_cannot_be_read(world: World, room: Room) -> None:
    await join(world, room)
    world.engine.away = True
    with pytest.raises(Unavailable):
        await come_back(world, room, position(world, 3))
    assert gist(await come_back(world, room, position(world, HEAD))) == ["resumed"], "which needs no reading"


async def test_who_is_ahead_of_this_process_waits_for_it(world: World, room: Room) -> None:
    """The feed of another process was quicker, and the client came over from there."""
    await join(world, room)
    world.engine.feed.hold()
    world.engine.bids(LOT, 2)
    world.engine.reads.clear()
    coming = [asyncio.create_task(come_back(world, room, position(world, HEAD + 1))) for _ in range(10)]
    await until(lambda: world.engine.reads, "the head to be read")
    for _ in range(5):
        await asyncio.sleep(0)
    assert not any(task.done() for task in coming)
    world.engine.feed.release()
    for frames in await asyncio.gather(*coming):
        assert gist(frames) == [HEAD + 2, "resumed"]
    assert world.engine.reads == [f"lot {LOT}"]


async def test_an_adopted_lot_is_resumed_across_its_epochs(world: World, room: Room) -> None:
    await join(world, room)
    before = position(world, HEAD)
    world.engine.adopt(LOT)
    await until(lambda: room.view.n == HEAD + 1, "the adoption")
    assert room.view.epoch == 2
    for epoch in (1, 2):
        assert gist(await come_back(world, room, before._replace(epoch=epoch))) == [HEAD + 1, "resumed"]
    young = room_of(world)
    assert gist(await come_back(world, young, before)) == [HEAD + 1, "resumed"]
    assert gist(await come_back(world, young, position(world, 3, epoch=2))) == ["history_changed"]
    assert gist(await come_back(world, young, position(world, 3))) == [*range(4, HEAD + 2), "resumed"]


async def test_sync_answers_like_coming_back(world: World, room: Room) -> None:
    seat = await join(world, room, ANNE)
    seat.say({"t": "sync", "epoch": 1, "after": 9, "link": link(world, 9)})
    await until(lambda: seat.writes, "the answer")
    assert gist(seat.take()) == [10, 11, "resumed"]
    seat.say({"t": "sync", "epoch": 1, "after": 9, "link": link(world, 8)})
    await until(lambda: seat.writes, "the answer")
    assert gist(seat.take()) == ["history_changed"]
    world.engine.bids(LOT, 1)
    await until(lambda: seat.events == [12], "the next event")


async def test_a_slow_socket_learns_of_another_history_when_it_drains(world: World, room: Room) -> None:
    seat = await join(world, room, ANNE)
    seat.session.paused()
    seat.say({"t": "sync", "epoch": 1, "after": 9, "link": "0" * 40})
    await until(lambda: seat.session.mark == -1, "the verdict")
    assert not seat.writes
    seat.session.drained()
    assert gist(seat.take()) == ["history_changed"]


async def test_the_time_in_a_shared_snapshot_is_fresh(world: World, room: Room) -> None:
    await join(world, room)
    world.engine.clock.time += 1_000
    hello, snapshot = await come_back(world, room, None)
    assert hello["now"] == snapshot["now"] == T0 + 1_000


async def test_a_deaf_process_says_so_and_not_that_history_has_changed(
    world: World, room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The store has what the client has seen; only this process's feed does not come to it."""
    monkeypatch.setattr("outcry.room.resume.BEHIND_S", 0.05)
    await join(world, room)
    world.engine.feed.hold()
    world.engine.bids(LOT, 2)
    with pytest.raises(Unavailable):
        await come_back(world, room, position(world, HEAD + 1))
    nowhere = position(world, HEAD + 1)._replace(n=HEAD + 3)
    assert gist(await come_back(world, room, nowhere)) == ["history_changed"], "the store has no such event"
