"""One worker of a house: a single process that serves, and ends with its supervisor. ``worker LISTENER_FD CORD_FD``."""

import asyncio
import contextlib
import logging
import re
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from typing import Any

import orjson
import uvicorn

from . import log as logs
from .app import House, build_house
from .config import Config, ConfigError, read
from .crew import FATAL
from .engine.errors import StoreError
from .listeners import BACKLOG
from .room.fanout import fanout_protocol
from .web.http import http_protocol

UVICORN_FLOOR = (0, 54)
"""Before 0.52 its sans-I/O websockets knew no write backpressure; what we subclass is tested from here on."""
GRACE_S = 2
"""What requests in flight get after the rooms have emptied."""

log = logging.getLogger("outcry.worker")


class Server(uvicorn.Server):
    """uvicorn's server with our order of leaving: no new sockets, then the rooms, then the rest."""

    def __init__(self, config: uvicorn.Config, house: House, on_started: Callable[[], None]) -> None:
        super().__init__(config)
        self._house = house
        self._on_started = on_started

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._on_started()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for server in self.servers:
            server.close()
        await self._house.context.hub.leave()
        await super().shutdown(sockets)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """uvicorn raises the signal once more at its end, which would kill the process before the house has stopped."""
        loop = asyncio.get_running_loop()
        for sign in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(sign, self.leave)
        yield

    def leave(self) -> None:
        self.should_exit = True


async def serve(config: Config, listener: socket.socket, cord: socket.socket) -> int:
    """Until told to leave, or until the supervisor is gone; the exit code."""
    try:
        house = await build_house(config)
        async with house:
            server = Server(server_config(house), house, lambda: tell(cord, ready=True))
            watch(cord, server.leave)
            await server.serve(sockets=[listener])
    except ConfigError as error:
        tell(cord, failed=str(error))
        return FATAL
    except StoreError as error:
        log.error("the store was lost while starting", extra={"reason": str(error)})
        return 1
    return 0


def server_config(house: House) -> uvicorn.Config:
    config = house.context.config
    return uvicorn.Config(
        house.site,
        http=http_protocol(config),
        ws=fanout_protocol(config.limits.frame_bytes),
        ws_max_size=config.limits.frame_bytes,
        ws_per_message_deflate=False,
        lifespan="off",
        log_config=None,
        access_log=False,
        proxy_headers=False,  # believed only from [web] proxies, by web/addresses.py
        server_header=False,
        backlog=BACKLOG,
        timeout_graceful_shutdown=GRACE_S,
    )


def watch(cord: socket.socket, leave: Callable[[], None]) -> None:
    """The supervisor says nothing more: what can still come is its end."""
    loop = asyncio.get_running_loop()

    def gone() -> None:
        loop.remove_reader(cord)
        leave()

    cord.setblocking(False)
    loop.add_reader(cord, gone)


def tell(cord: socket.socket, **said: Any) -> None:
    with contextlib.suppress(OSError):
        cord.sendall(orjson.dumps(said) + b"\n")


def require_uvicorn(version: str = uvicorn.__version__) -> None:
    """Raises ``ConfigError`` for one that is older than what fanout and http subclass."""
    found = tuple(int(part) for part in re.findall(r"\d+", version)[:2])
    if found < UVICORN_FLOOR:
        raise ConfigError(f"uvicorn {version} is too old: pip install 'uvicorn>={'.'.join(map(str, UVICORN_FLOOR))}'")


def new_loop() -> asyncio.AbstractEventLoop:
    """uvloop's, where there is one (CPython)."""
    try:
        import uvloop
    except ImportError:
        return asyncio.new_event_loop()
    return uvloop.new_event_loop()


def main(arguments: list[str]) -> int:
    listener, cord = (socket.socket(fileno=int(number)) for number in arguments)
    with cord.makefile("rb") as lines:
        order = orjson.loads(lines.readline())
    logs.setup(order["level"])
    try:
        require_uvicorn()
        config = read(order["config"], "the supervisor")
    except ConfigError as error:
        tell(cord, failed=str(error))
        return FATAL
    with asyncio.Runner(loop_factory=new_loop) as runner:
        return runner.run(serve(config, listener, cord))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
