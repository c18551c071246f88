"""A real uvicorn on a free port of the loopback, in the test's own loop, and a hub behind it."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Generator
from dataclasses import dataclass, field
from typing import cast

import uvicorn
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from starlette.types import ASGIApp
from starlette.websockets import WebSocket
from websockets.asyncio.client import ClientConnection, connect

from outcry.config import AuctionConfig, LimitsConfig
from outcry.model.roles import WATCHER, Identity, Role
from outcry.model.view import LotView
from outcry.room.fanout import fanout_protocol
from outcry.room.hub import Hub
from outcry.room.watching import Watching
from tests.support.wait import until

from .fakes import FakeEngine, FakeRecords


class Server(uvicorn.Server):
    """uvicorn without its signal handlers."""

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield

    @property
    def port(self) -> int:
        return int(self.servers[0].sockets[0].getsockname()[1])


@contextlib.asynccontextmanager
async def serving(app: ASGIApp, message_limit: int = 4096) -> AsyncIterator[Server]:
    config = uvicorn.Config(
        app,
        host="127.0.0.1",
        port=0,
        ws=fanout_protocol(message_limit),
        ws_per_message_deflate=False,
        lifespan="off",
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=2,
    )
    server = Server(config)
    running = asyncio.create_task(server.serve())
    await until(lambda: server.started, "the server")
    try:
        yield server
    finally:
        server.should_exit = True
        await running


@dataclass
class World:
    """A hub with fakes beneath it. ``ended`` are session keys that have ended."""

    auction: AuctionConfig = field(default_factory=lambda: AuctionConfig(beat_ms=20, slice=50, ring=64))
    limits: LimitsConfig = field(default_factory=LimitsConfig)
    engine: FakeEngine = field(default_factory=FakeEngine)
    records: FakeRecords = field(default_factory=FakeRecords)
    ended: set[str] = field(default_factory=set)
    opens: dict[str, int] = field(default_factory=dict)
    ends: int = 0
    """How often the web was told that a connection is gone."""

    def __post_init__(self) -> None:
        self.hub = Hub(
            self.engine, self.engine.feed, self.auction, self.limits, self._ended_sessions,
            Watching(self.records, self.engine.clock.now, "here"), self._on_sale,
        )  # fmt: skip

    async def _ended_sessions(self, keys: set[str]) -> set[str]:
        return keys & self.ended

    async def _on_sale(self) -> dict[str, tuple[int, LotView]]:
        views = await self.engine.read_lots(self.opens)
        return {lot_id: (at, view) for (lot_id, at), view in zip(self.opens.items(), views, strict=True)}

    def app(self) -> Starlette:
        """``/{lot}?code=ANNE&role=…&account=…&session=…&after=…``: says who one is, as the web would after asking."""
        return Starlette(
            routes=[WebSocketRoute("/market", self._serve_market), WebSocketRoute("/{lot_id}", self._serve_lot)]
        )

    async def _serve_market(self, websocket: WebSocket) -> None:
        await self.hub.serve_market(websocket, self._on_end)

    async def _serve_lot(self, websocket: WebSocket) -> None:
        query = websocket.query_params
        role = query.get("role", "bidder" if "code" in query else "watcher")
        identity = Identity(cast(Role, role), query.get("account"), query.get("code"), 0, query.get("session"))
        after, epoch = (int(query[name]) if name in query else None for name in ("after", "epoch"))
        await self.hub.serve_lot(
            websocket, websocket.path_params["lot_id"], identity if query else WATCHER,
            after, epoch, query.get("link"), self._on_end,
        )  # fmt: skip

    def _on_end(self) -> None:
        self.ends += 1


def client(server: Server, path: str) -> connect:
    """A websocket client as it comes from its library, without its own timers."""
    return connect(f"ws://127.0.0.1:{server.port}/{path}", compression=None, proxy=None, ping_interval=None)


async def received(socket: ClientConnection) -> str | bytes:
    """The next message; ``TimeoutError`` rather than a test that hangs."""
    async with asyncio.timeout(5):
        return await socket.recv()


__all__ = ["ClientConnection", "Server", "World", "client", "received", "serving"]
