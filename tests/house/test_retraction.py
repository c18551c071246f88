"""Which bid revives when the standing one is taken back."""

from typing import Any

import pytest

from outcry.house.errors import Conflict, Malformed
from outcry.model.commands import ResumeLot

from .world import ANNA, BORIS, DELAY_MS, House, bidder, body, open_house


async def bidding_house(*amounts: int, **lot: Any) -> tuple[House, list[int]]:
    """A paused lot in which two bidders took turns; the numbers of their bids."""
    house = await open_house(**lot)
    codes = [(await house.registration.register("lot-1", bidder(number))).code or "" for number in range(2)]
    bids = [await house.bid("lot-1", codes[turn % 2], amount) for turn, amount in enumerate(amounts)]
    assert (await house.operations.pause("lot-1", ANNA, key="p", ground="review")).ok
    return house, bids


async def retract(house: House, key: str) -> dict[str, Any]:
    proposal = await house.operations.retract("lot-1", ANNA, key=key, ground="slip")
    reply = await house.operations.confirm(proposal.id, BORIS)
    assert reply.ok, reply.body
    return body(reply)


async def test_each_retraction_revives_the_bid_beneath_and_never_one_that_was_taken_back() -> None:
    house, bids = await bidding_house(1_000, 1_010, 1_020)
    proposal = await house.operations.retract("lot-1", ANNA, key="r1", ground="slip", expect_n=5)
    assert (
        proposal.as_dict().items() >= {"target": bids[2], "restored": bids[1], "ground": "slip", "expect_n": 5}.items()
    )
    assert body(await house.operations.confirm(proposal.id, BORIS))["price"] == 1_010
    assert (await retract(house, "r2"))["price"] == 1_000
    assert (await retract(house, "r3"))["price"] is None
    with pytest.raises(Conflict) as nothing:
        await retract(house, "r4")
    assert nothing.value.code == "wrong_target"
    assert [event["restored"] for event in house.events() if event["t"] == "retracted"] == [bids[1], bids[0], None]


async def test_a_bid_after_a_retraction_stands_on_what_was_revived(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("outcry.house.retraction._PAGE", 2)
    house, bids = await bidding_house(1_000, 1_010, 1_020)
    await retract(house, "r1")
    await retract(house, "r2")
    proposal = await house.operations.resume("lot-1", ANNA, key="res")
    await house.operations.confirm(proposal.id, BORIS)
    house.wait(DELAY_MS)
    assert (await house.engine.resume_lot("lot-1", ResumeLot())).ok
    second = (await house.registration.register("lot-1", bidder(1))).code or ""
    await house.bid("lot-1", second, 1_050)
    await house.operations.pause("lot-1", ANNA, key="p2", ground="review")
    assert (await retract(house, "r3"))["price"] == 1_000
    assert house.events()[-1]["restored"] == bids[0]


async def test_a_retraction_is_of_the_bid_and_the_head_that_were_seen() -> None:
    house, _ = await bidding_house(1_000, 1_010)
    with pytest.raises(Conflict) as stale:
        await house.operations.retract("lot-1", ANNA, key="r0", ground="slip", expect_n=3)
    assert stale.value.code == "wrong_head"
    proposal = await house.operations.retract("lot-1", ANNA, key="r1", ground="slip")
    await house.operations.say("lot-1", BORIS, key="s", kind="announcement", text="A bid will be retracted.")
    assert (await house.operations.confirm(proposal.id, BORIS)).verdict == "wrong_head"
    assert (await house.engine.read_lot("lot-1")).price == 1_010


async def test_where_the_terms_forbid_it_no_bid_is_retracted() -> None:
    house, _ = await bidding_house(1_000, terms={"retract": False})
    with pytest.raises(Conflict) as refused:
        await house.operations.retract("lot-1", ANNA, key="r", ground="slip")
    assert refused.value.code == "not_allowed"
    with pytest.raises(Malformed, match="ground must be one of"):
        await house.operations.retract("lot-1", ANNA, key="r", ground="review")
