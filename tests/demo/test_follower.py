"""A client's audit of what it is sent: nothing may be missing that was not declared."""

import json
from typing import Any

import pytest

from outcry.demo.figures import Figures
from outcry.demo.follower import Follower, HouseClock
from outcry.model.events import encode_event, link_of
from outcry.model.view import LotView, snapshot

CLOSED = {"result": "passed", "price": None, "leader": None, "reserve": None, "salt": None}


class Lot:
    """A log, event by event, and a follower of it."""

    def __init__(self) -> None:
        self.figures = Figures()
        self.follower = Follower(self.figures)
        self.events: list[bytes] = []
        for n in range(1, 7):
            link = link_of(self.events[-1]) if self.events else ""
            self.events.append(encode_event(n, "said", 1_000 + n, link, {"kind": "announcement", "text": "hash"}))

    def hear(self, *numbers: int) -> None:
        for n in numbers:
            raw = self.events[n - 1]
            self.follower.take(json.loads(raw), raw)

    def snapshot(self, n: int, why: str, **changes: Any) -> None:
        view = LotView(state="open", n=n, epoch=1, link=link_of(self.events[n - 1]) if n else "")
        self.follower.take({**snapshot(view, why), **changes}, b'{"t":"snapshot"}')

    def tick(self, first: int, n: int) -> None:
        frame = {"t": "tick", "from": first, "n": n, "price": 5, "ask": 6, "leader": "K7Q2", "bids": 1, "ends_at": 9}
        self.follower.take({**frame, "extensions": 0, "state": "open"}, b'{"t":"tick"}')

    @property
    def faults(self) -> tuple[int, int]:
        return self.figures.gaps, self.figures.out_of_order


@pytest.fixture
def lot() -> Lot:
    return Lot()


def test_an_unbroken_log_has_no_faults(lot: Lot) -> None:
    lot.snapshot(2, "joined")
    lot.hear(3, 4)
    assert lot.faults == (0, 0)
    assert lot.figures.deliveries == 2
    assert lot.follower.position == (1, 4, link_of(lot.events[3]))


def test_a_missing_number_is_a_gap(lot: Lot) -> None:
    lot.snapshot(1, "joined")
    lot.hear(4)
    assert lot.faults == (2, 0)


def test_a_repeated_or_late_number_is_out_of_order(lot: Lot) -> None:
    lot.snapshot(1, "joined")
    lot.hear(2, 3, 2)
    assert lot.faults == (0, 1)


def test_the_right_number_of_another_history_is_a_gap(lot: Lot) -> None:
    lot.snapshot(1, "joined", link="0" * 40)
    lot.hear(2)
    assert lot.faults == (1, 0)


def test_a_resumption_may_bring_the_missing_events(lot: Lot) -> None:
    lot.snapshot(2, "joined")
    lot.hear(3, 4)
    lot.snapshot(4, "resumed")
    assert lot.faults == (0, 0) and lot.follower.holes == []


def test_a_snapshot_ahead_declares_a_hole_to_be_fetched(lot: Lot) -> None:
    lot.snapshot(2, "joined")
    lot.snapshot(5, "resumed")
    assert lot.faults == (0, 0) and lot.follower.holes == [(3, 5)]
    lot.follower.filled(3, 5, [{"n": 3}, {"n": 4}, {"n": 5}])
    assert lot.faults == (0, 0) and lot.figures.deliveries == 3
    lot.hear(6)
    assert lot.faults == (0, 0)


def test_what_a_hole_does_not_yield_is_a_gap(lot: Lot) -> None:
    lot.follower.filled(3, 5, [{"n": 3}, {"n": 5}])
    assert lot.faults == (1, 1)


def test_a_snapshot_behind_is_a_fault_unless_history_changed(lot: Lot) -> None:
    lot.snapshot(4, "joined")
    lot.snapshot(2, "history_changed")
    assert lot.faults == (0, 0) and lot.follower.view.n == 2
    lot.snapshot(1, "resumed")
    assert lot.faults == (0, 1)


def test_a_snapshot_of_another_history_at_the_same_number_is_a_gap(lot: Lot) -> None:
    lot.snapshot(4, "joined")
    lot.snapshot(4, "resumed", link="0" * 40)
    assert lot.faults == (1, 0)


def test_a_tick_declares_its_hole_and_brings_the_state(lot: Lot) -> None:
    lot.snapshot(1, "joined")
    lot.tick(2, 4)
    assert lot.faults == (0, 0) and lot.follower.holes == [(2, 4)]
    assert (lot.follower.view.price, lot.follower.view.leader) == (5, "K7Q2")
    assert lot.follower.position is None, "the link of event 4 is not known"
    lot.hear(5)
    assert lot.faults == (0, 0) and lot.follower.position == (1, 5, link_of(lot.events[4]))


def test_a_tick_that_begins_too_late_leaves_a_gap(lot: Lot) -> None:
    lot.snapshot(1, "joined")
    lot.tick(4, 5)
    assert lot.faults == (2, 0)


def test_frames_of_no_number_leave_the_position_alone(lot: Lot) -> None:
    lot.snapshot(2, "joined")
    for frame in ({"t": "text", "n": 2, "text": "words"}, {"t": "pulse", "n": 9, "registered": 3}, {"t": "later"}):
        lot.follower.take(frame, json.dumps(frame, separators=(",", ":")).encode())
    assert lot.faults == (0, 0) and lot.follower.view.n == 2 and lot.follower.view.registered == 3


def test_before_the_opening_there_is_no_position_to_state(lot: Lot) -> None:
    lot.snapshot(0, "joined")
    assert lot.follower.position is None
    lot.hear(1)
    assert lot.faults == (0, 0) and lot.follower.position is not None


def test_the_clock_believes_the_least_delayed_message_of_the_last_minute() -> None:
    clock = HouseClock()
    clock.note(1_000_000, at=100.0)
    clock.note(1_000_900, at=101.0)
    assert clock.now(at=102.0) == 1_002_000
    clock.note(1_002_500, at=102.0)
    assert clock.now(at=102.0) == 1_002_500
    clock.note(1_072_000, at=172.0)
    assert clock.now(at=172.0) == 1_072_000, "the house's clock was set back: the old truth ages out"
