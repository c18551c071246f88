"""The feed: contiguous, after the barrier, and never deaf for long."""

import asyncio
from collections.abc import Callable
from typing import Any

import orjson
import pytest

from outcry.engine.engine import Engine
from outcry.engine.feed import Feed
from outcry.engine.keys import channel, events_key, lot_key
from outcry.engine.link import Link
from outcry.engine.store import Store
from outcry.model.commands import AdmitBidder, OpenLot, PlaceBid, Say, Text, WithdrawLot
from tests.support.store import StoreProcess
from tests.support.wait import until

from .conftest import LOT, TERMS, Audience, open_lot

pytestmark = pytest.mark.anyio


async def place(engine: Engine, count: int, lot_id: str = LOT, first: int = 0) -> None:
    for i in range(first, first + count):
        command = PlaceBid("AAAA" if i % 2 else "BBBB", f"b{i}", 1000 + 10 * i, engine.clock.now(), interval_ms=0)
        assert (await engine.place_bid(lot_id, command)).ok


async def test_every_event_once_in_order(engine: Engine, feed: Feed) -> None:
    audience = Audience()
    view = await feed.watch(LOT, audience)
    assert view.state == "announced"
    await open_lot(engine, "AAAA", "BBBB")
    await place(engine, 100)
    await until(lambda: len(audience.log) == 101, "all events")
    assert audience.log == await engine.read_events(LOT, 0, 1000)


async def test_joining_late_begins_after_the_view(engine: Engine, feed: Feed) -> None:
    await open_lot(engine, "AAAA", "BBBB")
    placing = asyncio.ensure_future(place(engine, 300))

    async def under_way() -> bool:
        return (await engine.read_lot(LOT)).n > 20

    await until(under_way, "some bids")
    audience = Audience()
    view = await feed.watch(LOT, audience)
    await placing
    await until(lambda: view.n + len(audience.log) == 301, "the rest")
    assert audience.log == await engine.read_events(LOT, view.n, 1000)


async def test_texts_follow_their_event(engine: Engine, feed: Feed) -> None:
    await open_lot(engine, "AAAA")
    audience = Audience()
    await feed.watch(LOT, audience)
    said = Text('quotes " and \u2028 and 岐纶')
    assert (await engine.say(LOT, Say("announcement", said))).ok
    await until(lambda: audience.frames, "the text")
    assert orjson.loads(audience.frames[0]) == {"t": "text", "n": 2, "salt": said.salt, "text": said.text}
    assert orjson.loads(audience.log[0])["text"] == said.hash
    assert orjson.loads(await engine.read_text(LOT, 2) or b"") == {"salt": said.salt, "text": said.text}


@pytest.mark.parametrize("lots", [1, 3])
async def test_killed_links_leave_no_gap(engine: Engine, feed: Feed, any_store: StoreProcess, lots: int) -> None:
    names = [f"lot-{i}" for i in range(lots)]
    audiences = {name: Audience() for name in names}
    for name in names:
        await feed.watch(name, audiences[name])
        await open_lot(engine, "AAAA", "BBBB", lot_id=name)

    async def kill() -> None:
        for _ in range(4):
            any_store.client.execute_command("CLIENT", "KILL", "TYPE", "pubsub")  # type: ignore[no-untyped-call]
            await asyncio.sleep(0.05)

    await asyncio.gather(kill(), *(place(engine, 150, name) for name in names))
    for name in names:
        await until(lambda a=audiences[name]: len(a.log) == 151, "all events of " + name)  # type: ignore[misc]
        assert audiences[name].log == await engine.read_events(name, 0, 1000)


async def test_the_last_lost_message_is_found_by_the_head(
    engine: Engine, feed: Feed, monkeypatch: pytest.MonkeyPatch
) -> None:
    audience = Audience()
    await feed.watch(LOT, audience)
    await open_lot(engine, "AAAA", "BBBB")
    await until(lambda: len(audience.log) == 1, "the opening")
    pushed = feed._pushed
    feed._feed._on_push = lambda answers: pushed(without_messages(answers))  # type: ignore[union-attr]
    await place(engine, 5)
    await until(lambda: len(audience.log) == 6, "what no successor reveals", within_s=3)


def without_messages(answers: list[Any]) -> list[Any]:
    return [answer for answer in answers if not (isinstance(answer, list) and answer[0] == b"smessage")]


async def test_nothing_is_delivered_before_the_barrier(
    engine: Engine, feed: Feed, monkeypatch: pytest.MonkeyPatch
) -> None:
    audience = Audience()
    await feed.watch(LOT, audience)
    held: list[Callable[[], None]] = []
    barrier = feed._barrier
    assert barrier is not None
    call = barrier.call

    def late(*arguments: bytes | str | int) -> "asyncio.Future[Any]":
        if arguments != ("PING",):
            return call(*arguments)
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        held.append(lambda: future.set_result(b"PONG"))
        return future

    monkeypatch.setattr(barrier, "call", late)
    await open_lot(engine, "AAAA", "BBBB")
    await place(engine, 3)
    await until(lambda: held, "a barrier")
    assert audience.log == []
    while len(audience.log) < 4:
        await until(lambda: held, "the next barrier")
        held.pop()()
        await asyncio.sleep(0)


async def test_a_lost_pair_drops_what_it_had_not_delivered(engine: Engine, feed: Feed) -> None:
    audience = Audience()
    await feed.watch(LOT, audience)
    await open_lot(engine, "AAAA", "BBBB")
    await until(lambda: len(audience.log) == 1, "the opening")
    assert feed._barrier is not None and feed._feed is not None
    old = feed._feed
    feed._barrier.abort()
    await place(engine, 5)
    await until(lambda: len(audience.log) == 6, "all from the stream", within_s=3)
    assert feed._feed is not old, "feed and barrier go together"
    assert audience.log == await engine.read_events(LOT, 0, 100)


async def test_a_silent_link_is_replaced(engine: Engine, feed: Feed) -> None:
    audience = Audience()
    await feed.watch(LOT, audience)
    await open_lot(engine, "AAAA", "BBBB")
    link = feed._feed
    assert link is not None
    link.push = lambda *arguments: None  # type: ignore[method-assign]
    link.data_received = lambda data: None  # type: ignore[method-assign]
    await place(engine, 2)
    await until(lambda: feed._feed is not link and len(audience.log) == 3, "a new pair", within_s=8)


async def test_another_history_resets_the_sink(engine: Engine, feed: Feed, any_store: StoreProcess) -> None:
    audience = Audience()
    await feed.watch(LOT, audience)
    await open_lot(engine, "AAAA", "BBBB")
    await place(engine, 6)
    await until(lambda: len(audience.log) == 7, "the first history")
    told: list[str] = []
    feed.on_differs = told.append
    # What an older file restored looks like: the same lot, three events shorter.
    short = await engine.read_events(LOT, 0, 4)
    any_store.client.xtrim(events_key(LOT), maxlen=0, approximate=False)
    any_store.client.delete(events_key(LOT))
    for n, event in enumerate(short, 1):
        any_store.client.xadd(events_key(LOT), {"e": event}, id=f"{n}-0")
    any_store.client.hset(lot_key(LOT), mapping={"n": 4, "link": Link.__name__})
    await until(lambda: audience.resets, "the reset", within_s=3)
    assert audience.resets[0].n == 4
    assert told == [LOT]


async def test_unwatched_is_silent(engine: Engine, feed: Feed, any_store: StoreProcess) -> None:
    audience = Audience()
    await feed.watch(LOT, audience)
    await feed.unwatch(LOT)
    await until(lambda: subscribers(any_store) == 0, "the subscription to end")
    await open_lot(engine, "AAAA")
    assert audience.log == []


def subscribers(store: StoreProcess) -> int:
    answer: Any = store.client.execute_command("PUBSUB", "SHARDNUMSUB", channel(LOT))  # type: ignore[no-untyped-call]
    return int(answer[1])


async def test_registered_is_seen_within_a_second_or_two(engine: Engine, feed: Feed) -> None:
    audience = Audience()
    await feed.watch(LOT, audience)
    assert (await engine.admit_bidder(LOT, AdmitBidder("AAAA"))).ok
    await until(lambda: audience.registered == 1, "the count", within_s=3)
    assert (await engine.open_lot(LOT, OpenLot(TERMS, 0))).ok


async def test_feed_without_a_store_is_one_clear_error(engine: Engine) -> None:
    with pytest.raises(Exception, match="no answer from the store"):
        await Feed(Store("redis://127.0.0.1:1/0"), engine).start()


async def test_a_sink_that_fails_once_misses_nothing(engine: Engine, feed: Feed, any_store: StoreProcess) -> None:
    class Stumbling(Audience):
        stumbles = 1

        def events(self, frames: list[bytes]) -> None:
            if self.stumbles and len(self.log) + len(frames) > 3:
                self.stumbles -= 1
                raise RuntimeError("not now")
            super().events(frames)

    audience = Stumbling()
    await feed.watch(LOT, audience)
    await open_lot(engine, "AAAA", "BBBB")
    feed._barrier.abort()  # type: ignore[union-attr]
    await place(engine, 6)
    await until(lambda: len(audience.log) == 7, "all of it")
    assert audience.log == await engine.read_events(LOT, 0, 100)


async def test_withdrawn_before_its_log_began(engine: Engine, feed: Feed) -> None:
    audience = Audience()
    await feed.watch(LOT, audience)
    why = Text("the seller has thought better of it")
    assert (await engine.withdraw_lot(LOT, WithdrawLot("seller_request", why))).ok
    await until(lambda: audience.restated_views, "the new state", within_s=3)
    assert [view.state for view in audience.restated_views] == ["withdrawn"]
    assert audience.resets == [] and audience.log == []
    await until(lambda: audience.frames, "the reason")
    assert orjson.loads(audience.frames[0]) == {"t": "text", "n": 0, "salt": why.salt, "text": why.text}
    assert orjson.loads(await engine.read_text(LOT, 0) or b"")["text"] == why.text
