"""One picture for all who ask: read once a second, and of the past only once."""

import asyncio

import pytest

from outcry.engine.errors import Unavailable
from outcry.house import overview as overviewing
from outcry.house.overview import Listed, Overview
from outcry.model.commands import CloseLot, PauseLot, WithdrawLot
from outcry.model.view import LotView

from .world import House, bidder


@pytest.fixture
def each_look_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(overviewing, "FRESH_S", 0.0)


def ids(lots: list[Listed]) -> list[str]:
    return [lot.card.id for lot in lots]


async def a_house_with(current: int, ended: int) -> House:
    """Lots ``old-…``, which ended long ago, the higher the later, and ``lot-…``, which are open."""
    house = House()
    for number in range(ended):
        await house.open(f"old-{number}")
        house.wait(1_000)
    house.wait(3_600_000)
    for number in range(ended):
        assert (await house.engine.close_lot(f"old-{number}", CloseLot(0))).ok
    house.wait(120_000)
    for number in range(current):
        await house.open(f"lot-{number}")
        house.wait(1_000)
    return house


async def test_all_who_ask_within_a_second_share_one_look() -> None:
    house = await a_house_with(2, 0)
    house.engine.reads.clear()
    await asyncio.gather(*(house.overview.look() for _ in range(50)))
    await house.overview.look()
    assert house.engine.reads == {"lot-0": 1, "lot-1": 1}
    assert ids(house.overview.current) == ["lot-0", "lot-1"]


@pytest.mark.usefixtures("each_look_reads")
async def test_what_has_ended_is_read_once() -> None:
    house = await a_house_with(1, 3)
    house.engine.reads.clear()
    for _ in range(3):
        await house.overview.look()
    assert house.engine.reads == {"lot-0": 3, "old-0": 1, "old-1": 1, "old-2": 1}
    assert ids(house.overview.current) == ["lot-0"]
    assert ids(list(house.overview.ended())) == ["old-2", "old-1", "old-0"], "what ended last comes first"
    assert (house.overview.count, house.overview.ended_count) == (4, 3)


@pytest.mark.usefixtures("each_look_reads")
async def test_the_past_costs_one_number() -> None:
    house = await a_house_with(0, 3)
    await house.overview.look()
    asked: list[str] = []
    for name in ("ids", "cards"):
        setattr(house.catalogue, name, lambda *_, name=name: asked.append(name))
    await house.overview.look()
    assert asked == []


@pytest.mark.usefixtures("each_look_reads")
async def test_a_new_lot_a_moved_one_and_an_ended_one_are_seen() -> None:
    house = await a_house_with(2, 0)
    await house.overview.look()
    await house.announce("later", opens_at=house.now() + 60_000)
    assert (await house.engine.pause_lot("lot-0", PauseLot("review"))).ok
    assert (await house.engine.withdraw_lot("lot-1", WithdrawLot("court_order"))).ok
    await house.overview.look()
    states = [(lot.card.id, lot.view.state) for lot in house.overview.current]
    assert states == [("lot-0", "paused"), ("later", "announced")]
    assert ids(list(house.overview.ended())) == ["lot-1"]


@pytest.mark.usefixtures("each_look_reads")
async def test_an_id_that_comes_before_its_card_is_seen_with_its_card() -> None:
    house = await a_house_with(1, 0)
    await house.records.score("lots", "lot-x", house.now())
    await house.overview.look()
    assert ids(house.overview.current) == ["lot-0"]
    await house.announce("lot-x")
    await house.overview.look()
    assert ids(house.overview.current) == ["lot-0", "lot-x"]


@pytest.mark.usefixtures("each_look_reads")
async def test_what_ended_within_the_last_minute_is_told_with_the_rest() -> None:
    house = await a_house_with(2, 2)
    await house.overview.look()
    assert ids(house.overview.lately()) == ["lot-0", "lot-1"]
    assert (await house.engine.withdraw_lot("lot-0", WithdrawLot("court_order"))).ok
    await house.overview.look()
    assert ids(house.overview.lately()) == ["lot-1", "lot-0"]
    fresh = Overview(house.catalogue, house.engine)
    await fresh.look()
    assert ids(fresh.lately()) == ["lot-1", "lot-0"], "also for a process that has just begun"
    house.wait(60_000)
    await house.overview.look()
    assert ids(house.overview.lately()) == ["lot-1"]


@pytest.mark.usefixtures("each_look_reads")
async def test_another_store_is_read_from_the_beginning() -> None:
    house = await a_house_with(0, 1)
    before = house.disk.copy()
    await house.announce("lot-9")
    await house.overview.look()
    house.disk.lots.clear()
    house.disk.values, house.disk.tables = before.values, before.tables
    house.disk.run_id = "b" * 40
    await house.overview.look()
    assert [(lot.card.id, lot.view.state) for lot in house.overview.current] == [("old-0", "announced")]
    assert house.overview.ended_count == 0


async def test_a_lot_whose_history_differs_is_read_again_though_it_has_ended() -> None:
    house = await a_house_with(0, 2)
    await house.overview.look()
    house.disk.lots["old-0"] = type(house.disk.lots["old-0"])()
    house.overview.forget("old-0")
    await house.overview.look()
    assert [(lot.card.id, lot.view.state) for lot in house.overview.current] == [("old-0", "announced")]
    assert ids(list(house.overview.ended())) == ["old-1"]


async def test_what_this_process_follows_anyway_is_not_read() -> None:
    house = await a_house_with(2, 0)
    followed: dict[str, LotView] = {}
    overview = Overview(house.catalogue, house.engine, lambda: followed)
    await overview.look()
    code = (await house.registration.register("lot-0", bidder(1))).code
    assert code is not None
    await house.bid("lot-0", code, 1_000)
    followed["lot-0"] = await house.engine.read_lot("lot-0")
    house.engine.reads.clear()
    assert [lot.view.price for lot in overview.current] == [1_000, None], "and it is known at once"
    assert [lot.view.price for lot in overview.as_read] == [None, None]
    await overview.look(anew=True)
    assert house.engine.reads == {"lot-0": 1, "lot-1": 1}, "who pauses everything asks the store"
    assert [lot.view.price for lot in overview.as_read] == [1_000, None]


async def test_a_look_anew_begins_after_it_was_asked_for() -> None:
    house = await a_house_with(1, 0)
    early = asyncio.create_task(house.overview.look())
    await asyncio.sleep(0)
    await house.announce("lot-2")
    await house.overview.look(anew=True)
    assert ids(house.overview.as_read) == ["lot-0", "lot-2"]
    await early


async def test_a_store_that_is_away_is_told_to_all_who_wait_and_asked_again_by_the_next() -> None:
    house = await a_house_with(1, 0)
    house.engine.faults.down = True
    answers = await asyncio.gather(*(house.overview.look() for _ in range(5)), return_exceptions=True)
    assert [type(answer) for answer in answers] == [Unavailable] * 5
    house.engine.faults.down = False
    await house.overview.look()
    assert ids(house.overview.current) == ["lot-0"]


async def test_pages_go_through_all_lots_in_the_order_of_their_opening() -> None:
    house = await a_house_with(2, 5)
    await house.overview.look()
    seen: list[str] = []
    after = None
    while True:
        page, more = house.overview.page((), after, 3)
        seen += ids(page)
        if not more:
            break
        after = page[-1].card
    assert seen == [*(f"old-{number}" for number in range(5)), "lot-0", "lot-1"]
    assert ids(house.overview.page(("passed", "open"), after, 10)[0]) == ["lot-1"]
    assert ids(house.overview.page(("passed",), None, 2)[0]) == ["old-0", "old-1"]
    assert house.overview.page(("sold",), None, 2) == ([], False)


async def test_what_has_ended_goes_on_behind_a_lot() -> None:
    house = await a_house_with(0, 4)
    await house.overview.look()
    assert ids(list(house.overview.ended("old-2"))) == ["old-1", "old-0"]
    assert ids(list(house.overview.ended("old-0"))) == []
    assert len(list(house.overview.ended("unheard-of"))) == 4
