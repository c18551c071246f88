"""An honest store in memory: records as the real ones behave, lots decided by the oracle, time in the test's hand.

Both die at will: ``Faults`` counts every step that changes something, and a process that dies at step k has done all
steps before it, this one too or not, and none after.
"""

import asyncio
import copy
import random
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from outcry.engine.errors import Unavailable
from outcry.engine.records import Records
from outcry.model.oracle import Oracle


class Died(Exception):
    """The process is no more. Nothing of the house catches it, as nothing catches a SIGKILL."""


@dataclass
class Faults:
    """What befalls one process.

    ``die_at``: the step, from 1, that does not happen; with ``done`` it happens and its answer does not come. ``seed``:
    each step takes a few turns of the loop, so that processes overtake each other, in another way for each seed.
    ``down``: the store is not reached.
    """

    die_at: int | None = None
    done: bool = False
    seed: int = 0
    down: bool = False
    steps: int = 0

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)

    async def delay(self) -> None:
        for _ in range(self._random.randint(0, 3)):
            await asyncio.sleep(0)
        if self.down:
            raise Unavailable("the store is down")

    @contextmanager
    def step(self) -> Iterator[None]:
        """Around whatever changes the store."""
        self.steps += 1
        if self.die_at is not None and (self.steps > self.die_at or (self.steps == self.die_at and not self.done)):
            raise Died
        yield
        if self.die_at is not None and self.steps >= self.die_at:
            raise Died


@dataclass
class Disk:
    """What outlives every process: the records, the lots, and the store's own TIME."""

    values: dict[str, tuple[bytes, int | None]] = field(default_factory=dict)
    sets: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    tables: dict[str, dict[str, int]] = field(default_factory=lambda: defaultdict(dict))
    hashes: dict[str, dict[str, bytes]] = field(default_factory=lambda: defaultdict(dict))
    lots: dict[str, Oracle] = field(default_factory=lambda: defaultdict(Oracle))
    run_id: str = "a" * 40
    held: int | None = 1_700_000_000_000
    offset: int = 0

    def time(self) -> int:
        """The store's TIME in ms: held by the test, or running."""
        return (int(time.time() * 1000) if self.held is None else self.held) + self.offset

    def copy(self) -> "Disk":
        return copy.deepcopy(self)

    def dump(self) -> str:
        """All that a thief of the store would read."""
        return repr((self.values, self.sets, self.tables, self.hashes))


class FakeRecords(Records):
    def __init__(self, disk: Disk, faults: Faults | None = None) -> None:
        self.disk = disk
        self.faults = faults or Faults()

    async def get(self, key: str) -> bytes | None:
        await self.faults.delay()
        return self._value(key)

    async def get_many(self, keys: list[str]) -> list[bytes | None]:
        await self.faults.delay()
        return [self._value(key) for key in keys]

    async def put(self, key: str, value: bytes, ttl_s: int | None = None) -> None:
        await self.faults.delay()
        self._put(key, value, ttl_s)

    async def put_new(self, key: str, value: bytes, ttl_s: int | None = None) -> bool:
        await self.faults.delay()
        new = self._value(key) is None
        if new:
            self._put(key, value, ttl_s)
        return new

    async def replace(self, key: str, old: bytes, new: bytes) -> bool:
        await self.faults.delay()
        if self._value(key) != old:
            return False
        with self.faults.step():
            self.disk.values[key] = (new, self.disk.values[key][1])
        return True

    async def take(self, key: str) -> bytes | None:
        await self.faults.delay()
        value = self._value(key)
        with self.faults.step():
            self.disk.values.pop(key, None)
        return value

    async def delete(self, key: str) -> bool:
        return await self.take(key) is not None

    async def members(self, key: str) -> set[str]:
        await self.faults.delay()
        return set(self.disk.sets[key])

    async def add(self, key: str, member: str) -> bool:
        await self.faults.delay()
        new = member not in self.disk.sets[key]
        with self.faults.step():
            self.disk.sets[key].add(member)
        return new

    async def discard(self, key: str, member: str) -> None:
        await self.faults.delay()
        with self.faults.step():
            self.disk.sets[key].discard(member)

    async def score(self, key: str, member: str, at: int) -> None:
        await self.faults.delay()
        with self.faults.step():
            self.disk.tables[key][member] = at

    async def unscore(self, key: str, member: str) -> None:
        await self.faults.delay()
        with self.faults.step():
            self.disk.tables[key].pop(member, None)

    async def due(self, key: str, until: int, limit: int) -> list[str]:
        return [member for member, at in await self.scores(key) if at <= until][:limit]

    async def scores(self, key: str) -> list[tuple[str, int]]:
        await self.faults.delay()
        return sorted(self.disk.tables[key].items(), key=lambda entry: (entry[1], entry[0]))

    async def size(self, key: str) -> int:
        return len(await self.scores(key))

    async def fields(self, key: str) -> dict[str, bytes]:
        await self.faults.delay()
        return dict(self.disk.hashes[key])

    async def get_field(self, key: str, field: str) -> bytes | None:
        await self.faults.delay()
        return self.disk.hashes[key].get(field)

    async def set_field(self, key: str, field: str, value: bytes) -> None:
        await self.faults.delay()
        with self.faults.step():
            self.disk.hashes[key][field] = value

    async def set_field_new(self, key: str, field: str, value: bytes) -> bool:
        await self.faults.delay()
        if field in self.disk.hashes[key]:
            return False
        with self.faults.step():
            self.disk.hashes[key][field] = value
        return True

    async def drop_field(self, key: str, field: str) -> None:
        await self.faults.delay()
        with self.faults.step():
            self.disk.hashes[key].pop(field, None)

    def _value(self, key: str) -> bytes | None:
        value, expires_at = self.disk.values.get(key, (None, None))
        return None if expires_at is not None and self.disk.time() >= expires_at else value

    def _put(self, key: str, value: bytes, ttl_s: int | None) -> None:
        with self.faults.step():
            self.disk.values[key] = (value, None if ttl_s is None else self.disk.time() + ttl_s * 1000)
