"""The auditor: whether the store that the house has now could lose a bid, which its start asked of the one it had then.

A store that was restarted by hand, restored or failed over answers as before, and may have come back without its disk.
The house goes on with it, because ending a sale is no cure, but sends no more people in: it is not ready, and says why.
"""

import asyncio
import contextlib
import logging
import time
from typing import Final, Literal

from ..engine.audit import audit, require
from ..engine.engine import Engine
from ..engine.errors import NotDurable, StoreError, Unfit
from ..engine.store import Store

LOOK_S: Final = 1.0
AGAIN_S: Final = 60.0
"""Settings may be changed in a store that runs, too."""
CURE_S: Final = 5.0

Durability = Literal["strict", "relaxed"]

log = logging.getLogger("outcry.auditor")


class Auditor:
    """``fault``: why the present store could lose a bid or run no auction, in one line; None where it is sound."""

    def __init__(self, store: Store, engine: Engine, durability: Durability) -> None:
        self.fault: str | None = None
        self._store = store
        self._engine = engine
        self._durability = durability
        self._run_id = ""
        self._audited_s = float("-inf")
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def look(self) -> None:
        """Audit the store if it is another one than last time, or if that is long ago; in a thread, for it waits."""
        run_id = self._engine.run_id
        due_s = self._audited_s + (AGAIN_S if self.fault is None else CURE_S)
        if not run_id or (run_id == self._run_id and time.monotonic() < due_s):
            return
        try:
            findings = await asyncio.to_thread(audit, self._store.url)
        except StoreError:
            return  # out of reach: that is another reason not to be ready, and another look
        self._run_id, self._audited_s = run_id, time.monotonic()
        try:
            require(findings, self._durability, self._store.place)
        except (NotDurable, Unfit) as error:
            if self.fault != str(error):
                log.error("the store is not sound: %s", error, extra={"run_id": run_id})
            self.fault = str(error)
            return
        if self.fault is not None:
            log.info("the store is sound again", extra={"run_id": run_id})
        self.fault = None

    async def _run(self) -> None:
        while True:
            await self.look()
            await asyncio.sleep(LOOK_S)
