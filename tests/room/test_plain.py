"""A server that offers no handle, as a test client of ASGI is one: the socket keeps its task, nothing else changes."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from starlette.types import Message

from tests.support.wait import until

from .serving import World

pytestmark = pytest.mark.anyio
LOT = "lot-1"


class Peer:
    """The other side of one ASGI websocket."""

    def __init__(self) -> None:
        self.sent: list[Message] = []
        self.said: asyncio.Queue[Message] = asyncio.Queue()
        self.said.put_nowait({"type": "websocket.connect"})

    async def send(self, message: Any) -> None:
        self.sent.append(message)

    def say(self, **message: object) -> None:
        self.said.put_nowait({"type": "websocket.receive", **message})

    def go(self) -> None:
        self.said.put_nowait({"type": "websocket.disconnect", "code": 1001})

    def told(self) -> list[str]:
        frames = [json.loads(message["text"]) for message in self.sent if message["type"] == "websocket.send"]
        return [frame["code"] if frame["t"] == "error" else frame["t"] for frame in frames]


@asynccontextmanager
async def visiting(world: World, query: str = "") -> AsyncIterator[Peer]:
    peer = Peer()
    scope = {
        "type": "websocket", "path": f"/{LOT}", "raw_path": b"", "root_path": "", "scheme": "ws", "headers": [],
        "query_string": query.encode(), "client": ("127.0.0.1", 1), "server": ("house", 80), "subprotocols": [],
        "state": {}, "extensions": {},
    }  # fmt: skip
    serving = asyncio.create_task(world.app()(scope, peer.said.get, peer.send))
    await until(lambda: "snapshot" in peer.told() or serving.done(), "the greeting")
    try:
        yield peer
    finally:
        peer.go()
        await serving


@pytest.fixture
async def world() -> AsyncIterator[World]:
    world = World()
    world.engine.open_lot(LOT)
    yield world
    world.hub.beat.stop()


async def test_a_visit(world: World) -> None:
    async with visiting(world, "code=ANNE") as anne, visiting(world) as watcher:
        anne.say(text='{"t":"bid","id":"b1","amount":1000}')
        await until(lambda: {"decision", "bid"} <= set(anne.told()) and "bid" in watcher.told(), "decision and fact")
        watcher.say(text="{")
        await until(lambda: watcher.told()[-1] == "malformed", "an error")
        assert watcher.told() == ["hello", "snapshot", "bid", "malformed"]
    assert (world.ends, len(world.hub.registry)) == (2, 0)


async def test_binary_ends_it(world: World) -> None:
    async with visiting(world) as peer:
        peer.say(bytes=b"binary")
        await until(lambda: peer.sent[-1]["type"] == "websocket.close", "the end")
        assert peer.sent[-1]["code"] == 1003
    assert world.ends == 1


async def test_the_house_ends_it(world: World) -> None:
    async with visiting(world) as peer:
        await world.hub.leave()
        assert (peer.sent[-1]["type"], peer.sent[-1]["code"]) == ("websocket.close", 4000)
    assert world.ends == 1
