"""A whole house in the test's loop: every frame that it really sends is one that the documents declare."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from outcry.app import House, build_house
from outcry.config import Config
from outcry.house.accounts import AccountRole
from outcry.model import codes
from outcry.web.access import MESSAGES
from outcry.web.spec import frame_schema
from tests.house.world import lot_body
from tests.support.store import StoreProcess
from tests.support.wait import until

from .serving import Server, serving

LOT = "/api/v1/lots/lot-1"
SENTENCES: dict[str, dict[str, Any]] = {
    "bid": {"t": "bid", "id": "by-the-matrix", "amount": 1_000},
    "sync": {"t": "sync", "epoch": 0, "after": 0, "link": ""},
    "ping": {"t": "ping", "c": "here"},
}


@dataclass
class Listener:
    """A socket and all that it was told; each frame is checked as it comes."""

    socket: ClientConnection
    frames: list[dict[str, Any]] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    async def run(self) -> None:
        with contextlib.suppress(ConnectionClosed):
            async for raw in self.socket:
                frame = json.loads(raw)
                self.frames.append(frame)
                for error in Draft202012Validator(frame_schema(frame["t"])).iter_errors(frame):
                    self.faults.append(f"{raw!r}: {error.message}")

    async def say(self, frame: dict[str, Any]) -> None:
        await self.socket.send(json.dumps(frame))

    async def hears(self, **expected: Any) -> dict[str, Any]:
        """The first frame that has these values, once it is here."""

        def matching() -> list[dict[str, Any]]:
            return [frame for frame in self.frames if expected.items() <= frame.items()]

        await until(matching, f"{expected} among {[frame['t'] for frame in self.frames]}", 8)
        return matching()[0]


class Scene:
    """A running house, a client for HTTP, and sockets as whoever one is."""

    def __init__(self, house: House, server: Server, http: httpx.AsyncClient, tasks: asyncio.TaskGroup) -> None:
        self.house = house
        self.server = server
        self.http = http
        self._tasks = tasks
        self._open: list[Listener] = []

    async def bearer(self, role: AccountRole, name: str) -> dict[str, str]:
        accounts = self.house.context.accounts
        session = await accounts.enter(await accounts.add(name, role))
        assert session is not None
        return {"Authorization": f"Bearer {session.token}"}

    async def listens(self, path: str = "/ws/lots/lot-1", headers: dict[str, str] | None = None) -> Listener:
        url = f"ws://127.0.0.1:{self.server.port}{path}"
        listener = Listener(await connect(url, additional_headers=headers, compression=None, proxy=None))
        self._open.append(listener)
        self._tasks.create_task(listener.run())
        return listener

    async def post(self, path: str, headers: dict[str, str], body: Any = None) -> dict[str, Any]:
        answer = await self.http.post(path, headers=headers, json=body)
        assert answer.status_code < 300, answer.text
        said: dict[str, Any] = answer.json()
        return said

    async def announce(self, lot_id: str = "lot-1", **terms: Any) -> None:
        operator = await self.bearer("operator", "Announcer")
        opens_at = self.house.context.engine.clock.now()
        await self.post("/api/v1/lots", operator, lot_body(lot_id, opens_at=opens_at, terms=terms))

        async def opened() -> bool:
            return bool((await self.http.get(f"/api/v1/lots/{lot_id}")).json()["state"] == "open")

        await until(opened, "the lot to open")

    async def end(self) -> None:
        for listener in self._open:
            await listener.socket.close()
            assert not listener.faults, listener.faults[:5]


@pytest.fixture
async def scene(store: StoreProcess) -> AsyncIterator[Scene]:
    config = Config().override(
        store={"url": store.url},
        house={"secret": "a secret for tests, long enough to key codes"},
        auction={"resume_delay_ms": 50},
        limits={"exempt": ["127.0.0.0/8"], "bid_interval_ms": 0},
    )
    async with (
        await build_house(config) as house,
        serving(house.site, config) as server,
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{server.port}", trust_env=False) as http,
        asyncio.TaskGroup() as tasks,
    ):
        scene = Scene(house, server, http, tasks)
        yield scene
        await scene.end()


async def test_all_that_a_lot_tells_is_declared(scene: Scene) -> None:
    anna, boris = await scene.bearer("operator", "Anna"), await scene.bearer("operator", "Boris")
    zhou = await scene.bearer("bidder", "Zhou Min")
    await scene.announce(self_raise="always", window_ms=0, extension_ms=1, duration_ms=4_000)
    code = (await scene.post(f"{LOT}/registrations", zhou))["code"]
    watcher, bidder = await scene.listens(), await scene.listens(headers=zhou)
    market = await scene.listens("/ws/market")
    assert (await bidder.hears(t="hello"))["code"] == code
    await watcher.hears(t="snapshot", why="joined")
    for number, amount in enumerate((1_000, 1_013, 900, 90_000)):
        await bidder.say({"t": "bid", "id": f"b{number}", "amount": amount})
    for number, verdict in enumerate((None, "off_grid", "below_ask", "needs_confirmation")):
        decision = await bidder.hears(t="decision", id=f"b{number}")
        assert decision.get("code") == verdict
    await bidder.say({"t": "bid", "id": "b0", "amount": 1_010})
    await bidder.hears(t="decision", code="id_reused")
    await scene.post(f"{LOT}/say", anna, {"key": "k1", "kind": "fair_warning", "text": "Fair warning."})
    await scene.post(f"{LOT}/pause", anna, {"key": "k2", "ground": "review", "text": "A slip is examined."})
    await bidder.say({"t": "bid", "id": "b9", "amount": 1_010})
    await bidder.hears(t="decision", id="b9", code="paused")
    retract = await scene.post(f"{LOT}/retract", anna, {"key": "k3", "ground": "slip", "expect_n": 4})
    await scene.post(f"/api/v1/proposals/{retract['proposal']['id']}/confirm", boris)
    resume = await scene.post(f"{LOT}/resume", boris, {"key": "k4"})
    await scene.post(f"/api/v1/proposals/{resume['proposal']['id']}/confirm", anna)
    for listener in (watcher, bidder):
        for kind in ("bid", "said", "text", "paused", "retracted", "resuming", "resumed", "pulse", "closed"):
            await listener.hears(t=kind)
    await market.hears(t="market")
    events = (await scene.http.get(f"{LOT}/events")).json()["events"]
    assert events[0]["t"] == "opened" and events[-1]["t"] == "closed"
    for event in events:
        Draft202012Validator(frame_schema(event["t"])).validate(event)


async def test_every_message_by_every_role(scene: Scene) -> None:
    await scene.announce()
    zhou = await scene.bearer("bidder", "Zhou Min")
    await scene.post(f"{LOT}/registrations", zhou)
    roles = {
        "watcher": await scene.listens(),
        "stranger": await scene.listens(headers=await scene.bearer("bidder", "Stranger")),
        "operator": await scene.listens(headers=await scene.bearer("operator", "Anna")),
        "bidder": await scene.listens(headers=zhou),
    }
    assert set(SENTENCES) == set(MESSAGES)
    for name, listener in roles.items():
        role = (await listener.hears(t="hello"))["role"]
        assert role == ("watcher" if name == "stranger" else name)
        await listener.say(SENTENCES["bid"])
        if role in MESSAGES["bid"]:
            await listener.hears(t="decision", id="by-the-matrix", ok=True)
        else:
            await listener.hears(t="error", code="unauthorised", id="by-the-matrix")
        await listener.say(SENTENCES["ping"])
        await listener.hears(t="pong", c="here")
        await listener.say(SENTENCES["sync"])
        await listener.hears(t="snapshot", why="resumed")
    assert (await scene.http.get(LOT)).json()["bids"] == 1


async def test_what_is_no_message_is_an_error_and_the_socket_lives(scene: Scene) -> None:
    await scene.announce()
    listener = await scene.listens()
    for raw, code in (("{", "malformed"), ('{"t":"hello"}', "unknown_type"), ('{"t":"ping"}', "malformed")):
        listener.frames.clear()
        await listener.socket.send(raw)
        await listener.hears(t="error", code=code)
    assert code in codes.FRAME_ERRORS


async def test_a_bid_by_http_is_the_same_fact(scene: Scene) -> None:
    await scene.announce()
    zhou = await scene.bearer("bidder", "Zhou Min")
    await scene.post(f"{LOT}/registrations", zhou)
    watcher = await scene.listens()
    await watcher.hears(t="snapshot")
    decision = await scene.post(f"{LOT}/bids", zhou, {"id": "b-1", "amount": 1_000})
    Draft202012Validator(frame_schema("decision")).validate(decision)
    event = await watcher.hears(t="bid")
    assert event["n"] == decision["n"] and event["at"] == decision["decided_at"]
    assert (await scene.http.get(f"{LOT}/bids/b-1", headers=zhou)).json() == decision


async def test_leaving_ends_the_sockets_of_the_session(scene: Scene) -> None:
    await scene.announce()
    zhou = await scene.bearer("bidder", "Zhou Min")
    await scene.post(f"{LOT}/registrations", zhou)
    listener = await scene.listens(headers=zhou)
    await listener.hears(t="snapshot")
    assert (await scene.http.post("/api/v1/leave", headers=zhou)).status_code == 204
    await until(lambda: listener.socket.close_code, "the end of the socket")
    assert listener.socket.close_code == codes.Close.SESSION_ENDED
