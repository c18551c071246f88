"""A socket without its server: a small protocol that owns the transport, reads strictly and closes in order."""

from __future__ import annotations

import asyncio
from typing import Any, Final, Protocol

from ..model.codes import Close
from .meter import Meter
from .wire import CLOSE, PING, PING_FRAME, TEXT, Reader, WireError, close_frame, pong_frame

HIGH_WATER, LOW_WATER = 32 * 1024, 8 * 1024
"""Above ``HIGH_WATER`` unsent bytes a socket is slow and skipped, until they are down to ``LOW_WATER``."""
DRAIN_S: Final = 10.0
"""How long a socket may stay slow."""
CLOSE_S: Final = 3.0
"""How long a peer has to answer a close frame."""
CONTROLS_PER_S, CONTROLS_BURST_S = 5, 4.0


class Receiver(Protocol):
    """Who reads a socket. Called from the loop; must not raise."""

    def text(self, payload: bytes) -> None:
        """One whole message, valid UTF-8."""

    def paused(self) -> None:
        """The peer does not drain: do not write."""

    def drained(self) -> None: ...

    def lost(self, code: int | None) -> None:
        """Once: nothing may be written any more. ``code``: with which this side closed, if it did."""

    def ended(self) -> None:
        """Once, the last call: the connection is gone, its buffers and its descriptor too."""

    def leave(self) -> None:
        """The server is stopping."""


class Writer(Protocol):
    def write(self, data: bytes) -> None: ...


class Socket(Protocol):
    """What a receiver holds of its socket."""

    @property
    def out(self) -> Writer:
        """Where ready frames are written: the transport itself, because it is the hot loop that writes."""

    def close(self, code: int, reason: str = "") -> None: ...
    def abort(self) -> None: ...


class Detached(asyncio.Protocol):
    """Answers pings and closes, notes a slow peer, ends whoever breaks RFC 6455 or a limit."""

    __slots__ = (
        "out", "heard", "unanswered", "turn",
        "_receiver", "_connections", "_limit", "_reader", "_controls", "_timer", "_closing",
    )  # fmt: skip

    def __init__(
        self, transport: asyncio.Transport, receiver: Receiver, connections: set[Any], message_limit: int
    ) -> None:
        self.out = transport
        self.heard = True
        """Whether anything came since the last ping."""
        self.unanswered = 0
        self.turn = 0
        """When the sweep comes to it."""
        self._receiver = receiver
        self._connections = connections
        self._limit = message_limit
        self._reader: Reader | None = None
        self._controls: Meter | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._closing = False
        connections.add(self)

    @property
    def buffered(self) -> int:
        """Bytes not yet taken by the kernel."""
        return self.out.get_write_buffer_size()

    def ping(self) -> None:
        self.heard = False
        if not self._closing and not self.out.is_closing():
            self.out.write(PING_FRAME)

    def close(self, code: int, reason: str = "") -> None:
        """Says why, waits for the peer's answer, ends the connection after 3 s in any case."""
        if self._closing:
            return
        self._end(code)
        if not self.out.is_closing():
            self.out.write(close_frame(code, reason))
        # After a violation nothing more is read; else the peer's answer is awaited, among what it had sent before.
        self._reader = None if code < Close.LEAVING else self._reader or Reader(self._limit)

    def abort(self) -> None:
        """Ends the connection and frees its buffers at once."""
        self._end(None)
        self.out.abort()

    def shutdown(self) -> None:
        """uvicorn, stopping."""
        if not self._closing:
            self._receiver.leave()

    def data_received(self, data: bytes) -> None:
        self.heard = True
        if self._reader is None:
            if self._closing:
                return
            self._reader = Reader(self._limit)
        try:
            for opcode, payload in self._reader.feed(data):
                if opcode == CLOSE:
                    self._answer_close(payload)
                elif self._closing:
                    continue
                elif opcode == TEXT:
                    self._receiver.text(payload)
                else:
                    self._control(opcode, payload)
                if self._reader is None or self.out.is_closing():
                    return
        except WireError as error:
            self.close(error.code, error.reason)
            self._reader = None

    def pause_writing(self) -> None:
        if not self._closing:
            self._timer = asyncio.get_running_loop().call_later(DRAIN_S, self._give_up)
            self._receiver.paused()

    def resume_writing(self) -> None:
        if not self._closing:
            self._stop_timer()
            self._receiver.drained()

    def eof_received(self) -> None:
        self._end(None)  # the transport closes itself when all is sent

    def connection_lost(self, exc: Exception | None) -> None:
        self._end(None)
        self._stop_timer()
        self._connections.discard(self)
        self._receiver.ended()

    def _control(self, opcode: int, payload: bytes) -> None:
        if self._controls is None:
            self._controls = Meter()
        if self._controls.backlog(1 / CONTROLS_PER_S) > CONTROLS_BURST_S:
            raise WireError(Close.POLICY, "too many control frames")
        if opcode == PING and self.buffered <= HIGH_WATER:
            self.out.write(pong_frame(payload))

    def _answer_close(self, payload: bytes) -> None:
        if not self._closing:
            self._end(None)
            self.out.write(close_frame(int.from_bytes(payload[:2], "big")) if payload else b"\x88\x00")
        self.out.close()

    def _end(self, code: int | None) -> None:
        """From here on the peer has 3 s."""
        if not self._closing:
            self._closing = True
            self._stop_timer()
            self._timer = asyncio.get_running_loop().call_later(CLOSE_S, self.out.abort)
            self._receiver.lost(code)

    def _give_up(self) -> None:
        self._end(Close.SLOW)
        self.out.abort()

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
