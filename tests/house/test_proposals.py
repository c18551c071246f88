"""The two-person rule: proposed by one, confirmed by another, carried out once."""

import asyncio
from collections.abc import Awaitable

import pytest

from outcry.engine.errors import Unknown
from outcry.house import execution
from outcry.house.errors import Conflict, Expired, Forbidden, HouseError, Malformed, NotFound
from outcry.house.proposals import Proposal
from outcry.model.commands import OpenLot, ResumeLot
from outcry.model.terms import text_hash
from outcry.model.view import LotView

from .fakes import Faults
from .world import ANNA, BORIS, CLARA, DELAY_MS, House, bidder, body, dies_everywhere, open_house, paused_house

TEN_MINUTES_MS = 600_000


async def test_a_resumption_takes_two_and_is_announced_ahead() -> None:
    house = await paused_house()
    proposal = await house.operations.resume("lot-1", ANNA, key="r")
    assert len(house.events()) == 2
    assert [each.as_dict() for each in await House(house.disk).operations.proposals()] == [
        {
            "id": proposal.id, "lot": "lot-1", "action": "resume", "by": "Anna", "at": house.now(),
            "expires_at": house.now() + TEN_MINUTES_MS, "delay_ms": DELAY_MS, "expect_n": None,
            "state_n": 2,
        }
    ]  # fmt: skip
    with pytest.raises(Forbidden) as same:
        await house.operations.confirm(proposal.id, ANNA)
    assert same.value.code == "same_operator"
    reply = await house.operations.confirm(proposal.id, BORIS)
    assert body(reply) == {"ok": True, "n": 3, "resumes_at": house.now() + DELAY_MS}
    assert await house.catalogue.calendar.entries() == {"lot-1": house.now() + DELAY_MS}
    assert await house.operations.proposals() == []


async def test_a_resumption_may_wait_longer_than_the_house_does_not_shorter() -> None:
    house = await paused_house()
    for delay_ms in (DELAY_MS - 1, -1, 1.5, True):
        with pytest.raises(Malformed, match="delay_ms must be"):
            await house.operations.resume("lot-1", ANNA, key="r", delay_ms=delay_ms)  # type: ignore[arg-type]
    proposal = await house.operations.resume("lot-1", ANNA, key="r", delay_ms=DELAY_MS + 1)
    assert body(await house.operations.confirm(proposal.id, BORIS))["resumes_at"] == house.now() + DELAY_MS + 1


async def test_a_proposal_waits_ten_minutes() -> None:
    house = await paused_house()
    first = await house.operations.resume("lot-1", ANNA, key="r1")
    house.wait(TEN_MINUTES_MS - 1)
    second = await house.operations.resume("lot-1", ANNA, key="r2")
    assert [each.id for each in await house.operations.proposals()] == [first.id, second.id]
    house.wait(1)
    assert [each.id for each in await house.operations.proposals()] == [second.id]
    with pytest.raises(Expired) as expired:
        await house.operations.confirm(first.id, BORIS)
    assert (expired.value.code, expired.value.status) == ("expired", 410)
    assert len(house.events()) == 2
    assert (await house.operations.confirm(second.id, BORIS)).ok


async def test_an_unknown_proposal_is_not_found() -> None:
    with pytest.raises(NotFound) as unknown:
        await House().operations.confirm("0" * 16, ANNA)
    assert unknown.value.code == "unknown_proposal"


async def test_proposing_again_is_the_same_proposal_even_when_it_was_carried_out() -> None:
    house = await paused_house()
    first = await house.operations.resume("lot-1", ANNA, key="r")
    house.wait(5)
    assert await house.operations.resume("lot-1", ANNA, key="r") == first
    await house.operations.confirm(first.id, BORIS)
    assert (await house.operations.resume("lot-1", ANNA, key="r")).id == first.id
    assert await house.operations.proposals() == []


async def test_a_key_stands_for_one_proposal_of_one_operator() -> None:
    house = await paused_house()
    await house.operations.resume("lot-1", ANNA, key="r")
    others: list[Awaitable[Proposal]] = [
        house.operations.resume("lot-1", BORIS, key="r"),
        house.operations.resume("lot-1", ANNA, key="r", delay_ms=DELAY_MS + 1),
        house.operations.withdraw("lot-1", ANNA, key="r", ground="debt_paid"),
    ]
    for other in others:
        with pytest.raises(Conflict) as reused:
            await other
        assert reused.value.code == "id_reused"


async def test_confirmed_again_by_anybody_it_gives_the_first_answer() -> None:
    house = await paused_house()
    proposal = await house.operations.resume("lot-1", ANNA, key="r")
    first = await house.operations.confirm(proposal.id, BORIS)
    house.wait(3)
    for operator in (BORIS, CLARA):
        again = await house.operations.confirm(proposal.id, operator)
        assert (again.body, again.replayed) == (first.body, True)
    with pytest.raises(Forbidden):
        await house.operations.confirm(proposal.id, ANNA)
    assert [event["t"] for event in house.events()] == ["opened", "paused", "resuming"]


@pytest.mark.parametrize("seed", range(12))
async def test_of_two_who_confirm_at_once_the_lot_sees_one(seed: int) -> None:
    disk = (await paused_house()).disk
    proposal = await House(disk).operations.resume("lot-1", ANNA, key="r")
    houses = [House(disk, Faults(seed=seed * 2 + number)) for number in range(2)]
    replies = await asyncio.gather(
        houses[0].operations.confirm(proposal.id, BORIS), houses[1].operations.confirm(proposal.id, CLARA)
    )
    assert replies[0].body == replies[1].body and replies[0].ok
    assert [event["t"] for event in houses[0].events()] == ["opened", "paused", "resuming"]


async def test_a_process_that_dies_while_confirming_is_gone_on_with() -> None:
    template = (await paused_house()).disk
    proposal = await House(template).operations.resume("lot-1", ANNA, key="r")
    deaths = 0
    async for left in dies_everywhere(template.copy, lambda house: house.operations.confirm(proposal.id, BORIS)):
        deaths += 1
        house = House(left)
        reply = await house.operations.confirm(proposal.id, CLARA)
        assert reply.ok and body(reply)["n"] == 3
        assert [event["t"] for event in house.events()] == ["opened", "paused", "resuming"]
        assert await house.operations.proposals() == []
    assert deaths == 10


async def test_a_process_that_dies_while_proposing_is_gone_on_with() -> None:
    template = (await paused_house()).disk
    deaths = 0
    async for left in dies_everywhere(template.copy, lambda house: house.operations.resume("lot-1", ANNA, key="r")):
        deaths += 1
        proposal = await House(left).operations.resume("lot-1", ANNA, key="r")
        assert [each.id for each in await House(left).operations.proposals()] == [proposal.id]
    assert deaths == 4


async def test_an_answer_that_was_lost_is_asked_for_again() -> None:
    house = await paused_house()
    proposal = await house.operations.resume("lot-1", ANNA, key="r")
    house.engine.lost.add(ResumeLot)
    with pytest.raises(Unknown):
        await house.operations.confirm(proposal.id, BORIS)
    assert [each.id for each in await house.operations.proposals()] == [proposal.id]
    house.engine.lost.clear()
    house.wait(1_000)
    reply = await house.operations.confirm(proposal.id, BORIS)
    assert reply.replayed and body(reply)["resumes_at"] == house.now() - 1_000 + DELAY_MS
    assert await house.catalogue.calendar.entries() == {"lot-1": house.now() - 1_000 + DELAY_MS}


async def test_what_was_confirmed_long_ago_is_not_carried_out_late() -> None:
    house = await paused_house()
    proposal = await house.operations.withdraw("lot-1", ANNA, key="w", ground="debt_paid")
    await house.records.replace(*mark(house, proposal))
    house.wait(TEN_MINUTES_MS)
    with pytest.raises(Expired):
        await house.operations.confirm(proposal.id, BORIS)
    assert (await house.engine.read_lot("lot-1")).state == "paused"


def mark(house: House, proposal: Proposal) -> tuple[str, bytes, bytes]:
    """The marking of a proposal whose process then died."""
    kept = house.disk.values[f"proposal:{proposal.id}"][0]
    return f"proposal:{proposal.id}", kept, kept.replace(b'"confirmed_at":null', b'"confirmed_at":%d' % house.now())


async def test_a_passing_refusal_leaves_the_proposal_open_a_final_one_settles_it() -> None:
    house = await paused_house()
    proposal = await house.operations.resume("lot-1", ANNA, key="r")
    house.disk.run_id = "b" * 40
    assert (await house.operations.confirm(proposal.id, BORIS)).verdict == "stale_store"
    house.disk.run_id = "a" * 40
    assert (await house.operations.confirm(proposal.id, BORIS)).ok
    late = await house.operations.resume("lot-1", ANNA, key="r2", expect_n=2)
    for _ in range(2):
        assert (await house.operations.confirm(late.id, BORIS)).verdict == "wrong_head"
    assert await house.operations.proposals() == []


async def resumed_house() -> House:
    """A house whose lot was paused and has been resumed."""
    house = await paused_house()
    await house.operations.confirm((await house.operations.resume("lot-1", ANNA, key="r0")).id, BORIS)
    return house


async def goes_on(house: House) -> None:
    """The resumption that was announced is carried out."""
    house.wait(DELAY_MS)
    assert (await house.engine.resume_lot("lot-1", ResumeLot())).ok


@pytest.mark.parametrize("act", ["resume", "withdraw"])
async def test_what_was_proposed_in_one_pause_is_not_confirmed_in_the_next(act: str) -> None:
    house = await resumed_house()
    if act == "resume":
        proposal = await house.operations.resume("lot-1", ANNA, key="k")
    else:
        proposal = await house.operations.withdraw("lot-1", ANNA, key="k", ground="court_order", text="Order 12")
    await goes_on(house)
    assert (await house.operations.pause("lot-1", CLARA, key="p2", ground="third_party_objection")).ok
    for _ in range(2):
        reply = await house.operations.confirm(proposal.id, BORIS)
        assert (reply.verdict, body(reply)["n"]) == ("wrong_head", 5)
    assert (await house.engine.read_lot("lot-1")).state == "paused"
    assert await house.operations.proposals() == []


async def test_a_withdrawal_proposed_in_a_pause_does_not_end_the_auction_that_went_on() -> None:
    house = await resumed_house()
    proposal = await house.operations.withdraw("lot-1", ANNA, key="w", ground="court_order")
    await goes_on(house)
    assert (await house.operations.confirm(proposal.id, BORIS)).verdict == "wrong_head"
    assert (await house.engine.read_lot("lot-1")).state == "open"


@pytest.mark.parametrize("said", ["before it is confirmed", "while it is carried out"])
async def test_what_is_said_in_between_does_not_disturb_a_proposal(said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    house = await paused_house()
    proposal = await house.operations.resume("lot-1", ANNA, key="r")

    async def announce() -> None:
        assert (await house.operations.say("lot-1", CLARA, key="s", kind="announcement", text="We check.")).ok

    if said == "before it is confirmed":
        await announce()
    else:
        read_lot = house.engine.read_lot

        async def overtaken(lot_id: str) -> LotView:
            view = await read_lot(lot_id)
            await announce()
            return view

        monkeypatch.setattr(house.engine, "read_lot", overtaken)
    assert (await house.operations.confirm(proposal.id, BORIS)).ok


async def test_bids_in_between_do_not_disturb_a_withdrawal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(execution, "_PAGE", 2)
    house = await open_house(terms={"self_raise": "always"})
    code = (await house.registration.register("lot-1", bidder(1))).code
    assert code is not None
    await house.bid("lot-1", code, 1_000)
    proposal = await house.operations.withdraw("lot-1", ANNA, key="w", ground="court_order")
    for amount in (1_010, 1_020, 1_030):
        await house.bid("lot-1", code, amount)
    assert (await house.operations.confirm(proposal.id, BORIS)).ok
    assert house.events()[-1]["t"] == "withdrawn"


async def test_a_withdrawal_proposed_before_the_opening_is_not_confirmed_after_it() -> None:
    house = House()
    await house.announce(opens_at=house.now() + 1)
    proposal = await house.operations.withdraw("lot-1", ANNA, key="w", ground="court_order")
    house.wait(1)
    card = await house.catalogue.get("lot-1")
    assert card is not None
    assert (await house.engine.open_lot("lot-1", OpenLot(card.terms, card.opens_at))).ok
    assert (await house.operations.confirm(proposal.id, BORIS)).verdict == "wrong_head"
    assert (await house.engine.read_lot("lot-1")).state == "open"


async def test_before_the_opening_a_seller_may_withdraw_and_after_it_not() -> None:
    house = House()
    await house.announce("early", opens_at=house.now() + 1)
    proposal = await house.operations.withdraw("early", ANNA, key="w", ground="seller_request")
    assert body(await house.operations.confirm(proposal.id, BORIS)) == {"ok": True, "n": 0}
    assert (await house.engine.read_lot("early")).state == "withdrawn"

    await house.open("late")
    with pytest.raises(Conflict) as refused:
        await house.operations.withdraw("late", ANNA, key="w", ground="seller_request")
    assert refused.value.code == "not_allowed"


async def test_a_withdrawal_keeps_the_reason_that_was_proposed() -> None:
    house = await open_house()
    proposal = await house.operations.withdraw("lot-1", ANNA, key="w", ground="court_order", text="Order 12")
    assert "salt" not in proposal.as_dict() and proposal.as_dict()["text"] == "Order 12"
    assert (await house.operations.confirm(proposal.id, BORIS)).ok
    event = house.events()[-1]
    assert (event["t"], event["ground"]) == ("withdrawn", "court_order")
    assert event["text"] == text_hash("Order 12", proposal.fixed["salt"])
    with pytest.raises(HouseError) as ended:
        await house.operations.withdraw("lot-1", ANNA, key="w2", ground="court_order")
    assert ended.value.code == "closed"
