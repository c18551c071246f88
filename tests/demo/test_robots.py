"""Robots' arithmetic: what a lot is worth to them, when they leave, what they offer."""

import math
import statistics
from dataclasses import replace
from random import Random

import pytest

from outcry.demo.characters import CHARACTERS, Anchor, Dealer, Errand, Fumbler, Ghost, Holder, Jumper, Sniper, roundness
from outcry.demo.robots import Bid, Leave, Robot, Vanish, draw_value, leaving, raised, think_ms
from outcry.model.presets import read_terms
from outcry.model.terms import Terms
from outcry.model.view import LotView

TERMS = read_terms(
    {"preset": "npl-commercial", "start": 10_000, "increment": 50, "duration_ms": 120_000, "window_ms": 20_000}
)
NOW = 1_000_000
OPEN = LotView(state="open", ask=10_000, ends_at=NOW + 60_000)
OUTBID = replace(OPEN, price=10_000, ask=10_050, leader="OTHER", bids=1)
RICH = 10**9


def robot_of(character: type[Robot], seed: int = 1, value: int = RICH, terms: Terms = TERMS) -> Robot:
    robot = character(terms, Random(seed), value=value)
    robot.code = "MINE"
    return robot


def test_values_are_lognormal_about_the_start() -> None:
    rng = Random(1)
    logs = [math.log(draw_value(10**9, rng) / 10**9) for _ in range(4_000)]
    assert math.exp(statistics.median(logs)) == pytest.approx(1.12, abs=0.01)
    assert statistics.stdev(logs) == pytest.approx(0.15, abs=0.01)


def test_thinking_takes_about_four_seconds_and_never_less_than_600_ms() -> None:
    rng = Random(1)
    thoughts = [think_ms(rng) for _ in range(4_000)]
    assert statistics.median(thoughts) == pytest.approx(4_000, rel=0.05)
    assert min(thoughts) >= 600


def test_leaving_is_rare_far_below_the_value_and_certain_at_it() -> None:
    assert leaving(90, 100) == pytest.approx(0.9**40)
    assert leaving(90, 100) < 0.02 < leaving(97, 100) < 0.5
    assert leaving(100, 100) == leaving(200, 100) == 1.0


def test_the_first_bid_is_the_start_and_later_ones_lie_on_the_grid() -> None:
    assert raised(OPEN, TERMS, 1) == 10_000
    assert [raised(OUTBID, TERMS, steps) for steps in (1, 2, 12)] == [10_050, 10_100, 10_600]


def test_a_ladder_steps_by_the_standing_price() -> None:
    ladder = replace(TERMS, ladder=((10_100, 50), (0, 100)), increment=0)
    view = replace(OUTBID, price=10_100, ask=10_200)
    assert raised(view, ladder, 2) == 10_300


def test_a_robot_takes_several_steps_where_they_are_tiny_but_none_beyond_its_value() -> None:
    tiny = replace(TERMS, increment=5)
    view = replace(OUTBID, ask=10_005)
    offers = {robot_of(Robot, seed, terms=tiny).amount(view) for seed in range(200)}
    assert offers == {10_000 + 5 * steps for steps in range(1, 12)}
    assert {robot_of(Robot, seed, value=10_012, terms=tiny).amount(view) for seed in range(50)} == {10_005, 10_010}


def test_a_robot_at_its_value_leaves_for_good() -> None:
    robot = robot_of(Robot, value=10_050)
    assert robot.look(OUTBID, NOW) is not None
    assert robot.turn(OUTBID, NOW) == Leave()
    assert robot.look(OUTBID, NOW) is None
    assert robot.turn(replace(OUTBID, ask=1), NOW) is None


def test_a_thinking_robot_is_not_disturbed_and_a_leading_one_rests() -> None:
    robot = robot_of(Robot)
    due = robot.look(OUTBID, NOW)
    assert due is not None and due >= NOW + 600
    assert robot.look(replace(OUTBID, price=10_050, ask=10_100), NOW + 500) == due
    assert robot.look(replace(OUTBID, leader="MINE"), NOW + 600) is None
    again = robot.look(OUTBID, NOW + 700)
    assert again is not None and again >= NOW + 1_300


@pytest.mark.parametrize("state", ["announced", "paused", "sold"])
def test_nobody_bids_unless_the_lot_is_open(state: str) -> None:
    view = replace(OUTBID, state=state)
    for name, character in CHARACTERS.items():
        robot = robot_of(character)
        assert robot.look(view, NOW) is None, name
        assert robot.turn(view, NOW) is None, name


def test_a_robot_waits_until_it_has_arrived() -> None:
    robot = Robot(TERMS, Random(1), arrives_at=NOW + 30_000, value=RICH)
    due = robot.look(OUTBID, NOW)
    assert due is not None and due > NOW + 30_000


def test_a_leader_below_a_hidden_reserve_may_raise_itself_near_the_end() -> None:
    view = replace(OUTBID, leader="MINE", reserve_met=False)
    robots = [robot_of(Robot, seed) for seed in range(200)]
    raising = [robot for robot in robots if robot.look(view, NOW) is not None]
    assert 70 < len(raising) < 130
    assert all(robot.due is not None and robot.due >= NOW + 45_000 for robot in raising)
    assert all(isinstance(robot.turn(view, NOW + 50_000), Bid) for robot in raising)
    assert all(robot.look(replace(view, reserve_met=True), NOW) is None for robot in raising)


def test_an_anchor_bids_the_start_early_whatever_its_value() -> None:
    anchor = robot_of(Anchor, value=1)
    due = anchor.look(OPEN, NOW)
    assert due is not None and NOW + 600 <= due <= NOW + 2_000
    assert anchor.turn(OPEN, due) == Bid(10_000)
    assert anchor.turn(OUTBID, due) == Leave()


def test_a_jumper_jumps_once_to_a_round_figure() -> None:
    jumper = robot_of(Jumper)
    assert jumper.turn(OUTBID, NOW) == Bid(10_500)
    assert jumper.turn(OUTBID, NOW) == Bid(10_050)
    assert robot_of(Jumper, value=10_300).amount(OUTBID) < 10_300


def test_round_figures_have_more_zeros_and_of_equals_the_lower_wins() -> None:
    assert max((10_250, 10_300, 10_400, 11_000), key=roundness) == 11_000
    assert max((10_250, 10_300, 10_400), key=roundness) == 10_300
    assert max((10_240, 10_250), key=roundness) == 10_250


def test_a_sniper_bids_in_the_last_six_seconds_and_quits_after_three_extensions() -> None:
    sniper = robot_of(Sniper)
    due = sniper.look(OUTBID, NOW)
    assert due is not None and 54_000 <= due - NOW <= 59_000
    moved = replace(OUTBID, ends_at=NOW + 80_000)
    assert (sniper.look(moved, NOW) or 0) - NOW >= 74_000
    assert sniper.turn(OUTBID, due) == Bid(10_050)
    assert isinstance(sniper.turn(replace(OUTBID, extensions=2), NOW), Bid)
    assert sniper.turn(replace(OUTBID, extensions=3), NOW) == Leave()


def test_a_sniper_does_not_wait_for_an_end_that_is_not_set() -> None:
    assert robot_of(Sniper).look(replace(OPEN, ends_at=None), NOW) is None


def test_a_holder_matches_once_per_price_after_two_to_four_seconds() -> None:
    holder = robot_of(Holder)
    assert holder.look(OPEN, NOW) is None
    due = holder.look(OUTBID, NOW)
    assert due is not None and 2_000 <= due - NOW <= 4_000
    assert holder.turn(OUTBID, due) == Bid(10_000)
    assert holder.look(OUTBID, due) is None
    assert holder.turn(replace(OUTBID, price=10_050, ask=10_100), due) == Bid(10_050)


def test_a_dealer_is_silent_at_the_ceiling_then_returns_or_has_left() -> None:
    after = []
    for seed in range(60):
        dealer = robot_of(Dealer, seed, value=10_300)
        assert dealer.turn(OUTBID, NOW) is None
        assert dealer.look(OUTBID, NOW) == NOW + 15_000
        move = dealer.turn(OUTBID, NOW + 15_000)
        after.append(type(move))
    assert 15 < after.count(Leave) < 50
    assert Bid in after


def test_a_fumbler_slips_in_one_bid_of_twenty_and_vanishes_once() -> None:
    moves = []
    for seed in range(1_000):
        fumbler = robot_of(Fumbler, seed)
        moves.append([fumbler.turn(OUTBID, NOW) for _ in range(10)])
    assert all(sum(isinstance(move, Vanish) for move in turns) == 1 for turns in moves)
    bids = [move for turns in moves for move in turns if isinstance(move, Bid)]
    slips = [bid for bid in bids if bid != Bid(10_050)]
    assert len(slips) / len(bids) == pytest.approx(0.05, abs=0.01)
    assert {bid.amount for bid in slips} == {10_000, 10_050, 10_066}
    assert {bid.copies for bid in slips if bid.amount == 10_050} == {2}


def test_a_ghost_never_bids_and_an_errand_bids_once() -> None:
    assert robot_of(Ghost).look(OUTBID, NOW) is None
    errand = robot_of(Errand)
    assert errand.look(OUTBID, NOW) == NOW
    assert errand.turn(OUTBID, NOW) == Bid(10_050)
    assert errand.look(OUTBID, NOW) is None
