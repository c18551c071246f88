"""Two people in one room, each in a browser of his own; the network of one is cut while the other bids."""

import asyncio
import json
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, expect

from tests.support.client import Client
from tests.support.house import MILLION, House, serve
from tests.support.pages import CUT_OFF, Visitor, visit
from tests.support.proxy import Proxy
from tests.support.store import StoreProcess

pytestmark = pytest.mark.browser
START = 300 * MILLION
SHORT = {"duration_ms": 60_000, "window_ms": 60_000, "extension_ms": 60_000}


@pytest.fixture
async def house(store: StoreProcess) -> AsyncIterator[House]:
    async with serve(store, workers=2, config={"limits": {"bid_interval_ms": 0}}) as house:
        await house.open(terms=SHORT)
        yield house


async def heard(visitor: Visitor) -> list[str]:
    """The amounts in the record of bids as the page shows it, newest first."""
    return await visitor.page.locator("bid-record tbody .amount").all_inner_texts()


async def test_one_bids_and_the_other_sees_it(house: House, browser: Browser) -> None:
    """A visitor registers with one press, bids, and a watcher sees price, record, end and extension move."""
    async with visit(browser, house.url) as ada, visit(browser, house.url, language="zh") as bo:
        await bo.enters("lot-1")
        await ada.enters("lot-1", await house.ticket("Ada"))
        await ada.page.get_by_role("button", name="Register").click()
        await expect(ada.press).to_have_attribute("aria-disabled", "false")
        before = await bo.field("lot-price", "end_at").inner_text()
        await ada.press.click()
        await expect(ada.verdict).to_contain_text("Accepted #2")
        await expect(ada.field("bid-desk", "mood")).to_have_text("Leading")

        await expect(bo.price).to_have_text("300,000,000")
        await expect(bo.page.locator("bid-record tbody tr")).to_have_count(1)
        await expect(bo.field("lot-presence", "registered")).to_have_text("1")
        for visitor, said in ((ada, "Extended once"), (bo, "已延时 1 次")):
            await expect(visitor.field("lot-price", "extended")).to_contain_text(said)
        await expect(bo.field("lot-price", "end_at")).not_to_have_text(before)
        assert await bo.field("lot-price", "end_at").inner_text() != before
        for visitor in (ada, bo):
            await expect(visitor.page.locator('log-seal[data-f="seal"]')).to_have_attribute("data-seal", "ok")


async def test_a_cut_network_loses_nothing(house: House, browser: Browser) -> None:
    """Cut, five bids, restored: the page tells how many it missed, shows every one, and the same end as everybody."""
    async with (
        Proxy(("127.0.0.1", house.port)) as proxy,
        visit(browser, house.url) as steady,
        visit(browser, f"http://127.0.0.1:{proxy.port}", allowed=CUT_OFF) as shaky,
        Client(house.url, "lot-1", await house.bidder("lot-1", "Ada")) as ada,
        Client(house.url, "lot-1", await house.bidder("lot-1", "Bo")) as bo,
    ):
        await steady.enters("lot-1")
        await shaky.enters("lot-1")
        assert (await ada.bid(START))["ok"]
        await expect(shaky.field("bid-record", "total")).to_have_text("1")

        proxy.cut()
        await expect(shaky.page.locator("lot-price")).to_have_attribute("data-stale", "")
        await expect(shaky.field("lot-presence", "dot")).to_have_attribute("data-live", "stale")
        for k in range(1, 6):
            assert (await (ada, bo)[k % 2].bid(START + k * MILLION))["ok"]
        await expect(steady.price).to_have_text("305,000,000")
        await expect(shaky.price).to_have_text("300,000,000")

        proxy.restore()
        band = shaky.page.locator("lot-band")
        await expect(band).to_contain_text("5 bids while you were away, none missing", timeout=15_000)
        await expect(shaky.price).to_have_text("305,000,000")
        await expect(shaky.page.locator("lot-price")).not_to_have_attribute("data-stale", "")
        assert await heard(shaky) == await heard(steady)
        assert len(await heard(shaky)) == 6
        end = await steady.field("lot-price", "end_at").inner_text()
        await expect(shaky.field("lot-price", "end_at")).to_have_text(end)
        await expect(shaky.page.locator('log-seal[data-f="seal"]')).to_have_attribute("data-seal", "ok")


async def test_a_network_that_swallows_everything_is_noticed(house: House, browser: Browser) -> None:
    """Nothing is closed, nothing arrives: within 12 s the page no longer calls itself live, and later comes back."""
    async with (
        Proxy(("127.0.0.1", house.port)) as proxy,
        visit(browser, f"http://127.0.0.1:{proxy.port}", allowed=CUT_OFF) as shaky,
        Client(house.url, "lot-1", await house.bidder("lot-1", "Ada")) as ada,
    ):
        await shaky.enters("lot-1")
        proxy.black_hole = True
        assert (await ada.bid(START))["ok"]
        await expect(shaky.page.locator("lot-price")).to_have_attribute("data-stale", "", timeout=15_000)
        await expect(shaky.field("bid-record", "total")).to_have_text("0")
        proxy.black_hole = False
        proxy.drop()
        await expect(shaky.page.locator("lot-band")).to_contain_text("1 bid while you were away", timeout=20_000)


async def test_the_hammer_falls_on_both_pages(house: House, browser: Browser) -> None:
    """The buyer is told that he bought it, everybody else who did; and a reload says the same."""
    await house.open("short", terms={"duration_ms": 8_000, "window_ms": 0})
    async with visit(browser, house.url) as ada, visit(browser, house.url) as bo:
        await bo.enters("short")
        code = await house.register("short", await house.account("Ada"))
        await ada.enters("short", await house.ticket("Ada"))
        await expect(ada.press).to_have_attribute("aria-disabled", "false")
        await ada.press.click()
        await expect(ada.verdict).to_contain_text("Accepted #2")
        await expect(ada.page.locator("lot-band")).to_contain_text("You bought this lot", timeout=60_000)
        for _ in range(2):
            await expect(bo.page.locator("lot-band")).to_contain_text("Sold for ¥300,000,000")
            await expect(bo.page.locator("lot-band")).to_contain_text(f"Buyer: bidder {code}")
            await bo.page.reload()
    log = [json.loads(event) for event in await house.events("short")]
    # A machine so busy that nobody heard of the store for a second extends the lot, and rightly: that is no bid.
    assert [event["t"] for event in log if event["t"] != "extended"] == ["opened", "bid", "closed"]
    assert {event["reason"] for event in log if event["t"] == "extended"} <= {"outage"}


async def test_operators_pause_and_together_resume(house: House, browser: Browser) -> None:
    """Ground and text reach the room; the one who proposed cannot confirm; the other can."""
    async with (
        visit(browser, house.url) as watcher,
        visit(browser, house.url, allowed=r"403 .*/confirm|status of 403") as first,
        visit(browser, house.url) as second,
    ):
        await watcher.enters("lot-1")
        for visitor, name in ((first, "op-1"), (second, "op-2")):
            await visitor.goes(await house.ticket(name, "operator"))
            await visitor.goes("/operator/lots/lot-1")
        strip = first.page.locator("operator-strip")
        await strip.locator("summary", has_text="Pause").click()
        form = strip.locator('form[data-act="pause"]')
        await form.get_by_label("Ground").select_option("third_party_objection")
        await form.get_by_label("Public reason").fill("A lessee objects; we look into it.")
        await form.get_by_role("button", name="Pause").click()
        await expect(watcher.page.locator("lot-band")).to_contain_text("Paused: a third party objects")
        await expect(watcher.page.locator("lot-band")).to_contain_text("A lessee objects; we look into it.")

        await strip.locator("summary", has_text="Resume").click()
        form = strip.locator('form[data-act="resume"]')
        await form.get_by_role("button", name="Propose").click()
        await expect(form).to_contain_text("Proposed. Another operator must confirm.")
        for visitor, said in ((first, "Not done: another operator must confirm."), (second, "Done.")):
            approvals = visitor.page.locator(".approvals")
            await approvals.get_by_role("button", name="Confirm").click()
            await expect(approvals).to_contain_text(said)
        await expect(watcher.page.locator("lot-band")).to_contain_text("Resumes at")
        await expect(watcher.page.locator("lot-band")).to_be_empty(timeout=15_000)
        await expect(watcher.field("lot-presence", "state")).to_have_text("Open")


async def test_a_session_ended_elsewhere_ends_here(house: House, browser: Browser) -> None:
    """Leaving in one window ends the room's socket in the other within two seconds, and it says so."""
    await house.bidder("lot-1", "Ada")
    async with visit(browser, house.url) as ada:
        await ada.enters("lot-1", await house.ticket("Ada"))
        elsewhere = await ada.page.context.new_page()
        await elsewhere.goto(house.url)
        await elsewhere.evaluate("fetch('/api/v1/leave', {method: 'POST', body: '{}'})")
        async with asyncio.timeout(4):
            await expect(ada.page.locator("lot-band")).to_contain_text("Your session has ended")
        await expect(ada.press).to_have_attribute("aria-disabled", "true")
