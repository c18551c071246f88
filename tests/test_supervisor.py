"""The supervisor as a library, as the demo uses it: start, look, stop; and nothing is left behind."""

import os
import resource
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from outcry.config import Config
from outcry.engine.embedded import running_url
from outcry.engine.errors import NoStore
from outcry.listeners import PortError, listen
from outcry.supervisor import StartError, Supervisor, raise_open_files
from tests.support.client import browser
from tests.support.wait import until

pytestmark = pytest.mark.anyio


@pytest.fixture
def folder(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where the house keeps its data, and makes its temporary folders."""
    with tempfile.TemporaryDirectory(prefix="os-", dir="/tmp") as path:
        (Path(path) / "tmp").mkdir()
        monkeypatch.setattr(tempfile, "tempdir", str(Path(path) / "tmp"))
        yield Path(path)


def configured(folder: Path, **web: object) -> Config:
    return Config().override(store={"data": str(folder / "data")}, web={"port": 0, **web})


def nothing_left(folder: Path) -> bool:
    return running_url(folder / "data") is None and list((folder / "tmp").iterdir()) == []


async def test_a_house_is_started_answers_and_is_gone_without_a_trace(folder: Path) -> None:
    house = Supervisor(configured(folder, workers=2), log_level="warning")
    await house.start()
    try:
        assert house.address == f"http://127.0.0.1:{house.port}"
        assert house.store_url == running_url(folder / "data")
        assert len({worker.pid for worker in house.workers}) == 2
        async with browser(house.address) as http:
            assert (await http.get("/readyz")).status_code == 200
    finally:
        await house.stop()
    assert not any(worker.alive() for worker in house.workers)
    assert nothing_left(folder)
    await house.stop()  # once more does no harm


async def test_a_dead_worker_and_a_dead_store_are_mended(folder: Path) -> None:
    house = Supervisor(configured(folder), log_level="critical")
    await house.start()
    try:
        assert house.store is not None
        worker, store = house.workers[0].pid, house.store.pid
        os.kill(worker, signal.SIGKILL)
        os.kill(store, signal.SIGKILL)
        await until(lambda: house.workers[0].ready and house.workers[0].pid != worker, "another worker", 15)
        assert house.store.alive and house.store.pid != store
        async with browser(house.address) as http:

            async def is_ready() -> bool:
                return (await http.get("/readyz")).status_code == 200

            await until(is_ready, "the house to be well", 10)
    finally:
        await house.stop()


async def test_a_taken_port_leaves_nothing_behind(folder: Path) -> None:
    (other,) = listen("127.0.0.1", 0, 1)
    try:
        with pytest.raises(PortError):
            await Supervisor(configured(folder, port=other.getsockname()[1])).start()
    finally:
        other.close()
    assert nothing_left(folder)


async def test_what_only_a_worker_finds_out_ends_the_start(folder: Path) -> None:
    config = configured(folder).override(house={"secret": "short"})
    with pytest.raises(StartError, match=r"house\.secret needs at least 16 bytes"):
        await Supervisor(config, log_level="critical").start()
    assert nothing_left(folder)


async def test_without_a_store_nothing_starts(folder: Path) -> None:
    with pytest.raises(NoStore):
        await Supervisor(configured(folder).override(store={"binary": "/no/such/server"})).start()
    assert nothing_left(folder)


@pytest.mark.parametrize(("host", "address"), [("0.0.0.0", "http://127.0.0.1:"), ("::1", "http://[::1]:")])
async def test_the_address_is_one_that_a_browser_understands(host: str, address: str, folder: Path) -> None:
    house = Supervisor(configured(folder, host=host))
    house._listeners = listen(host, 0, 1)
    try:
        assert house.address == f"{address}{house.port}"
    finally:
        await house.stop()


async def test_open_files_are_as_many_as_allowed() -> None:
    assert raise_open_files() == resource.getrlimit(resource.RLIMIT_NOFILE)[0]
