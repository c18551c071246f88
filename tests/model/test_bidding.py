"""What a bid must be: the grid, the ladder, self-raises, the reserve, slips, the priority of ranks."""

import pytest

from outcry.model.terms import MAX_AMOUNT, reserve_hash

from .auction import SALT, T0, opened

LADDER = ((1_500, 100), (2_000, 300), (0, 700))


@pytest.mark.parametrize(
    ("amount", "code", "neighbours"),
    [
        (999, "below_ask", None),
        (1, "below_ask", None),
        (1_000, None, None),
        (1_001, "off_grid", (1_000, 1_100)),
        (1_099, "off_grid", (1_000, 1_100)),
        (1_100, None, None),
        (3_000, None, None),
        (3_001, "off_grid", (3_000, 3_100)),
    ],
)
def test_the_first_bid_is_the_start_plus_whole_steps(
    amount: int, code: str | None, neighbours: tuple[int, int] | None
) -> None:
    answer = opened().bid("ANNE", amount)
    assert answer.get("code") == code
    assert (answer.get("below"), answer.get("above")) == (neighbours or (None, None))


@pytest.mark.parametrize(
    ("amount", "code", "neighbours"),
    [
        (1_000, "below_ask", None),
        (1_299, "below_ask", None),
        (1_399, "below_ask", None),
        (1_400, None, None),
        (1_401, "off_grid", (1_400, 1_500)),
        (1_500, None, None),
    ],
)
def test_a_later_bid_is_the_price_plus_whole_steps(
    amount: int, code: str | None, neighbours: tuple[int, int] | None
) -> None:
    auction = opened()
    auction.bid("ANNE", 1_300)
    answer = auction.bid("BERT", amount)
    assert answer.get("code") == code
    assert (answer.get("below"), answer.get("above")) == (neighbours or (None, None))


@pytest.mark.parametrize(
    ("price", "ask", "off", "neighbours"),
    [
        (1_000, 1_100, 1_101, (1_100, 1_200)),
        (1_400, 1_500, 2_150, (2_100, 2_200)),
        (1_500, 1_800, 1_801, (1_800, 2_100)),
        (1_900, 2_200, 2_300, (2_200, 2_500)),
        (2_000, 2_700, 2_701, (2_700, 3_400)),
    ],
)
def test_the_ladder_s_step_is_that_of_the_standing_price_for_every_multiple(
    price: int, ask: int, off: int, neighbours: tuple[int, int]
) -> None:
    auction = opened(ladder=LADDER, increment=0)
    assert auction.bid("ANNE", price)["ask"] == ask
    answer = auction.bid("BERT", off)
    assert (answer["code"], answer["below"], answer["above"]) == ("off_grid", *neighbours)


def test_amounts_stay_exact_at_fifteen_digits() -> None:
    auction = opened(start=MAX_AMOUNT - 1, increment=1)
    assert auction.bid("ANNE", MAX_AMOUNT - 1)["ask"] == MAX_AMOUNT
    answer = auction.bid("BERT", MAX_AMOUNT)
    assert (answer["price"], answer["ask"]) == (999_999_999_999_999, 1_000_000_000_000_000)


def test_he_who_leads_may_not_raise_himself() -> None:
    auction = opened(self_raise="never", reserve=5_000)
    auction.bid("ANNE", 1_000)
    assert auction.bid("ANNE", 1_100)["code"] == "already_leading"


@pytest.mark.parametrize(("reserve", "code"), [(None, "already_leading"), (1_000, "already_leading"), (1_001, None)])
def test_he_who_leads_may_raise_himself_while_a_hidden_reserve_is_unmet(reserve: int | None, code: str | None) -> None:
    auction = opened(reserve, self_raise="reserve_unmet")
    auction.bid("ANNE", 1_000)
    assert auction.bid("ANNE", 1_100).get("code") == code


def test_he_who_leads_may_always_raise_himself_where_the_terms_say_so() -> None:
    auction = opened(self_raise="always")
    auction.bid("ANNE", 1_000)
    assert auction.bid("ANNE", 1_100)["ok"]


def test_a_reserve_shows_only_whether_it_is_met() -> None:
    auction = opened(1_200)
    assert auction.view["reserve_met"] is False
    auction.bid("ANNE", 1_100)
    assert auction.events[-1]["reserve_met"] is False
    auction.bid("BERT", 1_200)
    assert auction.events[-1]["reserve_met"] is True
    assert auction.events[0]["reserve_hash"] == reserve_hash(1_200, SALT)
    assert not any(SALT.encode() in event for event in auction.oracle.events)


def test_without_a_reserve_there_is_nothing_to_meet() -> None:
    auction = opened()
    auction.bid("ANNE", 1_000)
    assert auction.events[-1]["reserve_met"] is None and auction.view["reserve_met"] is None


@pytest.mark.parametrize(
    ("amount", "confirm", "code"),
    [
        (1_500, None, None),
        (1_600, None, "needs_confirmation"),
        (1_600, 1_500, "needs_confirmation"),
        (1_600, 1_600, None),
        (1_601, 1_601, "off_grid"),
    ],
)
def test_more_than_so_many_steps_above_the_ask_need_a_confirmation(
    amount: int, confirm: int | None, code: str | None
) -> None:
    assert opened(slip_steps=5).bid("ANNE", amount, confirm=confirm).get("code") == code


def test_a_refusal_is_final_for_its_id() -> None:
    auction = opened(slip_steps=5)
    first = auction.bid("ANNE", 9_000, id="mine")
    assert auction.bid("ANNE", 9_000, id="mine", confirm=9_000) == first
    assert auction.bid("ANNE", 9_000, id="anew", confirm=9_000)["ok"]


# Priority purchasers


def test_a_better_rank_matches_the_standing_price() -> None:
    auction = opened()
    auction.bid("ANNE", 1_000)
    answer = auction.bid("SECOND", 1_000)
    assert (answer["ok"], answer["price"], answer["ask"]) == (True, 1_000, 1_100)
    event = auction.events[-1]
    assert (event["match"], event["leader"], event["rank"], event["n"]) == (True, "SECOND", 2, 3)
    assert auction.bid("FIRST", 1_000)["ok"]
    assert auction.view["leader"] == "FIRST"


def test_rank_1_is_best_and_ordinary_loses_to_every_rank() -> None:
    auction = opened()
    auction.bid("FIRST", 1_000)
    assert auction.bid("SECOND", 1_000)["code"] == "rank_not_better"
    assert auction.bid("ANNE", 1_000)["code"] == "below_ask"


def test_equal_ranks_do_not_match_each_other() -> None:
    auction = opened(ranks={"ONES": 1, "TWOS": 1})
    auction.bid("ONES", 1_000)
    assert auction.bid("TWOS", 1_000)["code"] == "rank_not_better"


def test_a_match_is_once_per_holder_and_price() -> None:
    """Even where retractions bring the price back: he has had his chance at it."""
    auction = opened()
    auction.bid("ANNE", 1_000)
    auction.bid("FIRST", 1_000)
    auction.bid("BERT", 1_100)
    assert auction.bid("FIRST", 1_100)["ok"]
    auction.pause()
    for target, restored in ((5, 4), (4, 3), (3, 2)):
        assert auction.retract(target, restored)["ok"]
    auction.resume_at_once()
    assert (auction.view["price"], auction.view["leader"]) == (1_000, "ANNE")
    assert auction.bid("FIRST", 1_000)["code"] == "rank_not_better"
    assert auction.bid("SECOND", 1_000)["ok"]


def test_matches_are_unlimited_over_prices() -> None:
    auction = opened()
    for price in (1_000, 1_100, 1_200):
        assert auction.bid("ANNE", price)["ok"]
        assert auction.bid("FIRST", price)["ok"]


def test_he_who_leads_must_raise() -> None:
    auction = opened()
    auction.bid("FIRST", 1_000)
    assert auction.bid("FIRST", 1_000)["code"] == "already_leading"


def test_no_match_without_a_standing_bid() -> None:
    auction = opened()
    assert auction.bid("FIRST", 900)["code"] == "below_ask"
    auction.bid("FIRST", 1_000)
    assert auction.events[-1]["match"] is False


def test_a_match_needs_neither_grid_nor_confirmation_and_extends() -> None:
    auction = opened()
    auction.bid("ANNE", 1_000)
    assert auction.at(90_000).bid("FIRST", 1_000)["ends_at"] == T0 + 120_000
    assert auction.view["extensions"] == 1


def test_no_match_after_the_end() -> None:
    auction = opened()
    auction.bid("ANNE", 1_000)
    assert auction.at(100_000).bid("FIRST", 1_000)["code"] == "late"
