"""What separates a trusted screen from a demo: ten points, one test each, in a real browser at a real house."""

import asyncio
import json
import re
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, expect

from tests.support.client import Client
from tests.support.house import MILLION, House, serve
from tests.support.pages import CUT_OFF, Visitor, visit
from tests.support.proxy import Proxy
from tests.support.store import StoreProcess
from tests.support.wait import until

pytestmark = pytest.mark.browser
START = 300 * MILLION


@pytest.fixture
async def house(store: StoreProcess) -> AsyncIterator[House]:
    async with serve(store, config={"limits": {"bid_interval_ms": 0, "frames_per_s": 1_000}}) as house:
        yield house


@pytest.fixture
async def rival(house: House) -> AsyncIterator[Client]:
    """Another bidder of lot-1, who is quick."""
    await house.open()
    async with Client(house.url, "lot-1", await house.bidder("lot-1", "Rival")) as client:
        yield client


@pytest.fixture
async def proxy(house: House) -> AsyncIterator[Proxy]:
    """The network of the one in the browser."""
    async with Proxy(("127.0.0.1", house.port)) as proxy:
        yield proxy


@pytest.fixture
async def ada(house: House, rival: Client, proxy: Proxy, browser: Browser) -> AsyncIterator[Visitor]:
    """A bidder at her desk in lot-1, behind a network that can fail."""
    await house.bidder("lot-1", "Ada")
    async with visit(browser, f"http://127.0.0.1:{proxy.port}", allowed=CUT_OFF) as ada:
        await ada.enters("lot-1", await house.ticket("Ada"))
        await expect(ada.press).to_have_attribute("aria-disabled", "false")
        yield ada


async def bids(house: House) -> list[int]:
    """The amounts in the log of lot-1, in millions."""
    events = [json.loads(event) for event in await house.events("lot-1")]
    return [event["amount"] // MILLION for event in events if event["t"] == "bid"]


async def test_1_a_press_bids_what_was_shown_when_it_began(house: House, rival: Client, ada: Visitor) -> None:
    """The ask moves between pointer-down and release: nothing is sent, and the page says so."""
    await ada.press.hover()
    await ada.page.mouse.down()
    assert (await rival.bid(START))["ok"]
    await expect(ada.field("bid-record", "total")).to_have_text("1")
    await ada.page.mouse.up()
    await expect(ada.verdict).to_have_text("The price has changed. Nothing was sent.")
    assert await bids(house) == [300]

    await expect(ada.press).to_have_attribute("aria-disabled", "false")
    await ada.press.click()
    await expect(ada.verdict).to_contain_text("Accepted #3")
    assert await bids(house) == [300, 301]


PRESS_AT_ONCE = """async () => {
  const price = document.querySelector('bid-record [data-f="total"]');
  const press = document.querySelector('bid-desk [data-f="press"]');
  await new Promise((done) => {
    new MutationObserver(done).observe(price, {childList: true, characterData: true, subtree: true});
    setTimeout(done, 5000);
  });
  const began = performance.now();
  await new Promise(requestAnimationFrame);
  press.click();
  while (press.getAttribute('aria-disabled') === 'true' && performance.now() - began < 5000)
    await new Promise((done) => setTimeout(done, 5));
  return performance.now() - began;
}"""
"""Presses in the frame after the next bid; how many ms the button was inert from that bid on."""


async def test_2_after_a_change_the_button_is_inert_for_a_moment(house: House, rival: Client, ada: Visitor) -> None:
    """400 ms for the next valid bid, none for an amount that was typed and is still valid."""
    pressing = asyncio.ensure_future(ada.page.evaluate(PRESS_AT_ONCE))
    await ada.page.evaluate("0")  # answered in order: the other has begun
    assert (await rival.bid(START))["ok"]
    assert 380 <= await pressing < 1_500
    await expect(ada.verdict).to_have_text("The price has just changed.")
    assert await bids(house) == [300], "a press in that moment sends nothing"

    await ada.field("bid-desk", "amount").fill("310m")
    pressing = asyncio.ensure_future(ada.page.evaluate(PRESS_AT_ONCE))
    await ada.page.evaluate("0")
    async with Client(house.url, "lot-1", await house.bidder("lot-1", "Third")) as third:
        assert (await third.bid(START + MILLION))["ok"]
        await pressing
        await expect(ada.verdict).to_contain_text("Accepted #4")
    assert await bids(house) == [300, 301, 310]


async def test_3_sent_then_accepted_with_the_time_that_was_left(house: House, ada: Visitor, proxy: Proxy) -> None:
    """Nothing is shown as done before the house has said so."""
    proxy.delay_s = 0.7
    await ada.press.click()
    await expect(ada.verdict).to_contain_text("Sent, awaiting decision · 0.")
    await expect(ada.price).to_have_text("300,000,000")
    await expect(ada.field("bid-desk", "mood")).to_have_text("No bid of yours yet")
    await expect(ada.verdict).to_contain_text("Accepted #2 · ¥300,000,000, ")
    await expect(ada.verdict).to_contain_text("s before the end")
    await expect(ada.field("bid-desk", "mood")).to_have_text("Leading")


async def test_3_unknown_is_asked_again_under_the_same_id(house: House, ada: Visitor, store: StoreProcess) -> None:
    store.freeze()
    try:
        await ada.press.click()
        await expect(ada.verdict).to_contain_text("Unknown, asking again with the same bid")
        await expect(ada.price).to_have_text("300,000,000")
    finally:
        store.thaw()
    await expect(ada.verdict).to_contain_text("Accepted #", timeout=15_000)
    assert await bids(house) == [300], "asked more than once, decided once"


async def test_4_a_refusal_carries_its_numbers(house: House, rival: Client, ada: Visitor, proxy: Proxy) -> None:
    """She presses what her slow network still shows; the answer says what the bid met, to the millisecond."""
    proxy.delay_s = 1.0
    assert (await rival.bid(START))["ok"]
    await ada.press.click()
    await expect(ada.verdict).to_have_text(
        re.compile(r"At \d\d:\d\d:\d\d\.\d\d\d the price was ¥300,000,000; the next valid bid is ¥301,000,000\.")
    )
    assert await bids(house) == [300]


async def test_5_outbid_offers_the_new_ask_and_waits_for_a_press(house: House, rival: Client, ada: Visitor) -> None:
    await ada.press.click()
    await expect(ada.field("bid-desk", "mood")).to_have_text("Leading")
    await expect(ada.press).to_have_attribute("aria-disabled", "true")
    assert (await rival.bid(START + MILLION))["ok"]
    await expect(ada.field("bid-desk", "mood")).to_have_text("Outbid")
    await expect(ada.press).to_have_text("Bid ¥302,000,000")
    await expect(ada.page.locator('[data-voice="now"]')).to_contain_text("Outbid")
    await expect(ada.press).to_have_attribute("aria-disabled", "false")
    assert await bids(house) == [300, 301], "by itself it sends nothing"
    await ada.press.click()
    await expect(ada.field("bid-desk", "mood")).to_have_text("Leading")
    assert await bids(house) == [300, 301, 302]


async def test_6_an_extension_explains_itself(house: House, browser: Browser) -> None:
    """Which bid moved the end, when, to when; and it stays in the record."""
    await house.open("short", terms={"duration_ms": 20_000, "window_ms": 20_000, "extension_ms": 20_000})
    token = await house.bidder("short", "Ada")
    async with visit(browser, house.url) as watcher, Client(house.url, "short", token) as bidder:
        await watcher.enters("short")
        assert (await bidder.bid(START))["ok"]
        explained = watcher.field("lot-price", "extended")
        await expect(explained).to_contain_text("Extended once")
        await expect(explained).to_have_text(re.compile(r"Bid #2 at [\d:.]{12}, new end [\d:]{8}"))
        await expect(watcher.page.locator("bid-record tbody tr").first).to_contain_text("new end ")
        await watcher.page.reload()
        await expect(watcher.page.locator("bid-record tbody tr").first).to_contain_text("new end ")


async def test_7_at_zero_the_page_awaits_the_house(house: House, browser: Browser, store: StoreProcess) -> None:
    """Tenths under a minute; the page never says "closed" by itself, however long the house says nothing."""
    await house.open("short", terms={"duration_ms": 6_000, "window_ms": 0})
    async with visit(browser, house.url, allowed=CUT_OFF) as watcher:
        await watcher.enters("short")
        countdown = watcher.field("lot-price", "countdown")
        await expect(countdown).to_have_text(re.compile(r"^(0:)?0?[0-5]\.\d$"))
        store.freeze()
        try:
            await expect(countdown).to_have_text("awaiting the house")
            await expect(watcher.field("lot-presence", "state")).to_have_text("Open")
        finally:
            store.thaw()
        await expect(countdown).not_to_have_text("awaiting the house", timeout=15_000)


async def test_8_an_amount_in_words_and_a_second_look(house: House, ada: Visitor) -> None:
    """3.2亿 and 32000万 are read and echoed in full; far above the ask they are confirmed before anything is sent."""
    amount, echo = ada.field("bid-desk", "amount"), ada.field("bid-desk", "echo")
    for typed in ("3.2亿", "32000万", "320m", "320,000,000", "３２０００万"):
        await amount.fill(typed)
        await expect(echo).to_contain_text("¥320,000,000.00 · 叁亿贰仟万元整")
    await amount.fill("3.21亿")
    slip = ada.page.get_by_role("dialog")
    await ada.press.click()
    await expect(slip).to_contain_text("¥321,000,000.00")
    await expect(slip).to_contain_text("叁亿贰仟壹佰万元整")
    await expect(slip).to_contain_text("21 increments above the next valid bid of ¥300,000,000")
    await slip.get_by_role("button", name="Do not bid").click()
    assert await bids(house) == []
    await ada.press.click()
    await slip.get_by_role("button", name="Bid exactly this amount").click()
    await expect(ada.verdict).to_contain_text("Accepted #2 · ¥321,000,000")
    assert await bids(house) == [321]


async def test_9_a_stale_page_says_so_and_blocks(house: House, rival: Client, ada: Visitor, proxy: Proxy) -> None:
    """The price is dimmed and its age counted; afterwards the page says what was missed: nothing."""
    third = await house.bidder("lot-1", "Third")
    proxy.cut()
    await expect(ada.page.locator("lot-price")).to_have_attribute("data-stale", "")
    await expect(ada.field("lot-price", "age")).to_have_text(re.compile(r"price \d+ s old"))
    await expect(ada.press).to_have_attribute("aria-disabled", "true")
    await ada.press.click(force=True)
    async with Client(house.url, "lot-1", third) as other:
        for k in range(7):
            assert (await (rival, other)[k % 2].bid(START + k * MILLION))["ok"]
    proxy.restore()
    await expect(ada.page.locator("lot-band")).to_contain_text(
        "7 bids while you were away, none missing", timeout=15_000
    )
    await expect(ada.price).to_have_text("306,000,000")
    await expect(ada.page.locator("lot-price")).not_to_have_attribute("data-stale", "")
    assert await bids(house) == [300, 301, 302, 303, 304, 305, 306]


async def test_10_the_record_holds_still_under_a_reader(house: House, rival: Client, ada: Visitor) -> None:
    async with Client(house.url, "lot-1", await house.bidder("lot-1", "Third")) as third:
        for k in range(6):
            assert (await (rival, third)[k % 2].bid(START + k * MILLION))["ok"]
        rows = ada.page.locator("bid-record tbody tr")
        await expect(rows).to_have_count(6)
        await rows.nth(3).hover()
        before = await rows.all_inner_texts()
        place = await rows.nth(3).bounding_box()
        for k in range(6, 9):
            assert (await (rival, third)[k % 2].bid(START + k * MILLION))["ok"]
        pill = ada.field("bid-record", "fresh")
        await expect(pill).to_have_text("3 new")
        assert await rows.all_inner_texts() == before
        assert await rows.nth(3).bounding_box() == place
        await pill.click()
        await expect(pill).to_be_hidden()
        await expect(rows.first).to_contain_text("308,000,000")
    await until(lambda: rival.heard.n == 10, "the ninth bid")
