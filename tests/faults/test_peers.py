"""Peers that do not read, or write what nobody should: cut off, while honest bidders beside them notice nothing."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from itertools import count
from pathlib import Path

import pytest

from tests.support.client import Client
from tests.support.house import MILLION, House, serve
from tests.support.peer import CONTINUATION, PING, TEXT, Peer, frame, peers
from tests.support.store import StoreProcess
from tests.support.wait import until

pytestmark = pytest.mark.fault
MIB = 1024 * 1024


@pytest.fixture
async def house(store: StoreProcess) -> AsyncIterator[House]:
    limits = {"bid_interval_ms": 0, "frames_per_s": 1_000}
    async with serve(store, config={"limits": limits}) as house:
        await house.open()
        yield house


def worker(house: House) -> int:
    (pid,) = house.children("outcry.worker")
    return pid


def resident(house: House) -> int:
    """Bytes of memory that the worker holds."""
    return int(Path(f"/proc/{worker(house)}/statm").read_text().split()[1]) * 4096


def open_sockets(house: House) -> int:
    links = Path(f"/proc/{worker(house)}/fd").iterdir()
    with contextlib.suppress(FileNotFoundError):
        return sum(link.readlink().name.startswith("socket:") for link in links)
    return -1


class Duel:
    """Two honest bidders who outbid each other, and how long their decisions took."""

    def __init__(self, first: Client, second: Client) -> None:
        self._sides = (first, second)
        self._amounts = count(300 * MILLION, MILLION)

    async def bids(self, times: int, rest_s: float = 0.0) -> list[float]:
        """Seconds from each bid to its decision, sorted. ``rest_s``: between two bids."""
        took = []
        for turn in range(times):
            began = time.perf_counter()
            assert (await self._sides[turn % 2].bid(next(self._amounts)))["ok"]
            took.append(time.perf_counter() - began)
            await asyncio.sleep(rest_s)
        return sorted(took)


@pytest.fixture
async def duel(house: House) -> AsyncIterator[Duel]:
    tokens = [await house.bidder("lot-1", name) for name in ("Ada", "Bo")]
    async with Client(house.url, "lot-1", tokens[0]) as first, Client(house.url, "lot-1", tokens[1]) as second:
        yield Duel(first, second)


async def test_thirty_who_never_read(house: House, duel: Duel) -> None:
    """Their connections fill, are skipped, and after ten seconds are gone, buffers and all."""
    quiet, sockets = await duel.bids(200), open_sockets(house)
    async with peers(house.port, 30):
        assert open_sockets(house) == sockets + 30
        before = resident(house)
        # 350 KB in all, more than a socket may keep; slowly, or watchers would be sent ticks instead of events.
        crowded = await duel.bids(1_000, rest_s=0.003)
        assert crowded[989] < 3 * quiet[197] + 0.02, "the 99th of a hundred bids is decided as fast as before"
        assert resident(house) - before < 30 * 0.25 * MIB + 8 * MIB

        await until(lambda: open_sockets(house) == sockets, "the house to drop who does not read", 15)
    assert len(await duel.bids(10)) == 10


async def flood(peer: Peer, data: bytes, times: int) -> None:
    with contextlib.suppress(ConnectionError):
        for _ in range(times):
            await peer.send(data)


FLOODS = {
    "pings that nobody reads": frame(PING, b"x" * 100) * 500,
    "empty fragments": frame(TEXT, b"{", final=False) + frame(CONTINUATION, final=False) * 10_000,
    "errors without end": frame(TEXT, b"{}") * 500,
    "pings in JSON": frame(TEXT, b'{"t":"ping","c":1}') * 20_000,
}


@pytest.mark.parametrize("data", FLOODS.values(), ids=FLOODS.keys())
async def test_floods(house: House, duel: Duel, data: bytes) -> None:
    """A megabyte and more of it, unread: cut off, the memory flat, the bidders undisturbed."""
    quiet = await duel.bids(100)
    async with peers(house.port, 5) as crowd:
        before = resident(house)
        async with asyncio.TaskGroup() as group:
            for peer in crowd:
                group.create_task(flood(peer, data, 50))
            beside = await duel.bids(100)
        assert beside[98] < 3 * quiet[98] + 0.1
        assert resident(house) - before < 10 * MIB

        async def all_are_cut_off() -> bool:
            return all([await peer.is_cut_off() for peer in crowd])

        await until(all_are_cut_off, "the house to cut them off", 15)


async def test_three_hundred_who_never_finish_their_request(house: House) -> None:
    """Half a handshake each, from an address of their own: a bidder joins at once, and they are gone in seconds."""
    token = await house.bidder("lot-1", "Ada")
    sockets = open_sockets(house)
    half = []
    for _ in range(300):
        _, writer = await asyncio.open_connection("127.0.0.1", house.port, local_addr=("127.0.0.1", 0))
        writer.write(b"GET /ws/lots/lot-1 HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: webso")
        half.append(writer)
    async with asyncio.timeout(1), Client(house.url, "lot-1", token) as client:
        assert (await client.bid(300 * MILLION))["ok"]
    await until(lambda: open_sockets(house) <= sockets + 1, "the half-open to be gone", 10)
    for writer in half:
        writer.transport.abort()


async def test_one_address_has_so_many_sockets(house: House) -> None:
    """127.0.0.1 is exempt here, 127.0.0.2 is not; its neighbours keep their own share."""

    async def connect(address: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection("127.0.0.1", house.port, local_addr=(address, 0))

    held = [await connect("127.0.0.2") for _ in range(200)]
    reader, writer = await connect("127.0.0.2")
    with contextlib.suppress(ConnectionError):
        assert await reader.read(1) == b""
    writer.close()
    reader, writer = await connect("127.0.0.3")
    writer.write(b"GET /livez HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
    assert b" 200 " in await reader.readline()
    for _, other in [*held, (reader, writer)]:
        other.close()


async def test_a_thousand_who_connect_and_vanish_leave_nothing(house: House, duel: Duel) -> None:
    sockets = open_sockets(house)
    for _ in range(10):
        async with peers(house.port, 100):
            pass
    await until(lambda: open_sockets(house) == sockets, "every descriptor to be back", 10)
    assert len(await duel.bids(10)) == 10
