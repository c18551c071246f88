"""The network between the house and its store misbehaves without closing anything, while people bid."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.support.crowd import crowd
from tests.support.house import House, Sections, serve
from tests.support.proxy import Proxy
from tests.support.store import StoreProcess

pytestmark = pytest.mark.fault
UNLIMITED = {"bid_interval_ms": 0, "frames_per_s": 10_000}


@asynccontextmanager
async def behind(store: StoreProcess) -> AsyncIterator[tuple[House, Proxy]]:
    """A house that reaches its store only through a proxy."""
    async with Proxy(Path(store.url.removeprefix("unix://"))) as proxy:
        config: Sections = {"limits": UNLIMITED, "store": {"url": f"redis://127.0.0.1:{proxy.port}/0"}}
        async with serve(store, config=config) as house:
            yield house, proxy


async def test_bytes_that_vanish(store: StoreProcess) -> None:
    """Links that are open and deaf are noticed, thrown away, and what they swallowed is fetched."""
    async with behind(store) as (house, proxy), crowd(house) as people:
        await people.gets_on()
        proxy.black_hole = True
        await people.is_told("unknown", within_s=10)
        proxy.black_hole = False
        await people.gets_on()
        await people.settle()


async def test_one_byte_at_a_time(store: StoreProcess) -> None:
    async with behind(store) as (house, proxy), crowd(house, rest_s=0.1) as people:
        await people.gets_on(5)
        proxy.trickle = True
        await people.gets_on(20)
        proxy.trickle = False
        await people.settle()
        assert people.told == set(), "slow is not broken"


async def test_a_long_way_to_the_store(store: StoreProcess) -> None:
    """50 ms each way: decisions wait, nobody is told a falsehood, nothing is paused for a clock that did not step."""
    async with behind(store) as (house, proxy), crowd(house) as people:
        await people.gets_on(5)
        proxy.delay_s = 0.05
        await people.gets_on(20)
        await people.settle()
        assert people.told == set()
        for lot in (await house.get("/api/v1/lots"))["lots"]:
            assert lot["state"] == "open"


async def test_links_that_are_reset_and_refused(store: StoreProcess) -> None:
    async with behind(store) as (house, proxy), crowd(house) as people:
        for _ in range(3):
            await people.gets_on(5)
            proxy.cut()
            await people.is_told("unavailable")
            proxy.restore()
        await people.gets_on()
        await people.settle()


async def test_links_that_are_half_closed(store: StoreProcess) -> None:
    async with behind(store) as (house, proxy), crowd(house) as people:
        for _ in range(3):
            await people.gets_on(5)
            proxy.half_close()
        await people.gets_on()
        await people.settle()
