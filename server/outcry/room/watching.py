"""How many watch each lot, over all processes: each says its own numbers, and adds up what the others said lately."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Final

import orjson

from .ports import Fields

KEY: Final = "watching"
STALE_MS: Final = 10_000


class Watching:
    """``now``: store time in ms, the same for all processes. Raises what ``records`` raises."""

    def __init__(self, records: Fields, now: Callable[[], int], hub_id: str | None = None) -> None:
        self._records = records
        self._now = now
        self._hub_id = hub_id or secrets.token_hex(8)
        self._elsewhere: Counter[str] = Counter()

    def elsewhere(self, lot_id: str) -> int:
        return self._elsewhere[lot_id]

    async def exchange(self, counts: Mapping[str, int]) -> None:
        """Says this process's counts and hears the others'; those of processes that died are dropped after 10 s."""
        now = self._now()
        here = {lot_id: count for lot_id, count in counts.items() if count}
        await self._records.set_field(KEY, self._hub_id, orjson.dumps({"at": now, "lots": here}))
        total: Counter[str] = Counter()
        for hub_id, said in (await self._records.fields(KEY)).items():
            if hub_id == self._hub_id:
                continue
            entry = orjson.loads(said)
            if now - entry["at"] > STALE_MS:
                await self._records.drop_field(KEY, hub_id)
            else:
                total.update(entry["lots"])
        self._elsewhere = total

    async def leave(self) -> None:
        await self._records.drop_field(KEY, self._hub_id)
