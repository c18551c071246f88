"""A client of one room against a scripted house: it resumes from where it was, and asks until it knows."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from random import Random
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from websockets.asyncio.server import ServerConnection, serve

from outcry.demo import client
from outcry.demo.api import Api, ApiError
from outcry.demo.client import LotSocket
from outcry.demo.figures import Figures
from outcry.demo.follower import HouseClock
from outcry.model.events import encode_event, link_of
from outcry.model.view import LotView, snapshot
from tests.support.wait import until

pytestmark = pytest.mark.anyio

NOW = 1_700_000_000_000
OPENED = encode_event(
    1,
    "opened",
    NOW,
    "",
    {"epoch": 1, "schema": 1, "terms": {"start": 100}, "reserve_hash": None, "ends_at": NOW + 60_000},
)
SAID = encode_event(2, "said", NOW, link_of(OPENED), {"kind": "announcement", "text": "hash"})
CLOSED = encode_event(3, "closed", NOW, link_of(SAID), {"result": "passed", "price": None, "leader": None})
Visit = Callable[[ServerConnection], Awaitable[None]]


class StubApi(Api):
    """The HTTP side, answered by the test. Its calls are kept as (method, path, body)."""

    def __init__(self, port: int, answer: Any = None) -> None:
        super().__init__("127.0.0.1", port, "a token")
        self.calls: list[tuple[str, str, Any]] = []
        self._answer = answer

    async def get(self, path: str) -> Any:
        return self._reply("GET", path, None)

    async def post(self, path: str, body: dict[str, Any]) -> Any:
        return self._reply("POST", path, body)

    def _reply(self, method: str, path: str, body: Any) -> Any:
        self.calls.append((method, path, body))
        if isinstance(self._answer, Exception):
            raise self._answer
        return self._answer(body) if callable(self._answer) else self._answer


class Scripted:
    """A house that plays one visit after another; the last one is repeated."""

    def __init__(self, *visits: Visit) -> None:
        self._visits = list(visits)
        self.queries: list[dict[str, list[str]]] = []
        self.port = 0

    async def _serve(self, connection: ServerConnection) -> None:
        assert connection.request is not None
        assert connection.request.headers["Authorization"] == "Bearer a token"
        self.queries.append(parse_qs(urlsplit(connection.request.path).query))
        await (self._visits.pop(0) if len(self._visits) > 1 else self._visits[0])(connection)

    @asynccontextmanager
    async def open(self) -> AsyncIterator["Scripted"]:
        async with serve(self._serve, "127.0.0.1", 0, compression=None) as server:
            self.port = next(iter(server.sockets)).getsockname()[1]
            yield self


@asynccontextmanager
async def following(house: Scripted, api_answer: Any = None) -> AsyncIterator[tuple[LotSocket, Figures, StubApi]]:
    figures, api = Figures(), StubApi(house.port, api_answer)
    socket = LotSocket(api, "lot-1", figures, HouseClock(), Random(1))
    running = asyncio.create_task(socket.run())
    try:
        yield socket, figures, api
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def join(connection: ServerConnection, n: int = 1) -> None:
    view = LotView(state="open", n=n, epoch=1, link=link_of((OPENED, SAID)[n - 1]), ask=100, ends_at=NOW + 60_000)
    await send(connection, {"t": "hello", "v": 1, "role": "bidder", "code": "K7Q2", "now": NOW, "epoch": 1, "n": n})
    await send(connection, {**snapshot(view, "joined"), "now": NOW})


async def send(connection: ServerConnection, frame: dict[str, Any] | bytes) -> None:
    await connection.send((frame if isinstance(frame, bytes) else json.dumps(frame).encode()).decode())


async def heard(connection: ServerConnection) -> dict[str, Any]:
    frame: dict[str, Any] = json.loads(await connection.recv())
    return frame


def decision(bid: dict[str, Any], n: int = 2) -> dict[str, Any]:
    return {"t": "decision", "id": bid["id"], "ok": True, "n": n, "amount": bid["amount"], "price": bid["amount"]}


async def test_it_follows_a_lot_to_its_end() -> None:
    async def visit(connection: ServerConnection) -> None:
        await join(connection)
        for event in (SAID, CLOSED):
            await send(connection, event)
        await connection.wait_closed()

    async with Scripted(visit).open() as house, following(house) as (socket, figures, _):
        await until(lambda: socket.over, "the end")
        assert socket.view.state == "passed" and socket.code == "K7Q2"
        assert (figures.deliveries, figures.gaps, figures.out_of_order) == (2, 0, 0)


async def test_it_resumes_from_its_position() -> None:
    async def broken(connection: ServerConnection) -> None:
        await join(connection)
        await send(connection, SAID)
        connection.transport.abort()

    async def resumed(connection: ServerConnection) -> None:
        await send(connection, CLOSED)
        await connection.wait_closed()

    async with Scripted(broken, resumed).open() as house, following(house) as (socket, figures, _):
        await until(lambda: socket.over, "the end")
        assert house.queries == [{}, {"epoch": ["1"], "after": ["2"], "link": [link_of(SAID)]}]
        assert (figures.gaps, figures.out_of_order) == (0, 0)


async def test_it_fetches_a_declared_hole() -> None:
    async def visit(connection: ServerConnection) -> None:
        await join(connection)
        await send(connection, {"t": "tick", "from": 2, "n": 2, "price": None, "ask": 100, "state": "open"})
        await connection.wait_closed()

    page = {"epoch": 1, "n": 2, "events": [json.loads(SAID)]}
    async with Scripted(visit).open() as house, following(house, page) as (_, figures, api):
        await until(lambda: figures.deliveries == 1, "the missing event")
        assert api.calls == [("GET", "/api/v1/lots/lot-1/events?after=1&limit=1&epoch=1", None)]
        assert figures.gaps == 0


@pytest.mark.parametrize("silent", [True, False])
async def test_a_bid_of_unknown_fate_is_asked_again_with_the_same_id(
    silent: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "DECISION_S", 0.1)
    asked: list[dict[str, Any]] = []

    async def visit(connection: ServerConnection) -> None:
        await join(connection)
        asked.append(await heard(connection))
        if not silent:
            await send(connection, {"t": "error", "code": "unknown", "id": asked[0]["id"]})
        asked.append(await heard(connection))
        await send(connection, decision(asked[1]))
        await connection.wait_closed()

    async with Scripted(visit).open() as house, following(house) as (socket, figures, _):
        await until(lambda: socket.joined, "the room")
        answer = await socket.bid(100)
        assert answer is not None and answer["ok"]
        assert asked[0] == asked[1] == {"t": "bid", "id": answer["id"], "amount": 100}
        assert figures.accepted == 1
        assert figures.decisions.percentile(50) is None, "a repeated question measures nothing"


async def test_decisions_find_their_bids_whatever_their_order() -> None:
    async def visit(connection: ServerConnection) -> None:
        await join(connection)
        bids = [await heard(connection), await heard(connection)]
        for place, bid in reversed(list(enumerate(bids))):
            await send(connection, decision(bid, n=2 + place))
        await connection.wait_closed()

    async with Scripted(visit).open() as house, following(house) as (socket, figures, _):
        await until(lambda: socket.joined, "the room")
        first, second = await asyncio.gather(socket.bid(100), socket.bid(200))
        assert first is not None and second is not None
        assert (first["amount"], second["amount"]) == (100, 200)
        assert figures.accepted == 2 and figures.decisions.percentile(50) is not None


async def test_copies_of_a_bid_count_once() -> None:
    async def visit(connection: ServerConnection) -> None:
        await join(connection)
        for bid in (await heard(connection), await heard(connection)):
            await send(connection, decision(bid))
        await connection.wait_closed()

    async with Scripted(visit).open() as house, following(house) as (socket, figures, _):
        await until(lambda: socket.joined, "the room")
        await socket.bid(100, copies=2)
        assert figures.accepted == 1


async def test_without_a_line_it_bids_by_http() -> None:
    async def visit(connection: ServerConnection) -> None:
        await join(connection)
        connection.transport.abort()

    async with Scripted(visit).open() as house, following(house, decision) as (socket, figures, api):
        await until(lambda: house.queries and not socket.joined, "the line to break")
        answer = await socket.bid(100)
        assert answer is not None and answer["n"] == 2 and figures.accepted == 1
        assert api.calls[0][:2] == ("POST", "/api/v1/lots/lot-1/bids")


async def test_a_refusal_by_http_is_a_decision_too() -> None:
    async def visit(connection: ServerConnection) -> None:
        connection.transport.abort()

    refused = ApiError(429, {"t": "decision", "ok": False, "code": "rate_limited"})
    async with Scripted(visit).open() as house, following(house, refused) as (socket, figures, _):
        answer = await socket.bid(100)
        assert answer is not None and answer["code"] == "rate_limited" and figures.refused == 1


@pytest.mark.parametrize("code", [4100, 4101, 4102])
async def test_it_stays_away_when_told_so(code: int) -> None:
    async def visit(connection: ServerConnection) -> None:
        await connection.close(code)

    async with Scripted(visit).open() as house, following(house) as (socket, _, _):
        await until(lambda: socket.over, "the client to give up")
        assert len(house.queries) == 1


async def test_it_comes_back_when_the_house_says() -> None:
    async def leaving(connection: ServerConnection) -> None:
        await connection.close(4000, json.dumps({"retry_ms": 1}))

    async def back(connection: ServerConnection) -> None:
        await join(connection)
        await connection.wait_closed()

    async with Scripted(leaving, back).open() as house, following(house) as (socket, _, _):
        await until(lambda: socket.joined, "the client to come back", 1.0)


async def test_a_silent_line_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "STALE_S", 0.05)

    async def visit(connection: ServerConnection) -> None:
        await join(connection)
        await connection.wait_closed()

    async with Scripted(visit).open() as house, following(house):
        await until(lambda: len(house.queries) >= 2, "a second line")
