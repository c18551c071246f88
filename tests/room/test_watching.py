"""Counts over processes: added up, and forgotten with the process that said them."""

import pytest

from outcry.room.watching import Watching

from .fakes import FakeRecords

pytestmark = pytest.mark.anyio


async def test_the_others_are_added_up() -> None:
    records, now = FakeRecords(), 1_000
    here, there, elsewhere = (Watching(records, lambda: now, hub) for hub in ("here", "there", "elsewhere"))
    await there.exchange({"lot-1": 3, "lot-2": 0})
    await elsewhere.exchange({"lot-1": 4, "lot-3": 1})
    await here.exchange({"lot-1": 100})
    assert [here.elsewhere(lot) for lot in ("lot-1", "lot-2", "lot-3", "lot-4")] == [7, 0, 1, 0]


async def test_a_process_that_died_is_forgotten_after_ten_seconds() -> None:
    records, now = FakeRecords(), 1_000
    here, dead = Watching(records, lambda: now, "here"), Watching(records, lambda: now, "dead")
    await dead.exchange({"lot-1": 3})
    now += 10_000
    await here.exchange({})
    assert here.elsewhere("lot-1") == 3
    now += 1
    await here.exchange({})
    assert here.elsewhere("lot-1") == 0
    assert list(await records.fields("watching")) == ["here"]


async def test_a_process_that_leaves_says_so() -> None:
    records = FakeRecords()
    here, there = Watching(records, lambda: 0, "here"), Watching(records, lambda: 0)
    await there.exchange({"lot-1": 3})
    await there.leave()
    await here.exchange({})
    assert here.elsewhere("lot-1") == 0
