"""The composition root: its parts start in order, and stop the other way round whatever happens."""

from typing import Any, cast

import pytest
from httpx import ASGITransport, AsyncClient

from outcry.app import House, build_house, house_secret
from outcry.config import Config, ConfigError
from outcry.engine.errors import Unavailable
from outcry.engine.records import Records
from outcry.engine.store import Store
from tests.support.store import StoreProcess
from tests.support.wait import until

pytestmark = pytest.mark.anyio


class Part:
    def __init__(self, name: str, told: list[str], fails: bool = False) -> None:
        self._name = name
        self._told = told
        self._fails = fails

    async def start(self) -> None:
        if self._fails:
            raise Unavailable("no")
        self._told.append(f"+{self._name}")

    async def stop(self) -> None:
        self._told.append(f"-{self._name}")


def house_of(*parts: Part) -> House:
    return House(cast(Any, None), cast(Any, None), parts)


async def test_parts_stop_the_other_way_round() -> None:
    told: list[str] = []
    async with house_of(Part("store", told), Part("room", told)):
        assert told == ["+store", "+room"]
    assert told == ["+store", "+room", "-room", "-store"]


async def test_where_one_fails_those_before_it_stop() -> None:
    told: list[str] = []
    with pytest.raises(Unavailable):
        async with house_of(Part("store", told), Part("room", told, fails=True)):
            pytest.fail("it is not open")
    assert told == ["+store", "-store"]


async def test_a_real_house_starts_and_stops(store: StoreProcess) -> None:
    house = await build_house(Config().override(store={"url": store.url}))
    async with house:
        assert house.context.engine.up
        assert house.context.feed.up
    assert not house.context.feed.up


async def test_a_house_whose_store_came_back_without_its_disk_says_so(store: StoreProcess) -> None:
    store.client.config_set("appendfsync", "no")
    try:
        house = await build_house(Config().override(store={"url": store.url}))
        async with house, AsyncClient(transport=ASGITransport(house.site), base_url="http://house.test") as client:
            await until(lambda: house.context.auditor.fault is not None, "the fault to be found")
            assert (await client.get("/readyz")).json() == {"ready": False, "reasons": ["store_unsafe"]}
    finally:
        store.client.config_set("appendfsync", "always")


async def test_settings_that_contradict_themselves_are_one_line(store: StoreProcess) -> None:
    config = Config().override(store={"url": store.url}, web={"origins": ["auction.example"]})
    with pytest.raises(ConfigError, match=r"web\.origins: 'auction\.example' is no origin; write it as"):
        await build_house(config)


async def test_a_secret_is_made_once_for_all_processes(store: StoreProcess) -> None:
    """Two that made their own would give one bidder two codes."""
    first, second = Records(Store(store.url)), Records(Store(store.url))
    try:
        made = await house_secret(Config(), first)
        assert len(made) == 32
        assert await house_secret(Config(), second) == made
        configured = Config().override(house={"secret": "0123456789abcdef"})
        assert await house_secret(configured, second) == b"0123456789abcdef"
    finally:
        await first.stop()
        await second.stop()
