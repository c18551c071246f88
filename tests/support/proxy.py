"""A network that fails on demand: a TCP proxy in the test's own loop.

A browser's or a test library's "offline" switch is no substitute: Chromium's only delays websocket frames and delivers
them later. Here the bytes are really gone.
"""

import asyncio
import contextlib
from collections.abc import Coroutine, Iterable
from pathlib import Path
from typing import Any, Self

CHUNK = 64 * 1024
Address = tuple[str, int] | Path
"""Host and port, or the path of a unix socket."""


class Proxy:
    """Between clients and one upstream. What is set holds at once, for connections old and new.

    ``delay_s``: each chunk waits so long. ``black_hole``: bytes are read and thrown away, nothing is closed.
    ``trickle``: one byte at a time.
    """

    def __init__(self, upstream: Address, listen: Path | None = None) -> None:
        self._upstream = upstream
        self._listen = listen
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._is_cut = False
        self.port = 0
        self.delay_s = 0.0
        self.black_hole = False
        self.trickle = False
        self.connections = 0
        """How many were accepted so far."""

    async def __aenter__(self) -> Self:
        if self._listen is not None:
            self._server = await asyncio.start_unix_server(self._accept, str(self._listen))
        else:
            self._server = await asyncio.start_server(self._accept, "127.0.0.1", self.port)
            self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        self.drop()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._server.wait_closed()

    def cut(self) -> None:
        """Reset every connection, and every new one until ``restore``."""
        self._is_cut = True
        self.drop()

    def restore(self) -> None:
        self._is_cut = False

    def drop(self) -> None:
        """Reset every connection; new ones pass."""
        for writer in list(self._writers):
            writer.transport.abort()

    def half_close(self) -> None:
        """End the stream in both directions, as an orderly FIN, without closing a socket."""
        for writer in list(self._writers):
            with contextlib.suppress(OSError, RuntimeError):
                writer.write_eof()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        if self._is_cut:
            writer.transport.abort()
            return
        try:
            up_reader, up_writer = await self._connect()
        except OSError:
            writer.transport.abort()
            return
        self._writers |= {writer, up_writer}
        self._spawn(self._both(self._pump(reader, up_writer), self._pump(up_reader, writer), writer, up_writer))

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if isinstance(self._upstream, Path):
            return await asyncio.open_unix_connection(str(self._upstream))
        return await asyncio.open_connection(*self._upstream)

    async def _both(
        self, up: Coroutine[Any, Any, None], down: Coroutine[Any, Any, None], *writers: asyncio.StreamWriter
    ) -> None:
        try:
            await asyncio.gather(up, down)
        except (OSError, RuntimeError):
            pass  # one end is gone: so is the other
        finally:
            for writer in writers:
                self._writers.discard(writer)
                writer.transport.abort()

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(CHUNK):
            if self.delay_s:
                await asyncio.sleep(self.delay_s)
            if self.black_hole:
                continue
            for part in self._parts(data):
                writer.write(part)
                await writer.drain()
        if not self.black_hole and writer.can_write_eof():
            writer.write_eof()

    def _parts(self, data: bytes) -> Iterable[bytes]:
        if self.trickle:
            return (data[i : i + 1] for i in range(len(data)))
        return (data,)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
