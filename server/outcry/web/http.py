"""uvicorn's HTTP protocol with the patience taken out.

uvicorn itself waits for ever for the end of a request's headers and for a reader that does not read, and bounds neither
the size of headers nor the connections of one address. The websocket class is built only after the upgrade has been
parsed, so all of this must be watched here.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar, Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from .addresses import Networks, Seats

if TYPE_CHECKING:
    from ..config import Config

HEADER_SECONDS: Final = 5.0
HEADER_BYTES: Final = 32 * 1024
DRAIN_SECONDS: Final = 30.0


class TooLarge(Exception):
    """Headers beyond ``HEADER_BYTES``; the parser passes it on as one of its own errors, which ends the connection."""


class HttpProtocol(HttpToolsProtocol):
    """One connection until it ends or becomes a websocket. ``seats`` counts connections per address.

    Headers are counted as they are parsed, because a chunk may hold their end and a body; what is not yet parsed is
    counted by the chunk, because the parser tells nothing of a line that does not end.
    """

    seats: ClassVar[Seats]

    _header_timer: asyncio.TimerHandle | None = None
    _drain_timer: asyncio.TimerHandle | None = None
    _leave: Callable[[], None] | None = None
    _header_bytes: int = 0
    _unparsed_bytes: int = 0
    _heads: int = 0
    _in_headers: bool = True

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if self.client is not None:
            self._leave = self.seats.take(self.client[0])
            if self._leave is None:
                transport.abort()
                return
        self._expect_headers()

    def connection_lost(self, exc: Exception | None) -> None:
        self._let_go()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self.transport.is_closing():
            return
        if self._in_headers and self._header_timer is None:  # the first bytes of a further request
            self._expect_headers()
        before = self._in_headers, self._heads
        super().data_received(data)
        if self._in_headers and (self._in_headers, self._heads) == before:  # nothing but a part of headers
            self._unparsed_bytes += len(data)
            if self._unparsed_bytes > HEADER_BYTES:
                self.transport.abort()

    def on_url(self, url: bytes) -> None:
        self._count(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        self._count(len(name) + len(value) + 4)  # the colon, a space, the end of the line
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        self._in_headers = False
        self._heads += 1
        self._header_bytes = self._unparsed_bytes = 0
        self._cancel_header_timer()
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self._in_headers = True

    def on_response_complete(self) -> None:
        if self.cycle.more_body and not self.pipeline:  # answered before it was all said: do not listen to the rest
            self.transport.close()
        super().on_response_complete()

    def handle_websocket_upgrade(self) -> None:
        self._let_go()
        super().handle_websocket_upgrade()

    def pause_writing(self) -> None:
        super().pause_writing()
        if self._drain_timer is None:
            self._drain_timer = self.loop.call_later(DRAIN_SECONDS, self.transport.abort)

    def resume_writing(self) -> None:
        super().resume_writing()
        if self._drain_timer is not None:
            self._drain_timer.cancel()
            self._drain_timer = None

    def _count(self, size: int) -> None:
        self._header_bytes += size
        if self._header_bytes > HEADER_BYTES:
            raise TooLarge

    def _expect_headers(self) -> None:
        self._header_timer = self.loop.call_later(HEADER_SECONDS, self.transport.abort)

    def _cancel_header_timer(self) -> None:
        if self._header_timer is not None:
            self._header_timer.cancel()
            self._header_timer = None

    def _let_go(self) -> None:
        self._cancel_header_timer()
        if self._drain_timer is not None:
            self._drain_timer.cancel()
            self._drain_timer = None
        if self._leave is not None:
            self._leave()
            self._leave = None


def http_protocol(config: Config) -> type[HttpProtocol]:
    """The class for uvicorn's ``http=``. A peer that is a proxy of ours, behind which many sit, is not counted."""
    exempt = Networks([*config.limits.exempt, *config.web.proxies])
    attributes: dict[str, Any] = {"seats": Seats(config.limits.sockets_per_address, exempt)}
    return type("HttpProtocol", (HttpProtocol,), attributes)
