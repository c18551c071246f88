"""Who may bid, under which code, and that nobody learns who stands behind it."""

import asyncio
import re
from dataclasses import replace

import pytest

from outcry.house.errors import Conflict, Forbidden, HouseError, Malformed, NotFound, Refused
from outcry.house.registration import ALPHABET, Admission, Registration
from outcry.model.codes import FINAL_STATES
from outcry.model.commands import AdmitBidder, CloseLot
from outcry.model.ids import is_code
from outcry.model.roles import WATCHER, Identity

from .fakes import Disk, Faults
from .world import ANNA, SECRET, House, bidder, dies_everywhere


async def code_of(house: House, number: int, lot_id: str = "lot-1") -> str:
    code = (await house.registration.register(lot_id, bidder(number))).code
    assert code is not None
    return code


async def test_a_bidder_registers_and_may_bid() -> None:
    house = House()
    await house.announce()
    admission = await house.registration.register("lot-1", bidder(1))
    assert admission == Admission(admission.code, rank=0, admitted=True)
    assert admission.code is not None and is_code(admission.code)
    assert await house.engine.is_admitted("lot-1", admission.code)
    assert (await house.engine.read_lot("lot-1")).registered == 1


async def test_registering_again_changes_nothing_in_any_process() -> None:
    house = House()
    await house.announce()
    first = await house.registration.register("lot-1", bidder(1))
    assert await House(house.disk).registration.register("lot-1", bidder(1)) == first
    assert (await house.engine.read_lot("lot-1")).registered == 1


async def test_codes_are_short_unique_and_free_of_signs_that_look_alike() -> None:
    house = House()
    await house.announce()
    codes = [await code_of(house, number) for number in range(1_500)]
    assert len(set(codes)) == len(codes)
    assert all(re.fullmatch(f"[{ALPHABET}]{{4,6}}", code) for code in codes)
    assert not set("IO01") & set(ALPHABET)
    assert any(len(code) > 4 for code in codes), "1,500 of a million codes collide about once"


async def test_codes_neither_follow_an_order_nor_link_lots() -> None:
    house = House()
    for lot_id in ("lot-1", "lot-2"):
        await house.announce(lot_id)
    first = [await code_of(house, number, "lot-1") for number in range(40)]
    second = [await code_of(house, number, "lot-2") for number in range(40)]
    assert not set(first) & set(second)
    assert first != sorted(first)
    assert len({code[:2] for code in first}) > 30


async def test_a_taken_code_makes_a_longer_one() -> None:
    house = House()
    await house.announce()
    row = list(house.registration._row("lot-1", bidder(1)))
    assert [len(code) for code in row[:4]] == [4, 5, 6, 6]
    assert len(set(row)) == len(row)
    for number, taken in enumerate(row[:3]):
        fresh = House()
        await fresh.announce()
        for code in row[: number + 1]:
            await fresh.records.set_field("codes:lot-1", code, b"somebody else")
        assert await code_of(fresh, 1) == row[number + 1] != taken
        assert await code_of(House(fresh.disk), 1) == row[number + 1]


async def test_where_no_code_is_free_nobody_is_admitted(monkeypatch: pytest.MonkeyPatch) -> None:
    house = House()
    await house.announce()
    monkeypatch.setattr(house.registration, "_row", lambda lot_id, account: iter(["AAAA"]))
    await house.records.set_field("codes:lot-1", "AAAA", b"somebody else")
    with pytest.raises(Conflict, match="No bidder code"):
        await house.registration.register("lot-1", bidder(1))
    assert (await house.engine.read_lot("lot-1")).registered == 0


async def test_a_process_that_dies_while_registering_is_gone_on_with() -> None:
    announced = House()
    await announced.announce()

    def disk() -> Disk:
        return Disk(values=dict(announced.disk.values))

    deaths = 0
    async for left in dies_everywhere(disk, lambda house: house.registration.register("lot-1", bidder(1))):
        deaths += 1
        house = House(left)
        before = await house.registration.identity("lot-1", bidder(1))
        admission = await house.registration.register("lot-1", bidder(1))
        assert before.role == "watcher" or before.code == admission.code
        assert len(left.hashes["codes:lot-1"]) == len(left.hashes["admissions:lot-1"]) == 1
        assert (await house.engine.read_lot("lot-1")).registered == 1
    assert deaths == 8


@pytest.mark.parametrize("seed", range(8))
async def test_one_account_that_registers_twice_at_once_has_one_code(seed: int) -> None:
    disk = Disk()
    houses = [House(disk, Faults(seed=seed * 2 + number)) for number in range(2)]
    await houses[0].announce()
    first, second = await asyncio.gather(*(house.registration.register("lot-1", bidder(1)) for house in houses))
    assert first == second
    assert (await houses[0].engine.read_lot("lot-1")).registered == 1


@pytest.mark.parametrize("seed", range(8))
async def test_one_account_is_admitted_with_one_rank_whoever_registers_it_first(seed: int) -> None:
    disk = Disk()
    houses = [House(disk, Faults(seed=seed * 2 + number)) for number in range(2)]
    await houses[0].announce()
    own, _ = await asyncio.gather(
        houses[0].registration.register("lot-1", bidder(1)),
        houses[1].registration.register("lot-1", bidder(1), rank=1, by=ANNA),
        return_exceptions=True,
    )
    kept = await houses[0].registration.admission("lot-1", bidder(1))
    assert kept is not None and own == kept
    assert disk.lots["lot-1"].lot.bidder(kept.code or "").rank == kept.rank


async def test_registration_goes_on_until_the_effective_end() -> None:
    house = House()
    await house.open()
    await code_of(house, 1)
    house.wait(3_600_000 - 1)
    await code_of(house, 2)
    house.wait(1)
    with pytest.raises(Refused) as late:
        await code_of(house, 3)
    assert (late.value.code, late.value.reply.verdict) == ("late", "late")
    assert (await house.engine.close_lot("lot-1", CloseLot(0))).ok
    assert (await house.engine.read_lot("lot-1")).state in FINAL_STATES
    with pytest.raises(Refused) as closed:
        await code_of(house, 3)
    assert closed.value.code == "closed"
    assert (await house.registration.identity("lot-1", bidder(3))).role == "watcher"


async def test_a_lot_that_nobody_announced_has_no_bidders() -> None:
    with pytest.raises(NotFound, match="no lot"):
        await House().registration.register("lot-1", bidder(1))


async def test_operators_may_not_bid() -> None:
    house = House()
    await house.announce()
    for by in (None, ANNA):
        with pytest.raises(Forbidden) as refused:
            await house.registration.register("lot-1", ANNA, by=by)
        assert refused.value.code == "operator_may_not_bid"


async def test_only_an_operator_gives_a_rank() -> None:
    house = House()
    await house.announce()
    for by in (None, bidder(2)):
        with pytest.raises(Forbidden):
            await house.registration.register("lot-1", bidder(1), rank=1, by=by)
    await house.registration.register("lot-1", bidder(1), rank=1, by=ANNA)
    admission = await house.registration.admission("lot-1", bidder(1))
    assert admission is not None and admission.rank == 1
    command = house.engine.sent[-1][1]
    assert isinstance(command, AdmitBidder) and command.rank == 1


@pytest.mark.parametrize("rank", [-1, 100, True, "1"])
async def test_a_rank_is_a_small_number(rank: int) -> None:
    house = House()
    await house.announce()
    with pytest.raises(Malformed, match="rank must be"):
        await house.registration.register("lot-1", bidder(1), rank=rank, by=ANNA)


async def test_the_first_registration_fixes_the_rank() -> None:
    house = House()
    await house.announce()
    await house.registration.register("lot-1", bidder(1), rank=2, by=ANNA)
    with pytest.raises(Conflict) as refused:
        await house.registration.register("lot-1", bidder(1), rank=1, by=ANNA)
    assert refused.value.code == "already_admitted"
    assert (await house.registration.register("lot-1", bidder(1))).rank == 2


async def test_where_operators_admit_nobody_admits_himself() -> None:
    house = House(admit="operator")
    await house.announce()
    with pytest.raises(Forbidden):
        await house.registration.register("lot-1", bidder(1))
    assert (await house.registration.register("lot-1", bidder(1), by=ANNA)).admitted


async def test_lots_for_asset_managers_are_for_them_only() -> None:
    house = House()
    await house.announce(eligibility="amc_only")
    for by in (None, ANNA):
        with pytest.raises(Forbidden) as refused:
            await house.registration.register("lot-1", bidder(1), by=by)
        assert refused.value.code == "not_eligible"
    assert (await house.registration.register("lot-1", bidder(2, amc=True))).admitted


async def test_identity_says_who_somebody_is_to_a_room() -> None:
    house = House()
    await house.announce()
    someone = replace(bidder(1), session="key")
    assert await house.registration.identity("lot-1", None) == WATCHER
    assert await house.registration.identity("lot-1", someone) == Identity("watcher", someone.id, session="key")
    await house.registration.register("lot-1", someone, rank=3, by=ANNA)
    admission = await house.registration.admission("lot-1", someone)
    assert admission is not None
    after_a_restart = House(house.disk).registration
    expected = Identity("bidder", someone.id, admission.code, 3, "key")
    assert await after_a_restart.identity("lot-1", someone) == expected
    assert await after_a_restart.identity("lot-2", someone) == Identity("watcher", someone.id, session="key")
    assert await after_a_restart.identity("lot-1", ANNA) == Identity("operator", ANNA.id)


async def test_an_operator_is_not_told_the_code() -> None:
    house = House()
    await house.announce()
    assert await house.registration.register("lot-1", bidder(1), by=ANNA) == Admission(None, 0)
    own = await house.registration.admission("lot-1", bidder(1))
    assert own is not None and own.code is not None


async def test_the_store_names_nobody_beside_a_code() -> None:
    house = House()
    await house.open()
    code = await code_of(house, 0xABCDEF)
    kept = repr((house.disk.hashes["codes:lot-1"], house.disk.hashes["admissions:lot-1"]))
    assert code in kept
    assert bidder(0xABCDEF).id not in kept and bidder(0xABCDEF).name not in kept
    await house.announce("lot-2")
    await code_of(house, 0xABCDEF, "lot-2")
    assert not set(house.disk.hashes["admissions:lot-1"]) & set(house.disk.hashes["admissions:lot-2"])
    stranger = Registration(house.records, house.engine, house.catalogue, b"another secret of the house", "open")
    assert (await stranger.identity("lot-1", bidder(0xABCDEF))).role == "watcher"


@pytest.mark.parametrize("secret", [b"", b"short"])
async def test_a_house_without_a_secret_does_not_start(secret: bytes) -> None:
    house = House()
    with pytest.raises(ValueError, match="secret"):
        Registration(house.records, house.engine, house.catalogue, secret, "open")
    assert len(SECRET) >= 16


async def test_every_refusal_has_a_code_a_sentence_and_a_status() -> None:
    house = House()
    await house.announce()
    with pytest.raises(HouseError) as refused:
        await house.registration.register("lot-1", ANNA)
    assert (refused.value.code, refused.value.status) == ("operator_may_not_bid", 403)
    assert refused.value.detail.endswith(".")
