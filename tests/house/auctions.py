"""Auctioneers at work on a disk in memory, and what tests ask of the lots they attend."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from prometheus_client import REGISTRY

from outcry.house.auctioneer import Auctioneer
from tests.support.wait import until

from .fakes import Disk
from .world import House

LATE_MS = 700
"""How late an action may be: 343 ms were seen on two cores under eight times their load. An auctioneer that polled each
second would miss it once in three, and hardly pass all the six moments that the tests look at."""


def running_house() -> House:
    return House(Disk(held=None))


@asynccontextmanager
async def at_work(*houses: House, rescan_s: float = 60.0) -> AsyncIterator[list[Auctioneer]]:
    """An auctioneer in each of these processes."""
    auctioneers = [Auctioneer(house.engine, house.catalogue, rescan_s=rescan_s) for house in houses]
    for auctioneer in auctioneers:
        await auctioneer.start()
    try:
        yield auctioneers
    finally:
        for auctioneer in auctioneers:
            await auctioneer.stop()


def kinds(house: House, lot_id: str = "lot-1") -> list[str]:
    return [event["t"] for event in house.events(lot_id)]


async def has(house: House, *expected: str, lot_id: str = "lot-1", within_s: float = 5.0) -> None:
    """Wait until a lot's events are of these kinds."""
    await until(lambda: kinds(house, lot_id) == list(expected), f"{lot_id}: {expected}", within_s)


async def announce(
    house: House, lot_id: str = "lot-1", *, opens_in_ms: int = 0, duration_ms: int = 60_000, **lot: Any
) -> None:
    terms = {"duration_ms": duration_ms, "window_ms": 100, "extension_ms": 100, **lot.pop("terms", {})}
    await house.announce(lot_id, opens_at=house.now() + opens_in_ms, terms=terms, **lot)


def count(metric: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(metric, labels) or 0.0
