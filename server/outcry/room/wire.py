"""RFC 6455 as far as a room needs it: frames to clients, and a strict reader of theirs. No I/O.

Why not the reader of ``websockets``: it costs 1.9 KiB a socket and 2.4 µs a frame; this one 0.1 KiB, from the first
byte on, and 0.6 µs. ``tests/room/test_wire.py`` feeds both the same bytes and expects the same of both.
"""

from collections.abc import Iterator
from typing import Final

try:
    from websockets.speedups import apply_mask
except ImportError:  # pragma: no cover - a platform without the compiled wheel
    from websockets.utils import apply_mask

from ..model.codes import Close

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10
FRAGMENTS: Final = 32
"""Frames of one message: no honest client cuts 4 KiB into more, and empty ones would never reach a size limit."""
PING_FRAME: Final = b"\x89\x00"


class WireError(Exception):
    """The peer broke the protocol or a limit: the socket is closed with ``code``."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


def text_frame(payload: bytes) -> bytes:
    """An unmasked text frame around UTF-8 ``payload``: built once, written to every socket."""
    size = len(payload)
    if size < 126:
        return b"\x81%c%b" % (size, payload)
    if size < 65_536:
        return b"\x81\x7e%b%b" % (size.to_bytes(2, "big"), payload)
    return b"\x81\x7f%b%b" % (size.to_bytes(8, "big"), payload)


def pong_frame(payload: bytes) -> bytes:
    return b"\x8a%c%b" % (len(payload), payload)


def close_frame(code: int, reason: str = "") -> bytes:
    """``reason``: at most 123 bytes, for machines."""
    payload = code.to_bytes(2, "big") + reason.encode()
    return b"\x88%c%b" % (len(payload), payload)


def text_payloads(frames: bytes) -> Iterator[bytes]:
    """The payloads of text frames written in a row, as ``text_frame`` built them."""
    at = 0
    while at < len(frames):
        size, at = frames[at + 1], at + 2
        if size > 125:
            width = 2 if size == 126 else 8
            size, at = int.from_bytes(frames[at : at + width], "big"), at + width
        yield frames[at : at + size]
        at += size


class Reader:
    """Reads one client's frames; keeps what is incomplete, at most ``limit`` bytes and a header."""

    __slots__ = ("_limit", "_rest", "_parts", "_size")

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._rest = b""
        self._parts: list[bytes] | None = None
        self._size = 0

    def feed(self, data: bytes) -> Iterator[tuple[int, bytes]]:
        """Yields ``(TEXT, whole message)`` and ``(CLOSE | PING | PONG, payload)`` in order; raises ``WireError``.

        Lazy, so that a flood costs nothing once its reader has had enough.
        """
        if self._rest:
            data = self._rest + data
        at, end = 0, len(data)
        while end - at >= 2:
            first, second = data[at], data[at + 1]
            size, head = second & 0x7F, at + 2
            if size > 125:
                width = 2 if size == 126 else 8
                if end - head < width:
                    break
                size, head = int.from_bytes(data[head : head + width], "big"), head + width
            if first != 0x81 or self._parts is not None:
                self._check(first, second & 0x7F)
            if not second & 0x80:
                raise WireError(Close.PROTOCOL, "unmasked frame")
            if self._size + size > self._limit and first & 0x0F < CLOSE:
                raise WireError(Close.TOO_BIG, f"more than {self._limit} bytes")
            body = head + 4
            stop = body + size
            if end < stop:
                break
            payload = apply_mask(data[body:stop], data[head:body])
            at = stop
            if first == 0x81:
                yield TEXT, utf8(payload)
            elif first & 0x0F >= CLOSE:
                yield first & 0x0F, payload if first != 0x88 else checked_close(payload)
            else:
                self._append(payload)
                if first & 0x80:
                    yield TEXT, self._joined()
        self._rest = data[at:]

    def _check(self, first: int, size: int) -> None:
        """Everything but the first frame of an unfragmented text; ``size`` as in the second byte."""
        opcode, final = first & 0x0F, first & 0x80
        if first & 0x70:
            raise WireError(Close.PROTOCOL, "reserved bits")
        if opcode >= CLOSE:
            if opcode > PONG or size > 125 or not final:
                raise WireError(Close.PROTOCOL, "bad control frame")
        elif opcode == BINARY:
            raise WireError(Close.UNSUPPORTED, "text only")
        elif opcode > BINARY or (opcode == CONTINUATION) != (self._parts is not None):
            raise WireError(Close.PROTOCOL, "unexpected opcode")

    def _append(self, payload: bytes) -> None:
        if self._parts is None:
            self._parts = []
        self._parts.append(payload)
        self._size += len(payload)
        if len(self._parts) > FRAGMENTS:
            raise WireError(Close.POLICY, "too many fragments")

    def _joined(self) -> bytes:
        message = b"".join(self._parts or ())
        self._parts, self._size = None, 0
        return utf8(message)


def utf8(payload: bytes) -> bytes:
    if not payload.isascii():
        try:
            payload.decode()
        except UnicodeDecodeError:
            raise WireError(Close.INVALID, "not UTF-8") from None
    return payload


def checked_close(payload: bytes) -> bytes:
    """The payload of a close frame: empty, or a code that may be sent and a reason."""
    if payload:
        code = int.from_bytes(payload[:2], "big")
        if len(payload) < 2 or not (1000 <= code <= 1014 or 3000 <= code <= 4999) or code in (1004, 1005, 1006):
            raise WireError(Close.PROTOCOL, "bad close frame")
        utf8(payload[2:])
    return payload
