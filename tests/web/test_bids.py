"""The same bid by HTTP."""

import itertools
from collections.abc import AsyncIterator
from typing import Any

import orjson
import pytest

from outcry.config import Config
from outcry.engine.errors import Unavailable, Unknown
from outcry.model.commands import CloseLot

from .world import World

BIDS = "/api/v1/lots/lot-1/bids"


class Bidder:
    """A bidder admitted to lot-1 of an open house, with a client of his own."""

    def __init__(self, world: World, headers: dict[str, str]) -> None:
        self.world = world
        self.headers = headers

    async def post(self, body: Any = None, raw: bytes | None = None) -> Any:
        async with self.world.client(headers=self.headers) as client:
            return await client.post(BIDS, json=body) if raw is None else await client.post(BIDS, content=raw)

    async def get(self, bid_id: str) -> Any:
        async with self.world.client(headers=self.headers) as client:
            return await client.get(f"{BIDS}/{bid_id}")


async def a_bidder(config: Config | None = None, **terms: Any) -> Bidder:
    world = World(config or Config().override(limits={"bid_interval_ms": 0}))
    await world.house.open("lot-1", terms=terms)
    headers = await world.bearer("bidder")
    async with world.client(headers=headers) as client:
        assert (await client.post("/api/v1/lots/lot-1/registrations")).status_code == 200
    return Bidder(world, headers)


async def test_an_accepted_bid_is_the_decision_of_the_script() -> None:
    bidder = await a_bidder()
    answer = await bidder.post({"id": "b-1", "amount": 1_000})
    assert answer.status_code == 200
    decision = answer.json()
    assert (decision["t"], decision["ok"], decision["n"], decision["price"]) == ("decision", True, 2, 1_000)
    assert decision["received_at"] == bidder.world.house.now()


async def test_a_bid_that_trickles_in_is_received_when_it_has_arrived() -> None:
    """Or whoever holds back a last byte until the lot has ended would pass for an outage of the house."""
    bidder = await a_bidder(duration_ms=20_000, window_ms=5_000, extension_ms=5_000)
    house = bidder.world.house

    async def trickled() -> AsyncIterator[bytes]:
        yield b'{"id":"b-1",'
        house.wait(20_500)
        yield b'"amount":1000}'

    async with bidder.world.client(headers=bidder.headers) as client:
        answer = await client.post(BIDS, content=trickled())
    assert (answer.status_code, answer.json()["code"]) == (200, "late")
    assert answer.json()["received_at"] == house.now()
    closed = await house.engine.close_lot("lot-1", CloseLot(in_touch_since=house.now() - 60_000))
    assert orjson.loads(closed.body)["result"] == "passed"


async def test_a_bid_that_the_house_keeps_waiting_was_received_before(monkeypatch: pytest.MonkeyPatch) -> None:
    bidder = await a_bidder()
    house, look_up = bidder.world.house, bidder.world.house.registration.identity

    async def slow(*asked: Any) -> Any:
        house.wait(700)
        return await look_up(*asked)

    monkeypatch.setattr(house.registration, "identity", slow)
    answer = await bidder.post({"id": "b-1", "amount": 1_000})
    assert answer.json()["received_at"] == house.now() - 700


@pytest.mark.parametrize(
    ("amount", "code"),
    [(900, "below_ask"), (1_003, "off_grid"), (9_000, "needs_confirmation")],
)
async def test_a_refused_bid_is_a_decision_too(amount: int, code: str) -> None:
    bidder = await a_bidder()
    answer = await bidder.post({"id": "b-1", "amount": amount})
    assert (answer.status_code, answer.json()["ok"], answer.json()["code"]) == (200, False, code)


async def test_a_confirmed_slip_is_no_slip() -> None:
    answer = await (await a_bidder()).post({"id": "b-1", "amount": 9_000, "confirm": 9_000})
    assert answer.json()["ok"] is True


async def test_asking_again_gets_the_first_answer_byte_for_byte() -> None:
    bidder = await a_bidder()
    first = await bidder.post({"id": "b-1", "amount": 1_000})
    bidder.world.house.wait(5_000)
    assert (await bidder.post({"id": "b-1", "amount": 1_000})).content == first.content
    assert (await bidder.get("b-1")).content == first.content
    assert len(bidder.world.house.disk.lots["lot-1"].events) == 2


async def test_another_amount_under_the_same_id_is_a_conflict() -> None:
    bidder = await a_bidder()
    await bidder.post({"id": "b-1", "amount": 1_000})
    answer = await bidder.post({"id": "b-1", "amount": 1_010})
    assert (answer.status_code, answer.json()["code"]) == (409, "id_reused")


async def test_who_bids_too_fast_is_told_when_to_come_back() -> None:
    bidder = await a_bidder(Config().override(limits={"bid_interval_ms": 5_000, "bid_burst": 2}))
    ids = itertools.count()
    answers = [await bidder.post({"id": f"b-{next(ids)}", "amount": 900}) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[2].json()["code"] == "rate_limited"
    assert int(answers[2].headers["retry-after"]) * 1000 > answers[2].json()["retry_ms"] > 0


async def test_who_is_not_admitted_registers_first() -> None:
    world = World()
    await world.house.open("lot-1")
    stranger = Bidder(world, await world.bearer("bidder"))
    for answer in (await stranger.post({"id": "b-1", "amount": 1_000}), await stranger.get("b-1")):
        assert (answer.status_code, answer.json()["error"]) == (403, "not_admitted")


async def test_a_code_that_the_lot_does_not_know_is_forbidden_by_the_script() -> None:
    bidder = await a_bidder()
    bidder.world.house.disk.lots["lot-1"].lot.bidders.clear()
    answer = await bidder.post({"id": "b-1", "amount": 1_000})
    assert (answer.status_code, answer.json()["code"]) == (403, "not_admitted")


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"[]",
        b"null",
        b"{",
        b'{"id":"b"}',
        b'{"amount":1000}',
        b'{"id":"b","amount":1000,"extra":1}',
        b'{"id":"b","amount":"1000"}',
        b'{"id":"b","amount":1000.0}',
        b'{"id":"b","amount":1e3}',
        b'{"id":"b","amount":true}',
        b'{"id":"b","amount":null}',
        b'{"id":"b","amount":0}',
        b'{"id":"b","amount":-1000}',
        b'{"id":"b","amount":-0}',
        b'{"id":"b","amount":NaN}',
        b'{"id":"b","amount":1000000000000000}',
        b'{"id":"b","amount":123456789012345678901234567890}',
        b'{"id":"b","amount":1000,"amount":1010}',
        b'{"id":"","amount":1000}',
        b'{"id":"a b","amount":1000}',
        b'{"id":"' + b"a" * 41 + b'","amount":1000}',
        b'{"id":1,"amount":1000}',
        b'{"id":"b\\u0000","amount":1000}',
        b'{"id":"\\ud800","amount":1000}',
        b'{"id":"b","amount":1000,"confirm":null}',
        b'{"id":"b","amount":1000,"confirm":1.5}',
        b'\xff{"id":"b","amount":1000}',
        b'\xef\xbb\xbf{"id":"b","amount":1000}',
        b'{"id":"b","amount":' + b"[" * 1000 + b"]" * 1000 + b"}",
    ],
)
async def test_what_is_no_bid_never_reaches_the_lot(raw: bytes) -> None:
    bidder = await a_bidder()
    sent = len(bidder.world.house.engine.sent)
    answer = await bidder.post(raw=raw)
    assert (answer.status_code, answer.json()["error"]) == (400, "malformed")
    assert len(bidder.world.house.engine.sent) == sent


async def test_a_body_has_its_bounds() -> None:
    bidder = await a_bidder()
    for raw in (b" " * 65_537, b'{"id":"b","amount":1000' + b" " * 70_000 + b"}"):
        answer = await bidder.post(raw=raw)
        assert (answer.status_code, answer.json()["error"]) == (413, "too_large")


async def test_an_unknown_lot_and_an_unknown_bid_are_not_found() -> None:
    bidder = await a_bidder()
    async with bidder.world.client(headers=bidder.headers) as client:
        answer = await client.post("/api/v1/lots/lot-9/bids", json={"id": "b", "amount": 1})
        assert (answer.status_code, answer.json()["error"]) == (404, "unknown_lot")
    for bid_id in ("b-9", "a" * 41, "b%20"):
        assert (await bidder.get(bid_id)).status_code == 404


async def test_another_bidders_decision_is_not_found() -> None:
    bidder = await a_bidder()
    await bidder.post({"id": "b-1", "amount": 1_000})
    headers = await bidder.world.bearer("bidder", "another")
    async with bidder.world.client(headers=headers) as client:
        await client.post("/api/v1/lots/lot-1/registrations")
    assert (await Bidder(bidder.world, headers).get("b-1")).status_code == 404


@pytest.mark.parametrize(("error", "code"), [(Unavailable("x"), "unavailable"), (Unknown("x"), "unknown")])
async def test_no_answer_is_not_a_refusal(error: Unavailable | Unknown, code: str) -> None:
    bidder = await a_bidder()
    bidder.world.store_fails(error)
    answer = await bidder.post({"id": "b-1", "amount": 1_000})
    assert (answer.status_code, answer.json()["error"]) == (503, code)
