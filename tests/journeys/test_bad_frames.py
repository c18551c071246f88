"""What nobody should send, sent to a real house: one clear error, the socket lives, and nobody else notices."""

import asyncio
import json
from collections.abc import AsyncIterator

import pytest
from websockets.asyncio.client import connect

from tests.support.client import Client, browser
from tests.support.house import MILLION, House, bearer, serve
from tests.support.store import StoreProcess

START = 300 * MILLION
AMOUNTS = [
    "0", "-1", "-0", "1.0", "3.99", "1e3", "1E3", "1e400", "NaN", "Infinity", "-Infinity", "true", "false", "null",
    '""', '"30000000000"', "[]", "[30000000000]", "{}", '{"amount":30000000000}', "1" + "0" * 15, "9" * 30,
    "0x10", "030000000000", "+30000000000", "30_000_000_000", "３００", "30000000000n",
]  # fmt: skip
"""JSON, or nearly, in the place of an amount; none of it is a whole number from 1 to 15 digits."""

IDS = ['""', '"' + "a" * 41 + '"', '"a b"', '"a:b"', '"a\\u0000"', '"ä"', '"\\ud800"', "7", "null", '["a"]', '"a\\n"']

BID = '{"t":"bid","id":"x","amount":30000000000}'
FRAMES = {
    "empty": "",
    "blank": " ",
    "no JSON": "bid 300",
    "half a frame": BID[:-1],
    "two frames": BID + BID,
    "a comment": BID[:-1] + ",/**/}",
    "a trailing comma": BID[:-1] + ",}",
    "single quotes": BID.replace('"', "'"),
    "not an object": "[1,2,3]",
    "a string": '"bid"',
    "a number": "1",
    "null": "null",
    "no type": '{"id":"x","amount":30000000000}',
    "a type that is no string": '{"t":7,"id":"x","amount":30000000000}',
    "an unknown type": '{"t":"offer","id":"x","amount":30000000000}',
    "a server's type": '{"t":"decision","id":"x","ok":true}',
    "no id": '{"t":"bid","amount":30000000000}',
    "no amount": '{"t":"bid","id":"x"}',
    "the amount twice": '{"t":"bid","id":"x","amount":30000000000,"amount":30000000001}',
    "the type twice": '{"t":"ping","t":"bid","id":"x","amount":30000000000}',
    "an escaped twin of a key": '{"t":"bid","id":"x","amount":30000000000,"\\u0061mount":30000000001}',
    "an unknown field": '{"t":"bid","id":"x","amount":30000000000,"code":"AAAA"}',
    "somebody else's name": '{"t":"bid","id":"x","amount":30000000000,"bidder":"K7Q2"}',
    "a lone surrogate": '{"t":"bid","id":"\\ud800","amount":30000000000}',
    "NUL": '{"t":"bid","id":"\\u0000","amount":30000000000}',
    "deep": "[" * 2_000 + "]" * 2_000,
    "deep in a field": '{"t":"bid","id":"x","amount":' + '{"a":' * 300 + "1" + "}" * 300 + "}",
    "a byte order mark": "\ufeff" + BID,
    "confirm that is no number": BID[:-1] + ',"confirm":"30000000000"}',
    "confirm that is false": BID[:-1] + ',"confirm":false}',
    "confirm that is null": BID[:-1] + ',"confirm":null}',
    "sync without a link": '{"t":"sync","epoch":1,"after":0}',
    "sync with a number for a link": '{"t":"sync","epoch":1,"after":0,"link":7}',
    "sync from below": '{"t":"sync","epoch":1,"after":-1,"link":""}',
    "sync with a long link": '{"t":"sync","epoch":1,"after":1,"link":"' + "a" * 41 + '"}',
    "ping without c": '{"t":"ping"}',
    "ping with an object": '{"t":"ping","c":{}}',
    "ping with a novel": '{"t":"ping","c":"' + "c" * 1_000 + '"}',
}
ENDING = {
    "binary": (b"\x00\x01", 1003),
    "one byte over": ('{"t":"ping","c":"' + "c" * (4_097 - 19) + '"}', 1009),
    "sixty thousand bytes": ("x" * 60_000, 1009),
}


@pytest.fixture
async def house(store: StoreProcess) -> AsyncIterator[House]:
    limits = {"frames_per_s": 1_000, "bid_interval_ms": 0, "exempt": ["127.0.0.0/8"]}
    async with serve(store, config={"limits": limits}) as house:
        await house.open()
        yield house


async def test_each_bad_frame_gets_one_error_and_harms_nobody(house: House) -> None:
    """The whole table over one socket, while a watcher looks on and another bidder bids."""
    token, other = await house.bidder("lot-1", "Ada"), await house.bidder("lot-1", "Bo")
    frames = dict(FRAMES)
    frames |= {f"amount {amount}": f'{{"t":"bid","id":"x","amount":{amount}}}' for amount in AMOUNTS}
    frames |= {f"id {bid_id}": f'{{"t":"bid","id":{bid_id},"amount":{START}}}' for bid_id in IDS}
    async with (
        Client(house.url, "lot-1", token) as bad,
        Client(house.url, "lot-1", other) as honest,
        Client(house.url, "lot-1") as watcher,
    ):
        for count, (what, frame) in enumerate(frames.items(), 1):
            await bad.send(frame)
            assert await bad.pong(f"p{count}"), what
            errors = bad.heard.told("error")
            assert len(errors) == count, f"{what}: {errors[-1:]}"
            expected = "unknown_type" if what in ("an unknown type", "a server's type") else "malformed"
            assert errors[-1]["code"] == expected, f"{what}: {errors[-1]}"
            assert errors[-1]["detail"], what
        assert bad.heard.told("decision") == []

        decision = await honest.bid(START)
        assert (decision["ok"], decision["n"]) == (True, 2)
        await watcher.reaches(2)
        assert watcher.connections == 1
        assert not watcher.heard.told("error") and not honest.heard.told("error")
        assert (await bad.bid(START + MILLION))["ok"], "and he who sent all that may still bid"


@pytest.mark.parametrize(("frame", "code"), ENDING.values(), ids=ENDING.keys())
async def test_what_is_no_frame_at_all_ends_only_its_own_socket(house: House, frame: str | bytes, code: int) -> None:
    token = await house.bidder("lot-1", "Ada")
    async with Client(house.url, "lot-1") as watcher:
        async with Client(house.url, "lot-1", token) as bad:
            await bad.send(frame)
            assert (await bad.ended())[0] == code
        async with Client(house.url, "lot-1", token) as again:
            assert (await again.bid(START))["ok"]
        await watcher.reaches(2)
        assert watcher.connections == 1


async def test_an_amount_of_fifteen_digits_is_exact(house: House) -> None:
    """10¹⁴ and above is where doubles printed carelessly lose digits."""
    token = await house.bidder("lot-1", "Ada")
    amount = START + MILLION * 9_999_699
    assert len(str(amount)) == 15
    async with Client(house.url, "lot-1", token) as client:
        decision = await client.bid(amount, confirm=amount)
        assert (decision["ok"], decision["amount"], decision["price"]) == (True, amount, amount)
        assert decision["ask"] == amount + MILLION
        await client.reaches(2)
        event = json.loads(client.heard.log[2])
        assert (event["amount"], event["price"], event["ask"]) == (amount, amount, amount + MILLION)


async def test_the_same_rubbish_by_http_is_refused_with_400(house: House) -> None:
    token = await house.bidder("lot-1", "Ada")
    async with browser(house.url) as http:
        for what, frame in FRAMES.items():
            if '"sync"' in frame or '"ping"' in frame or what == "no type":  # which needs none here
                continue
            answer = await http.post(
                "/api/v1/lots/lot-1/bids",
                content=frame.encode("utf-8", "surrogatepass"),
                headers={**bearer(token), "Content-Type": "application/json"},
            )
            assert answer.status_code == 400, f"{what}: {answer.status_code} {answer.text}"
            assert set(answer.json()) == {"error", "detail"}, what
    assert len(await house.events("lot-1")) == 1


async def test_an_unfinished_handshake_and_a_vanishing_client_leave_nothing(house: House) -> None:
    """Half a request, a reset before the answer, and a hundred who connect and vanish: a bidder joins at once."""
    half = [await asyncio.open_connection("127.0.0.1", house.port) for _ in range(20)]
    for _, writer in half:
        writer.write(b"GET /ws/lots/lot-1 HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websock")
    for _ in range(100):
        socket = await connect(house.url.replace("http", "ws") + "/ws/lots/lot-1", compression=None, proxy=None)
        socket.transport.abort()
    token = await house.bidder("lot-1", "Ada")
    async with asyncio.timeout(1):
        async with Client(house.url, "lot-1", token) as client:
            assert (await client.bid(START))["ok"]
    for _, writer in half:
        writer.transport.abort()
