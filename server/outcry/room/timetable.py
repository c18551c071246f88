"""What a hub does again and again. A store that is away delays it and breaks nothing."""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable

from ..engine.errors import StoreError

log = logging.getLogger("outcry.hub")


class Timetable:
    """``every`` starts a task; ``stop`` ends them all. A run is never begun while the one before goes on."""

    def __init__(self) -> None:
        self._tasks: list[asyncio.Task[None]] = []

    def every(self, seconds: float, action: Callable[[], Awaitable[None]]) -> None:
        self._tasks.append(asyncio.create_task(self._repeat(seconds, action)))

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        for task in self._tasks:
            with contextlib.suppress(asyncio.CancelledError):
                await task
        self._tasks.clear()

    async def _repeat(self, seconds: float, action: Callable[[], Awaitable[None]]) -> None:
        while True:
            await asyncio.sleep(seconds)
            try:
                await action()
            except (StoreError, TimeoutError) as error:
                log.debug("later", extra={"action": action.__name__, "why": str(error)})
            except Exception:
                log.exception("failed", extra={"action": action.__name__})
