"""Every page in both languages, light and dark, on a desk and on a phone: whole, quiet and legible."""

import re
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest
from axe_playwright_python.async_playwright import Axe  # type: ignore[import-untyped]
from playwright.async_api import Browser, Page, expect

from tests.support.client import Client
from tests.support.house import HOUR_MS, MILLION, House, card, serve
from tests.support.pages import DESKTOP, PHONE, Language, Scheme, Visitor, visit
from tests.support.store import StoreProcess
from tests.support.wait import until

pytestmark = pytest.mark.browser
START = 300 * MILLION
WATCHED = {"catalogue": "/", "room": "/lots/lot-1", "sold": "/lots/lot-2", "upcoming": "/lots/lot-3",
           "paused": "/lots/lot-4", "untouched": "/lots/lot-5", "protocol": "/protocol"}  # fmt: skip
OPERATED = {"desk": "/operator", "strip": "/operator/lots/lot-1"}
MISSING = re.compile(r"\{\w+\}|\bundefined\b|\bNaN\b|\[object")
"""What a page shows where a figure was not filled in."""
GRAVE = ("serious", "critical")


@pytest.fixture
async def house(store: StoreProcess) -> AsyncIterator[House]:
    """A house with lots in every state: a dozen open ones, one sold, one upcoming, one paused, one without a bid."""
    async with serve(store, config={"limits": {"bid_interval_ms": 0}}) as house:
        await house.open("lot-2", terms={"duration_ms": 4_000, "window_ms": 0})
        for k in (1, 4, 5, *range(6, 15)):
            await house.announce(card(f"lot-{k}", terms={"duration_ms": 6 * HOUR_MS + k * 60_000}))
        await house.announce(card("lot-3", opens_in_ms=HOUR_MS))
        for lot_id in ("lot-1", "lot-2"):
            await house.reaches(lot_id, "open")
            tokens = [await house.bidder(lot_id, name) for name in ("Ada", "Bo")]
            async with Client(house.url, lot_id, tokens[0]) as ada, Client(house.url, lot_id, tokens[1]) as bo:
                for k in range(12 if lot_id == "lot-1" else 1):
                    assert (await (ada, bo)[k % 2].bid(START + k * MILLION))["ok"]
        text = "A lessee of the second plot objects; the court is asked. 第二块土地的承租人提出异议。"
        pause = {"key": "k1", "ground": "third_party_objection", "text": text}
        await house.post("/api/v1/lots/lot-4/pause", pause, await house.operator())
        await house.reaches("lot-2", "sold")
        yield house


async def fits(page: Page, name: str) -> None:
    """Nothing sticks out to the side, no word is missing."""
    wide = await page.evaluate("[document.scrollingElement.scrollWidth, innerWidth]")
    assert wide[0] <= wide[1], f"{name} is {wide[0]} px wide in a window of {wide[1]} px"
    text = await page.locator("body").inner_text()
    assert not MISSING.findall(text) or name == "protocol", name


async def rests(visitor: Visitor, path: str) -> None:
    """Goes to a page and waits until nothing on it is on its way."""
    await visitor.goes(path)
    if await visitor.page.locator("lot-room").count():
        await expect(visitor.field("lot-price", "dot")).to_have_attribute("data-live", "live")
    await visitor.page.evaluate("document.fonts.ready")


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desk", "phone"])
@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_every_page(
    house: House, browser: Browser, tmp_path: Path, size: tuple[int, int], language: Language, scheme: Scheme
) -> None:
    """The pictures are kept in pytest's folder of this test."""
    seen: dict[str, list[str]] = {}

    async def look(visitor: Visitor, name: str, path: str) -> None:
        await rests(visitor, path)
        await fits(visitor.page, name)
        await visitor.page.screenshot(path=tmp_path / f"{name}.png", full_page=True)
        visitor.check()
        result = await Axe().run(visitor.page)
        seen[name] = [
            f"{fault['id']}: {node['html'][:120]}"
            for fault in result.response["violations"]
            if fault["impact"] in GRAVE
            for node in fault["nodes"]
        ]

    visits = partial(visit, browser, house.url, size=size, language=language, scheme=scheme)
    async with visits() as watcher:
        for name, path in WATCHED.items():
            await look(watcher, name, path)
        lang = await watcher.page.locator("html").get_attribute("lang")
        assert lang is not None and lang.startswith(language)
    async with visits() as bidder:
        await bidder.goes(await house.ticket("Ada"))
        await look(bidder, "bidder", "/lots/lot-1")
    async with visits() as operator:
        await operator.goes(await house.ticket("operator", "operator"))
        for name, path in OPERATED.items():
            await look(operator, name, path)
    async with visits(allowed="404") as lost:
        await lost.goes("/lots/nowhere")
        await fits(lost.page, "404")
        await lost.page.screenshot(path=tmp_path / "404.png")
    assert {name: faults for name, faults in seen.items() if faults} == {}, "grave faults found by axe"


async def shown(page: Page, selector: str) -> int:
    """How many of these lie wholly above the fold."""
    count: int = await page.evaluate(
        """(selector) => [...document.querySelectorAll(selector)].filter((one) => {
          const box = one.getBoundingClientRect();
          return box.height > 0 && box.top >= 0 && box.bottom <= innerHeight;
        }).length""",
        selector,
    )
    return count


async def test_above_the_fold(house: House, browser: Browser) -> None:
    """A desk shows eight lots and eight bids, a phone five lots, five bids and a button for the thumb, unscrolled."""
    async with visit(browser, house.url) as desk, visit(browser, house.url, size=PHONE) as phone:
        for visitor, lots, bids in ((desk, 8, 8), (phone, 5, 5)):
            await rests(visitor, "/")
            assert await shown(visitor.page, "[data-lots] > li") >= lots
            await rests(visitor, "/lots/lot-1")
            await expect(visitor.page.locator("bid-record tbody tr").first).to_be_visible()
            assert await shown(visitor.page, "bid-record tbody tr") >= bids
            for part in ("h1", "lot-price .price", "lot-price .countdown", "price-chart svg"):
                assert await shown(visitor.page, part) == 1, part
        await phone.goes(await house.ticket("Ada"))
        await rests(phone, "/lots/lot-1")
        assert await shown(phone.page, "bid-desk .press") == 1
        box = await phone.press.bounding_box()
        assert box is not None and box["height"] >= 56


async def test_a_page_is_whole_before_any_script(house: House, browser: Browser) -> None:
    """What is painted first is the server's: the price, the end, the bids, in figures that are already true."""
    async with visit(browser, house.url, java_script_enabled=False) as reader:
        await reader.goes("/lots/lot-1")
        await expect(reader.price).to_have_text("311,000,000")
        await expect(reader.page.locator("bid-record tbody tr")).to_have_count(8)
        await reader.goes("/")
        assert await reader.page.locator("[data-lots] > li").count() == 14


async def test_the_price_line_is_there_with_the_page(house: House, browser: Browser) -> None:
    """Drawn from the log that the page fetches, not only when the next bid comes."""
    async with visit(browser, house.url) as watcher:
        await rests(watcher, "/lots/lot-1")
        line = watcher.page.locator("price-chart path.line")
        await expect(line).to_be_visible()
        await expect(watcher.field("price-chart", "none")).to_be_empty()
        summary = watcher.field("price-chart", "summary")
        await expect(summary).to_contain_text("12 bids from ¥300,000,000 to ¥311,000,000")


async def test_the_catalogue_moves_with_its_lots(house: House, browser: Browser) -> None:
    async with visit(browser, house.url) as watcher:
        await watcher.goes("/")
        line = watcher.page.locator('[data-lot="lot-5"] [data-f="price"]')
        await expect(line).to_have_text("300,000,000")
        async with Client(house.url, "lot-5", await house.bidder("lot-5", "Ada")) as ada:
            assert (await ada.bid(START + 7 * MILLION))["ok"]
        await expect(line).to_have_text("307,000,000")
        await watcher.page.locator('[data-tab="closed"]').first.click()
        await expect(watcher.page.locator("[data-lots] > li:visible")).to_have_count(1)


async def test_everything_by_keyboard(house: House, browser: Browser) -> None:
    """From the top of the page to a placed bid with Tab, arrows and Enter only."""
    await house.bidder("lot-5", "Ada")
    async with visit(browser, house.url) as ada:
        await ada.enters("lot-5", await house.ticket("Ada"))
        await expect(ada.press).to_have_attribute("aria-disabled", "false")
        await ada.page.keyboard.press("Tab")
        assert await ada.page.evaluate("document.activeElement.className") == "skip"

        async def on(name: str) -> None:
            for _ in range(40):
                if await ada.page.evaluate("document.activeElement.dataset.f") == name:
                    return
                await ada.page.keyboard.press("Tab")
            raise AssertionError(f"Tab never came to {name}")

        await on("amount")
        await ada.page.keyboard.press("ArrowUp")
        await on("press")
        await ada.page.keyboard.press("Enter")
        await expect(ada.verdict).to_contain_text("Accepted #2 · ¥301,000,000")


async def test_a_choice_of_words_and_colours_is_kept(house: House, browser: Browser) -> None:
    async with visit(browser, house.url) as reader:
        await reader.goes("/lots/lot-1")
        await reader.page.locator("a.to-dark").click()
        await reader.page.get_by_role("link", name="切换到中文").click()
        html = reader.page.locator("html")
        await expect(html).to_have_attribute("data-theme", "dark")
        await expect(html).to_have_attribute("lang", "zh-CN")
        await until(lambda: reader.page.url == f"{house.url}/lots/lot-1", "the page it came from")
