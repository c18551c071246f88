"""Group commit: one write for a turn of the loop, nothing sent twice, every answer to its own question."""

import asyncio
import random

import orjson
import pytest

from outcry.engine.engine import Engine
from outcry.engine.errors import StoreError, Unavailable, Unknown
from outcry.engine.link import Link
from outcry.engine.store import Store
from outcry.model.commands import PlaceBid, Reply
from tests.support.store import StoreProcess
from tests.support.wait import until

from .conftest import LOT, open_lot

pytestmark = pytest.mark.anyio


def bid(engine: Engine, code: str, bid_id: str, amount: int) -> "asyncio.Future[Reply]":
    return engine.bid(LOT, PlaceBid(code, bid_id, amount, engine.clock.now(), interval_ms=0, confirm=amount))


async def test_concurrent_calls_are_one_write(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    await open_lot(engine, "AAAA", "BBBB")
    writes: list[int] = []
    send = Link.send

    def counted(link: Link, packed: bytes, futures: list["asyncio.Future[object]"]) -> None:
        writes.append(len(futures))
        send(link, packed, futures)

    monkeypatch.setattr(Link, "send", counted)
    replies = await asyncio.gather(
        *(bid(engine, "AAAA" if i % 2 else "BBBB", f"b{i}", 1000 + 10 * i) for i in range(50))
    )
    assert all(reply.ok for reply in replies)
    assert 50 in writes


async def test_answers_match_their_questions_while_callers_give_up(engine: Engine) -> None:
    await open_lot(engine, "AAAA", "BBBB")
    draw = random.Random(7)

    async def one(i: int) -> None:
        task = asyncio.ensure_future(bid(engine, "AAAA" if i % 2 else "BBBB", f"b{i}", 1000 + 10 * i))
        if draw.random() < 0.5:
            await asyncio.sleep(0)
            task.cancel()
        try:
            reply = await task
        except asyncio.CancelledError:
            return
        assert orjson.loads(reply.body)["id"] == f"b{i}"

    for start in range(0, 1000, 50):
        await asyncio.gather(*(one(i) for i in range(start, start + 50)))
    again = await bid(engine, "BBBB", "b0", 1000)
    assert again.replayed and orjson.loads(again.body)["n"] == 2


async def test_flushed_scripts_are_loaded_again(engine: Engine, any_store: StoreProcess) -> None:
    await open_lot(engine, "AAAA", "BBBB")
    for i in range(20):
        any_store.client.script_flush()
        replies = await asyncio.gather(*(bid(engine, code, f"{code}{i}", 1000 + 20 * i + at) for code, at in
                                         (("AAAA", 0), ("BBBB", 10))))  # fmt: skip
        assert all(reply.ok for reply in replies)
    assert (await engine.read_lot(LOT)).n == 41


async def test_frozen_store_answers_unknown_and_then_the_truth(engine: Engine, any_store: StoreProcess) -> None:
    await open_lot(engine, "AAAA")
    any_store.freeze()
    try:
        with pytest.raises(Unknown):
            await bid(engine, "AAAA", "cold", 1000)
    finally:
        any_store.thaw()
    await until(lambda: engine.up, "the engine to be back")
    # Its bounds have passed: what was told "unknown" is never accepted later, asking again decides anew.
    assert (await engine.read_lot(LOT)).n == 1
    reply = await bid(engine, "AAAA", "cold", 1000)
    assert reply.ok and not reply.replayed
    assert (await bid(engine, "AAAA", "cold", 1000)).replayed


async def test_killed_store_is_unavailable_until_it_is_back(engine: Engine, any_store: StoreProcess) -> None:
    await open_lot(engine, "AAAA", "BBBB")
    assert (await bid(engine, "AAAA", "kept", 1000)).ok
    any_store.kill()
    try:
        await until(lambda: not engine.up, "the engine to notice")
        with pytest.raises(Unavailable):
            await bid(engine, "BBBB", "lost", 1010)
    finally:
        any_store.start()
    await until(lambda: engine.up, "the engine to be back")
    assert orjson.loads((await engine.read_answer(LOT, "AAAA", "kept")) or b"{}")["ok"]
    reply = await bid(engine, "BBBB", "after", 1010)
    assert reply.verdict == "stale_store"


async def test_no_store_is_one_clear_error() -> None:
    with pytest.raises(Unavailable, match="no answer from the store at /nowhere/at/all"):
        await Engine(Store("unix:///nowhere/at/all")).start()


async def test_error_of_the_store_is_not_an_answer(engine: Engine) -> None:
    with pytest.raises(Exception, match="OUTCRY malformed place_bid"):
        await engine.bid(LOT, PlaceBid("AAAA", "not an id", 5, 0))
    assert issubclass(Unknown, StoreError)


async def test_a_flood_is_refused_before_it_is_sent(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    await open_lot(engine, "AAAA")
    monkeypatch.setattr("outcry.engine.lane.WAITING", 10)
    calls = [bid(engine, "AAAA", f"b{i}", 1000) for i in range(20)]
    answers = await asyncio.gather(*calls, return_exceptions=True)
    assert [type(answer) for answer in answers] == [Reply] * 10 + [Unavailable] * 10


@pytest.mark.parametrize("turns", range(8))
async def test_stops_at_whatever_moment_the_link_is_lost(engine: Engine, turns: int) -> None:
    """A keeper that waits by ``asyncio.wait_for`` swallows its cancellation if the loss arrives in the same turns."""
    engine._decide._lost.set()
    for _ in range(turns):
        await asyncio.sleep(0)
    stopped, _ = await asyncio.wait([asyncio.ensure_future(engine.stop())], timeout=5)
    assert stopped


async def test_a_caller_who_gave_up_wedges_nobody(engine: Engine, any_store: StoreProcess) -> None:
    """A link that closes under a batch with a cancelled call in it fails the others, and the lane goes on."""
    await open_lot(engine, "AAAA")
    lane = engine._decide
    assert lane._link is not None
    calls = [bid(engine, "AAAA", f"b{i}", 1000) for i in range(3)]
    reads = [lane.command("PING") for _ in range(3)]
    reads[1].cancel()
    lane._link._transport.close()  # type: ignore[union-attr]
    answers = await asyncio.wait_for(asyncio.gather(*calls, *reads, return_exceptions=True), 5)
    assert all(isinstance(answer, (StoreError, asyncio.CancelledError, Reply, bytes)) for answer in answers)
    await until(lambda: engine.up, "the next link")
    assert await asyncio.wait_for(lane.command("PING"), 2) == b"PONG"


async def test_one_that_cannot_be_written_fails_alone(engine: Engine) -> None:
    await open_lot(engine, "AAAA")
    good = bid(engine, "AAAA", "good", 1000)
    bad = engine.bid(LOT, PlaceBid("AAAA", "\ud800", 1000, 0))
    later = engine._decide.command("PING")
    with pytest.raises(ValueError):
        await bad
    assert (await good).ok and await asyncio.wait_for(later, 2) == b"PONG"


async def test_a_link_that_goes_deaf_while_it_is_opened_is_replaced(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("outcry.engine.lane.CONNECT_S", 0.2)
    lane = engine._decide
    call = Link.call
    deaf = 2

    def half_deaf(link: Link, *arguments: bytes | str | int) -> "asyncio.Future[object]":
        nonlocal deaf
        if arguments[0] == "SCRIPT" and deaf:
            deaf -= 1
            return asyncio.get_running_loop().create_future()
        return call(link, *arguments)

    monkeypatch.setattr(Link, "call", half_deaf)
    assert lane._link is not None
    lane._link.abort()
    await until(lambda: not deaf and engine.up, "a link that hears")
    assert await asyncio.wait_for(lane.command("PING"), 2) == b"PONG"


async def test_an_error_of_the_store_is_unknown_to_its_sender(engine: Engine) -> None:
    with pytest.raises(Unknown, match="unknown command|ERR"):
        await engine._decide.command("NOSUCHCOMMAND")
