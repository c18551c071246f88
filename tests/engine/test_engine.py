"""The engine's own part beside its scripts: adoption on the way, and the reads."""

import asyncio

import orjson
import pytest

from outcry.engine.engine import Engine
from outcry.engine.keys import lot_key
from outcry.model.commands import AdoptLot, CloseLot, PauseLot, PlaceBid
from tests.support.store import StoreProcess

from .conftest import LOT, open_lot

pytestmark = pytest.mark.anyio


async def test_a_stale_lot_is_adopted_once_and_the_bids_decided(engine: Engine, any_store: StoreProcess) -> None:
    await open_lot(engine, "AAAA", "BBBB")
    any_store.client.hset(lot_key(LOT), "run_id", "f" * 40)
    asked: list[str] = []

    async def adopt(lot_id: str) -> bool:
        asked.append(lot_id)
        view = await engine.read_lot(lot_id)
        return (await engine.adopt_lot(lot_id, AdoptLot(view.run_id, view.n))).ok

    engine.adopt = adopt
    replies = await asyncio.gather(
        *(
            engine.place_bid(LOT, PlaceBid(code, "x", amount, engine.clock.now()))
            for code, amount in (("AAAA", 1000), ("BBBB", 1010))
        )  # fmt: skip
    )
    assert [reply.verdict for reply in replies] == ["ok", "ok"]
    assert asked == [LOT]
    adopted = orjson.loads((await engine.read_events(LOT, 1, 1))[0])
    assert adopted["t"] == "adopted" and adopted["old"] == {"epoch": 1, "n": 1, "link": adopted["link"]}
    assert (await engine.read_lot(LOT)).epoch == 2


async def test_without_an_adopter_a_stale_lot_refuses(engine: Engine, any_store: StoreProcess) -> None:
    await open_lot(engine, "AAAA")
    any_store.client.hset(lot_key(LOT), "run_id", "f" * 40)
    reply = await engine.place_bid(LOT, PlaceBid("AAAA", "x", 1000, engine.clock.now()))
    assert reply.verdict == "stale_store"
    assert (await engine.pause_lot(LOT, PauseLot("review"))).verdict == "stale_store"
    assert (await engine.close_lot(LOT, CloseLot(0))).verdict == "stale_store"


async def test_many_lots_are_read_in_the_order_asked(engine: Engine) -> None:
    await open_lot(engine, "AAAA")
    names = [f"lot-none-{i}" for i in range(600)]
    views = await engine.read_lots([*names, LOT])
    assert [view.state for view in views] == ["announced"] * 600 + ["open"]


async def test_answers_are_kept_byte_for_byte(engine: Engine) -> None:
    await open_lot(engine, "AAAA")
    reply = await engine.place_bid(LOT, PlaceBid("AAAA", "x", 1005, engine.clock.now()))
    assert await engine.read_answer(LOT, "AAAA", "x") == reply.body
    assert await engine.read_answer(LOT, "AAAA", "y") is None
    assert await engine.is_admitted(LOT, "AAAA") and not await engine.is_admitted(LOT, "ZZZZ")
    assert await engine.read_text(LOT, 1) is None


async def test_amounts_of_fifteen_digits_keep_every_digit(engine: Engine) -> None:
    await open_lot(engine, "AAAA")
    amount = 999_999_999_999_990
    reply = await engine.place_bid(LOT, PlaceBid("AAAA", "x", amount, engine.clock.now(), confirm=amount))
    assert reply.ok
    event = (await engine.read_events(LOT, 1, 1))[0]
    assert b'"amount":999999999999990,' in event and b'"ask":1000000000000000,' in event
