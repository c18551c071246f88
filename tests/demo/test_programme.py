"""When lots come back, and who watches them."""

from random import Random

import pytest

from outcry.demo.crowd import run_of
from outcry.demo.lots import LOTS
from outcry.demo.programme import PREVIEW_MS, SPACING_MS, Programme, planned_ms
from outcry.demo.watchers import SWELL, poisson, pull
from outcry.model.view import LotView

NOW = 1_000_000
FIRST = LOTS[0]


def test_planned_ends_keep_their_distance() -> None:
    programme = Programme()
    for plan in LOTS:
        programme.begin(plan, NOW)
    ends = [programme.place(plan, run, NOW) + planned_ms(plan, run) for run in (2, 3) for plan in LOTS]
    firsts = [NOW + round(plan.opens_in * 1000) + planned_ms(plan, 1) for plan in LOTS]
    for place, end in enumerate(ends):
        assert all(abs(end - other) >= SPACING_MS for other in ends[:place] + firsts)


def test_an_empty_programme_opens_a_lot_after_its_preview() -> None:
    assert Programme().place(FIRST, 2, NOW) == NOW + PREVIEW_MS


def test_a_lot_that_closed_makes_room() -> None:
    programme = Programme()
    first = programme.place(FIRST, 2, NOW)
    assert programme.place(FIRST, 3, NOW) == first + SPACING_MS
    programme.closed(FIRST.lot_id(2))
    assert programme.place(FIRST, 4, NOW) == first


@pytest.mark.parametrize(
    ("lot_id", "run"),
    [("lot-1", 1), ("lot-1-2", 2), ("lot-1-37", 37), ("lot-12", None), ("lot-1-0", None), ("x", None)],
)
def test_the_run_is_read_off_the_id(lot_id: str, run: int | None) -> None:
    assert run_of(FIRST, lot_id) == run


def test_a_lot_draws_more_people_towards_its_close() -> None:
    pulls = [pull(LotView(state="open", ends_at=NOW + left), NOW) for left in (600_000, 60_000, 30_000, 0)]
    assert pulls == [1, 1, (1 + SWELL) / 2, SWELL]
    assert pull(LotView(state="announced"), NOW) < 1 == pull(LotView(state="paused"), NOW)


@pytest.mark.parametrize("mean", [3, 60, 2_000])
def test_arrivals_are_poisson(mean: int) -> None:
    rng = Random(1)
    drawn = [poisson(mean, rng) for _ in range(600)]
    average = sum(drawn) / len(drawn)
    assert average == pytest.approx(mean, rel=0.1)
    assert sum((number - average) ** 2 for number in drawn) / len(drawn) == pytest.approx(mean, rel=0.2)
