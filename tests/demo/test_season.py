"""What the robots add up to, in virtual time against the oracle: the demo's targets, roughly."""

import statistics
from collections import Counter
from random import Random

import pytest

from outcry.demo.lots import LOTS
from outcry.demo.plans import Plan
from outcry.demo.robots import Robot, raised
from outcry.model.presets import read_terms
from outcry.model.view import LotView

from .simulation import OPENING, Sale, season, simulate

SALES = 150
BY_NUMBER = {plan.number: plan for plan in LOTS}


def sales(number: int, run: int = 1) -> list[Sale]:
    return [simulate(BY_NUMBER[number], run, Random(f"{number} {seed}")) for seed in range(SALES)]


@pytest.mark.parametrize("number", [1, 2])
def test_lots_1_and_2_see_about_twenty_bids_and_rise_by_about_seven_percent(number: int) -> None:
    held = sales(number)
    assert 14 <= statistics.mean(len(sale.accepted) for sale in held) <= 32
    assert 0.05 <= statistics.mean(sale.rise for sale in held) <= 0.11


def test_lot_10_meets_its_reserve_in_about_half_of_the_runs() -> None:
    assert 0.42 <= statistics.mean(sale.view.state == "sold" for sale in sales(10)) <= 0.68


def test_lot_5_sells_one_step_above_its_start_in_its_three_seconds() -> None:
    for sale in sales(5)[:30]:
        assert len(sale.accepted) == 2
        assert sale.view.price == BY_NUMBER[5].start + BY_NUMBER[5].increment
        assert sale.closed_at == OPENING + 3_000


def test_the_tenant_of_lot_8_matches() -> None:
    for sale in sales(8)[:30]:
        assert any(event.get("match") and event["rank"] == 1 for event in sale.log)


def test_nobody_but_a_fumbler_is_ever_refused() -> None:
    for plan in LOTS:
        codes = {code for sale in (simulate(plan, 2, Random(seed)) for seed in range(30)) for code in sale.codes}
        assert codes <= ({"below_ask", "off_grid"} if "fumbler" in plan.robots else set())


@pytest.fixture(scope="module")
def evening() -> list[Sale]:
    return season(hours=3, seed=1)


def test_a_hammer_falls_every_40_to_60_seconds(evening: list[Sale]) -> None:
    assert 40 <= _span_s(evening) / len(evening) <= 60


def test_an_accepted_bid_comes_every_two_to_four_seconds(evening: list[Sale]) -> None:
    assert 2 <= _span_s(evening) / sum(len(sale.accepted) for sale in evening) <= 4


def test_about_seventy_percent_are_sold(evening: list[Sale]) -> None:
    assert 0.6 <= Counter(sale.view.state for sale in evening)["sold"] / len(evening) <= 0.8


def test_every_lot_comes_back(evening: list[Sale]) -> None:
    runs = Counter(sale.plan.number for sale in evening)
    assert set(runs) == {plan.number for plan in LOTS}
    assert min(runs.values()) >= 10


class Visitor(Robot):
    """Somebody who raises by one step, a few seconds after each outbid, up to a limit."""

    def tires(self, price: int) -> bool:
        return price > self.value

    def amount(self, view: LotView) -> int:
        return raised(view, self.terms, 1)


def test_a_visitor_with_a_limit_of_15_percent_wins_about_one_lot_in_three() -> None:
    won = [_visit(plan, seed) for plan in LOTS if plan.robots and plan.eligibility == "open" for seed in range(15)]
    assert 0.2 <= statistics.mean(won) <= 0.45


def _visit(plan: Plan, seed: int) -> bool:
    rng = Random(f"visit {plan.number} {seed}")
    visitor = Visitor(read_terms(plan.terms(1)), rng, value=plan.start * 115 // 100, arrives_at=OPENING)
    sale = simulate(plan, 1, rng, also=[visitor])
    return sale.view.state == "sold" and sale.view.leader == visitor.code


def _span_s(evening: list[Sale]) -> float:
    return (evening[-1].closed_at - OPENING) / 1000
