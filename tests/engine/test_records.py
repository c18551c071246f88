"""What the house keeps: each call does what its name says, on every kind of store."""

from collections.abc import AsyncIterator

import pytest

from outcry.engine.errors import Unavailable, Unknown
from outcry.engine.records import Records
from outcry.engine.store import Store
from tests.support.store import StoreProcess

pytestmark = pytest.mark.anyio


@pytest.fixture
async def records(store_url: str) -> AsyncIterator[Records]:
    records = Records(Store(store_url))
    await records.start()
    yield records
    await records.stop()


async def test_documents(records: Records) -> None:
    assert await records.get("a") is None
    await records.put("a", b"1")
    assert not await records.put_new("a", b"2")
    assert not await records.replace("a", b"0", b"2")
    assert await records.replace("a", b"1", b"2")
    assert await records.get_many(["a", "b"]) == [b"2", None]
    assert await records.take("a") == b"2"
    assert await records.take("a") is None
    assert await records.put_new("a", b"3", ttl_s=100)
    assert await records.delete("a") and not await records.delete("a")


async def test_sets_timetables_and_fields(records: Records) -> None:
    assert await records.add("s", "x") and not await records.add("s", "x")
    assert await records.members("s") == {"x"}
    await records.discard("s", "x")
    assert await records.members("s") == set()
    for member, at in (("late", 1_795_469_649_601), ("soon", 5)):
        await records.score("z", member, at)
    assert await records.scores("z") == [("soon", 5), ("late", 1_795_469_649_601)]
    assert (await records.size("z"), await records.size("nothing")) == (2, 0)
    assert await records.due("z", 10, 5) == ["soon"]
    await records.unscore("z", "soon")
    assert await records.scores("z") == [("late", 1_795_469_649_601)]
    assert await records.set_field_new("h", "f", b"v") and not await records.set_field_new("h", "f", b"w")
    await records.set_field("h", "g", b"w")
    assert await records.fields("h") == {"f": b"v", "g": b"w"}
    await records.drop_field("h", "g")
    assert await records.get_field("h", "g") is None


async def test_frozen_is_unknown_and_gone_is_unavailable(records: Records, any_store: StoreProcess) -> None:
    any_store.freeze()
    try:
        with pytest.raises(Unknown):
            await records.put("a", b"1")
    finally:
        any_store.thaw()
    any_store.kill()
    try:
        with pytest.raises(Unavailable):
            await records.get("a")
    finally:
        any_store.start()
