"""Sockets that cost almost nothing: after ``accept`` a small protocol takes the transport over from uvicorn.

uvicorn's own class keeps for each socket an ASGI task, scope, headers, request, queue, parser and timers (24 KiB), and
sends by awaiting. An endpoint that ``detach``es its socket returns, all of that is freed, and rooms write ready frames
straight to the transport: no task, queue, timer or lock per watcher. Nothing outside this file knows uvicorn; what is
used of its semi-private class is listed in ``tests/room/test_contract.py``.
"""

from __future__ import annotations

import asyncio
import socket
from typing import TYPE_CHECKING, Any, Final, cast

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from .detached import HIGH_WATER, LOW_WATER, Detached, Receiver
from .plain import PlainSocket

if TYPE_CHECKING:
    from starlette.websockets import WebSocket
    from websockets.http11 import Request

EXTENSION: Final = "outcry.fanout"
SEND_BUFFER: Final = 64 * 1024
USER_TIMEOUT_MS: Final = 15_000


class Fanout:
    """The handle in ``scope["extensions"]["outcry.fanout"]``."""

    __slots__ = ("_protocol",)

    def __init__(self, protocol: FanoutProtocol) -> None:
        self._protocol = protocol

    def write(self, frame: bytes) -> None:
        """A ready frame, straight to the transport."""
        self._protocol.transport.write(frame)

    @property
    def buffered(self) -> int:
        """Bytes not yet taken by the kernel."""
        return self._protocol.transport.get_write_buffer_size()

    def abort(self) -> None:
        self._protocol.transport.abort()

    def detach(self, receiver: Receiver) -> Detached:
        """Gives the socket to ``receiver``, after ``accept`` and before the next ``await``; the endpoint may return.

        Raises ``ConnectionError`` where the peer has gone already.
        """
        return self._protocol.detach(receiver)


class FanoutProtocol(WebSocketsSansIOProtocol):
    """uvicorn's protocol with the handle in its scope. ``message_limit``: bytes of a client's message once detached."""

    message_limit = 4096

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        bound_kernel_buffers(transport)

    def handle_connect(self, event: Request) -> None:
        super().handle_connect(event)
        # What a hasty client says before it is accepted waits in the kernel, so that no parser need be handed over.
        self.transport.pause_reading()

    async def run_asgi(self) -> None:
        cast(dict[str, Any], self.scope["extensions"])[EXTENSION] = Fanout(self)
        await super().run_asgi()

    async def send(self, message: Any) -> None:
        await super().send(message)
        if message["type"] == "websocket.accept":
            self.transport.resume_reading()

    def detach(self, receiver: Receiver) -> Detached:
        transport = self.transport
        if not self.handshake_complete or transport.is_closing():
            raise ConnectionResetError("the peer has gone")
        self.stop_keepalive()
        detached = Detached(transport, receiver, cast(set[Any], self.connections), self.message_limit)
        # In place of the old one: a stopping server still finds the socket, and waits for it.
        self.connections.discard(self)
        transport.set_protocol(detached)
        transport.set_write_buffer_limits(HIGH_WATER, LOW_WATER)
        if not self.writable.is_set():
            detached.pause_writing()
        # The task ends with `self.transport.close()`, and the parser is a generator that refers to itself: without
        # these lines the socket would close, and the memory wait for the collector.
        self.transport = cast(asyncio.Transport, _GONE)
        self.disconnected = True
        del self.conn, self.scope, self.request, self.response
        return detached


class _Gone:
    """Stands where the transport was."""

    def close(self) -> None:
        pass

    def is_closing(self) -> bool:
        return True


_GONE = _Gone()


def bound_kernel_buffers(transport: asyncio.BaseTransport) -> None:
    """A peer that never reads fills an auto-tuned buffer with megabytes, and holds them for minutes when it dies."""
    sock = transport.get_extra_info("socket")
    if sock is None or sock.family not in (socket.AF_INET, socket.AF_INET6):
        return
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
    if hasattr(socket, "TCP_USER_TIMEOUT"):
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, USER_TIMEOUT_MS)


def fanout_protocol(message_limit: int) -> type[FanoutProtocol]:
    """The class for uvicorn's ``ws=``; ``message_limit``: ``[limits] frame_bytes``."""
    return type("FanoutProtocol", (FanoutProtocol,), {"message_limit": message_limit})


async def attach(websocket: WebSocket, receiver: Receiver) -> Detached | PlainSocket:
    """Accepts and detaches. Where the server has no handle (a test client) the socket stays with its task.

    Raises ``OSError`` where the peer has gone.
    """
    await websocket.accept()
    fanout: Fanout | None = websocket.scope.get("extensions", {}).get(EXTENSION)
    if fanout is None:
        return PlainSocket(websocket, receiver)
    return fanout.detach(receiver)
