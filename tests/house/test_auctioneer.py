"""Lots open, close and resume by themselves, on time, whoever of the auctioneers is first, and never while in doubt.

The store's clock runs here, so lots live for fractions of a second; where it is held, the test moves it.
"""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from outcry.house.auctioneer import due_at
from outcry.house.errors import Malformed
from outcry.model.commands import CloseLot, Command, OpenLot, Reply
from outcry.model.view import LotView
from tests.support.wait import until

from .auctions import LATE_MS, announce, at_work, count, has, kinds, running_house
from .fakes import Disk
from .world import ANNA, BORIS, House, bidder, body


async def test_where_an_auctioneer_works_no_new_lot_opens_in_the_past() -> None:
    house = running_house()
    async with at_work(house):
        with pytest.raises(Malformed, match="opens_at lies in the past: the house's time is 1"):
            await announce(house, "past", opens_in_ms=-6_000)
        await announce(house, "just", opens_in_ms=-4_000)
    assert await house.catalogue.ids() == ["just"]


async def test_lots_open_and_close_on_time() -> None:
    house = running_house()
    await announce(house, "before", opens_in_ms=200, duration_ms=300)
    async with at_work(house):
        await announce(house, "after", opens_in_ms=100, duration_ms=200)
        await announce(house, "now", duration_ms=50)
        for lot_id in ("now", "after", "before"):
            await has(house, "opened", "closed", lot_id=lot_id)
            opened, closed = house.events(lot_id)
            card = await house.catalogue.get(lot_id)
            assert card is not None
            assert 0 <= opened["at"] - card.opens_at < LATE_MS
            assert 0 <= closed["at"] - opened["ends_at"] < LATE_MS
            assert closed["result"] == "passed"


async def test_waiting_lots_are_left_alone() -> None:
    house = running_house()
    for number in range(10):
        await announce(house, f"open-{number}")
        await announce(house, f"later-{number}", opens_in_ms=3_600_000)
    async with at_work(house):
        await until(lambda: all(kinds(house, f"open-{number}") for number in range(10)), "ten lots to open")
        await announce(house, "clock", duration_ms=1_200)
        house.engine.reads.clear()
        await has(house, "opened", "closed", lot_id="clock")
    assert sum(reads for lot_id, reads in house.engine.reads.items() if lot_id != "clock") == 0
    assert house.engine.reads["clock"] < 12


async def test_a_sale_is_counted_and_logged(caplog: pytest.LogCaptureFixture) -> None:
    house = running_house()
    await announce(house, duration_ms=300, terms={"reserve": "hidden"}, reserve=1_010)
    code = (await house.registration.register("lot-1", bidder(1))).code or ""
    sold = count("outcry_lots_closed_total", result="sold")
    with caplog.at_level("INFO", "outcry.auctioneer"):
        async with at_work(house):
            await has(house, "opened")
            await house.bid("lot-1", code, 1_010)
            await has(house, "opened", "bid", "closed")
            await until(lambda: count("outcry_lots_closed_total", result="sold") == sold + 1, "the sale to be counted")
    closed = house.events()[-1]
    assert (closed["result"], closed["price"], closed["leader"], closed["reserve"]) == ("sold", 1_010, code, 1_010)
    acts = [(record.message, record.__dict__["lot"], record.__dict__["n"]) for record in caplog.records]
    assert acts == [("lot opened", "lot-1", 1), ("lot sold", "lot-1", 3)]


async def test_an_extended_lot_closes_at_its_new_end() -> None:
    house = running_house()
    await announce(house, duration_ms=300, terms={"window_ms": 5_000, "extension_ms": 600})
    code = (await house.registration.register("lot-1", bidder(1))).code or ""
    async with at_work(house):
        await has(house, "opened")
        await house.bid("lot-1", code, 1_000)
        await has(house, "opened", "bid", "closed")
    opened, bid, closed = house.events()
    assert bid["ends_at"] == bid["at"] + 600 > opened["ends_at"]
    assert 0 <= closed["at"] - bid["ends_at"] < LATE_MS


async def test_a_clock_that_the_first_bid_starts_is_kept() -> None:
    house = running_house()
    await announce(house, duration_ms=300, terms={"clock_starts": "first_bid"})
    code = (await house.registration.register("lot-1", bidder(1))).code or ""
    async with at_work(house):
        await has(house, "opened")
        passed_ms = house.now() + 700
        await until(lambda: house.now() >= passed_ms, "more than two durations without a bid")
        assert kinds(house) == ["opened"]
        await house.bid("lot-1", code, 1_000)
        await has(house, "opened", "bid", "closed")
    _, bid, closed = house.events()
    assert 0 <= closed["at"] - bid["ends_at"] < LATE_MS


async def test_a_confirmed_resumption_is_carried_out_when_it_is_due() -> None:
    """Confirmed in one process, carried out by another, which hears of it within a second."""
    here, there = House(disk := Disk(held=None)), House(disk)
    here.operations._resume_delay_ms = 300
    await announce(here, duration_ms=60_000)
    async with at_work(there):
        await has(here, "opened")
        await here.operations.pause("lot-1", ANNA, key="p", ground="review")
        proposal = await here.operations.resume("lot-1", ANNA, key="r")
        resumes_at = body(await here.operations.confirm(proposal.id, BORIS))["resumes_at"]
        await has(here, "opened", "paused", "resuming", "resumed")
    assert 0 <= here.events()[-1]["at"] - resumes_at < 1_000 + LATE_MS
    assert await here.catalogue.calendar.entries() == {"lot-1": here.events()[-1]["ends_at"]}


async def test_a_paused_lot_is_not_looked_at_until_it_resumes() -> None:
    house = running_house()
    house.operations._resume_delay_ms = 100
    await announce(house, duration_ms=500)
    async with at_work(house):
        await has(house, "opened")
        await house.operations.pause("lot-1", ANNA, key="p", ground="review")
        await until(lambda: "lot-1" not in house.disk.tables["lots:due"], "the end to leave the timetable")
        proposal = await house.operations.resume("lot-1", ANNA, key="r")
        resumes_at = body(await house.operations.confirm(proposal.id, BORIS))["resumes_at"]
        await has(house, "opened", "paused", "resuming", "resumed", "closed")
    assert 0 <= house.events()[3]["at"] - resumes_at < LATE_MS


async def test_of_many_auctioneers_each_act_has_one(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Three processes come to open and to close at the same moment, each sure that it is due."""
    disk = Disk(held=None)
    houses = [House(disk) for _ in range(3)]
    meeting = asyncio.Barrier(3)
    verdicts: list[str] = []

    def together(decide: Callable[[str, Command], Awaitable[Reply]]) -> Callable[[str, Command], Awaitable[Reply]]:
        async def decided(lot_id: str, command: Command) -> Reply:
            await meeting.wait()
            reply = await decide(lot_id, command)
            verdicts.append(reply.verdict)
            return reply

        return decided

    for house in houses:
        monkeypatch.setattr(house.engine, "decide", together(house.engine.decide))
    await announce(houses[0], duration_ms=100)
    async with at_work(*houses):
        await has(houses[0], "opened", "closed")
        await until(lambda: not disk.tables["lots:due"], "the timetable to be empty")
    assert verdicts == ["ok", "exists", "exists", "ok", "closed", "closed"]
    assert not [record for record in caplog.records if record.levelname in ("WARNING", "ERROR")]


async def test_who_dies_is_not_missed() -> None:
    first, second = House(disk := Disk(held=None)), House(disk)
    await announce(first, duration_ms=400)
    async with at_work(second):
        async with at_work(first):
            await has(first, "opened")
        await has(first, "opened", "closed")
    assert any(isinstance(command, CloseLot) for _, command in second.engine.sent)


async def test_what_the_timetable_lost_is_found_by_looking_at_all_lots() -> None:
    house = running_house()
    await announce(house, opens_in_ms=0, duration_ms=300)
    house.disk.tables["lots:due"].clear()
    async with at_work(house, rescan_s=0.1):
        await has(house, "opened")
        house.disk.tables["lots:due"].clear()
        await has(house, "opened", "closed")


async def test_a_store_that_is_down_for_a_while_delays_and_loses_nothing() -> None:
    house = running_house()
    await announce(house, duration_ms=200)
    async with at_work(house):
        await has(house, "opened")
        house.records.faults.down = house.engine.faults.down = True
        overdue = house.events()[0]["ends_at"] + 100
        await until(lambda: house.now() > overdue, "the end to pass")
        house.records.faults.down = house.engine.faults.down = False
        await has(house, "opened", "closed")


async def test_one_lot_that_cannot_open_does_not_stop_the_others(caplog: pytest.LogCaptureFixture) -> None:
    house = running_house()
    await announce(house, "broken", terms={"reserve": "hidden"}, reserve=2_000)
    house.disk.values = {key: kept for key, kept in house.disk.values.items() if not key.startswith("reserve:")}
    await announce(house, "sound")
    async with at_work(house):
        await has(house, "opened", lot_id="sound")
        await until(lambda: caplog.records, "a line in the log")
    assert {record.__dict__["lot"] for record in caplog.records} == {"broken"}
    assert kinds(house, "broken") == []


async def test_after_the_end_nobody_looks_any_more() -> None:
    house = running_house()
    await announce(house, duration_ms=100)
    async with at_work(house, rescan_s=0.05) as [auctioneer]:
        await has(house, "opened", "closed")
        await until(lambda: not house.disk.tables["lots:due"] and not auctioneer._attended, "the lot to be left")
        house.engine.reads.clear()
        await announce(house, "other", duration_ms=300)
        await has(house, "opened", "closed", lot_id="other")
    assert house.engine.reads["lot-1"] == 0


async def test_a_stopped_auctioneer_leaves_no_task() -> None:
    house = running_house()
    for number in range(5):
        await announce(house, f"lot-{number}", duration_ms=1_500)
    before = asyncio.all_tasks()
    async with at_work(house):
        await until(lambda: all(kinds(house, f"lot-{number}") == ["opened"] for number in range(5)), "openings")
        assert asyncio.all_tasks() > before
    assert asyncio.all_tasks() == before


@pytest.mark.parametrize(
    ("view", "expected"),
    [
        (LotView(state="announced", now=5), 1_000),
        (LotView(state="open", ends_at=77, now=5), 77),
        (LotView(state="open", ends_at=None, now=5), 5 + 3_600_000),
        (LotView(state="paused", resumes_at=88, now=5), 88),
        (LotView(state="paused", now=5), None),
        (LotView(state="sold", ends_at=77, now=5), None),
        (LotView(state="withdrawn", now=5), None),
    ],
)
async def test_when_a_lot_is_due(view: LotView, expected: int | None) -> None:
    house = House()
    await house.announce(opens_at=1_000)
    (card,) = await house.catalogue.all()
    assert due_at(card, view) == expected


async def test_a_reserve_reaches_the_opening_and_nothing_else() -> None:
    house = running_house()
    await announce(house, terms={"reserve": "hidden"}, reserve=2_000)
    async with at_work(house):
        await has(house, "opened")
    (opening,) = [command for _, command in house.engine.sent if isinstance(command, OpenLot)]
    assert opening.reserve == 2_000 and len(opening.salt) == 32
    assert "2000" not in house.disk.lots["lot-1"].events[0].decode().replace(str(opening.opens_at), "")
