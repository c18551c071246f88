"""One connection to the store, without retries: what was asked is answered in order, or fails with the connection.

redis-py's own connections re-send, reconnect and re-subscribe on their own. Where bids and events pass that must not
happen: a second EVALSHA is a second command, and a silent new subscription is a lost event. So these links are plain
protocols over hiredis, and whoever owns one throws it away when it fails.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable
from typing import Any, cast

import hiredis

from .errors import CommandError, Unavailable, Unknown

INTERNAL = (b"LOADING", b"BUSY", b"READONLY", b"OOM", b"MISCONF", b"MASTERDOWN", b"CLUSTERDOWN", b"NOREPLICAS")
"""Errors that mean "not now": the command changed nothing."""


def pack(*arguments: bytes | str | int) -> bytes:
    """A command in the store's wire format."""
    packed: bytes = hiredis.pack_command(cast(Any, arguments))
    return packed


class Link(asyncio.Protocol):
    """``call`` one command, or ``send`` many in one write. Answers without a question go to ``on_push``."""

    def __init__(self, on_lost: Callable[[], None], on_push: Callable[[list[Any]], None] | None = None) -> None:
        self._reader = hiredis.Reader(notEnoughData=Ellipsis)
        self._waiting: deque[asyncio.Future[Any]] = deque()
        self._on_lost = on_lost
        self._on_push = on_push
        self._transport: asyncio.Transport | None = None
        self._gone = asyncio.Event()
        self.run_id = ""
        self.heard_at = 0.0

    @property
    def open(self) -> bool:
        return self._transport is not None and not self._transport.is_closing()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self.heard_at = asyncio.get_running_loop().time()

    def call(self, *arguments: bytes | str | int) -> "asyncio.Future[Any]":
        """One command. The future fails with ``CommandError``, or ``Unknown`` if the link is lost first."""
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self.send(pack(*arguments), (future,))
        return future

    def send(self, packed: bytes, futures: Iterable["asyncio.Future[Any]"]) -> None:
        """Commands already packed, and a future for each of their answers."""
        if not self.open:
            for future in futures:
                if not future.done():
                    future.set_exception(Unavailable("the link to the store is closed"))
            return
        self._waiting.extend(futures)
        assert self._transport is not None
        self._transport.write(packed)

    def push(self, *arguments: bytes | str | int) -> None:
        """A command of a subscribed link: its answer arrives like a message."""
        if self.open:
            assert self._transport is not None
            self._transport.write(pack(*arguments))

    def data_received(self, data: bytes) -> None:
        self.heard_at = asyncio.get_running_loop().time()
        self._reader.feed(data)
        if self._on_push is not None and self.run_id:
            pushed: list[Any] = []
            while (answer := self._reader.gets()) is not Ellipsis:
                pushed.append(answer)
            if pushed:
                self._on_push(pushed)
            return
        while (answer := self._reader.gets()) is not Ellipsis:
            if not self._waiting:
                self.abort()
                return
            future = self._waiting.popleft()
            if future.done():
                continue
            if isinstance(answer, hiredis.ReplyError):
                future.set_exception(failure_of(str(answer)))
            else:
                future.set_result(answer)

    def connection_lost(self, exc: Exception | None) -> None:
        waiting, self._waiting = self._waiting, deque()
        for future in waiting:
            if not future.done():
                future.set_exception(Unknown("the link to the store was lost before the answer"))
        self._gone.set()
        self._on_lost()

    async def close(self) -> None:
        """Aborts, and returns when nothing of the link is left."""
        if self._transport is not None:
            self._transport.abort()
            await self._gone.wait()

    def abort(self) -> None:
        if self._transport is not None:
            self._transport.abort()


def failure_of(message: str) -> Exception:
    if message.encode().startswith(INTERNAL):
        return Unavailable(f"the store does not take commands: {message}")
    return CommandError(message)
