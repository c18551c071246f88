"""Where the store is, and how a link to it is opened."""

import asyncio
import ssl
from collections.abc import Callable
from typing import Any

from redis.asyncio.connection import parse_url

from .errors import Unavailable, Unknown
from .link import Link

CONNECT_S = 2.0


class Store:
    """One address; every link to it is opened here, with its TLS and its password."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._parts: dict[str, Any] = dict(parse_url(url))

    async def open_link(self, on_lost: Callable[[], None], on_push: Callable[[list[Any]], None] | None = None) -> Link:
        """A connected, authenticated link that knows the ``run_id`` of the process at its other end."""
        link = Link(on_lost, on_push)
        try:
            async with asyncio.timeout(CONNECT_S):
                await self._connect(link)
                await self._introduce(link)
        except BaseException as error:
            link.abort()
            if not isinstance(error, (OSError, TimeoutError, Unknown)):
                raise
            raise Unavailable(f"no answer from the store at {self.place}: {error or 'timed out'}") from error
        return link

    @property
    def place(self) -> str:
        """The address without its secrets, for messages."""
        if path := self._parts.get("path"):
            return str(path)
        return f"{self._parts.get('host', 'localhost')}:{self._parts.get('port', 6379)}"

    async def _connect(self, link: Link) -> None:
        loop = asyncio.get_running_loop()
        if path := self._parts.get("path"):
            await loop.create_unix_connection(lambda: link, path)
            return
        context = ssl.create_default_context() if self.url.startswith("rediss://") else None
        host, port = self._parts.get("host", "localhost"), int(self._parts.get("port", 6379))
        await loop.create_connection(lambda: link, host, port, ssl=context)

    async def _introduce(self, link: Link) -> None:
        if password := self._parts.get("password"):
            await link.call("AUTH", self._parts.get("username") or "default", password)
        if database := self._parts.get("db"):
            await link.call("SELECT", int(database))
        info: bytes = await link.call("INFO", "server")
        link.run_id = info.split(b"run_id:", 1)[1].split(b"\r\n", 1)[0].decode()
