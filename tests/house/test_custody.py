"""The store restarts, its clock jumps, its history differs, or nobody was in touch: no lot closes by mistake."""

import asyncio
import time

import pytest

from outcry.house.auctioneer import Auctioneer
from outcry.model.commands import CloseLot, PauseLot, PlaceBid
from outcry.model.events import link_of
from tests.support.wait import until

from .auctions import announce, at_work, count, has, kinds, running_house
from .fake_engine import jump
from .fakes import Disk, Faults
from .world import ANNA, House, bidder


async def test_after_a_restart_of_the_store_its_lots_are_adopted_once() -> None:
    disk = Disk(held=None)
    houses = [House(disk, Faults(seed=number)) for number in range(3)]
    for lot_id in ("open", "paused", "closed"):
        await announce(houses[0], lot_id, duration_ms=200 if lot_id == "closed" else 60_000)
    await announce(houses[0], "later", opens_in_ms=60_000)
    async with at_work(*houses):
        await has(houses[0], "opened", lot_id="paused")
        await houses[0].operations.pause("paused", ANNA, key="p", ground="review")
        await has(houses[0], "opened", "closed", lot_id="closed")
        disk.run_id = "b" * 40
        await has(houses[0], "opened", "adopted", lot_id="open")
        await has(houses[0], "opened", "paused", "adopted", lot_id="paused")
    adopted = houses[0].events("open")[-1]
    assert (adopted["epoch"], adopted["old"]["epoch"], adopted["old"]["n"]) == (2, 1, 1)
    assert kinds(houses[0], "closed") == ["opened", "closed"] and kinds(houses[0], "later") == []


async def test_a_bid_that_meets_a_stale_lot_has_it_adopted_and_is_decided() -> None:
    house = running_house()
    await announce(house)
    code = (await house.registration.register("lot-1", bidder(1))).code or ""
    async with at_work(house):
        await has(house, "opened")
        house.disk.run_id = "b" * 40
        reply = await house.engine.place_bid("lot-1", PlaceBid(code, "b1", 1_000, house.now()))
        assert reply.ok
    assert kinds(house) == ["opened", "adopted", "bid"]


async def test_a_lot_that_a_restored_store_brings_back_to_life_is_attended_again() -> None:
    house = running_house()
    await announce(house, duration_ms=400)
    async with at_work(house):
        await has(house, "opened")
        backup = house.disk.copy()
        await has(house, "opened", "closed")
        await until(lambda: not house.disk.tables["lots:due"], "the lot to be left")
        house.disk.lots, house.disk.run_id = backup.lots, "b" * 40
        await has(house, "opened", "adopted", "closed")


@pytest.mark.parametrize("by_ms", [3_600_000, 20_000, -60_000])
async def test_when_the_clock_jumps_every_open_lot_pauses_and_none_closes(by_ms: int) -> None:
    disk = Disk(held=None)
    houses = [House(disk), House(disk)]
    for lot_id, duration_ms in (("near", 15_000), ("far", 60_000), ("paused", 60_000)):
        await announce(houses[0], lot_id, duration_ms=duration_ms)
    await announce(houses[0], "later", opens_in_ms=7_200_000)
    async with at_work(*houses):
        for lot_id in ("near", "far", "paused"):
            await has(houses[0], "opened", lot_id=lot_id)
        await houses[0].operations.pause("paused", ANNA, key="p", ground="review")
        true_ms = houses[0].now()
        await jump(disk, by_ms, *(house.engine for house in houses))
        for lot_id, duration_ms in (("near", 15_000), ("far", 60_000)):
            assert kinds(houses[0], lot_id) == ["opened", "paused"]
            opened, paused = houses[0].events(lot_id)
            assert paused["ground"] == "clock"
            assert abs(paused["remaining_ms"] - (opened["ends_at"] - true_ms)) < 100
            assert paused["remaining_ms"] <= duration_ms
    assert kinds(houses[0], "paused") == ["opened", "paused"]
    assert houses[0].events("paused")[-1]["ground"] == "review"
    assert kinds(houses[0], "later") == []


async def test_a_lot_that_another_process_has_just_opened_pauses_too() -> None:
    house, other = House(disk := Disk(held=None)), House(disk)
    await announce(house, "known")
    async with at_work(house):
        await has(house, "opened", lot_id="known")
        await other.open("new")
        await jump(disk, 60_000, house.engine, other.engine)
        assert kinds(house, "new") == kinds(house, "known") == ["opened", "paused"]


async def test_a_lot_whose_pause_was_not_heard_still_pauses_and_from_the_right_moment() -> None:
    house = running_house()
    await announce(house, duration_ms=60_000)
    async with at_work(house):
        await has(house, "opened")
        true_ms = house.now()
        house.engine.faults.down = True
        await jump(house.disk, 3_600_000, house.engine)
        assert kinds(house) == ["opened"]
        house.engine.faults.down = False
        await has(house, "opened", "paused")
    paused = house.events()[-1]
    assert paused["ground"] == "clock"
    assert abs(paused["remaining_ms"] - (house.events()[0]["ends_at"] - true_ms)) < 100


async def test_a_lot_whose_history_differs_pauses_and_says_so(caplog: pytest.LogCaptureFixture) -> None:
    house = running_house()
    await announce(house)
    async with at_work(house) as [auctioneer]:
        await has(house, "opened")
        auctioneer.history_differs("lot-1")
        auctioneer.history_differs("lot-1")
        await has(house, "opened", "paused")
        auctioneer.history_differs("unheard-of")
        await until(lambda: not auctioneer._custody.suspended, "nothing left to pause")
    assert house.events()[-1]["ground"] == "history"
    (record,) = [each for each in caplog.records if each.levelname == "WARNING"]
    assert (record.message, record.__dict__["lot"], record.__dict__["ground"]) == ("lot paused", "lot-1", "history")


async def test_a_closed_lot_does_not_pause_and_is_forgotten() -> None:
    house = running_house()
    await announce(house, duration_ms=50)
    async with at_work(house) as [auctioneer]:
        await has(house, "opened", "closed")
        house.engine.faults.down = True
        auctioneer.history_differs("lot-1")
        await until(lambda: not auctioneer._attended, "the attempt to fail")
        assert auctioneer._custody.suspended == {"lot-1"}
        house.engine.faults.down = False
        await until(lambda: not auctioneer._custody.suspended, "the lot to be let go")
    assert kinds(house) == ["opened", "closed"]


async def test_an_outage_extends_and_never_closes() -> None:
    house = House()
    await house.announce(terms={"window_ms": 20_000})
    house.engine.clock.touched_at = house.now() + 3_600_000
    extended = count("outcry_lots_extended_for_outage_total")
    async with at_work(house) as [auctioneer]:
        await has(house, "opened")
        house.wait(3_600_000)
        auctioneer.wake()
        since_s = time.monotonic()
        await until(lambda: tries(house) >= 3, "some tries to close")
        assert time.monotonic() - since_s > 0.3, "the grace is not for hammering the store"
        assert kinds(house) == ["opened"]
        house.wait(3_000)
        await has(house, "opened", "extended")
        await until(lambda: count("outcry_lots_extended_for_outage_total") == extended + 1, "the count")
    event = house.events()[-1]
    assert (event["reason"], event["ends_at"]) == ("outage", house.now() + 20_000)
    assert await house.catalogue.calendar.entries() == {"lot-1": event["ends_at"]}


def tries(house: House) -> int:
    return sum(isinstance(command, CloseLot) for _, command in house.engine.sent)


async def test_who_was_in_touch_closes_for_those_who_were_not() -> None:
    disk = Disk()
    blind, sighted = House(disk), House(disk)
    await blind.announce()
    blind.engine.clock.touched_at = blind.now() + 3_600_000
    async with at_work(blind) as [auctioneer]:
        await has(blind, "opened")
        blind.wait(3_600_000)
        auctioneer.wake()
        await until(lambda: tries(blind) >= 2, "the blind one to try")
        async with at_work(sighted):
            await has(blind, "opened", "closed")


async def test_adopting_needs_the_lot_as_it_was_read() -> None:
    house = running_house()
    await announce(house)
    auctioneer = Auctioneer(house.engine, house.catalogue)
    adopt = auctioneer._custody.adopt
    assert await adopt("lot-1") is False, "an announced lot belongs to nobody"
    async with at_work(house):
        await has(house, "opened")
    assert await adopt("lot-1") is True, "it may go on, and nothing was written"
    house.disk.run_id = "b" * 40
    assert all(await asyncio.gather(adopt("lot-1"), adopt("lot-1")))
    assert kinds(house) == ["opened", "adopted"]


async def test_a_pause_for_the_clock_goes_on_where_the_next_process_of_the_store_is() -> None:
    """The clock jumps because the store moved to another machine: adopted and paused, in this order."""
    house = running_house()
    await announce(house)
    async with at_work(house):
        await has(house, "opened")
        house.disk.run_id = "b" * 40
        await jump(house.disk, 60_000_000, house.engine)
        await has(house, "opened", "adopted", "paused")
    commands = [command for _, command in house.engine.sent if isinstance(command, PauseLot)]
    assert commands and all(command.as_of is not None for command in commands)


@pytest.mark.parametrize("restored", ["shorter", "forked", "same"])
async def test_a_lot_is_not_carried_on_from_another_history_without_a_pause(restored: str) -> None:
    """A store put back to an older file: what this process delivered is held against it before any bid is decided."""
    house = running_house()
    await announce(house)
    codes = [(await house.registration.register("lot-1", bidder(number))).code or "" for number in (1, 2)]
    log: list[bytes] = []
    auctioneer = Auctioneer(house.engine, house.catalogue, lambda lot_id: (len(log), link_of(log[-1])) if log else None)
    await auctioneer.start()
    await has(house, "opened")
    backup = house.disk.copy()
    assert (await house.engine.place_bid("lot-1", PlaceBid(codes[0], "b1", 1_000, house.now()))).ok
    log += await house.engine.read_events("lot-1", 0, 100)
    if restored != "same":
        house.disk.lots = backup.lots
    if restored == "forked":
        assert (await house.engine.place_bid("lot-1", PlaceBid(codes[1], "b2", 1_000, house.now()))).ok
    house.disk.run_id = "b" * 40
    reply = await house.engine.place_bid("lot-1", PlaceBid(codes[1], "b3", 1_010, house.now()))
    await auctioneer.stop()
    assert reply.verdict == ("ok" if restored == "same" else "paused")
    assert kinds(house)[-2:] == (["adopted", "bid"] if restored == "same" else ["adopted", "paused"])
