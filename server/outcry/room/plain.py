"""A room's socket where the server offers no handle: in Starlette's test client. It keeps its task."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from starlette.websockets import WebSocketDisconnect

from ..model.codes import Close
from .wire import text_payloads

if TYPE_CHECKING:
    from starlette.websockets import WebSocket

    from .detached import Receiver

Outgoing = bytes | tuple[int, str] | None
"""Frames to write; a close code and reason; the end."""


class PlainSocket:
    """Frames go through a queue to ``send_text``; ``serve`` reads until either side ends."""

    def __init__(self, websocket: WebSocket, receiver: Receiver) -> None:
        self._websocket = websocket
        self._receiver = receiver
        self._queue: asyncio.Queue[Outgoing] = asyncio.Queue()
        self._closing = False

    @property
    def out(self) -> PlainSocket:
        return self

    def write(self, data: bytes) -> None:
        self._queue.put_nowait(data)

    def close(self, code: int, reason: str = "") -> None:
        self._end(code)
        self._queue.put_nowait((code, reason))

    def abort(self) -> None:
        self._end(None)
        self._queue.put_nowait(None)

    async def serve(self) -> None:
        reading = asyncio.create_task(self._read())
        try:
            await self._send()
        finally:
            reading.cancel()
            self._end(None)
            self._receiver.ended()

    async def _read(self) -> None:
        try:
            while True:
                message = await self._websocket.receive()
                if message["type"] == "websocket.disconnect":
                    break
                if message.get("text") is None:
                    self.close(Close.UNSUPPORTED, "text only")
                elif not self._closing:
                    self._receiver.text(message["text"].encode())
        finally:
            self._queue.put_nowait(None)

    async def _send(self) -> None:
        try:
            while (outgoing := await self._queue.get()) is not None:
                if isinstance(outgoing, bytes):
                    for payload in text_payloads(outgoing):
                        await self._websocket.send_text(payload.decode())
                else:
                    await self._websocket.close(*outgoing)
                    return
        except (WebSocketDisconnect, RuntimeError):
            return  # the peer has gone

    def _end(self, code: int | None) -> None:
        if not self._closing:
            self._closing = True
            self._receiver.lost(code)
