"""Who gets what when: everybody everything once and in order, bidders first, watchers on the beat."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace

import pytest

from outcry.config import AuctionConfig
from outcry.model.roles import WATCHER
from outcry.model.view import LotView
from outcry.room.room import COALESCED_FRAMES, Room
from tests.support.wait import until

from .fakes import T0
from .seats import ANNE, BERT, OPERATOR, FakeSocket, join, room_of, take_seat
from .serving import World

pytestmark = pytest.mark.anyio
LOT = "lot-1"


@pytest.fixture
async def world() -> AsyncIterator[World]:
    """The ring keeps 64 frames at least, a beat lasts 20 ms, a slice is 50 writes."""
    world = World()
    world.engine.open_lot(LOT)
    yield world
    world.hub.beat.stop()


@pytest.fixture
async def room(world: World) -> Room:
    return room_of(world)


async def turns(condition: Callable[[], object]) -> None:
    """Turn by turn of the loop, so that a round is caught between two slices."""
    for _ in range(100):
        if condition():
            return
        await asyncio.sleep(0)
    raise AssertionError("it never came to that")


async def have(sockets: list[FakeSocket], n: int) -> None:
    await until(lambda: all(socket.events and socket.events[-1] == n for socket in sockets), f"event {n}")


async def test_everybody_gets_every_event_once(world: World, room: Room) -> None:
    sockets = [await join(world, room, identity) for identity in (ANNE, BERT, OPERATOR)]
    sockets += [await join(world, room) for _ in range(120)]
    for _ in range(5):
        world.engine.bids(LOT, 3)
        await asyncio.sleep(0)
    await have(sockets, 16)
    assert all(socket.events == list(range(2, 17)) for socket in sockets)


async def test_the_bytes_are_those_of_the_log(world: World, room: Room) -> None:
    watcher = await join(world, room)
    world.engine.bids(LOT, 1)
    await have([watcher], 2)
    event = world.engine.events(LOT)[1]
    assert watcher.writes == [b"\x81\x7e" + len(event).to_bytes(2, "big") + event]


async def test_the_same_bytes_go_to_every_socket(world: World, room: Room) -> None:
    sockets = [await join(world, room) for _ in range(3)]
    world.engine.bids(LOT, 2)
    await have(sockets, 3)
    assert len({id(socket.writes[-1]) for socket in sockets}) == 1


async def test_bidders_are_served_before_watchers_and_in_turn(world: World, room: Room) -> None:
    order: list[str] = []
    sockets = [await join(world, room, name="w", order=order) for _ in range(3)]
    for name, identity in (("a", ANNE), ("b", BERT), ("c", OPERATOR)):
        sockets.append(await join(world, room, identity, name=name, order=order))
    rounds: list[str] = []
    for n in range(2, 5):
        order.clear()
        world.engine.bids(LOT, 1)
        await have(sockets, n)
        rounds.append("".join(order))
    assert all(round[3:] == "www" for round in rounds)
    assert {round[0] for round in rounds} == {"a", "b", "c"}, "each was first once"


async def test_bidders_do_not_wait_for_the_beat(world: World, room: Room) -> None:
    world.hub.beat.seconds = 3_600
    bidder, watcher = await join(world, room, ANNE), await join(world, room)
    world.engine.bids(LOT, 1)
    await have([bidder, watcher], 2)  # the room was quiet, so that even the watcher has it at once
    for n in range(3, 6):
        world.engine.bids(LOT, 1)
        await have([bidder], n)
    assert watcher.events == [2]
    assert len(bidder.writes) == 4


async def test_what_came_within_a_beat_is_one_write(world: World, room: Room) -> None:
    bidder, watcher = await join(world, room, ANNE), await join(world, room)
    world.engine.bids(LOT, 1)
    await have([watcher], 2)
    for n in range(3, 13):
        world.engine.bids(LOT, 1)
        await have([bidder], n)
    await have([watcher], 12)
    assert watcher.events == list(range(2, 13))
    assert len(watcher.writes) < len(bidder.writes) == 11


@pytest.mark.parametrize("count", [COALESCED_FRAMES, COALESCED_FRAMES + 1])
async def test_up_to_64_events_come_one_by_one_and_more_as_a_tick(world: World, room: Room, count: int) -> None:
    watcher = await join(world, room)
    world.auction = AuctionConfig(ring=256)
    world.hub.beat.seconds = 0.02
    world.engine.bids(LOT, count)
    head = count + 1
    await until(lambda: watcher.writes, "the flush")
    view = world.engine.view(LOT)
    if count == COALESCED_FRAMES:
        assert watcher.events == list(range(2, head + 1))
    else:
        assert watcher.frames == [
            {"t": "tick", "from": 2, "n": head, "link": view.link, "price": view.price, "ask": view.ask,
             "leader": view.leader, "bids": view.bids, "ends_at": view.ends_at, "extensions": 0, "state": "open"}
        ]  # fmt: skip
    watcher.take()
    world.engine.bids(LOT, 1)
    await have([watcher], head + 1)
    assert watcher.events == [head + 1], "after the hole it goes on"


async def test_more_than_16_kib_are_a_tick_too(world: World, room: Room) -> None:
    watcher = await join(world, room)
    for _ in range(20):
        world.engine.say(LOT, "x" * 1_000)
    await until(lambda: watcher.writes, "the flush")
    assert [frame["t"] for frame in watcher.frames] == ["tick"]


async def test_a_long_text_alone_is_no_hole(world: World, room: Room) -> None:
    bidder = await join(world, room, ANNE)
    world.engine.say(LOT, "长" * 8_000)
    await until(lambda: bidder.told("text"), "the text")
    assert [frame["t"] for frame in bidder.frames] == ["said", "text"]


async def test_a_text_comes_after_its_event_to_all(world: World, room: Room) -> None:
    sockets = [await join(world, room, ANNE), await join(world, room)]
    for turn in range(3):
        world.engine.bids(LOT, 1)
        world.engine.say(LOT, f"No. {turn}")
        await asyncio.sleep(0)
    await until(lambda: all(len(socket.told("text")) == 3 for socket in sockets), "three texts")
    for socket in sockets:
        assert [frame["t"] for frame in socket.frames] == ["bid", "said", "text"] * 3
        assert [frame["n"] for frame in socket.frames] == [2, 3, 3, 4, 5, 5, 6, 7, 7]


async def test_a_slow_socket_is_skipped_and_brought_up_when_it_drains(world: World, room: Room) -> None:
    for identity in (ANNE, WATCHER):
        slow = await join(world, room, identity)
        quick = await join(world, room)
        first = room.view.n + 1
        slow.session.paused()
        for _ in range(10):
            world.engine.bids(LOT, 1)
            await asyncio.sleep(0)
        await have([quick], first + 9)
        assert slow.writes == []
        slow.session.drained()
        assert slow.events == list(range(first, first + 10)) and len(slow.writes) == 1
        world.engine.bids(LOT, 1)
        await have([slow, quick], first + 10)
        assert slow.events == quick.events


async def test_one_that_was_slow_for_long_gets_a_tick_from_what_it_had(world: World, room: Room) -> None:
    """Longer than the ring remembers: its number is known all the same."""
    slow = await join(world, room)
    world.engine.bids(LOT, 1)
    await have([slow], 2)
    slow.take()
    slow.session.paused()
    for _ in range(10):
        world.engine.bids(LOT, 40)
        await asyncio.sleep(0)
    await until(lambda: room.view.n == 402, "the bids")
    assert room.ring.base.n > 2
    slow.session.drained()
    assert [(frame["t"], frame["from"], frame["n"]) for frame in slow.frames] == [("tick", 3, 402)]


async def test_who_joins_during_a_round_gets_nothing_twice(world: World, room: Room) -> None:
    early = [await join(world, room) for _ in range(120)]  # three slices
    world.engine.bids(LOT, 1)
    await turns(lambda: any(socket.events for socket in early))
    assert not all(socket.events for socket in early)
    late = take_seat(world, room)
    await room.join(late.session, None)
    world.engine.bids(LOT, 1)
    await have([*early, late], 3)
    assert all(socket.events == [2, 3] for socket in early)
    assert [frame["t"] for frame in late.frames] == ["hello", "snapshot", "bid"]
    assert late.frames[1]["n"] == 2 and late.events == [3]


async def test_what_moves_during_a_round_is_not_forgotten(world: World, room: Room) -> None:
    sockets = [await join(world, room) for _ in range(200)]
    for _ in range(20):
        world.engine.bids(LOT, 1)
        await asyncio.sleep(0)
    await have(sockets, 21)
    assert all(socket.events == list(range(2, 22)) for socket in sockets)


async def test_who_goes_during_a_round_is_not_written_to(world: World, room: Room) -> None:
    sockets = [await join(world, room) for _ in range(120)]
    world.engine.bids(LOT, 1)
    await turns(lambda: any(socket.events for socket in sockets))
    gone = [socket for socket in sockets if not socket.events]
    assert gone
    for socket in gone:
        socket.session.lost(None)
    await have([socket for socket in sockets if socket not in gone], 2)
    assert all(not socket.writes for socket in gone)
    assert len(room) == len(sockets) - len(gone)


async def test_a_transport_that_closed_without_a_word_is_dropped(world: World, room: Room) -> None:
    """uvloop raises on a write to a closed handle; nobody else may suffer."""
    broken, healthy = await join(world, room), await join(world, room)

    def write(data: bytes) -> None:
        raise RuntimeError("unable to perform operation on <TCPTransport closed=True>")

    broken.write = write  # type: ignore[method-assign]
    world.engine.bids(LOT, 1)
    await have([healthy], 2)
    assert broken.session.gone and len(room) == 1


async def test_a_pulse_never_overtakes_an_event(world: World, room: Room) -> None:
    world.hub.beat.seconds = 3_600
    watcher = await join(world, room)
    world.engine.bids(LOT, 1)
    await have([watcher], 2)
    world.engine.bids(LOT, 1)
    await until(lambda: room.view.n == 3, "the bid")
    room.tell(room.pulse_frame(7, "up"))
    await until(lambda: watcher.told("pulse"), "the pulse")
    assert [frame["t"] for frame in watcher.frames] == ["bid", "bid", "pulse"]
    pulse = {"t": "pulse", "n": 3, "now": T0, "watching": 7, "registered": 2, "store": "up"}
    assert watcher.frames[-1] == pulse


async def test_admissions_are_counted_without_an_event(world: World, room: Room) -> None:
    await join(world, room)
    room.counted(5)
    assert room.view.registered == 5


async def test_a_changed_history_is_told_to_everybody(world: World, room: Room) -> None:
    world.engine.bids(LOT, 5)
    bidder, slow, watcher = await join(world, room, ANNE), await join(world, room), await join(world, room)
    slow.session.paused()
    world.engine.lots.pop(LOT)
    world.engine.open_lot(LOT)
    world.engine.bids(LOT, 2)
    await until(lambda: room.view.n == 6, "quiet")
    world.engine.feed.reset(LOT)
    await until(lambda: bidder.writes and watcher.writes, "the news")
    slow.session.drained()
    for socket in (bidder, slow, watcher):
        assert [(frame["t"], frame["why"], frame["n"]) for frame in socket.take()] == [
            ("snapshot", "history_changed", 3)
        ]
    world.engine.bids(LOT, 1)
    await have([bidder, slow, watcher], 4)


async def test_an_announced_lot_opens_before_its_audience(world: World) -> None:
    room = room_of(world, "lot-2")
    watcher = take_seat(world, room)
    await room.join(watcher.session, None)
    hello, snapshot = watcher.take()
    assert (hello["n"], hello["epoch"], snapshot["state"], snapshot["link"]) == (0, 0, "announced", "")
    world.engine.open_lot("lot-2")
    await have([watcher], 1)
    assert (room.view.state, room.view.ask, room.view.epoch) == ("open", 1_000, 1)
    assert isinstance(room.view, LotView)


async def test_a_lot_withdrawn_before_its_log_is_told_without_an_alarm(world: World, room: Room) -> None:
    bidder, watcher = await join(world, room, ANNE), await join(world, room)
    room.restated(replace(room.view, state="withdrawn"))
    await until(lambda: bidder.writes and watcher.writes, "the news")
    for socket in (bidder, watcher):
        assert [(frame["t"], frame["why"], frame["state"]) for frame in socket.take()] == [
            ("snapshot", "resumed", "withdrawn")
        ]


async def test_who_joins_while_a_round_waits_is_in_it(world: World, room: Room) -> None:
    """The round was begun for others, and an event came before its first slice: nothing else would have told him."""
    await join(world, room)
    busy = [await join(world, await room_elsewhere(world, f"lot-{i}")) for i in range(2, 12)]
    assert busy
    for i in range(2, 12):
        world.engine.bids(f"lot-{i}", 1)
    world.engine.bids(LOT, 1)
    late = take_seat(world, room)
    joining = asyncio.ensure_future(room.join(late.session, None))
    await turns(joining.done)
    world.engine.bids(LOT, 1)
    await until(lambda: late.session.mark == room.head, "the event that came between", within_s=1)


async def room_elsewhere(world: World, lot_id: str) -> Room:
    world.engine.open_lot(lot_id)
    return room_of(world, lot_id)
