"""The store's clock as a process sees it: estimates, steps, and the proof of having been in touch."""

import asyncio

import pytest

from outcry.engine import clock as module
from outcry.engine.clock import StoreClock

pytestmark = pytest.mark.anyio


class Monotonic:
    """A stopwatch that the test turns."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now

    def time(self) -> float:
        return 5.0


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch) -> Monotonic:
    watch = Monotonic()
    monkeypatch.setattr(module, "time", watch)
    return watch


def beat(clock: StoreClock, watch: Monotonic, time_ms: int, trip_s: float = 0.001) -> None:
    sent = watch.now
    watch.now += trip_s
    clock.heard(time_ms, sent)


def test_estimate_runs_with_the_stopwatch(watch: Monotonic) -> None:
    clock = StoreClock()
    assert clock.now() == 5000
    beat(clock, watch, 1_000_000)
    watch.now += 2.5
    assert clock.now() == 1_002_500


def test_slow_answers_tell_no_time(watch: Monotonic) -> None:
    clock = StoreClock()
    beat(clock, watch, 1_000_000)
    beat(clock, watch, 1_900_000, trip_s=0.125)
    assert clock.now() == 1_000_125


def test_in_touch_since_the_first_of_an_unbroken_row(watch: Monotonic) -> None:
    clock = StoreClock()
    for i in range(10):
        beat(clock, watch, 1_000_000 + i * 900, trip_s=0)
        watch.now += 0.9
    assert clock.in_touch_since == 1_000_000
    watch.now += 0.2
    assert clock.in_touch_since == clock.now()
    beat(clock, watch, 1_009_200, trip_s=0)
    assert clock.in_touch_since == 1_009_200


def test_a_lost_link_ends_the_row(watch: Monotonic) -> None:
    clock = StoreClock()
    beat(clock, watch, 1_000_000, trip_s=0)
    clock.lost()
    beat(clock, watch, 1_000_010, trip_s=0)
    assert clock.in_touch_since == 1_000_010


@pytest.mark.parametrize("step_ms", [-60_000, 3_600_000])
async def test_a_step_is_told_before_it_is_believed(watch: Monotonic, step_ms: int) -> None:
    clock = StoreClock()
    beat(clock, watch, 1_000_000, trip_s=0)
    told: list[tuple[int, int]] = []
    done = asyncio.Event()

    async def on_step(as_of: int) -> None:
        told.append((as_of, clock.now()))
        await done.wait()

    clock.watch(on_step)
    beat(clock, watch, 1_000_000 + step_ms, trip_s=0)
    await asyncio.sleep(0)
    assert told == [(1_000_000, 1_000_000)]
    beat(clock, watch, 1_000_000 + step_ms, trip_s=0)
    assert clock.now() == 1_000_000, "the old base holds until all have been told"
    done.set()
    for _ in range(5):
        await asyncio.sleep(0)
    assert clock.now() == 1_000_000 + step_ms
    assert clock.in_touch_since == 1_000_000 + step_ms
    assert len(told) == 1


def test_a_drift_under_a_second_is_followed(watch: Monotonic) -> None:
    clock = StoreClock()
    beat(clock, watch, 1_000_000, trip_s=0)
    beat(clock, watch, 1_000_900, trip_s=0)
    assert clock.now() == 1_000_900
