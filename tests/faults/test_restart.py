"""The whole house goes, politely or not, and comes back on the same data while people go on bidding."""

import json
import time

import pytest

from tests.support.client import Client
from tests.support.crowd import crowd
from tests.support.house import serve
from tests.support.transcript import Frame
from tests.support.wait import until

pytestmark = pytest.mark.fault
UNLIMITED = {"limits": {"bid_interval_ms": 0, "frames_per_s": 10_000}}


async def test_killed_at_once_with_its_store() -> None:
    """SIGKILL to the supervisor takes workers and embedded store along; what was acknowledged is on disk."""
    async with serve(workers=2, config=UNLIMITED) as house, crowd(house) as people:
        for _ in range(2):
            await people.gets_on()
            house.process.kill()
            house.process.wait()
            house.start()
            await house.ready()
        await people.gets_on()
        await people.settle()
        assert {client.heard.histories for client in people.clients} == {0}
        # Twice or three times: who still waited out his jitter at the second kill lost only one connection.
        assert {client.connections for client in people.clients} <= {2, 3}


async def test_asked_to_stop_under_load() -> None:
    """SIGTERM: out within 8 s, every bid decided once, everybody back afterwards."""
    async with serve(workers=2, config=UNLIMITED) as house, crowd(house, bidders=5, watchers=20) as people:
        await people.gets_on()
        assert await house.stop(within_s=8) == 0
        house.start()
        await house.ready()
        await people.gets_on()
        await people.settle()


async def test_an_end_that_fell_into_the_outage_is_moved() -> None:
    """Nobody could bid at the end, so it is not the end: an outage never closes a lot."""
    async with serve(config=UNLIMITED) as house:
        await house.open(terms={"duration_ms": 3_000, "window_ms": 1_000, "extension_ms": 1_000})
        lot = await house.get("/api/v1/lots/lot-1")
        async with Client(house.url, "lot-1", comes_back=True) as watcher:
            house.process.kill()
            house.process.wait()
            await until(lambda: time.time() * 1000 > lot["ends_at"], "the end to pass while nobody is there")
            house.start()
            await house.ready()
            await until(lambda: told(watcher, "extended"), "the house to move the end", 10)
            extended = told(watcher, "extended")[0]
            assert extended["reason"] == "outage"
            assert extended["ends_at"] >= lot["ends_at"] + 10_000
            assert not told(watcher, "closed")
            await until(lambda: told(watcher, "closed"), "the hammer", 15)
            assert told(watcher, "closed")[0]["at"] >= extended["ends_at"]


def told(client: Client, kind: str) -> list[Frame]:
    """The events of a type that a client knows of."""
    return [event for event in map(json.loads, client.heard.log.values()) if event["t"] == kind]
