"""The catalogue's page: so many rows of each tab, in order, and all the others a link away."""

import re
from html import unescape

import pytest

from outcry.house import overview
from outcry.model.commands import CloseLot
from outcry.web import listing

from .world import World

ROW = re.compile(r'data-lot="([^"]+)"')
MORE = re.compile(r'<p class="more"><a class="button" href="([^"]+)"')
COUNT = re.compile(r'data-count="(\w+)">(\d+)<')
PART = re.compile(r'data-part="([^"]*)"')


@pytest.fixture(autouse=True)
def three_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "ROWS", 3)
    monkeypatch.setattr(overview, "FRESH_S", 0.0)


async def a_world(announced: int = 0, opened: int = 0, ended: int = 0) -> World:
    """``ended-0`` ended first; every second lot is in Zhejiang, the others in Guangdong."""
    world = World()
    house = world.house
    for number in range(ended):
        await house.open(f"ended-{number}", region=("ZJ", "GD")[number % 2])
        house.wait(1_000)
    house.wait(3_600_000)
    for number in range(ended):
        assert (await house.engine.close_lot(f"ended-{number}", CloseLot(0))).ok
    for number in range(opened):
        await house.open(f"open-{number}")
        house.wait(1_000)
    for number in range(announced):
        await house.announce(f"later-{number}", opens_at=house.now() + 60_000 + number)
    return world


class Page:
    def __init__(self, text: str) -> None:
        self.rows = ROW.findall(text)
        more = MORE.search(text)
        self.more = unescape(more[1]) if more else None
        self.counts = {name: int(count) for name, count in COUNT.findall(text)}
        part = PART.search(text)
        self.part = part[1].split() if part else []


async def page(world: World, path: str = "/") -> Page:
    async with world.client() as client:
        answer = await client.get(path)
    assert answer.status_code == 200
    return Page(answer.text)


async def test_a_small_house_is_all_there() -> None:
    found = await page(await a_world(announced=1, opened=2, ended=3))
    assert found.rows == ["open-0", "open-1", "later-0", "ended-2", "ended-1", "ended-0"]
    assert (found.more, found.part) == (None, [])
    assert found.counts == {"all": 6, "open": 2, "announced": 1, "paused": 0, "closed": 3}


async def test_of_many_each_tab_shows_so_many_and_counts_all() -> None:
    found = await page(await a_world(announced=4, opened=5, ended=7))
    assert found.rows == [
        "open-0", "open-1", "open-2", "later-0", "later-1", "later-2", "ended-6", "ended-5", "ended-4"
    ]  # fmt: skip
    assert found.counts == {"all": 16, "open": 5, "announced": 4, "paused": 0, "closed": 7}
    assert found.part == ["open", "announced", "closed"]


@pytest.mark.parametrize(("tab", "prefix"), [("closed", "ended"), ("open", "open"), ("announced", "later")])
async def test_more_leads_through_all_of_a_tab(tab: str, prefix: str) -> None:
    world = await a_world(announced=7, opened=7, ended=7)
    found = await page(world, f"/?state={tab}")
    seen = [lot_id for lot_id in found.rows if lot_id.startswith(prefix)]
    for _ in range(2):
        assert found.more is not None
        found = await page(world, found.more)
        assert found.counts[tab] == 7 and found.part
        seen += found.rows
    assert found.more is None
    expected = [f"{prefix}-{number}" for number in range(7)]
    assert seen == (expected[::-1] if tab == "closed" else expected)


async def test_from_all_lots_more_leads_to_those_that_ended() -> None:
    world = await a_world(opened=1, ended=4)
    found = await page(world)
    assert found.more is not None
    assert (await page(world, found.more)).rows == ["ended-0"]


async def test_filters_and_the_search_look_at_all_lots() -> None:
    world = await a_world(opened=1, ended=9)
    found = await page(world, "/?region=GD")
    assert found.rows == ["ended-7", "ended-5", "ended-3"]
    assert (found.counts["closed"], found.counts["open"]) == (4, 0)
    assert set(found.part) == {"open", "announced", "paused", "closed"}
    assert found.more is not None
    assert (await page(world, found.more)).rows == ["ended-1"]
    assert (await page(world, "/?q=ENDED-0")).rows == ["ended-0"]
    assert (await page(world, "/?q=nothing")).rows == []


@pytest.mark.parametrize("query", ["state=nonsense", "after=ended-1", "state=open&after=x", "state=closed&after=x"])
async def test_an_address_that_names_nothing_shows_the_beginning(query: str) -> None:
    found = await page(await a_world(opened=1, ended=1), f"/?{query}")
    assert found.rows and set(found.rows) <= {"open-0", "ended-0"}


async def test_the_filters_offer_what_lots_are() -> None:
    world = await a_world(opened=1, ended=2)
    async with world.client() as client:
        assert 'value="GD"' in (await client.get("/")).text
        await world.house.announce("lot-1", opens_at=world.house.now() + 60_000, region="SD")
        assert 'value="SD"' in (await client.get("/")).text
