"""When each lot needs somebody next: a timetable that all processes share, and the bell of this one.

It is a hint. The scripts decide whether anything is due, so an early entry costs a look, and a lost one is found by the
auctioneers' rescan.
"""

import asyncio

from ..engine.records import Records

_KEY = "lots:due"
_AT_ONCE = 1_000


class Calendar:
    def __init__(self, records: Records) -> None:
        self._records = records
        self.changed = asyncio.Event()
        """Set when an entry of this process is new; other processes read it within a second."""

    async def set(self, lot_id: str, at: int) -> None:
        """``at``: ms of the store's clock."""
        await self._records.score(_KEY, lot_id, at)
        self.changed.set()

    async def drop(self, lot_id: str) -> None:
        await self._records.unscore(_KEY, lot_id)

    async def due(self, until: int) -> list[str]:
        """The lots that need somebody before ``until``, soonest first."""
        return await self._records.due(_KEY, until, _AT_ONCE)

    async def entries(self) -> dict[str, int]:
        return dict(await self._records.scores(_KEY))
