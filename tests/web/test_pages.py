"""Pages: what a browser is given before any script runs."""

import gzip
import hashlib
import re
import subprocess
import sys
from html.parser import HTMLParser
from typing import Any

import httpx
import pytest

from outcry.config import Config
from outcry.engine.errors import Unavailable
from outcry.model.codes import BID_CODES
from outcry.model.commands import CloseLot, PauseLot, Text
from outcry.resources import static_dir
from outcry.web.modules import imported
from outcry.web.static import Static
from tests.house.world import ANNA, BORIS, bidder

from .world import World

ROOM_BYTES = 60_000
"""Compressed scripts and styles of a room, at most."""
ENGLISH = {"Accept-Language": "en"}
CHINESE = {"Accept-Language": "zh-CN,zh;q=0.9"}
MILLION = 100_000_000
BIG = {"start": 300 * MILLION, "increment": MILLION, "deposit": 15 * MILLION}
EVIL = "<script>alert(1)</script>\"'&"


class Parsed(HTMLParser):
    """The tags of a page with their attributes, and its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def has(self, tag: str) -> bool:
        return any(name == tag for name, _ in self.tags)

    def all(self, attribute: str) -> list[str | None]:
        return [attributes[attribute] for _, attributes in self.tags if attribute in attributes]


async def page(world: World, path: str, headers: dict[str, str] | None = None, status: int = 200) -> Parsed:
    async with world.client() as client:
        answer: httpx.Response = await client.get(path, headers={**ENGLISH, **(headers or {})})
    assert answer.status_code == status, answer.text[:500]
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    return Parsed(answer.text)


async def house(demo: bool = False, **lot: Any) -> World:
    """A house with one open lot of 300 million, claim 891 million."""
    world = World(Config().override(demo={"enabled": demo}))
    await world.house.open("lot-1", terms={**BIG, **lot.pop("terms", {})}, claim=891 * MILLION, **lot)
    return world


async def admitted(world: World, number: int) -> str:
    code = (await world.house.registration.register("lot-1", bidder(number))).code
    assert code is not None
    return code


async def as_bidder(world: World, name: str = "Ada") -> tuple[dict[str, str], str]:
    """Her browser's headers and her code in lot-1."""
    headers = await world.browser("bidder", name)
    account = await world.house.accounts.find(name)
    assert account is not None
    code = (await world.house.registration.register("lot-1", account)).code
    assert code is not None
    return headers, code


async def test_the_catalogue_shows_real_figures_at_once() -> None:
    world = await house()
    await world.house.bid("lot-1", await admitted(world, 1), 312 * MILLION)
    await world.house.announce("lot-2", opens_at=world.house.now() + 90_000)
    seen = await page(world, "/")
    for figure in ("312,000,000", "891 m", "35.0%", "Three debtors", "Hengdu AMC", "Zhejiang"):
        assert figure in seen.text, figure
    assert seen.all("data-lot") == ["lot-1", "lot-2"]
    assert re.search(r"All\s+2\s+Open\s+1\s+Upcoming\s+1\s+Paused\s+0\s+Closed\s+0", seen.text)


async def test_what_ends_soonest_comes_first_and_the_closed_last() -> None:
    world = await house(terms={"duration_ms": 7_200_000})
    await world.house.open("soon")
    await world.house.open("sold")
    await world.house.announce("later", opens_at=world.house.now() + 60_000)
    world.house.disk.lots["sold"].lot.state = "passed"
    assert (await page(world, "/")).all("data-lot") == ["soon", "lot-1", "later", "sold"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("state=open", ["lot-1"]), ("state=announced", ["court"]), ("state=closed", []), ("region=GD", ["court"]),
        ("seller_kind=amc", ["lot-1"]), ("category=factory", ["court"]), ("q=hengdu+three", ["lot-1"]),
        ("q=三户", ["lot-1", "court"]),
        ("q=nothing", []), ("state=nonsense", ["lot-1", "court"]),
    ],
)  # fmt: skip
async def test_lots_are_chosen_by_state_filter_and_search(query: str, found: list[str]) -> None:
    world = await house()
    await world.house.announce(
        "court", opens_at=world.house.now() + 60_000, region="GD", category="factory", seller_kind="court",
        seller={"en": "Linlan Court", "zh": "临澜市中级人民法院"}, title={"en": "Factory", "zh": "三户厂房"},
    )  # fmt: skip
    seen = await page(world, f"/?{query}")
    assert [
        row["data-lot"] for tag, row in seen.tags if tag == "li" and "data-lot" in row and "hidden" not in row
    ] == found


async def test_a_watcher_s_room() -> None:
    world = await house()
    code = await admitted(world, 1)
    await world.house.bid("lot-1", code, 312 * MILLION)
    seen = await page(world, "/lots/lot-1")
    for figure in ("312,000,000", "312 m", "35.0% of the claim", "15,000,000", code, "Attempt 1"):
        assert figure in seen.text, figure
    assert seen.has("bid-record") and seen.has("price-chart") and seen.has("lot-register")
    assert not seen.has("bid-desk") and not seen.has("operator-strip")
    assert "Sign in with your one-time link" in seen.text


async def test_a_bidder_s_room() -> None:
    world = await house()
    headers, code = await as_bidder(world)
    await world.house.bid("lot-1", code, 300 * MILLION)
    seen = await page(world, "/lots/lot-1", headers)
    assert seen.has("bid-desk") and not seen.has("lot-register") and not seen.has("operator-strip")
    assert "Bid ¥301,000,000" in seen.text and code in seen.text and "you" in seen.text
    (press,) = [row for tag, row in seen.tags if tag == "button" and row.get("data-f") == "press"]
    assert press["aria-disabled"] == "true", "nothing can be pressed before the room is live"


async def test_an_operator_s_room_and_desk() -> None:
    world = await house()
    headers = await world.browser("operator")
    for path in ("/lots/lot-1", "/operator", "/operator/lots/lot-1"):
        seen = await page(world, path, headers)
        assert seen.has("operator-strip") and not seen.has("bid-desk"), path
        assert "a third party objects" in seen.text
    assert seen.has("pause-all") and seen.has("ending-soon") and seen.has("house-health")
    await page(world, "/operator", status=401)
    await page(world, "/operator", (await as_bidder(world))[0], status=403)


async def test_a_desk_without_lots_says_so() -> None:
    world = World()
    seen = await page(world, "/operator", await world.browser("operator"))
    assert "No lot ends within the hour." in seen.text and not seen.has("lot-room")


@pytest.mark.parametrize(
    ("preset", "says", "never"),
    [
        ("npl-commercial", ("起始价", "转让方", "竞价中", "第 1 次竞价"), ("起拍价", "拍卖", "处置法院")),
        ("cn-judicial-2017", ("起拍价", "处置法院", "拍卖中", "第 1 次拍卖"), ("起始价", "转让方")),
    ],
)
async def test_each_trade_has_its_own_words(preset: str, says: tuple[str, ...], never: tuple[str, ...]) -> None:
    world = World()
    await world.house.open("lot-1", terms={"preset": preset, **BIG}, appraisal=400 * MILLION)
    seen = await page(world, "/lots/lot-1", CHINESE)
    assert all(word in seen.text for word in says), [word for word in says if word not in seen.text]
    assert not any(word in seen.text for word in never), [word for word in never if word in seen.text]


async def test_a_paused_lot_says_why_and_until_when() -> None:
    world = await house()
    await world.house.engine.pause_lot("lot-1", PauseLot("third_party_objection", Text("Under review.")))
    seen = await page(world, "/lots/lot-1")
    assert "Paused: a third party objects" in seen.text and "were left" in seen.text and "Next review" in seen.text


async def test_a_closed_lot_takes_no_registration() -> None:
    world = await house()
    code = await admitted(world, 1)
    await world.house.bid("lot-1", code, 300 * MILLION)
    world.house.wait(7_200_000)
    assert (await world.house.engine.close_lot("lot-1", CloseLot(0))).ok
    seen = await page(world, "/lots/lot-1", await world.browser("bidder", "Late"))
    assert "Sold for ¥300,000,000" in seen.text and f"Buyer: bidder {code}" in seen.text
    assert "Registration ended with the lot." in seen.text


async def test_the_demo_offers_one_click_on_every_room_and_says_what_it_is() -> None:
    world = await house(demo=True)
    seen = await page(world, "/lots/lot-1")
    assert "/enter/demo?lot=lot-1" in seen.all("href") and "Institutions and debtors are invented" in seen.text
    assert "/enter/demo?lot=lot-1" not in (await page(await house(), "/lots/lot-1")).all("href")


async def test_a_lot_for_asset_managers_tells_others_why() -> None:
    world = await house(demo=True, eligibility="amc_only", category="personal_loans")
    seen = await page(world, "/lots/lot-1")
    assert "licensed asset managers only" in seen.text and "/enter/demo?lot=lot-1" not in seen.all("href")


async def test_attempts_are_a_chain() -> None:
    world = await house()
    cut = {**BIG, "start": 240 * MILLION}
    await world.house.announce("lot-2", opens_at=world.house.now() + 60_000, attempt=2, previous="lot-1", terms=cut)
    seen = await page(world, "/lots/lot-2")
    assert "/lots/lot-1" in seen.all("href") and "start 20.0% lower" in seen.text


async def test_a_session_that_ended_is_told() -> None:
    world = await house()
    seen = await page(world, "/lots/lot-1", {"Cookie": "outcry_session=" + "x" * 43})
    assert "Your session has ended" in seen.text and seen.has("lot-register")


@pytest.mark.parametrize("path", ["/", "/lots/lot-1"])
async def test_texts_of_a_card_are_text(path: str) -> None:
    world = await house(
        title={"en": EVIL, "zh": EVIL}, seller={"en": EVIL, "zh": EVIL}, notes=[{"en": EVIL, "zh": EVIL}],
    )  # fmt: skip
    seen = await page(world, path)
    assert EVIL in seen.text
    assert all(row.get("src") for tag, row in seen.tags if tag == "script")


@pytest.mark.parametrize("path", ["/", "/lots/lot-1", "/operator", "/protocol", "/nowhere"])
@pytest.mark.parametrize("language", [ENGLISH, CHINESE])
async def test_no_page_needs_more_than_its_own_files(path: str, language: dict[str, str]) -> None:
    """The content policy allows no inline script or style, and nothing from elsewhere."""
    world = await house(demo=True)
    operator = await world.browser("operator")
    seen = await page(world, path, {**operator, **language}, status=404 if path == "/nowhere" else 200)
    assert not seen.has("style") and not seen.all("style")
    assert not [name for _, row in seen.tags for name in row if name.startswith("on")]
    for tag, row in seen.tags:
        address = row.get("src") or (row.get("href") if tag == "link" else None)
        assert address is None or address.startswith("/static/v-"), address
        assert tag != "script" or (row["type"] == "module" and row["src"])
    html = next(row for tag, row in seen.tags if tag == "html")
    assert html["lang"] == ("en" if language is ENGLISH else "zh-CN")


async def test_the_chosen_theme_is_stamped_on_the_page() -> None:
    world = await house()
    for cookie, theme in (("outcry_theme=dark", "dark"), ("outcry_theme=purple", None)):
        seen = await page(world, "/", {"Cookie": cookie})
        assert next(row for tag, row in seen.tags if tag == "html").get("data-theme") == theme


async def test_every_file_that_a_page_names_exists() -> None:
    world = await house()
    async with world.client() as client:
        for path in ("/", "/lots/lot-1", "/operator", "/protocol"):
            seen = await page(world, path, await world.browser("operator"))
            for address in {*seen.all("src"), *(row["href"] for tag, row in seen.tags if tag == "link")}:
                answer = await client.get(address or "")
                assert answer.status_code == 200 and "immutable" in answer.headers["cache-control"], address


def test_a_room_is_light() -> None:
    static = Static(static_dir())
    names = [*imported(static, "js/room/page.js"), *(f"css/{name}.css" for name in ("tokens", "base", "parts", "room"))]
    assert sum(len(gzip.compress(static.read(name))) for name in names) <= ROOM_BYTES


async def test_the_protocol_s_page_explains_every_frame_and_code() -> None:
    for language in (ENGLISH, CHINESE):
        seen = await page(World(), "/protocol", language)
        for name in ("hello", "snapshot", "tick", "pulse", "history_changed", "4102", *BID_CODES):
            assert name in seen.text, name


def ran(recipe: str, log: bytes) -> str:
    """What a Python of its own prints of a log."""
    return subprocess.run([sys.executable, "-c", recipe], input=log, capture_output=True, check=True).stdout.decode()


@pytest.mark.parametrize("lines", [0, 2])
async def test_the_protocol_s_recipe_checks_a_log(lines: int) -> None:
    seen = await page(World(), "/protocol")
    recipe = seen.text.partition("python3 -c '")[2].partition("'")[0]
    first = b'{"n":1,"link":""}'
    log = [first, b'{"n":2,"link":"%s"}' % hashlib.sha1(first).hexdigest().encode()][:lines]
    assert ran(recipe, b"\n".join(log)) == f"unbroken: {lines} events\n"


async def test_without_its_store_the_house_says_that_no_lot_closes() -> None:
    world = await house()
    world.store_fails(Unavailable("gone"))
    for path in ("/", "/lots/lot-1"):
        seen = await page(world, path, status=503)
        assert "an outage never closes a lot" in seen.text


async def test_what_is_not_there_is_not_found() -> None:
    world = await house()
    for path in ("/lots/lot-9", "/lots/LOT", "/nowhere", "/operator/lots/lot-9"):
        seen = await page(world, path, await world.browser("operator"), status=404)
        assert "There is no such page" in seen.text and "/" in seen.all("href")


async def test_the_record_explains_itself() -> None:
    """Steps, the end that a bid moved, and what was retracted."""
    world = await house(terms={"window_ms": 3_600_000, "extension_ms": 3_600_000})
    first, second = await admitted(world, 1), await admitted(world, 2)
    await world.house.bid("lot-1", first, 300 * MILLION)
    world.house.wait(60_000)
    n = await world.house.bid("lot-1", second, 305 * MILLION)
    seen = await page(world, "/lots/lot-1")
    assert "+5,000,000" in seen.text and seen.text.count("new end") == 1
    await world.house.engine.pause_lot("lot-1", PauseLot("review"))
    await retract(world, n)
    assert "retracted: slip of the hand" in (await page(world, "/lots/lot-1")).text


async def retract(world: World, n: int) -> None:
    proposal = await world.house.operations.retract("lot-1", ANNA, key="r", ground="slip", expect_n=n + 1)
    assert (await world.house.operations.confirm(proposal.id, BORIS)).ok
