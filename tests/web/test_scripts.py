"""The pure modules of the page, each on its own, in the browser that runs them. No server: files come from the disk."""

import hashlib
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from playwright.async_api import Browser, Page, Route

from outcry.model.terms import Terms
from outcry.model.view import LotView, apply, snapshot
from outcry.resources import static_dir
from outcry.web import figures
from outcry.web.static import TYPES
from tests.support.pages import chromium

pytestmark = pytest.mark.browser
SITE = "http://localhost"
HTML = '<!doctype html><html lang="{}"><body data-zone="Asia/Shanghai" data-zone-name="UTC+8"></body></html>'
TERMS = '{"start": 30000000000, "increment": 100000000, "ladder": [], "slip_steps": 20}'
VIEW = '{"state": "open", "price": 31200000000, "ask": 31300000000}'


@pytest.fixture(scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as started:
        yield started


@pytest.fixture
async def page(browser: Browser) -> AsyncIterator[Page]:
    """An empty page of a house without a server."""

    async def answer(route: Route) -> None:
        path = static_dir() / route.request.url.removeprefix(f"{SITE}/static/")
        if path.is_file():
            await route.fulfill(body=path.read_bytes(), content_type=TYPES[path.suffix])
        else:
            await route.fulfill(body=HTML.format("en"), content_type="text/html; charset=utf-8")

    page = await browser.new_page()
    await page.route("**/*", answer)
    await page.goto(SITE)
    yield page
    await page.close()


async def run(page: Page, module: str, body: str) -> Any:
    """What ``body`` returns; ``m`` is the module."""
    return await page.evaluate(f"async () => {{ const m = await import('/static/js/{module}.js'); {body} }}")


AMOUNTS = {
    "3.2亿": 32_000_000_000, "32000万": 32_000_000_000, "3亿2000万": 32_000_000_000, "３.２億": 32_000_000_000,
    "320,000,000": 32_000_000_000,
    "¥320,000,000.00": 32_000_000_000, "320m": 32_000_000_000, "320 million": 32_000_000_000,
    "3.2亿元整": 32_000_000_000, "12.5万": 12_500_000, "0.01": 1, "9999999999999.99": 999_999_999_999_999,
    "": None, "0": None, "abc": None, "-1": None, "1e9": None, "3,2亿": None, "1,23": None, "1.234": None, "1..2": None,
    "10000000000000": None, "2000万3亿": None, "3.2亿5": None, "1亿m": None, "NaN": None, "0x10": None,
}  # fmt: skip


async def test_amounts_are_read_as_people_type_them(page: Page) -> None:
    read = await run(page, "core/amount", f"return {json.dumps(list(AMOUNTS))}.map(m.parseAmount)")
    assert dict(zip(AMOUNTS, read, strict=True)) == AMOUNTS


CAPITALS = {
    32_000_000_000: "叁亿贰仟万元整", 100_000_500_000: "壹拾亿零伍仟元整",
    30_005_000_000: "叁亿零伍万元整", 1: "壹分", 10: "壹角整",
    101: "壹元零壹分", 110: "壹元壹角整", 1_000: "壹拾元整", 1_005_000: "壹万零伍拾元整",
    999_999_999_999_999: "玖万玖仟玖佰玖拾玖亿玖仟玖佰玖拾玖万玖仟玖佰玖拾玖元玖角玖分",
}  # fmt: skip


async def test_amounts_are_spelled_in_capitals(page: Page) -> None:
    spelled = await run(page, "core/capitals", f"return {list(CAPITALS)}.map(m.capitals)")
    assert dict(zip(CAPITALS, spelled, strict=True)) == CAPITALS


async def test_figures_are_those_of_the_server(page: Page) -> None:
    amounts = [1, 100, 31_200_000_000, 6_545_490_050, 1_178_751_100, 999_999_999_999_999, 999_949, 10_000_000]
    for language in ("en", "zh"):
        got = await run(page, "core/money", f"return {amounts}.map((fen) => [m.yuan(fen), m.short(fen, '{language}')])")
        assert got == [[figures.yuan(fen), figures.short(fen, language)] for fen in amounts]
    pairs = [[300, 891], [1, 3], [1, 2000], [999_999_999_999_998, 999_999_999_999_999]]
    got = await run(page, "core/money", f"return {pairs}.map(([part, whole]) => m.percent(part, whole))")
    assert got == [figures.percent(part, whole) for part, whole in pairs]
    times = [1_700_000_381_208, 1_700_086_781_208]
    got = await run(page, "core/times", f"return {times}.map((at) => [m.clockMs(at), m.moment(at, {times[0]}, 'en')])")
    zone = "Asia/Shanghai"
    assert got == [[figures.clock(at, zone, True), figures.moment(at, times[0], zone, "en")] for at in times]


async def test_the_countdown_shows_tenths_and_never_says_closed(page: Page) -> None:
    shown = await run(page, "core/countdown", "return [3600000, 60000, 59999, 9301, 99, 0, -5000].map(m.remaining)")
    assert shown == ["1:00:00", "01:00", "59.9", "9.3", "0.0", None, None]
    lot = '{"state": "open", "ends_at": 1000}'
    assert (await run(page, "core/showing", f"return m.clockOf({lot}, 2000)"))["key"] == "end.awaiting"


async def test_the_grid_is_the_script_s(page: Page) -> None:
    million = 100_000_000
    amounts = [None, 312 * million, 313 * million, 313 * million + 1, 333 * million, 334 * million]
    judged = await run(page, "core/grid", f"return {json.dumps(amounts)}.map((fen) => m.judge(fen, {VIEW}, {TERMS}))")
    assert judged == ["unread", "below", "ok", "grid", "ok", "slip"]
    beside = await run(page, "core/grid", f"return m.neighbours({314 * million + 5}, {VIEW}, {TERMS})")
    assert beside == [314 * million, 315 * million]
    terms = Terms("npl-commercial", 100, 0, 1, 1, 1, ladder=((1_000, 10), (5_000, 50), (0, 100)))
    prices = [100, 999, 1_000, 4_999, 5_000, 10**12]
    ladder = json.dumps({"increment": 0, "ladder": terms.ladder})
    got = await run(page, "core/grid", f"return {prices}.map((price) => m.stepAt({ladder}, price))")
    assert got == [terms.step(price) for price in prices]


async def test_a_press_bids_what_was_shown_or_nothing(page: Page) -> None:
    """Points 1 and 2: moved between down and up; within 400 ms of a move; a chosen amount is exempt from the wait."""
    body = """
      const follows = (amount) => ({amount, follows: true}), typed = (amount) => ({amount, follows: false});
      const said = [];
      const press = new m.Press();
      press.down(follows(1), 0); said.push(press.up(follows(1), 50));
      press.down(follows(1), 100); press.moved(120); said.push(press.up(follows(2), 150));
      press.down(follows(2), 200); said.push(press.up(follows(2), 600));
      press.down(follows(2), 519); said.push(press.up(follows(2), 900));
      press.down(follows(2), 520); said.push(press.up(follows(2), 900));
      press.moved(1000); press.down(typed(9), 1010); said.push(press.up(typed(9), 1020));
      press.moved(2000); said.push(press.up(follows(3), 2100)); said.push(press.up(follows(3), 2500));
      return said;"""
    ok, changed, settling = {"amount": 1}, {"refused": "changed"}, {"refused": "settling"}
    assert await run(page, "room/press", body) == [
        ok, changed, settling, settling, {"amount": 2}, {"amount": 9}, settling, {"amount": 3},
    ]  # fmt: skip


async def test_a_chosen_amount_stays_until_the_price_passes_it(page: Page) -> None:
    body = f"""
      const desk = new m.Desk({TERMS});
      const at = (price) => ({{state: 'open', price: price * 1e8, ask: (price + 1) * 1e8}});
      const said = [desk.see(at(300)), desk.see(at(301)), desk.see(at(301))];
      desk.type('3.05亿', at(301));
      said.push(desk.see(at(303)), desk.amount, desk.see(at(304)), desk.see(at(305)), desk.amount);
      desk.type('2亿', at(305)); said.push(desk.see(at(305)), desk.follows);
      desk.type('', at(305)); said.push(desk.follows);
      desk.more(at(305)); said.push(desk.amount); desk.less(at(305)); said.push(desk.follows, desk.amount);
      return said;"""
    assert await run(page, "room/desk", body) == [
        None, "moved", None, None, 30_500_000_000, None, "passed", 30_600_000_000, None, False, True, 30_700_000_000,
        True, 30_600_000_000,
    ]  # fmt: skip


async def test_a_bid_s_life_ends_only_with_the_house_s_answer(page: Page) -> None:
    body = """
      const bid = () => new m.Decision({id: 'a', amount: 5, endsAt: 10_000, at: 0});
      const one = bid();
      const asks = [1499, 1500, 2900, 3000, 5000, 7500, 10_000, 10_500, 12_999, 13_000].map((at) => one.due(at));
      const ok = {t: 'decision', id: 'a', ok: true, n: 7, amount: 5, decided_at: 1600};
      const other = one.hear({...ok, id: 'b'}, 13_000), heard = one.hear(ok, 13_100), twice = one.hear(ok, 13_200);
      const down = bid(); down.fail('unavailable', 10);
      const asked = bid(); asked.due(1500); asked.fail('unavailable', 1600);
      const lost = bid(); lost.due(1500); lost.missing();
      return {asks, other, heard, twice, state: one.state, trip: one.trip, margin: one.margin, down: down.state,
        asked: asked.state, lost: lost.state, blocks: lost.blocks, late: lost.hear(ok, 20_000), told: lost.state};"""
    life = await run(page, "room/decision", body)
    again = [None, "socket", None, "http", "http", "http", "http", None, None, "look"]
    assert life.pop("asks") == again, "with the same id, by the socket, then by HTTP, then without bidding"
    assert life == {
        "other": False, "heard": True, "twice": False, "state": "accepted", "trip": 13_100, "margin": 8_400,
        "down": "refused", "asked": "unknown", "lost": "lost", "blocks": False, "late": True, "told": "accepted",
    }  # fmt: skip


async def test_silence_and_a_broken_socket_make_a_page_stale(page: Page) -> None:
    body = """return [
        m.staleness({heardAt: null, downSince: 0}, 60_000), m.staleness({heardAt: 0, downSince: null}, 12_000),
        m.staleness({heardAt: 0, downSince: null}, 12_001), m.staleness({heardAt: 5_000, downSince: 5_000}, 6_000),
        m.staleness({heardAt: 5_000, downSince: 5_000}, 6_001)].map(({stale}) => stale);"""
    assert await run(page, "room/stale", body) == [False, False, True, False, True]


async def test_the_clock_knows_its_error(page: Page) -> None:
    """A house 5 s ahead; round trips of 80 and 20 ms; one-way messages only bound it from below."""
    body = """
      let local = 1_000_000, wall = 1_000_000;
      const clock = new m.HouseClock(() => local, () => wall);
      clock.heard(local + 5_000 - 300);
      const before = [clock.offset, clock.error, clock.trip];
      const ping = (trip) => {
        const sent = local;
        local += trip; wall += trip;
        clock.pong(sent, Math.floor(local - trip / 2 + 5_000));
      };
      ping(80); ping(20); ping(60);
      const after = [clock.offset, clock.error, clock.trip, clock.stepped()];
      wall += 60_000;
      return {before, after, slept: clock.stepped(), forgotten: clock.error};"""
    seen = await run(page, "core/clock", body)
    assert seen["before"] == [4_700, None, None]
    offset, error, trip, stepped = seen["after"]
    assert abs(offset - 5_000) <= error <= 11 and trip == 80 and not stepped
    assert seen["slept"] and seen["forgotten"] is None


async def test_the_safe_moment_leaves_room_for_the_slowest_trip(page: Page) -> None:
    body = """return [m.safeMoment(60_000, {trip: 40, error: 12}), m.safeMoment(60_000, {trip: 40, error: 12}, 950),
      m.safeMoment(null, {trip: 40, error: 12}), m.safeMoment(60_000, {trip: null, error: null})];"""
    expected = [{"at": 59_800, "before": 200}, {"at": 58_900, "before": 1_100}, None, None]
    assert await run(page, "room/safe-moment", body) == expected


EVENTS: list[dict[str, Any]] = [
    {"n": 1, "t": "opened", "at": 1, "link": "", "epoch": 1, "terms": {"start": 100}, "reserve_hash": "ab",
     "ends_at": 1_000},
    {"n": 2, "t": "bid", "at": 2, "link": "a", "code": "AAAA", "rank": 1, "bid": "x", "amount": 100, "match": False,
     "price": 100, "leader": "AAAA", "ask": 110, "ends_at": 1_000, "reserve_met": False},
    {"n": 3, "t": "bid", "at": 990, "link": "b", "code": "BBBB", "rank": 0, "bid": "y", "amount": 120, "match": False,
     "price": 120, "leader": "BBBB", "ask": 130, "ends_at": 1_290, "reserve_met": True},
    {"n": 4, "t": "paused", "at": 1_000, "link": "c", "ground": "review", "remaining_ms": 290, "text": None},
    {"n": 5, "t": "retracted", "at": 1_010, "link": "d", "target": 3, "restored": 2, "ground": "slip", "price": 100,
     "leader": "AAAA", "ask": 110, "ends_at": None, "reserve_met": False},
    {"n": 6, "t": "said", "at": 1_020, "link": "e", "kind": "announcement", "text": "ff"},
    {"n": 7, "t": "resuming", "at": 1_030, "link": "f", "resumes_at": 2_000},
    {"n": 8, "t": "resumed", "at": 2_000, "link": "g", "ends_at": 2_300},
    {"n": 9, "t": "extended", "at": 2_400, "link": "h", "reason": "outage", "ends_at": 12_400},
    {"n": 10, "t": "adopted", "at": 2_500, "link": "i", "epoch": 2, "old": {"epoch": 1, "n": 9, "link": "j"}},
    {"n": 11, "t": "closed", "at": 12_400, "link": "k", "result": "passed", "price": 100, "leader": "AAAA",
     "reserve": 115, "salt": "s"},
]  # fmt: skip


async def test_the_browser_reduces_events_as_the_house_does(page: Page) -> None:
    views, view = [], LotView()
    for event in EVENTS:
        view = apply(view, event, "")
        views.append(snapshot(view, "joined"))
    names = [name for name in views[0] if name not in ("t", "why", "link", "now", "registered")]
    start = json.dumps({name: getattr(LotView(), name) for name in names})
    body = f"""let view = {start}; return {json.dumps(EVENTS)}.map((event) => (view = m.apply(view, event)));"""
    for mine, theirs in zip(await run(page, "room/reducer", body), views, strict=True):
        assert {name: mine[name] for name in names} == {name: theirs[name] for name in names}, theirs["n"]


async def test_the_ledger_is_one_run_whatever_the_order(page: Page) -> None:
    body = f"""
      const events = {json.dumps(EVENTS)}, ledger = new m.Ledger();
      ledger.add(events[5]); ledger.add(events[8]); ledger.add(events[7]);
      const waiting = ledger.high;
      ledger.add(events[6]); ledger.prepend(events.slice(0, 5));
      return {{waiting, ns: ledger.events.map(({{n}}) => n), rows: ledger.rows}};"""
    seen = await run(page, "room/ledger", body)
    assert (seen["waiting"], seen["ns"]) == (6, list(range(1, 10)))
    first, second = seen["rows"]
    assert (first["step"], first["end"], first["rank"]) == (None, None, 1)
    assert (second["step"], second["end"], second["met"], second["retracted"]) == (20, 1_290, True, "slip")


async def test_the_end_of_a_hole_is_fetched_under_its_link(page: Page) -> None:
    """So that a cache may keep it; whole pages before the end have no link that the page knows."""
    body = """
      const asked = [], fetched = globalThis.fetch;
      globalThis.fetch = async (url) => {
        const query = new URL(url, location.href).searchParams;
        asked.push(Object.fromEntries(query));
        const first = Number(query.get('after')) + 1;
        const events = Array.from({length: Number(query.get('limit'))}, (_, at) => ({n: first + at, t: 'bid'}));
        return {ok: true, text: async () => JSON.stringify({epoch: 1, n: 1002, events})};
      };
      try {
        const history = new m.History('lot-1');
        await history.fill(2, 1002, {epoch: 1, link: 'ab'});
        await history.fill(2, 3);
      } finally { globalThis.fetch = fetched; }
      return asked;"""
    assert await run(page, "room/history", body) == [
        {"after": "1", "limit": "1000"},
        {"after": "1001", "limit": "1", "epoch": "1", "link": "ab"},
        {"after": "1", "limit": "2"},
    ]


async def test_the_journal_waits_for_what_a_tick_left_out(page: Page) -> None:
    """Joined at 3; events 4 to 6 are declared a hole while 7 and 8 come; the past comes last."""
    body = """
      const {sha1} = await import('/static/js/room/position.js');
      const events = []; let link = '';
      for (let n = 1; n <= 8; n += 1) {
        const event = {n, t: 'said', at: n, link}; const raw = JSON.stringify(event);
        events.push([event, raw]); link = await sha1(raw);
      }
      const fetched = [];
      const history = {fill: async (from, to) => {
        fetched.push([from, to]); history.past(events.slice(from - 1, to));
        return true;
      }};
      const journal = new m.Journal(history, () => {});
      await journal.reach({epoch: 1, n: 3, link: events[3][0].link}, 1);
      journal.add(...events[6]); journal.add(...events[7]);
      const before = [journal.position.n, journal.ledger.high, journal.knows(7), journal.knows(4)];
      await journal.fill(4, {n: 6, link: events[6][0].link}, 0, 1);
      const stated = await journal.position.stated();
      await new Promise((done) => setTimeout(done, 50));
      return {fetched, before, n: stated.n, link: stated.link === link, low: journal.ledger.low,
        high: journal.ledger.high, chain: [journal.chain.state, journal.chain.low, journal.chain.high]};"""
    assert await run(page, "room/journal", body) == {
        "fetched": [[1, 3], [4, 6]], "before": [3, 3, True, False], "n": 8, "link": True, "low": 1, "high": 8,
        "chain": ["ok", 1, 8],
    }  # fmt: skip


async def test_the_chain_is_checked_event_by_event(page: Page) -> None:
    body = """
      const {sha1} = await import('/static/js/room/position.js');
      const raws = []; let link = '';
      for (let n = 1; n <= 6; n += 1) { 
        const raw = JSON.stringify({n, link, text: '债权'});
        raws.push([n, link, raw]); link = await sha1(raw);
      }
      const check = async (order, change) => {
        const chain = new m.Chain();
        for (const k of order) {
          const [n, link, raw] = raws[k];
          await chain.add(n, link, change && k === 3 ? raw + ' ' : raw);
        }
        return [chain.state, chain.low, chain.high, chain.broken];
      };
      return [await check([4, 5, 0, 1, 2, 3]), await check([4, 5]), await check([0, 1, 2, 3, 4, 5], true)];"""
    whole, part, forged = await run(page, "room/chain", body)
    assert whole == ["ok", 1, 6, None] and part == ["ok", 5, 6, None]
    assert (forged[0], forged[3]) == ("broken", 5)


async def test_a_position_is_stated_by_the_hash_of_its_event(page: Page) -> None:
    body = """
      const position = new m.Position(); const said = [await position.stated()];
      position.snapshot({epoch: 2, n: 7, link: 'abc'}); said.push(await position.stated());
      position.event({n: 8, link: 'def'}, '{"n":8}'); said.push(await position.stated());
      return said;"""
    assert await run(page, "room/position", body) == [
        None, {"epoch": 2, "n": 7, "link": "abc"}, {"epoch": 2, "n": 8, "link": hashlib.sha1(b'{"n":8}').hexdigest()},
    ]  # fmt: skip


async def test_raw_events_are_the_stored_bytes(page: Page) -> None:
    events = [r'{"n":1,"a":{"b":"}]\"{"}}', r'{"n":2,"text":"[債]\\"}', '{"n":3}']
    text = '{"epoch":1,"n":3,"events":[' + ",".join(events) + "]}"
    assert await run(page, "room/raw", f"return m.rawEvents({json.dumps(text)})") == events
    assert await run(page, "room/raw", """return m.rawEvents('{"epoch":1,"n":0,"events":[]}')""") == []


async def test_who_comes_back_waits_as_told_and_not_all_at_once(page: Page) -> None:
    body = """return [m.delayBefore(0, 250, 0, 0), m.delayBefore(0, 250, 0, 1), m.delayBefore(0, 5000, 1500, 0.5),
      m.delayBefore(3, 250, 0, 0), m.delayBefore(99, 250, 0, 1)];"""
    assert await run(page, "room/connection", body) == [0, 250, 4_000, 2_000, 15_250]


async def test_what_stands_in_the_way_of_a_bid(page: Page) -> None:
    view = {"state": "open", "ends_at": 10, "leader": "BBBB"}
    ready = {
        "live": True, "stale": False, "store": "up", "code": "AAAA", "now": 0, "pending": False, "selfRaise": False,
        "view": view,
    }  # fmt: skip
    cases: dict[str | None, dict[str, Any]] = {
        None: {}, "why.stale": {"stale": True}, "why.connecting": {"live": False}, "why.store": {"store": "down"},
        "why.awaiting": {"now": 10}, "why.pending": {"pending": True},
        "why.leading": {"view": {**view, "leader": "AAAA"}},
        "why.paused": {"view": {"state": "paused"}}, "why.closed": {"view": {"state": "sold"}},
        "why.announced": {"view": {"state": "announced"}},
    }  # fmt: skip
    asked = json.dumps([{**ready, **case} for case in cases.values()])
    assert await run(page, "room/may-bid", f"return {asked}.map(m.obstacle)") == list(cases)


async def test_steps_are_drawn_once_a_pixel(page: Page) -> None:
    body = """
      const at = m.scales({from: 0, to: 1000, low: 0, high: 100}, {width: 100, height: 50});
      const few = m.stepPath([{at: 0, price: 0}, {at: 500, price: 50}], at, 1000);
      const many = Array.from({length: 5000}, (_, k) => ({at: k / 5, price: k / 50}));
      return [few, m.stepPath(many, at, 1000).split('H').length, m.ticks(300e8, 346e8), m.ticks(5, 5)];"""
    few, steps, marks, none = await run(page, "room/chart-path", body)
    assert few == "M0 50H50V25H100"
    assert steps <= 103 and marks == [300e8, 320e8, 340e8] and len(none) <= 2
