"""What the house does to a lot: opening, admission, keys, withdrawals, retractions, announcements, adoption."""

import json

import pytest

from outcry.model.codes import RETRACT_GROUNDS, WITHDRAW_GROUNDS
from outcry.model.commands import AdmitBidder, Command, DismissBidder, PauseLot, Say, Text, WithdrawLot
from outcry.model.events import link_of
from outcry.model.terms import text_hash

from .auction import RUN, SALT, T0, Auction, announced, opened, opening

OTHER_RUN = "b" * 40

# Opening


def test_the_log_begins_with_all_that_a_proof_needs() -> None:
    auction = opened(1_200, dossier='a "quoted" hash')
    event = auction.events[0]
    assert list(event) == ["n", "t", "at", "link", "epoch", "schema", "terms", "reserve_hash", "ends_at"]
    assert (event["n"], event["link"], event["epoch"], event["ends_at"]) == (1, "", 1, T0 + 100_000)
    assert event["terms"]["dossier"] == 'a "quoted" hash' and event["terms"]["reserve"] == "hidden"
    assert b"1200" not in auction.oracle.events[0]


def test_a_lot_opens_once_and_not_too_early() -> None:
    auction = announced()
    assert auction.at(-1).tell(opening())["code"] == "not_due"
    assert auction.at(0).tell(opening(), (1, 2))["code"] == "clock"
    assert auction.tell(opening())["ok"]
    assert auction.tell(opening())["code"] == "exists"
    auction.at(100_000).close()
    assert auction.tell(opening())["code"] == "closed"


def test_a_refusal_tells_where_the_lot_stands() -> None:
    auction = opened()
    auction.pause()
    auction.resume(5_000)
    assert auction.pause() == {
        "ok": False, "code": "paused", "n": 3, "state": "paused", "ends_at": None, "resumes_at": T0 + 5_000,
    }  # fmt: skip


# Admission


def test_admission_is_counted_and_the_same_again_is_the_same() -> None:
    auction = Auction()
    assert auction.admit("ANNE", hold="h1") == {"ok": True, "registered": 1}
    assert auction.admit("ANNE", hold="h1") == {"ok": True, "registered": 1}
    assert auction.admit("ANNE", hold="h2")["code"] == "already_admitted"
    assert auction.admit("ANNE", rank=1, hold="h1")["code"] == "already_admitted"
    assert auction.dismiss("ANNE") == {"ok": True, "registered": 0}
    assert auction.dismiss("ANNE")["code"] == "not_admitted"
    assert auction.admit("ANNE", rank=1, hold="h2") == {"ok": True, "registered": 1}
    assert auction.events == []


def test_registration_ends_at_the_effective_end() -> None:
    auction = opened()
    auction.at(99_999).bid("ANNE", 1_000)
    assert auction.at(129_998).admit("CARL")["ok"]
    assert auction.at(129_999).admit("DORA")["code"] == "late"
    auction.close()
    assert auction.admit("DORA")["code"] == "closed"


def test_the_leader_s_deposit_stays_until_the_sale_fails() -> None:
    auction = opened(2_000, retract=False)
    auction.bid("ANNE", 1_000)
    assert auction.dismiss("ANNE")["code"] == "is_leader"
    auction.at(100_000).close()
    assert auction.view["state"] == "passed" and auction.dismiss("ANNE")["ok"]


def test_the_buyer_s_deposit_stays() -> None:
    auction = opened()
    auction.bid("ANNE", 1_000)
    auction.at(100_000).close()
    assert auction.dismiss("ANNE")["code"] == "is_leader"
    assert auction.dismiss("BERT")["ok"]


@pytest.mark.parametrize("retract", [True, False])
def test_where_bids_can_be_retracted_every_bidder_s_deposit_stays_until_the_close(retract: bool) -> None:
    auction = opened(retract=retract)
    auction.bid("ANNE", 1_000)
    auction.bid("BERT", 1_100)
    assert auction.dismiss("ANNE").get("code") == ("has_bids" if retract else None)
    assert auction.dismiss("SECOND")["ok"]
    auction.at(100_000).close()
    assert auction.dismiss("ANNE").get("code") == (None if retract else "not_admitted")


def test_a_dismissed_bidder_is_nobody_until_he_is_admitted_again() -> None:
    auction = opened()
    first = auction.bid("BERT", 900, id="x")
    auction.dismiss("BERT")
    assert auction.bid("BERT", 900, id="x")["code"] == "not_admitted"
    auction.admit("BERT")
    assert auction.bid("BERT", 900, id="x") == first, "his answers are kept"


# Keys and heads


def test_an_operator_s_key_stands_for_one_deed() -> None:
    auction = opened()
    first = auction.pause(key="k1")
    assert auction.pause(key="k1", ground="court_order") == first
    assert auction.resume(0, key="k1")["code"] == "id_reused"
    assert len(auction.events) == 2


def test_a_refusal_is_not_kept_under_its_key() -> None:
    auction = opened()
    assert auction.resume(0, key="k1")["code"] == "not_paused"
    assert auction.pause(key="k1")["ok"]


def test_an_operator_s_key_answers_even_after_the_close() -> None:
    auction = opened()
    first = auction.say(key="k1")
    auction.at(100_000).close()
    assert auction.say(key="k1") == first
    assert auction.say(key="k2")["code"] == "closed"


def test_without_a_key_the_same_is_said_twice() -> None:
    auction = opened()
    assert [auction.say()["n"], auction.say()["n"]] == [2, 3]


@pytest.mark.parametrize("deed", ["pause", "say", "withdraw", "resume", "retract"])
def test_an_operator_acts_only_on_the_head_that_he_saw(deed: str) -> None:
    auction = opened()
    auction.bid("ANNE", 1_000)
    if deed in ("resume", "retract"):
        auction.pause()
    arguments = {"withdraw": ("court_order",), "resume": (0,), "retract": (2, 0)}.get(deed, ())
    head = len(auction.events)
    assert getattr(auction, deed)(*arguments, expect_n=head - 1)["code"] == "wrong_head"
    assert getattr(auction, deed)(*arguments, expect_n=head)["ok"]


@pytest.mark.parametrize(
    ("bounds", "ok"), [((0, 0), True), ((1, 2), False), ((-2, -1), False)], ids=["within", "early", "late"]
)
@pytest.mark.parametrize(
    "command",
    [PauseLot("review"), WithdrawLot("debt_paid"), Say("answer", Text("so", SALT)), AdmitBidder("CARL"),
     DismissBidder("BERT")],
    ids=lambda command: type(command).__name__,
)  # fmt: skip
def test_a_command_out_of_its_sender_s_bounds_does_nothing(command: Command, bounds: tuple[int, int], ok: bool) -> None:
    auction = opened()
    before = auction.view
    assert auction.tell(command, bounds).get("code") == (None if ok else "clock")
    assert (auction.view == before) is not ok


# Withdrawal


@pytest.mark.parametrize("ground", WITHDRAW_GROUNDS)
def test_a_live_lot_is_withdrawn_only_for_grounds_that_nobody_chose(ground: str) -> None:
    auction = opened()
    auction.bid("ANNE", 1_000)
    assert auction.withdraw("seller_request")["code"] == "not_allowed"
    assert auction.withdraw(ground) == {"ok": True, "n": 3}
    view = auction.view
    assert (view["state"], view["ground"], view["ask"], view["ends_at"]) == ("withdrawn", ground, None, None)
    assert (view["price"], view["leader"]) == (1_000, "ANNE")
    assert auction.withdraw(ground)["code"] == "closed"


def test_a_paused_lot_is_withdrawn_with_all_its_clocks() -> None:
    auction = opened()
    auction.pause()
    auction.resume(5_000)
    auction.withdraw("debt_paid")
    assert (auction.view["remaining_ms"], auction.view["resumes_at"]) == (None, None)


def test_an_announced_lot_is_withdrawn_for_any_ground_and_without_a_log() -> None:
    """拍卖法 29: before bidding starts the seller may withdraw."""
    auction = announced()
    assert auction.withdraw("seller_request") == {"ok": True, "n": 0}
    assert auction.events == [] and auction.view["state"] == "withdrawn" and auction.view["last"] == 0
    assert auction.tell(opening())["code"] == "closed"
    assert auction.bid("ANNE", 1_000)["code"] == "closed"


# Retraction


def duel() -> Auction:
    """Bids 2, 3 and 4 by Anne, Bert and Second, then a pause."""
    auction = opened(1_100)
    for code, amount in (("ANNE", 1_000), ("BERT", 1_100), ("SECOND", 1_200)):
        assert auction.bid(code, amount)["ok"]
    auction.pause()
    return auction


def test_a_retraction_revives_the_bid_beneath_down_to_none() -> None:
    auction = duel()
    assert auction.retract(4, 3) == {"ok": True, "n": 6, "price": 1_100, "leader": "BERT"}
    assert _standing(auction) == (1_100, 1_200, "BERT", 0, 3, True)
    assert auction.retract(3, 2, "declined")["price"] == 1_000
    assert _standing(auction) == (1_000, 1_100, "ANNE", 0, 2, False)
    assert auction.retract(2, 0) == {"ok": True, "n": 8, "price": None, "leader": None}
    assert _standing(auction) == (None, 1_000, None, 0, 0, False)
    assert [event["restored"] for event in auction.events[-3:]] == [3, 2, None]
    assert auction.retract(2, 0)["code"] == "wrong_target"
    assert auction.view["bids"] == 3, "a decision that was taken stays taken"


def test_a_bid_after_a_retraction_stands_on_the_one_that_revived() -> None:
    auction = duel()
    auction.retract(4, 3)
    auction.resume_at_once()
    assert auction.bid("ANNE", 1_200)["n"] == 9
    auction.pause()
    assert auction.retract(9, 4)["code"] == "wrong_target"
    assert auction.retract(9, 3)["leader"] == "BERT"


def test_a_retracted_match_gives_the_lead_back_with_its_rank() -> None:
    auction = opened()
    auction.bid("SECOND", 1_000)
    auction.bid("FIRST", 1_000)
    auction.pause()
    auction.retract(3, 2)
    assert (auction.view["leader"], auction.view["rank"], auction.view["price"]) == ("SECOND", 2, 1_000)


@pytest.mark.parametrize(("target", "restored"), [(3, 2), (4, 2), (4, 0), (4, 4), (5, 4), (2, 0)])
def test_only_the_top_bid_is_retracted_and_only_onto_the_one_beneath(target: int, restored: int) -> None:
    assert duel().retract(target, restored)["code"] == "wrong_target"


def test_a_retraction_needs_a_pause() -> None:
    auction = opened()
    auction.bid("ANNE", 1_000)
    assert auction.retract(2, 0)["code"] == "not_paused"


@pytest.mark.parametrize("ground", RETRACT_GROUNDS)
def test_a_judicial_sale_retracts_nothing(ground: str) -> None:
    auction = opened(preset="cn-judicial-2017", retract=False)
    auction.bid("ANNE", 1_000)
    auction.pause()
    assert auction.retract(2, 0, ground)["code"] == "not_allowed"


def test_a_retraction_moves_no_end_and_leaves_a_full_window() -> None:
    auction = opened()
    auction.at(90_000).bid("ANNE", 1_000)
    auction.at(119_000).pause()
    auction.retract(2, 0)
    assert (auction.ends_at, auction.view["extensions"]) == (None, 1)
    assert auction.resume_at_once()["ends_at"] == T0 + 149_000


# Texts


def test_the_log_keeps_a_text_s_salted_hash_and_the_text_lies_beside_it() -> None:
    auction = opened()
    words = 'a "name"\n债务人'
    auction.say(words)
    assert auction.events[-1]["text"] == text_hash(words, SALT)
    assert json.loads(auction.oracle.texts[2]) == {"salt": SALT, "text": words}
    assert "债务人" not in auction.oracle.events[-1].decode()


def test_a_pause_may_say_why_or_not() -> None:
    auction = opened()
    auction.tell(PauseLot("review", Text("because", SALT)))
    assert auction.events[-1]["text"] == text_hash("because", SALT) and set(auction.oracle.texts) == {2}
    auction.resume_at_once()
    auction.pause()
    assert auction.events[-1]["text"] is None and set(auction.oracle.texts) == {2}


# Adoption


def test_a_store_that_came_back_is_adopted_with_a_new_epoch() -> None:
    auction = opened()
    auction.bid("ANNE", 1_000)
    head = link_of(auction.oracle.events[-1])
    assert auction.adopt(RUN, 2, RUN)["code"] == "not_stale"
    assert auction.adopt(RUN, 1, OTHER_RUN)["code"] == "wrong_head"
    assert auction.adopt("c" * 40, 2, OTHER_RUN)["code"] == "wrong_head"
    assert auction.adopt(RUN, 2, OTHER_RUN) == {"ok": True, "n": 3, "epoch": 2}
    event = auction.events[-1]
    assert (event["epoch"], event["old"], event["link"]) == (2, {"epoch": 1, "n": 2, "link": head}, head)
    assert auction.bid("BERT", 1_100)["code"] == "stale_store"
    assert auction.bid("BERT", 1_100, run_id=OTHER_RUN)["n"] == 4


def test_only_a_live_lot_is_adopted() -> None:
    assert announced().adopt("", 0, OTHER_RUN)["code"] == "not_open"
    auction = opened()
    auction.at(100_000).close()
    assert auction.adopt(RUN, 2, OTHER_RUN)["code"] == "closed"


def test_a_paused_lot_is_adopted_paused() -> None:
    auction = opened()
    auction.pause()
    assert auction.adopt(RUN, 2, OTHER_RUN)["ok"]
    assert auction.view["state"] == "paused"


def _standing(auction: Auction) -> tuple[object, ...]:
    view = auction.view
    return view["price"], view["ask"], view["leader"], view["rank"], view["top"], view["reserve_met"]
