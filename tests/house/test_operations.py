"""What operators do to a lot, and that nothing is done twice."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from outcry.house.errors import Conflict, Forbidden, Malformed, NotFound
from outcry.model.commands import PauseLot
from outcry.model.terms import text_hash

from .world import ANNA, BORIS, House, bidder, body, open_house, paused_house


async def test_one_operator_pauses_with_a_ground_and_a_salted_reason() -> None:
    house = await open_house()
    reply = await house.operations.pause(
        "lot-1", ANNA, key="p1", ground="court_order", text="Order 12 of <the> court\nin 澜"
    )
    assert body(reply) == {"ok": True, "n": 2, "remaining_ms": 3_600_000}
    event = house.events()[-1]
    assert (event["t"], event["ground"]) == ("paused", "court_order")
    kept = house.disk.lots["lot-1"].texts[2].decode()
    assert "Order 12 of <the> court" in kept
    assert "Order" not in repr(house.disk.lots["lot-1"].events)
    assert event["text"] != text_hash("Order 12 of <the> court\nin 澜", "")


async def test_equal_reasons_look_different() -> None:
    house = await open_house()
    for key in ("a", "b"):
        assert (await house.operations.say("lot-1", ANNA, key=key, kind="announcement", text="Fair warning.")).ok
    first, second = house.events()[1:]
    assert first["text"] != second["text"]


async def test_a_request_repeated_is_answered_not_done_again() -> None:
    house = await open_house()
    first = await house.operations.pause("lot-1", ANNA, key="p1", ground="review", text="Why")
    again = await house.operations.pause("lot-1", ANNA, key="p1", ground="review", text="Why")
    assert (again.body, again.replayed) == (first.body, True)
    assert [event["t"] for event in house.events()] == ["opened", "paused"]
    other = await house.operations.say("lot-1", ANNA, key="p1", kind="answer", text="x")
    assert other.verdict == "id_reused"


async def test_a_refusal_of_the_lot_comes_back_as_it_is() -> None:
    house = await open_house()
    reply = await house.operations.pause("lot-1", ANNA, key="p1", ground="review", expect_n=7)
    assert (reply.ok, body(reply)["code"], body(reply)["n"]) == (False, "wrong_head", 1)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"ground": "weather"}, "ground must be one of"),
        ({"ground": "clock"}, "ground must be one of"),
        ({"ground": None}, "ground must be one of"),
        ({"key": ""}, "key must have"),
        ({"key": "a b"}, "key must have"),
        ({"key": 7}, "key must have"),
        ({"text": "x" * 501}, "text must have 1 to 500"),
        ({"text": ""}, "text must have 1 to 500"),
        ({"text": "\x07"}, "control characters"),
        ({"text": "\ud800"}, "control characters"),
        ({"text": 5}, "text must be a text"),
        ({"expect_n": -1}, "expect_n must be a whole number"),
        ({"expect_n": "1"}, "expect_n must be a whole number"),
        ({"expect_n": True}, "expect_n must be a whole number"),
    ],
)
async def test_faults_of_a_request_are_named(change: dict[str, Any], sentence: str) -> None:
    house = await open_house()
    with pytest.raises(Malformed) as refused:
        await house.operations.pause("lot-1", ANNA, **{"key": "p1", "ground": "review", **change})
    assert sentence in refused.value.detail
    assert len(house.events()) == 1


async def test_what_is_said_has_a_kind() -> None:
    house = await open_house()
    with pytest.raises(Malformed, match="kind must be one of announcement, answer, fair_warning"):
        await house.operations.say("lot-1", ANNA, key="s", kind="joke", text="x")
    assert (await house.operations.say("lot-1", ANNA, key="s", kind="fair_warning", text="Fair warning.")).ok
    assert house.events()[-1]["kind"] == "fair_warning"


ACTS: dict[str, Callable[..., Awaitable[Any]]] = {
    "pause": lambda house, who, lot: house.operations.pause(lot, who, key="k", ground="review"),
    "say": lambda house, who, lot: house.operations.say(lot, who, key="k", kind="answer", text="x"),
    "resume": lambda house, who, lot: house.operations.resume(lot, who, key="k"),
    "retract": lambda house, who, lot: house.operations.retract(lot, who, key="k", ground="slip"),
    "withdraw": lambda house, who, lot: house.operations.withdraw(lot, who, key="k", ground="debt_paid"),
}


@pytest.mark.parametrize("act", ACTS.values(), ids=ACTS.keys())
async def test_only_operators_act_and_only_on_lots_that_are_there(act: Callable[..., Awaitable[Any]]) -> None:
    house = await paused_house()
    events = len(house.events())
    with pytest.raises(Forbidden):
        await act(house, bidder(1), "lot-1")
    with pytest.raises(NotFound, match="no lot"):
        await act(house, ANNA, "lot-2")
    assert len(house.events()) == events and await house.operations.proposals() == []


async def test_bidders_neither_pause_everything_nor_confirm() -> None:
    house = await paused_house()
    proposal = await house.operations.resume("lot-1", ANNA, key="r")
    with pytest.raises(Forbidden):
        await house.operations.pause_all(bidder(1), key="k", ground="review")
    with pytest.raises(Forbidden):
        await house.operations.confirm(proposal.id, bidder(1))


async def test_pausing_all_pauses_the_open_and_names_the_refused() -> None:
    house = House()
    await house.announce("later", opens_at=house.now() + 1)
    for lot_id in ("a", "b", "c"):
        await house.open(lot_id)
    await house.operations.pause("c", ANNA, key="own", ground="review")
    answer = await house.operations.pause_all(ANNA, key="all", ground="system_fault", text="The line is cut")
    assert answer == {"paused": ["a", "b"], "refused": {"c": "paused"}}
    assert await house.operations.pause_all(ANNA, key="all", ground="system_fault", text="The line is cut") == answer
    assert [len(house.events(lot_id)) for lot_id in ("later", "a", "b", "c")] == [0, 2, 2, 2]
    with pytest.raises(Malformed):
        await house.operations.pause_all(ANNA, key="all", ground="")


async def test_pausing_all_tells_which_lots_did_not_answer() -> None:
    house = await open_house()
    house.engine.lost.add(PauseLot)
    assert await house.operations.pause_all(ANNA, key="all", ground="review") == {
        "paused": [],
        "refused": {"lot-1": "unknown"},
    }
    house.engine.lost.clear()
    assert (await house.operations.pause_all(ANNA, key="all", ground="review"))["paused"] == ["lot-1"]


@pytest.mark.parametrize("act", ["resume", "retract"])
async def test_only_a_paused_lot_is_resumed_or_a_bid_of_it_retracted(act: str) -> None:
    house = House()
    await house.announce()
    for code in ("not_open", "not_paused", "closed"):
        if code == "not_paused":
            await house.open()
        if code == "closed":
            await house.operations.pause("lot-1", ANNA, key="p", ground="review")
            proposal = await house.operations.withdraw("lot-1", ANNA, key="w", ground="debt_paid")
            await house.operations.confirm(proposal.id, BORIS)
        with pytest.raises(Conflict) as refused:
            await ACTS[act](house, ANNA, "lot-1")
        assert refused.value.code == code


async def test_the_log_of_operations_names_the_act_and_not_the_text(caplog: pytest.LogCaptureFixture) -> None:
    house = await open_house()
    with caplog.at_level("INFO", "outcry.operations"):
        await house.operations.pause("lot-1", ANNA, key="p", ground="review", text="Debtor Wang")
    (record,) = caplog.records
    assert (record.message, record.__dict__["lot"], record.__dict__["operator"]) == ("pause_lot", "lot-1", "Anna")
    assert "Wang" not in repr(record.__dict__)
