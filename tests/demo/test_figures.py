"""The figures of a run: percentiles, and how far behind the last watcher was."""

import pytest

from outcry.demo.figures import Figures, Samples, Spread


def test_percentiles_are_of_the_nearest_rank() -> None:
    samples = Samples()
    for ms in (5.0, 1.0, 3.0, 2.0, 4.0):
        samples.add(ms)
    assert samples.percentile(50) == 3.0
    assert samples.percentile(99) == samples.percentile(100) == 5.0
    assert samples.percentile(1) == 1.0


def test_no_sample_has_no_percentile() -> None:
    assert Samples().as_json() == {"p50": None, "p99": None}


def test_spread_runs_from_the_first_knowledge_to_the_last_watcher() -> None:
    spread = Spread()
    for watcher in (1, 2):
        spread.joined("lot-1", watcher)
    spread.known("lot-1", 2, at=10.000)
    spread.known("lot-1", 2, at=10.001)
    spread.seen("lot-1", 2, 1, at=10.004)
    assert spread.samples.percentile(50) is None
    spread.seen("lot-1", 2, 2, at=10.030)
    assert spread.samples.percentile(50) == pytest.approx(30)


def test_who_leaves_is_not_waited_for_and_who_comes_later_does_not_count() -> None:
    spread = Spread()
    spread.joined("lot-1", 1)
    spread.joined("lot-1", 2)
    spread.known("lot-1", 2, at=10.0)
    spread.joined("lot-1", 3)
    spread.seen("lot-1", 2, 3, at=10.1)
    spread.seen("lot-1", 2, 1, at=10.2)
    spread.left("lot-1", 2)
    assert spread.samples.percentile(50) == pytest.approx(200)


def test_a_bid_that_no_watcher_saw_has_no_spread() -> None:
    spread = Spread()
    spread.known("lot-1", 2, at=10.0)
    spread.joined("lot-1", 1)
    spread.known("lot-1", 3, at=11.0)
    spread.left("lot-1", 1)
    assert spread.samples.percentile(50) is None


def test_a_later_number_brings_the_earlier_ones_along() -> None:
    spread = Spread()
    spread.joined("lot-1", 1)
    spread.known("lot-1", 2, at=10.0)
    spread.known("lot-1", 3, at=10.1)
    spread.seen("lot-1", 4, 1, at=10.2)
    assert spread.samples.percentile(1) == pytest.approx(100)
    assert spread.samples.percentile(99) == pytest.approx(200)


def test_a_closed_lot_is_forgotten() -> None:
    spread = Spread()
    spread.joined("lot-1", 1)
    spread.known("lot-1", 2, at=10.0)
    spread.forget("lot-1")
    spread.seen("lot-1", 2, 1, at=10.5)
    assert spread.samples.percentile(50) is None


def test_the_object_of_a_run() -> None:
    figures = Figures()
    figures.watcher_joined("lot-1", 1)
    figures.watcher_joined("lot-1", 2)
    figures.watcher_left("lot-1", 1)
    figures.decided(True, 2.004)
    figures.decided(False, 4.0)
    figures.decided(True, None)
    assert figures.as_json(7.96, ["open", "open", "sold", "paused"]) == {
        "seconds": 8.0,
        "lots": {"open": 2, "sold": 1, "passed": 0},
        "bids": {"accepted": 2, "refused": 1},
        "watchers": 2,
        "deliveries": 0,
        "gaps": 0,
        "out_of_order": 0,
        "decision_ms": {"p50": 2.0, "p99": 4.0},
        "spread_ms": {"p50": None, "p99": None},
    }
