"""Lots whose store cannot be taken at its word.

After a restart of the store they are adopted; after a jump of its clock, or where their history differs, they pause.
"""

import logging
from collections.abc import Callable, Iterable

import orjson

from ..engine.engine import Engine
from ..engine.errors import StoreError
from ..model.codes import LIVE_STATES
from ..model.commands import AdoptLot, PauseLot
from ..model.events import link_of
from ..model.view import LotView

_SETTLED = frozenset(("paused", "closed", "not_open"))
"""Verdicts after which there is nothing left to pause."""

Delivered = Callable[[str], tuple[int, str] | None]
"""The n and link that this process has delivered of a lot, if it follows it."""

log = logging.getLogger("outcry.auctioneer")


class Custody:
    def __init__(self, engine: Engine, delivered: Delivered = lambda lot_id: None) -> None:
        self._engine = engine
        self._delivered = delivered
        self._suspended: dict[str, PauseLot] = {}

    @property
    def suspended(self) -> frozenset[str]:
        """Lots that must pause and have not yet, because the store did not take the command."""
        return frozenset(self._suspended)

    def suspend(self, lot_ids: Iterable[str], ground: str, as_of: int | None = None) -> None:
        """Note that these lots must pause. ``as_of``: store time in ms from which their remaining time counts."""
        for lot_id in lot_ids:
            self._suspended.setdefault(lot_id, PauseLot(ground, as_of=as_of))

    async def pause(self, lot_id: str) -> None:
        """Pause a suspended lot; it stays suspended until the store has said yes or that there is nothing to pause."""
        command = self._suspended.get(lot_id)
        if command is None:
            return
        try:
            reply = await self._engine.pause_lot(lot_id, command)
        except StoreError:
            return
        if reply.ok:
            log.warning(
                "lot paused", extra={"lot": lot_id, "ground": command.ground, "n": orjson.loads(reply.body)["n"]}
            )
        if reply.ok or reply.verdict in _SETTLED:
            self._suspended.pop(lot_id, None)

    def is_stale(self, view: LotView) -> bool:
        """Whether a live lot belongs to a process of the store that is gone."""
        run_id = self._engine.run_id
        return view.state in LIVE_STATES and run_id != "" and view.run_id != run_id

    async def adopt(self, lot_id: str) -> bool:
        """Carry a lot on under the store's present process; true where it may go on, whoever adopted it.

        Compare and set on what was read: of many processes one adopts, and none adopts what has changed meanwhile.
        A lot whose history is not the one delivered here pauses before anything else is decided on it.
        """
        view = await self._engine.read_lot(lot_id)
        if view.state not in LIVE_STATES:
            return False
        if await self._differs(lot_id, view):
            self.suspend([lot_id], "history")
        reply = await self._engine.adopt_lot(lot_id, AdoptLot(view.run_id, view.n))
        if reply.ok:
            epoch = orjson.loads(reply.body)["epoch"]
            log.warning("lot adopted", extra={"lot": lot_id, "n": view.n + 1, "epoch": epoch})
        goes_on = reply.ok or reply.verdict == "not_stale"
        if goes_on:
            await self.pause(lot_id)
        return goes_on

    async def _differs(self, lot_id: str, view: LotView) -> bool:
        """Whether the store lacks, or has otherwise, what this process has delivered."""
        delivered = self._delivered(lot_id)
        if delivered is None:
            return False
        n, link = delivered
        if n > view.n:
            return True
        event = await self._engine.read_events(lot_id, n - 1, 1)
        return not event or link_of(event[0]) != link
