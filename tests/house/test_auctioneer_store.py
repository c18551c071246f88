"""The auctioneers of two processes on a real store, its real scripts and its real clock."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import orjson
import pytest

from outcry.engine.engine import Engine
from outcry.engine.records import Records
from outcry.engine.store import Store
from outcry.house.auctioneer import Auctioneer
from outcry.house.catalogue import Catalogue
from outcry.house.operations import Operations
from outcry.house.overview import Overview
from outcry.house.registration import Registration
from outcry.model.commands import PlaceBid
from tests.support.store import StoreProcess
from tests.support.wait import until

from .auctions import LATE_MS
from .world import ANNA, BORIS, SECRET, bidder, lot_body


@dataclass
class Process:
    engine: Engine
    catalogue: Catalogue
    registration: Registration
    operations: Operations

    async def announce(self, lot_id: str = "lot-1", **terms: Any) -> None:
        terms = {"window_ms": 100, "extension_ms": 100, **terms}
        await self.catalogue.announce(lot_body(lot_id, opens_at=self.engine.clock.now(), terms=terms))

    async def events(self, lot_id: str = "lot-1") -> list[dict[str, Any]]:
        return [orjson.loads(event) for event in await self.engine.read_events(lot_id, 0, 1_000)]

    async def has(self, *kinds: str, lot_id: str = "lot-1", within_s: float = 5.0) -> None:
        async def so() -> bool:
            return self.engine.up and [event["t"] for event in await self.events(lot_id)] == list(kinds)

        await until(so, f"{lot_id}: {kinds}", within_s)


@asynccontextmanager
async def process(store: StoreProcess) -> AsyncIterator[Process]:
    """What one process of a house has, its auctioneer at work."""
    engine, records = Engine(Store(store.url)), Records(Store(store.url))
    catalogue = Catalogue(records)
    auctioneer = Auctioneer(engine, catalogue)
    await engine.start()
    await auctioneer.start()
    try:
        yield Process(
            engine,
            catalogue,
            Registration(records, engine, catalogue, SECRET, "open"),
            Operations(records, engine, catalogue, Overview(catalogue, engine), resume_delay_ms=200),
        )
    finally:
        await auctioneer.stop()
        await engine.stop()
        await records.stop()


async def test_a_lot_lives_and_is_sold_on_time(any_store: StoreProcess) -> None:
    async with process(any_store) as here, process(any_store) as there:
        await here.announce(duration_ms=700, window_ms=5_000, extension_ms=700)
        code = (await there.registration.register("lot-1", bidder(1))).code or ""
        await here.has("opened")
        assert (await there.engine.place_bid("lot-1", PlaceBid(code, "b1", 1_000, there.engine.clock.now()))).ok
        await here.has("opened", "bid", "closed")
        opened, bid, closed = await here.events()
    assert bid["ends_at"] > opened["ends_at"]
    assert 0 <= closed["at"] - bid["ends_at"] < LATE_MS
    assert (closed["result"], closed["price"], closed["leader"]) == ("sold", 1_000, code)


async def test_two_operators_retract_and_resume(any_store: StoreProcess) -> None:
    async with process(any_store) as here, process(any_store) as there:
        await here.announce(duration_ms=60_000)
        await here.has("opened")
        codes = [(await here.registration.register("lot-1", bidder(number))).code or "" for number in range(2)]
        for number, amount in enumerate((1_000, 1_010, 1_020)):
            bid = PlaceBid(codes[number % 2], f"b{number}", amount, here.engine.clock.now())
            assert (await here.engine.place_bid("lot-1", bid)).ok
        assert (await here.operations.pause("lot-1", ANNA, key="p", ground="review", text="A slip?")).ok
        for key, restored in (("r1", 3), ("r2", 2)):
            proposal = await here.operations.retract("lot-1", ANNA, key=key, ground="slip")
            assert proposal.fixed["restored"] == restored
            assert (await there.operations.confirm(proposal.id, BORIS)).ok
        resumption = await here.operations.resume("lot-1", ANNA, key="res")
        replies = [await each.operations.confirm(resumption.id, BORIS) for each in (there, here)]
        assert replies[0].body == replies[1].body
        await here.has("opened", *["bid"] * 3, "paused", "retracted", "retracted", "resuming", "resumed")
        view = await here.engine.read_lot("lot-1")
    assert (view.state, view.price, view.leader, view.top) == ("open", 1_000, codes[0], 2)


@pytest.mark.fault
async def test_after_a_crash_of_the_store_a_lot_goes_on_and_an_overdue_one_is_extended(store: StoreProcess) -> None:
    async with process(store) as here, process(store) as there:
        await here.announce("long", duration_ms=60_000)
        await here.announce("short", duration_ms=1_000)
        for lot_id in ("long", "short"):
            await here.has("opened", lot_id=lot_id)
        ends_at = (await here.events("short"))[0]["ends_at"]
        store.kill()
        await until(lambda: here.engine.clock.now() > ends_at, "the end of the short lot to pass")
        store.start()
        await there.has("opened", "adopted", lot_id="long")
        await there.has("opened", "adopted", "extended", lot_id="short", within_s=10)
        extended = (await there.events("short"))[-1]
    assert extended["at"] >= ends_at + 3_000
    assert extended["ends_at"] - extended["at"] == 10_000
