"""The demo's lots: the house takes their cards, and their figures are those they claim to be."""

from random import Random
from typing import Any

import pytest

from outcry.demo.lots import GUESTS, LOTS
from outcry.demo.people import people, robot_names
from outcry.demo.plans import Plan, millions
from outcry.house.card import read_card
from outcry.model.ids import is_lot_id
from outcry.model.presets import read_terms

YUAN = 100
ALL = (*LOTS, GUESTS)
BY_NUMBER = {plan.number: plan for plan in ALL}


@pytest.mark.parametrize("run", [1, 2, 3])
@pytest.mark.parametrize("plan", ALL, ids=lambda plan: f"lot-{plan.number}")
def test_the_house_takes_every_card(plan: Plan, run: int) -> None:
    body = plan.card(run, 1_700_000_000_000)
    card, reserve = read_card(body)
    assert card.terms == read_terms(plan.terms(run))
    assert reserve == plan.reserve
    assert is_lot_id(card.id)
    assert "示例" in card.title.zh and "example" in card.title.en
    assert card.clock_note is not None and "s" in card.clock_note.en


def test_there_are_twelve_lots_and_one_for_guests() -> None:
    assert [plan.number for plan in ALL] == list(range(1, 14))
    assert (BY_NUMBER[1].lot_id(1), BY_NUMBER[1].lot_id(2)) == ("lot-1", "lot-1-2")


@pytest.mark.parametrize(
    ("number", "figures"),
    [
        (1, {"claim": 891_000_000, "start": 300_000_000, "deposit": 15_000_000, "increment": 1_000_000}),
        (2, {"start": 2_930_000, "deposit": 290_000, "base_date": "2024-06-30"}),
        (3, {"start": 28_800_000}),
        (4, {"start": 7_760_000}),
        (5, {"start": 5_500_000, "increment": 10_000}),
        (6, {"appraisal": 65_454_900, "start": 65_454_900, "deposit": 3_300_000, "increment": 50_000, "reminders": 6}),
        (7, {"start": 52_363_920}),
        (8, {"start": 11_787_511, "deposit": 2_357_502, "increment": 58_000, "appraisal": 16_839_301}),
        (10, {"start": 38_000_000, "reserve": 44_000_000}),
        (11, {"claim": 77_600_000, "principal": 66_370_000}),
    ],
)  # fmt: skip
def test_figures_of_real_lots_are_exact(number: int, figures: dict[str, Any]) -> None:
    for name, value in figures.items():
        assert getattr(BY_NUMBER[number], name) == (
            value * YUAN if isinstance(value, int) and name != "reminders" else value
        )


def test_judicial_starts_follow_the_articles() -> None:
    """Art. 10: at least 70 % of the appraisal; art. 26: a second attempt at least 80 % of the first; in integers."""
    factory, first, second = BY_NUMBER[8], BY_NUMBER[6], BY_NUMBER[7]
    assert factory.appraisal is not None and factory.start * 100 >= factory.appraisal * 70
    assert second.start * 100 >= first.start * 80
    assert second.previous == first.lot_id(1)
    for plan in (factory, first, second):
        assert plan.start * 5 <= plan.deposit * 100 <= plan.start * 20 + plan.start // 10_000


@pytest.mark.parametrize("plan", ALL, ids=lambda plan: f"lot-{plan.number}")
def test_lengths_follow_the_demo_clock(plan: Plan) -> None:
    terms = read_terms(plan.terms(2))
    assert terms.duration_ms in (480_000, 300_000, 120_000, 900_000)
    assert terms.window_ms == terms.extension_ms == 20_000


@pytest.mark.parametrize("number", [5, 6])
def test_two_sales_run_for_three_seconds_without_a_window(number: int) -> None:
    terms = read_terms(BY_NUMBER[number].terms(1))
    assert (terms.duration_ms, terms.window_ms) == (3_000, 0)
    assert "3 s" in BY_NUMBER[number].clock_note(1)["en"]


def test_millions_are_exact_or_refused() -> None:
    assert millions("8.42") == 842_000_000
    assert millions("0.00000001") == 1
    with pytest.raises(ValueError, match="no whole number of fen"):
        millions("0.000000001")


def test_every_fourth_lot_gets_no_robots() -> None:
    for run in range(2, 12):
        assert sum(not plan.cast(run) for plan in LOTS) == 3
    assert all(2 <= len([name for name in plan.robots if name != "ghost"]) <= 4 for plan in LOTS if plan.robots)


def test_robots_arrive_one_after_another_while_there_is_time() -> None:
    plan = BY_NUMBER[4]
    robots = plan.hire(1, 1_000_000, Random(1))
    assert robots[0].arrives_at == 1_000_000
    assert all(1_000_000 <= robot.arrives_at <= 1_000_000 + 480_000 * 0.6 for robot in robots)


def test_everybody_has_an_account_and_only_asset_managers_come_to_lot_11() -> None:
    accounts = people(guests=2)
    names = [person.name for person in accounts]
    assert len(names) == len(set(names))
    for plan in LOTS:
        for run in (1, 2):
            assert len(plan.cast(run)) <= len(robot_names(plan))
    assert {person.name for person in accounts if person.amc} == set(robot_names(BY_NUMBER[11]))
    assert names[-2:] == ["guest-1", "guest-2"]
