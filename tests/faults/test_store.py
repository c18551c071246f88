"""The store is killed, frozen, made to forget its scripts and set back in time, while people bid."""

import asyncio
import json
import shutil
import time
from collections.abc import AsyncIterator

import pytest
import redis

from tests.support.client import Client
from tests.support.crowd import Crowd, crowd, mark_of
from tests.support.house import MILLION, House, serve
from tests.support.store import StoreProcess
from tests.support.wait import until

pytestmark = pytest.mark.fault
UNLIMITED = {"limits": {"bid_interval_ms": 0, "frames_per_s": 10_000}}


@pytest.fixture
async def house(store: StoreProcess) -> AsyncIterator[House]:
    async with serve(store, workers=2, config=UNLIMITED) as house:
        yield house


def says_store(people: Crowd, state: str) -> bool:
    """Whether every watcher was told so by the newest pulse."""
    pulses = [watcher.heard.told("pulse") for watcher in people.watchers]
    return all(told and told[-1]["store"] == state for told in pulses)


async def status(house: House, path: str) -> int:
    return (await house.http.get(path)).status_code


async def test_a_killed_store_loses_no_acknowledged_bid(house: House, store: StoreProcess) -> None:
    async with crowd(house) as people:
        await people.gets_on()
        store.kill()
        try:
            await until(lambda: says_store(people, "down"), "every watcher to hear that the store is down")

            async def is_unready() -> bool:
                return await status(house, "/readyz") == 503

            await until(is_unready, "readyz to say no")
            assert await status(house, "/livez") == 200, "the processes are well"
            assert await status(house, "/") == 503, "a page says so, in words"
        finally:
            store.start()
        await people.gets_on()
        await until(lambda: says_store(people, "up"), "every watcher to hear that the store is back")
        await people.settle()
        assert all(client.heard.histories == 0 for client in people.clients), "nothing was lost: nobody is alarmed"
        for lot_id in ("lot-1", "lot-2"):
            log = [json.loads(event) for event in await house.events(lot_id)]
            adopted = [event for event in log if event["t"] == "adopted"]
            assert [event["epoch"] for event in adopted] == [2]
            assert adopted[0]["old"]["n"] == adopted[0]["n"] - 1


async def test_a_frozen_store_decides_each_bid_once_and_none_after_its_sender_gave_up(
    house: House, store: StoreProcess
) -> None:
    """Who was told "unknown" may find his bid accepted, but only from before he was told."""
    await house.open()
    tokens = [await house.bidder("lot-1", f"bidder {k}") for k in range(2)]
    async with Client(house.url, "lot-1", tokens[0]) as first, Client(house.url, "lot-1", tokens[1]) as second:
        assert (await first.bid(300 * MILLION))["ok"]
        told: dict[str, tuple[str, int]] = {}

        async def one(bid_id: str, amount: int) -> None:
            answer = await second.bid(amount, bid_id)
            if answer["t"] == "error":
                told[bid_id] = answer["code"], int(time.time() * 1000)

        store.freeze()
        try:
            asked: list[asyncio.Task[None]] = []
            began = time.monotonic()
            while time.monotonic() - began < 3.0:
                bid_id = f"b{len(asked)}"
                asked.append(asyncio.create_task(one(bid_id, (301 + len(asked)) * MILLION)))
                await asyncio.sleep(0.1)
        finally:
            store.thaw()
        await asyncio.gather(*asked)
        await house.ready()
        assert {"unknown"} <= {code for code, _ in told.values()} <= {"unknown", "unavailable"}

        log = {event["bid"]: event for event in map(json.loads, await house.events("lot-1")) if event["t"] == "bid"}
        code = second.hello["code"]
        for bid_id, (error, at) in told.items():
            event = log.get(mark_of(code, bid_id))
            if error == "unavailable":
                assert event is None, f"{bid_id} was said not to have been sent"
            assert event is None or event["at"] <= at, f"{bid_id} was accepted after its sender was told unknown"
        for index in range(len(asked)):
            answer = await second.bid((301 + index) * MILLION, f"b{index}")
            event = log.get(mark_of(code, f"b{index}"))
            if event is not None:
                assert (answer["ok"], answer["n"]) == (True, event["n"]), "asking again tells what was decided"
        again = [json.loads(event)["bid"] for event in await house.events("lot-1") if b'"t":"bid"' in event]
        assert len(again) == len(set(again)), "each bid id is in the log once"


async def test_a_store_frozen_under_load_is_only_slow(house: House, store: StoreProcess) -> None:
    async with crowd(house) as people:
        await people.gets_on()
        store.freeze()
        try:
            await until(lambda: "unknown" in people.told, "somebody to be told that the outcome is unknown")
        finally:
            store.thaw()
        await people.gets_on()
        await people.settle()


async def test_forgotten_scripts_are_not_noticed(house: House, store: StoreProcess) -> None:
    async with crowd(house) as people:
        for _ in range(10):
            await people.gets_on(5)
            store.client.script_flush()
        await people.settle()
        assert people.told == set()


async def test_a_severed_feed_is_made_good_within_two_seconds(house: House, store: StoreProcess) -> None:
    """The links over which events come are killed during bids: nobody misses one, not even the last."""
    async with crowd(house) as people:
        for _ in range(5):
            await people.gets_on(5)
            sever(store.client, "pubsub")
            heads = {lot_id: len(await house.events(lot_id)) for lot_id in ("lot-1", "lot-2")}
            await asyncio.gather(*(client.reaches(heads[client.lot_id], within_s=2) for client in people.clients))
        await people.settle()
        assert all(client.connections == 1 for client in people.clients), "and no socket was closed over it"


async def test_every_link_severed_at_once(house: House, store: StoreProcess) -> None:
    async with crowd(house) as people:
        for _ in range(3):
            await people.gets_on(5)
            sever(store.client, "pubsub")
            sever(store.client, "normal")
        await people.gets_on()
        await people.settle()


def sever(client: "redis.Redis", kind: str) -> None:
    client.client_kill_filter(_type=kind, skipme=True)


async def test_an_older_log_restored_is_told_to_everybody(house: House, store: StoreProcess) -> None:
    """A backup from before some acknowledged bids: nobody goes on as if nothing had happened."""
    backup = store.folder / "backup"
    async with crowd(house, ["lot-1"]) as people:
        await people.gets_on()
        for bidder in people.bidders:
            bidder.stop()
        await asyncio.gather(*people.running)
        shutil.copytree(store.folder / "appendonlydir", backup)
        before = await house.events("lot-1")
        async with Client(house.url, "lot-1", await house.bidder("lot-1", "late")) as late:
            for _ in range(5):
                answer = await late.bid(late.heard.standing["ask"])
                assert answer["ok"] or answer["code"] == "already_leading"
        await asyncio.gather(*(client.reaches(len(before) + 1) for client in people.clients))

        store.kill()
        shutil.rmtree(store.folder / "appendonlydir")
        shutil.move(backup, store.folder / "appendonlydir")
        store.start()

        await until(
            lambda: all(client.heard.histories for client in people.clients),
            "every client to be told that history changed", 15,
        )  # fmt: skip
        await house.reaches("lot-1", "paused")
        lot = await house.get("/api/v1/lots/lot-1")
        assert (lot["epoch"], lot["ground"]) == (2, "history"), "it does not go on before people have looked"
        after = await house.events("lot-1")
        assert after[: len(before)] == before, "what the backup holds is untouched"
        assert b'"t":"adopted"' in after[len(before)]
        for client in people.clients:
            await client.reaches(len(after), 10)
            assert await client.transcript() == await house.events("lot-1")
