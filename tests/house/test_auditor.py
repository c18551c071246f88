"""The auditor: a store that comes back without its disk is noticed, though it answers as before."""

from collections.abc import Iterator

import pytest

from outcry.engine.audit import DURABLE_SETTINGS
from outcry.engine.store import Store
from outcry.house import auditor as auditing
from outcry.house.auditor import Auditor
from tests.support.store import StoreProcess
from tests.support.wait import until

from .fake_engine import FakeEngine
from .fakes import Disk


@pytest.fixture
def spoilt(store: StoreProcess) -> Iterator[StoreProcess]:
    """A store whose settings the test may spoil."""
    yield store
    for name, value in DURABLE_SETTINGS.items():
        store.client.config_set(name, value)


@pytest.fixture
def disk() -> Disk:
    """What tells the auditor which process of the store the engine speaks to."""
    return Disk()


def auditor_of(store: StoreProcess, disk: Disk, durability: auditing.Durability = "strict") -> Auditor:
    return Auditor(Store(store.url), FakeEngine(disk), durability)


async def test_a_store_that_comes_back_unsound_is_noticed_and_so_is_its_cure(
    spoilt: StoreProcess, disk: Disk, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    auditor = auditor_of(spoilt, disk)
    await auditor.look()
    assert auditor.fault is None
    spoilt.client.config_set("appendfsync", "everysec")
    await auditor.look()
    assert auditor.fault is None, "the same store is not audited all the time"
    disk.run_id = "b" * 40
    await auditor.look()
    assert auditor.fault is not None and "appendfsync is everysec: CONFIG SET appendfsync always" in auditor.fault
    monkeypatch.setattr(auditing, "CURE_S", 0.0)
    await auditor.look()
    spoilt.client.config_set("appendfsync", "always")
    await auditor.look()
    assert auditor.fault is None
    told = [record.levelname for record in caplog.records if record.name == "outcry.auditor"]
    assert told.count("ERROR") == 1, "once, however often it is looked at"


async def test_a_setting_changed_while_the_store_runs_is_found_in_time(
    spoilt: StoreProcess, disk: Disk, monkeypatch: pytest.MonkeyPatch
) -> None:
    auditor = auditor_of(spoilt, disk)
    await auditor.look()
    spoilt.client.config_set("appendonly", "no")
    monkeypatch.setattr(auditing, "AGAIN_S", 0.0)
    await auditor.look()
    assert auditor.fault is not None


async def test_where_the_house_accepts_the_risk_it_is_no_fault(spoilt: StoreProcess, disk: Disk) -> None:
    spoilt.client.config_set("appendfsync", "no")
    auditor = auditor_of(spoilt, disk, "relaxed")
    await auditor.look()
    assert auditor.fault is None


async def test_a_store_out_of_reach_is_audited_when_it_is_back(store: StoreProcess, disk: Disk) -> None:
    auditor = Auditor(Store("unix:///nowhere"), FakeEngine(disk), "strict")
    await auditor.look()
    assert auditor.fault is None
    disk.run_id = ""
    await auditor_of(store, disk).look()


async def test_it_looks_by_itself_and_stops(spoilt: StoreProcess, disk: Disk) -> None:
    spoilt.client.config_set("appendfsync", "no")
    auditor = auditor_of(spoilt, disk)
    await auditor.start()
    await until(lambda: auditor.fault is not None, "the fault to be found")
    await auditor.stop()
