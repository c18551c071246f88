"""Public reads: the stored bytes, in ranges, kept by caches only where nothing can change."""

from hashlib import sha1

import orjson
import pytest

from outcry.engine.errors import Unavailable, Unknown
from outcry.model.commands import PauseLot, Text
from outcry.web import api
from tests.house.world import bidder

from .world import World

EVENTS = "/api/v1/lots/lot-1/events"
LOG = "/api/v1/lots/lot-1/log.jsonl"


async def a_lot_with(bids: int) -> World:
    world = World()
    await world.house.open("lot-1", terms={"self_raise": "always"})
    code = (await world.house.registration.register("lot-1", bidder(1))).code
    assert code is not None
    for number in range(bids):
        await world.house.bid("lot-1", code, 1_000 + 10 * number)
    return world


async def test_the_list_and_the_lot_are_card_and_view() -> None:
    world = await a_lot_with(1)
    await world.house.announce("lot-2", opens_at=world.house.now() + 60_000)
    async with world.client() as client:
        listed = (await client.get("/api/v1/lots")).json()
        lot = (await client.get("/api/v1/lots/lot-1")).json()
    assert [row["id"] for row in listed["lots"]] == ["lot-1", "lot-2"]
    assert listed["lots"][0] == lot
    assert (lot["state"], lot["price"], lot["ask"], lot["bids"], lot["watching"]) == ("open", 1_000, 1_010, 1, 3)
    assert lot["terms"]["start"] == 1_000 and lot["title"]["zh"] == "三户债权"
    assert "reserve" not in lot and "commitment" not in lot and "run_id" not in lot


@pytest.mark.parametrize(
    ("query", "found"),
    [("", 2), ("?state=open", 1), ("?state=announced", 1), ("?state=open&state=announced", 2), ("?state=sold", 0)],
)
async def test_the_list_is_chosen_from_by_state(query: str, found: int) -> None:
    world = await a_lot_with(0)
    await world.house.announce("lot-2", opens_at=world.house.now() + 60_000)
    async with world.client() as client:
        assert len((await client.get(f"/api/v1/lots{query}")).json()["lots"]) == found
        assert (await client.get("/api/v1/lots?state=opened")).status_code == 400


async def test_the_list_comes_a_page_at_a_time() -> None:
    world = World()
    for number in range(5):
        await world.house.announce(f"lot-{number}", opens_at=world.house.now() + number + 1)
    async with world.client() as client:
        seen: list[str] = []
        query = "limit=2"
        while True:
            page = (await client.get(f"/api/v1/lots?{query}")).json()
            seen += [lot["id"] for lot in page["lots"]]
            if page["next"] is None:
                break
            assert page["next"] == seen[-1] and len(page["lots"]) == 2
            query = f"limit=2&after={page['next']}"
        assert seen == [f"lot-{number}" for number in range(5)]
        for query in ("limit=0", "limit=1001", "limit=x", "after=lot-9", "after=LOT", "after=lot-1&after=lot-2"):
            answer = await client.get(f"/api/v1/lots?{query}")
            assert (answer.status_code, answer.json()["error"]) == (400, "malformed")


async def test_the_list_says_what_time_it_is_now_not_when_the_lots_were_read() -> None:
    world = await a_lot_with(1)
    async with world.client() as client:
        await client.get("/api/v1/lots")
        world.house.wait(700)
        listed = (await client.get("/api/v1/lots")).json()
    assert listed["now"] == listed["lots"][0]["now"] == world.house.now()


async def test_events_are_the_stored_bytes() -> None:
    world = await a_lot_with(3)
    stored = world.house.disk.lots["lot-1"].events
    async with world.client() as client:
        answer = await client.get(EVENTS)
        assert answer.content == b'{"epoch":1,"n":4,"events":[' + b",".join(stored) + b"]}"
        part = (await client.get(EVENTS, params={"after": 1, "limit": 2})).json()
        assert [event["n"] for event in part["events"]] == [2, 3]
        assert (part["epoch"], part["n"]) == (1, 4)
        assert (await client.get(EVENTS, params={"after": 99})).json() == {"epoch": 1, "n": 4, "events": []}


async def test_an_announced_lot_has_an_empty_log() -> None:
    world = World()
    await world.house.announce("lot-1", opens_at=world.house.now() + 60_000)
    async with world.client() as client:
        assert (await client.get(EVENTS)).json() == {"epoch": 0, "n": 0, "events": []}
        assert (await client.get(LOG)).content == b""


@pytest.mark.parametrize(
    ("query", "last", "kept"),
    [
        ("after=0&limit=2&epoch=1", 2, True),
        ("after=2&limit=2&epoch=1", 4, True),
        ("after=2&limit=3&epoch=1", 4, False),  # not full: more may come
        ("after=0&limit=2", 2, False),
        ("after=0&limit=2&epoch=0", 2, False),
        ("after=0&limit=2&epoch=2", 2, False),
        ("after=0&limit=2&epoch=1", 1, False),  # another history, or another range
        ("after=0&limit=2&epoch=1", None, False),  # a restored store may count the same epoch anew
        ("after=9&limit=1&epoch=1", 4, False),
    ],
)
async def test_only_a_full_range_of_a_named_history_is_kept(query: str, last: int | None, kept: bool) -> None:
    world = await a_lot_with(3)
    if last is not None:
        query += f"&link={sha1(world.house.disk.lots['lot-1'].events[last - 1]).hexdigest()}"
    async with world.client() as client:
        answer = await client.get(f"{EVENTS}?{query}")
        assert ("immutable" in answer.headers["cache-control"]) == kept
        assert ("etag" in answer.headers) == kept
        if kept:
            again = await client.get(f"{EVENTS}?{query}", headers={"If-None-Match": answer.headers["etag"]})
            assert (again.status_code, again.content) == (304, b"")
        else:
            assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    "query",
    [
        "after=-1",
        "after=x",
        "after=1.0",
        "after=01",
        "after=",
        "limit=0",
        "limit=1001",
        "limit=1e3",
        "after=1&after=2",
        "epoch=x",
    ],
)
async def test_a_malformed_range_is_refused(query: str) -> None:
    world = await a_lot_with(0)
    async with world.client() as client:
        answer = await client.get(f"{EVENTS}?{query}")
    assert (answer.status_code, answer.json()["error"]) == (400, "malformed")


async def test_the_log_is_a_line_each_and_as_long_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api, "RANGE", 4)
    world = await a_lot_with(10)
    async with world.client() as client:
        answer = await client.get(LOG)
        assert answer.content == b"".join(event + b"\n" for event in world.house.disk.lots["lot-1"].events)
        assert "lot-1.jsonl" in answer.headers["content-disposition"]
        again = await client.get(LOG, headers={"If-None-Match": answer.headers["etag"]})
        assert again.status_code == 304
        await world.house.bid("lot-1", (await world.house.registration.register("lot-1", bidder(1))).code or "", 1_100)
        grown = await client.get(LOG, headers={"If-None-Match": answer.headers["etag"]})
        assert grown.status_code == 200 and grown.content.startswith(answer.content)


async def test_a_log_that_loses_its_tail_while_it_is_read_is_not_passed_off_as_whole() -> None:
    world = await a_lot_with(5)

    async def shorter(lot_id: str, after: int, limit: int) -> list[bytes]:
        return world.house.disk.lots[lot_id].events[after:3]

    world.house.engine.read_events = shorter  # type: ignore[method-assign]
    async with world.client() as client:
        with pytest.raises(RuntimeError, match="event 4 of 6 is missing"):
            await client.get(LOG)


async def test_a_text_is_found_under_its_event() -> None:
    world = await a_lot_with(0)
    text = Text("An objection of 某人 is examined.")
    assert (await world.house.engine.pause_lot("lot-1", PauseLot("review", text))).ok
    async with world.client() as client:
        answer = await client.get("/api/v1/lots/lot-1/texts/2")
        assert answer.json() == {"n": 2, "salt": text.salt, "text": text.text}
        assert orjson.loads(world.house.disk.lots["lot-1"].events[1])["text"] == text.hash
        for n in ("1", "3", "0", "-1", "02", "x", "1e0", "9" * 40):
            assert (await client.get(f"/api/v1/lots/lot-1/texts/{n}")).status_code == 404


@pytest.mark.parametrize("rest", ["", "/events", "/log.jsonl", "/texts/1", "/me"])
@pytest.mark.parametrize("lot_id", ["lot-2", "LOT-1", "a" * 41, "lot_1", "%00", "..%2f"])
async def test_an_unknown_lot_is_not_found(lot_id: str, rest: str) -> None:
    async with World().client() as client:
        answer = await client.get(f"/api/v1/lots/{lot_id}{rest}")
    assert answer.status_code == 404
    assert answer.json()["error"] in ("unknown_lot", "not_found")


@pytest.mark.parametrize(("error", "code"), [(Unavailable("x"), "unavailable"), (Unknown("x"), "unknown")])
@pytest.mark.parametrize("path", ["/api/v1/lots", "/api/v1/lots/lot-1", EVENTS, LOG, "/api/v1/lots/lot-1/texts/1"])
async def test_a_store_that_is_away_is_said_to_be(path: str, error: Unavailable | Unknown, code: str) -> None:
    world = await a_lot_with(0)
    world.store_fails(error)
    async with world.client() as client:
        answer = await client.get(path)
    assert (answer.status_code, answer.json()["error"]) == (503, code)
    assert answer.headers["cache-control"] == "no-store"


async def test_what_a_caller_is_to_a_lot() -> None:
    world = await a_lot_with(0)
    async with world.client() as client:
        headers = await world.bearer("bidder")
        assert (await client.get("/api/v1/lots/lot-1/me")).json() == {
            "role": "watcher", "code": None, "rank": 0, "admitted": False,
        }  # fmt: skip
        assert (await client.get("/api/v1/lots/lot-1/me", headers=headers)).json()["role"] == "watcher"
        code = (await client.post("/api/v1/lots/lot-1/registrations", headers=headers)).json()["code"]
        assert (await client.get("/api/v1/lots/lot-1/me", headers=headers)).json() == {
            "role": "bidder", "code": code, "rank": 0, "admitted": True,
        }  # fmt: skip
        operator = await client.get("/api/v1/lots/lot-1/me", headers=await world.bearer("operator"))
        assert operator.json() == {"role": "operator", "code": None, "rank": 0, "admitted": False}
