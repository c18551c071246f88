"""What a bidder is answered: the decision's bytes, the order of the checks, once per id, the rate, the bounds."""

from dataclasses import replace

import pytest

from outcry.model.codes import BID_CODES, REFUSALS_KEPT, SCHEMA, STORED_CODES
from outcry.model.commands import Envelope, PlaceBid
from outcry.model.events import compact, link_of

from .auction import RUN, T0, Auction, announced, opened


def test_a_decision_carries_what_the_bid_met() -> None:
    auction = opened()
    assert compact(auction.bid("ANNE", 1_000, id="a-1", waited=7)).decode() == (
        '{"t":"decision","id":"a-1","ok":true,"n":2,"amount":1000,"price":1000,"ask":1100,'
        f'"ends_at":{T0 + 100_000},"received_at":{T0 - 7},"decided_at":{T0}}}'
    )
    assert compact(auction.bid("BERT", 1_101, id="b-1")).decode() == (
        '{"t":"decision","id":"b-1","ok":false,"code":"off_grid","amount":1101,"price":1000,"ask":1100,'
        f'"ends_at":{T0 + 100_000},"received_at":{T0},"decided_at":{T0},"below":1100,"above":1200}}'
    )


def test_its_event_is_one_line_of_the_log_and_hides_the_id() -> None:
    auction = opened()
    auction.bid("ANNE", 1_000, id="a-1")
    assert auction.oracle.events[1].decode() == (
        f'{{"n":2,"t":"bid","at":{T0},"link":"{link_of(auction.oracle.events[0])}","code":"ANNE","rank":0,'
        '"bid":"e429a4ddaa15fb81","amount":1000,"match":false,"price":1000,"leader":"ANNE","ask":1100,'
        f'"ends_at":{T0 + 100_000},"reserve_met":null}}'
    )


def test_an_announced_lot_has_neither_price_nor_ask_nor_end() -> None:
    answer = announced().bid("ANNE", 1_000)
    assert (answer["code"], answer["price"], answer["ask"], answer["ends_at"]) == ("not_open", None, None, None)


def test_a_paused_lot_has_an_ask_and_no_end() -> None:
    auction = opened()
    auction.bid("ANNE", 1_000)
    auction.pause()
    answer = auction.bid("BERT", 1_100)
    assert (answer["code"], answer["price"], answer["ask"], answer["ends_at"]) == ("paused", 1_000, 1_100, None)


def test_a_closed_lot_tells_when_it_ended() -> None:
    auction = opened()
    auction.bid("ANNE", 1_000)
    auction.at(100_000).close()
    answer = auction.bid("BERT", 1_100)
    assert (answer["code"], answer["price"], answer["ask"], answer["ends_at"]) == ("closed", 1_000, None, T0 + 100_000)


@pytest.mark.parametrize("code", ["late", "clock", "already_leading", "below_ask", "off_grid", "needs_confirmation"])
def test_a_bid_is_told_the_first_thing_that_is_wrong(code: str) -> None:
    """All that comes after ``code`` in the published order is wrong as well."""
    auction = opened(slip_steps=1)
    auction.bid("ANNE", 1_000)
    bidder = "ANNE" if BID_CODES.index(code) <= BID_CODES.index("already_leading") else "BERT"
    amount = {"off_grid": 9_999, "needs_confirmation": 10_000}.get(code, 1)
    auction.at(100_000 if code == "late" else 0)
    bounds = (1, 2) if code in ("late", "clock") else (0, 0)
    assert auction.tell(PlaceBid(bidder, "x", amount, T0, interval_ms=0), bounds)["code"] == code


def test_what_comes_before_the_state_is_asked_before_it() -> None:
    auction = announced()
    bid = PlaceBid("ZZZZ", "x", 1_000, T0, interval_ms=500, burst=1)
    envelope = Envelope(RUN, T0 + 1, T0 + 1)
    decide = auction.oracle.decide
    assert decide(bid, envelope, T0, schema=SCHEMA + 1).verdict == "schema"
    assert decide(bid, envelope, T0).verdict == "not_admitted"
    assert decide(replace(bid, code="ANNE"), envelope, T0).verdict == "not_open"
    assert decide(replace(bid, code="ANNE", amount=1_001), envelope, T0).verdict == "id_reused"
    assert decide(replace(bid, code="ANNE", id="y"), envelope, T0).verdict == "rate_limited"


def test_a_store_that_came_back_is_stale_before_all_else_until_it_is_adopted() -> None:
    auction = opened()
    assert auction.bid("ZZZZ", 1, run_id="b" * 40)["code"] == "stale_store"
    assert auction.bid("ZZZZ", 1)["code"] == "not_admitted"


def test_a_lot_that_is_not_live_is_never_stale() -> None:
    assert announced().bid("ANNE", 1_000, run_id="b" * 40)["code"] == "not_open"
    auction = opened()
    auction.at(100_000).close()
    assert auction.bid("ANNE", 1_000, run_id="b" * 40)["code"] == "closed"


# Once per id


def test_the_same_bid_gets_its_first_answer_byte_for_byte() -> None:
    auction = opened()
    envelope = Envelope(RUN, T0, T0 + 500_000)
    bid = PlaceBid("ANNE", "x", 1_000, T0, interval_ms=0)
    first = auction.oracle.decide(bid, envelope, T0)
    auction.bid("BERT", 1_100)
    auction.at(100_000).close()
    again = auction.oracle.decide(replace(bid, received_at=T0 + 5), envelope, T0 + 200_000)
    assert (again.verdict, again.body, again.replayed, again.time) == ("ok", first.body, True, T0 + 200_000)
    assert not first.replayed
    assert [event["t"] for event in auction.events] == ["opened", "bid", "bid", "closed"]


def test_an_id_with_another_amount_is_an_error_and_leaves_the_first_answer() -> None:
    auction = opened()
    first = auction.bid("ANNE", 1_000, id="x")
    assert auction.bid("ANNE", 1_100, id="x")["code"] == "id_reused"
    assert auction.bid("ANNE", 1_000, id="x") == first


def test_ids_are_each_bidder_s_own() -> None:
    auction = opened()
    assert auction.bid("ANNE", 1_000, id="x")["ok"]
    assert auction.bid("BERT", 1_100, id="x")["ok"]


def test_a_repeated_id_of_a_retracted_bid_still_gets_its_first_answer() -> None:
    auction = opened()
    first = auction.bid("ANNE", 1_000, id="x")
    auction.pause()
    auction.retract(2, 0)
    assert auction.bid("ANNE", 1_000, id="x") == first


def test_the_newest_256_refusals_are_kept_for_each_bidder() -> None:
    auction = opened()
    auction.bid("ANNE", 1_000, id="accepted")
    for number in range(REFUSALS_KEPT + 1):
        assert auction.bid("BERT", 900, id=f"r{number}")["code"] == "below_ask"
    auction.bid("ANNE", 1_000, id="another")
    kept = auction.oracle.answers
    assert ("BERT", "r0") not in kept and ("BERT", "r1") in kept and ("BERT", f"r{REFUSALS_KEPT}") in kept
    assert ("ANNE", "accepted") in kept and ("ANNE", "another") in kept
    assert auction.bid("BERT", 901, id="r0")["code"] == "below_ask"  # forgotten, so decided anew
    assert auction.bid("BERT", 901, id="r2")["code"] == "id_reused"
    assert ("BERT", "r1") not in auction.oracle.answers


@pytest.mark.parametrize("code", sorted(set(BID_CODES) - STORED_CODES))
def test_refusals_that_say_nothing_of_the_bid_are_not_kept(code: str) -> None:
    auction = opened()
    now = T0 + 10
    bid = PlaceBid("ZZZZ" if code == "not_admitted" else "ANNE", "x", 1_000, now, interval_ms=0)
    envelope = Envelope("b" * 40 if code == "stale_store" else RUN, now + (code == "clock"), now + 9)
    if code == "rate_limited":
        auction.oracle.decide(replace(bid, id="w", interval_ms=500, burst=1), envelope, now)
        bid = replace(bid, interval_ms=500, burst=1)
    if code == "id_reused":
        auction.oracle.decide(replace(bid, amount=2_000), envelope, now)
    kept = dict(auction.oracle.answers)
    assert auction.oracle.decide(bid, envelope, now, SCHEMA + (code == "schema")).verdict == code
    assert auction.oracle.answers == kept


# The rate


def _limited(auction: Auction, at: int, interval_ms: int = 200, burst: int = 3) -> int | None:
    """ms to wait as answered at a time, or None where the rate allowed the bid."""
    answer = auction.at(at).bid("ANNE", 1, interval_ms=interval_ms, burst=burst)
    retry_ms: int | None = answer.get("retry_ms")
    assert (answer.get("code") == "rate_limited") == (retry_ms is not None)
    return retry_ms


def test_a_burst_and_then_one_bid_an_interval() -> None:
    auction = opened()
    answers = [_limited(auction, at) for at in (0, 0, 0, 0, 199, 200, 200, 399, 400)]
    assert answers == [None, None, None, 200, 1, None, 200, 1, None]


def test_an_idle_bidder_has_his_burst_again_and_no_more() -> None:
    auction = opened()
    for at in (0, 0, 0):
        _limited(auction, at)
    assert [_limited(auction, 10_000) for _ in range(4)] == [None, None, None, 200]


def test_an_interval_of_nought_is_no_limit() -> None:
    auction = opened()
    _limited(auction, 0, burst=1, interval_ms=60_000)
    assert _limited(auction, 0, burst=1, interval_ms=60_000) == 60_000
    assert _limited(auction, 0, burst=1, interval_ms=0) is None


def test_what_is_not_kept_costs_nothing() -> None:
    auction = opened()
    auction.bid("ANNE", 1, id="x", interval_ms=200, burst=1)
    for _ in range(3):
        auction.bid("ANNE", 1, id="x", interval_ms=200, burst=1)  # replayed
        auction.bid("ANNE", 2, id="x", interval_ms=200, burst=1)  # id_reused
        assert _limited(auction, 0, burst=1) == 200
    command = PlaceBid("ANNE", "y", 1, T0, interval_ms=200, burst=1)
    assert auction.at(200).tell(command, (1, 2))["code"] == "clock"
    assert _limited(auction, 200, burst=1) is None


# The clock


@pytest.mark.parametrize(
    ("not_before", "not_after", "ok"), [(0, 0, True), (-5, 5, True), (1, 5, False), (-5, -1, False)]
)
def test_outside_the_sender_s_bounds_nothing_is_decided(not_before: int, not_after: int, ok: bool) -> None:
    auction = opened()
    bid = PlaceBid("ANNE", "x", 1_000, T0, interval_ms=0)
    answer = auction.tell(bid, (not_before, not_after))
    assert answer.get("code") == (None if ok else "clock")
    assert len(auction.events) == 1 + ok


def test_time_never_runs_back_within_a_lot() -> None:
    auction = opened()
    auction.at(50_000).bid("ANNE", 1_000)
    answer = auction.at(20_000).bid("BERT", 1_100)
    assert answer["decided_at"] == T0 + 50_000 and auction.events[-1]["at"] == T0 + 50_000


def test_the_bounds_are_held_against_the_bare_time() -> None:
    """The sender estimated the store's clock, not the lot's last."""
    auction = opened()
    auction.at(50_000).bid("ANNE", 1_000)
    bid = PlaceBid("BERT", "x", 1_100, T0, interval_ms=0)
    assert auction.at(20_000).tell(bid, (0, 0))["ok"]
    assert auction.tell(replace(bid, id="y"), (30_000, 30_000))["code"] == "clock"
