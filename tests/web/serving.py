"""A real uvicorn with the house's own HTTP protocol, in the test's loop, and raw connections to it."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Generator

import uvicorn
from starlette.types import ASGIApp

from outcry.config import Config
from outcry.room.fanout import fanout_protocol
from outcry.web.http import http_protocol
from tests.support.wait import until


class Server(uvicorn.Server):
    """uvicorn without its signal handlers."""

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield

    @property
    def port(self) -> int:
        return int(self.servers[0].sockets[0].getsockname()[1])


@contextlib.asynccontextmanager
async def serving(app: ASGIApp, config: Config | None = None) -> AsyncIterator[Server]:
    server = Server(
        uvicorn.Config(
            app,
            host="127.0.0.1",
            port=0,
            http=http_protocol(config or Config()),
            ws=fanout_protocol(4096),
            ws_per_message_deflate=False,
            proxy_headers=False,
            lifespan="off",
            log_config=None,
            access_log=False,
            timeout_graceful_shutdown=2,
        )
    )
    running = asyncio.create_task(server.serve())
    await until(lambda: server.started, "the server")
    try:
        yield server
    finally:
        server.should_exit = True
        await running


class Wire:
    """One raw connection. ``address`` is where it comes from: 127.0.0.1 and its neighbours are all of this machine."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def say(self, data: bytes) -> None:
        self.writer.write(data)
        with contextlib.suppress(ConnectionError):
            await self.writer.drain()

    async def hear(self) -> bytes:
        """Everything until the server ends the connection; a reset ends it too."""
        heard = b""
        with contextlib.suppress(ConnectionError):
            while data := await self.reader.read(65_536):
                heard += data
        return heard

    async def answer(self) -> tuple[int, bytes]:
        """Status and body of the next answer with a length; 0 when the connection ends instead."""
        try:
            head = await self.reader.readuntil(b"\r\n\r\n")
            fields = dict(line.split(b": ", 1) for line in head.lower().split(b"\r\n")[1:] if line)
            return int(head.split()[1]), await self.reader.readexactly(int(fields[b"content-length"]))
        except (asyncio.IncompleteReadError, ConnectionError):
            return 0, b""

    async def ended(self, within_s: float = 3.0) -> None:
        """Waits until the server has ended the connection."""
        async with asyncio.timeout(within_s):
            await self.hear()


@contextlib.asynccontextmanager
async def wires(server: Server, count: int = 1, address: str = "127.0.0.2") -> AsyncIterator[list[Wire]]:
    """So many connections at once."""
    opened = [
        Wire(*await asyncio.open_connection("127.0.0.1", server.port, local_addr=(address, 0))) for _ in range(count)
    ]
    try:
        yield opened
    finally:
        for wire in opened:
            wire.writer.close()
        for wire in opened:
            with contextlib.suppress(ConnectionError):
                await wire.writer.wait_closed()
