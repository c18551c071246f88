"""Lots are announced once, read strictly, and shown without what is secret."""

import asyncio
import json
from typing import Any

import orjson
import pytest

from outcry.house.errors import Conflict, Malformed
from outcry.model.terms import reserve_hash

from .fakes import Disk, Faults
from .world import House, dies_everywhere, lot_body

NOW = Disk().time()
HIDDEN: dict[str, Any] = {"terms": {"reserve": "hidden"}, "reserve": 987_654_321}
FULL: dict[str, Any] = {
    "attempt": 2, "debtors": 3, "claim": 89_100_000_000, "principal": 61_240_000_000, "appraisal": 5,
    "base_date": "2024-06-30", "notes": [{"en": "As is.\nNo warranty.", "zh": "现状转让"}], "reminders": 6,
    "previous": "lot-0", "eligibility": "amc_only", "clock_note": {"en": "24 h is 480 s", "zh": "24 小时为 480 秒"},
}  # fmt: skip


async def test_a_lot_is_announced_and_found_again_by_every_process() -> None:
    here, there = House(disk := Disk()), House(disk)
    card = await here.catalogue.announce(lot_body(opens_at=NOW + 5, terms={"ladder": [[5_000, 10], [0, 50]]}, **FULL))
    assert await there.catalogue.get("lot-1") == card
    assert await there.catalogue.all() == [card]
    assert await there.catalogue.calendar.due(NOW + 5) == ["lot-1"]
    assert (await there.catalogue.calendar.entries()) == {"lot-1": NOW + 5}


async def test_unknown_lots_are_not_found() -> None:
    house = House()
    for lot_id in ("lot-2", "", "Lot", "lot:1", "../lot-1", "x" * 41):
        assert await house.catalogue.get(lot_id) is None
    assert await house.catalogue.all() == []


async def test_lots_come_in_the_order_of_their_opening() -> None:
    house = House()
    for lot_id, opens_at in (("b", NOW + 9), ("c", NOW), ("a", NOW + 9)):
        await house.announce(lot_id, opens_at=opens_at)
    assert [card.id for card in await house.catalogue.all()] == ["c", "a", "b"]


async def test_announcing_again_is_the_same_lot_and_another_one_is_refused() -> None:
    house = House()
    body = lot_body(opens_at=NOW, **HIDDEN)
    first = await house.catalogue.announce(body)
    assert await House(house.disk).catalogue.announce(body) == first
    for change in ({"opens_at": NOW + 1}, {"reserve": 987_654_322}, {"region": "GD"}):
        with pytest.raises(Conflict) as refused:
            await House(house.disk).catalogue.announce(body | change)
        assert refused.value.code == "exists"
    assert (await house.catalogue.reserve(first))[0] == 987_654_321
    assert await house.catalogue.calendar.entries() == {"lot-1": NOW}


@pytest.mark.parametrize("seed", range(8))
async def test_of_two_lots_announced_under_one_name_at_once_one_wins_with_its_own_reserve(seed: int) -> None:
    disk = Disk()
    houses = [House(disk, Faults(seed=seed * 2 + number)) for number in range(2)]
    bodies = [lot_body(opens_at=NOW + n, terms={"reserve": "hidden"}, reserve=2_000 + n) for n in range(2)]
    answers = await asyncio.gather(
        *(house.catalogue.announce(body) for house, body in zip(houses, bodies, strict=True)), return_exceptions=True
    )
    won = [n for n, answer in enumerate(answers) if not isinstance(answer, BaseException)]
    assert len(won) == 1
    card = await House(disk).catalogue.get("lot-1")
    assert card is not None
    assert card.opens_at == NOW + won[0]
    assert (await House(disk).catalogue.reserve(card))[0] == 2_000 + won[0]
    assert disk.tables["lots"] == disk.tables["lots:due"] == {"lot-1": NOW + won[0]}


async def test_a_process_that_dies_while_announcing_leaves_a_lot_or_none() -> None:
    body = lot_body(opens_at=NOW, **HIDDEN)
    deaths = 0
    async for left in dies_everywhere(Disk, lambda house: house.catalogue.announce(body)):
        deaths += 1
        seen = await House(left).catalogue.all()
        assert [card.id for card in seen] in ([], ["lot-1"])
        card = await House(left).catalogue.announce(body)
        assert await House(left).catalogue.all() == [card]
        assert (await House(left).catalogue.reserve(card))[0] == 987_654_321
        assert await House(left).catalogue.calendar.due(NOW) == ["lot-1"]
    assert deaths == 8


async def test_no_public_path_tells_a_hidden_reserve_or_its_salt() -> None:
    house = House()
    await house.open(**HIDDEN)
    card = await house.catalogue.get("lot-1")
    assert card is not None
    reserve, salt = await house.catalogue.reserve(card)
    assert reserve == 987_654_321 and len(salt) == 32
    public = json.dumps(house.catalogue.public(card, await house.engine.read_lot("lot-1")))
    for secret in ("987654321", "987_654_321", salt):
        assert secret not in public
        assert secret not in repr(card)
        assert secret not in house.disk.values["lot:lot-1"][0].decode()
        assert secret not in house.disk.lots["lot-1"].events[0].decode()
    assert house.events()[0]["reserve_hash"] == reserve_hash(reserve, salt) == card.commitment


async def test_two_equal_reserves_look_different() -> None:
    house = House()
    await house.announce("a", **HIDDEN)
    await house.announce("b", **HIDDEN)
    first, second = await house.catalogue.all()
    assert first.commitment != second.commitment


async def test_the_public_lot_is_its_card_and_where_it_stands() -> None:
    house = House()
    await house.open(opens_at=NOW, **FULL)
    card = await house.catalogue.get("lot-1")
    assert card is not None
    public = house.catalogue.public(card, await house.engine.read_lot("lot-1"), watching=7)
    given = lot_body(opens_at=NOW, **FULL)
    terms = given.pop("terms")
    assert {name: json.loads(orjson.dumps(public[name])) for name in given} == given
    assert terms.items() <= public["terms"].items()
    live = {name: value for name, value in public.items() if name not in given and name != "terms"}
    assert live == {
        "state": "open", "n": 1, "epoch": 1, "price": None, "ask": 1_000, "leader": None, "ends_at": NOW + 3_600_000,
        "remaining_ms": None, "resumes_at": None, "ground": None, "bids": 0, "registered": 0, "extensions": 0,
        "reserve_met": None, "watching": 7, "now": NOW,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"id": "Lot 1"}, "id must have"),
        ({"id": None}, "id must have"),
        ({"title": "Three debtors"}, 'title must be {"en", "zh"}'),
        ({"title": {"en": "x"}}, 'title must be {"en", "zh"}'),
        ({"title": {"en": "x" * 201, "zh": "x"}}, "title.en must have 1 to 200"),
        ({"title": {"en": "a\nb", "zh": "x"}}, "title.en must not contain control"),
        ({"title": {"en": "a\u202eb", "zh": "x"}}, "title.en must not contain control"),
        ({"seller": {"en": "\x00", "zh": "x"}}, "seller.en"),
        ({"seller_kind": "state"}, "seller_kind must be one of amc, bank, court"),
        ({"category": []}, "category must be one of"),
        ({"region": "zj"}, "region must be two capital letters"),
        ({"region": "ZJX"}, "region must be two capital letters"),
        ({"attempt": 0}, "attempt must be a whole number from 1 to 9"),
        ({"attempt": True}, "attempt must be a whole number"),
        ({"debtors": 1.0}, "debtors must be a whole number"),
        ({"claim": -1}, "claim must be a whole number"),
        ({"claim": 10**15}, "claim must be a whole number"),
        ({"base_date": "2024-02-30"}, "base_date must be a date"),
        ({"base_date": "20240630"}, "base_date must be a date"),
        ({"base_date": 20240630}, "base_date must be a date"),
        ({"notes": {"en": "x", "zh": "x"}}, "notes must be a list"),
        ({"notes": [{"en": "x", "zh": "x" * 2_001}]}, "notes[0].zh must have 1 to 2000"),
        ({"notes": [{"en": "x", "zh": "\ud800"}]}, "notes[0].zh must not contain control"),
        ({"notes": [{"en": "x", "zh": "x"}] * 21}, "notes must be a list of at most 20"),
        ({"reminders": -1}, "reminders must be a whole number"),
        ({"previous": "UP"}, "previous must have"),
        ({"eligibility": "banks"}, "eligibility must be one of"),
        ({"opens_at": "now"}, "opens_at must be a whole number"),
        ({"opens_at": 10**16}, "opens_at must be a whole number"),
        ({"clock_note": "fast"}, "clock_note must be"),
        ({"terms": []}, "terms must be a JSON object"),
        ({"terms": {"preset": "dutch", "start": 1}}, "terms: unknown preset"),
        ({"terms": {"preset": "npl-commercial", "start": 0}}, "terms: start"),
        ({"terms": {"preset": "npl-commercial", "start": 1, "dossier": "\ud800"}}, "terms"),
        ({"reserve": 2_000}, "a hidden reserve needs both"),
        ({"terms": {"preset": "npl-commercial", "start": 1_000, "reserve": "hidden"}}, "a hidden reserve needs both"),
        ({"terms": {"preset": "npl-commercial", "start": 1_000, "reserve": "hidden"}, "reserve": 999}, "reserve must"),
        ({"colour": "red"}, "unknown field 'colour'"),
    ],
)  # fmt: skip
async def test_a_fault_is_named_in_one_sentence_and_nothing_is_announced(change: dict[str, Any], sentence: str) -> None:
    house = House()
    with pytest.raises(Malformed) as refused:
        await house.catalogue.announce(lot_body(opens_at=NOW) | change)
    assert sentence in refused.value.detail and "\n" not in refused.value.detail
    assert not house.disk.values and await house.catalogue.all() == []


@pytest.mark.parametrize("name", ["id", "title", "seller", "seller_kind", "category", "region", "opens_at", "terms"])
async def test_what_is_missing_is_named(name: str) -> None:
    given = lot_body(opens_at=NOW)
    del given[name]
    with pytest.raises(Malformed, match=f"{name} is missing"):
        await House().catalogue.announce(given)


@pytest.mark.parametrize("body", [None, [], "lot", 1])
async def test_a_lot_is_an_object(body: object) -> None:
    with pytest.raises(Malformed, match="JSON object"):
        await House().catalogue.announce(body)
