"""Processes that are started again when they die, and the cord by which a worker hangs."""

import socket
from collections.abc import Iterator

import orjson
import pytest

from outcry.crew import LONGEST_WAIT_S, STABLE_S, Cord, Mended, cause


class Mortal:
    """A process that dies when told, and a clock beside it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 100.0
        self.code: int | None = None
        self.spawned: list[float] = []
        monkeypatch.setattr("outcry.crew.time.monotonic", lambda: self.now)
        self.mended = Mended("it", self._spawn, lambda: self.code)

    def _spawn(self) -> None:
        self.spawned.append(self.now)
        self.code = None

    def die(self, after_s: float) -> float:
        """Live so long, die, and be tended until spawned again; the seconds that took."""
        self.now += after_s
        died, births = self.now, len(self.spawned)
        self.code = -9
        while len(self.spawned) == births:
            self.mended.tend()
            if len(self.spawned) == births:
                self.now += 0.05
        return self.spawned[-1] - died


@pytest.fixture
def mortal(monkeypatch: pytest.MonkeyPatch) -> Mortal:
    return Mortal(monkeypatch)


def test_while_it_lives_nothing_is_done(mortal: Mortal) -> None:
    mortal.mended.tend()
    assert mortal.spawned == []


def test_the_first_death_is_mended_at_once(mortal: Mortal) -> None:
    assert mortal.die(after_s=1) == 0


def test_repeated_deaths_are_mended_ever_later_but_always(mortal: Mortal) -> None:
    waits = [mortal.die(after_s=0.1) for _ in range(8)]
    assert waits[0] == 0
    assert waits == sorted(waits)
    assert waits[1] == pytest.approx(1.0, abs=0.06)
    assert waits[-1] == pytest.approx(LONGEST_WAIT_S, abs=0.06)


def test_a_long_life_forgives(mortal: Mortal) -> None:
    for _ in range(5):
        mortal.die(after_s=0.1)
    assert mortal.die(after_s=STABLE_S + 1) == 0


def test_causes_are_named() -> None:
    assert [cause(-9), cause(3)] == ["SIGKILL", "exit code 3"]


@pytest.fixture
def cord() -> Iterator[Cord]:
    made = Cord()
    yield made
    made.close()


def test_an_order_goes_down_the_cord(cord: Cord) -> None:
    cord.tell({"level": "info"})
    assert orjson.loads(cord.theirs.recv(100)) == {"level": "info"}


def test_only_whole_lines_are_heard_and_the_last_one_counts(cord: Cord) -> None:
    assert cord.heard() == {}
    cord.theirs.sendall(b'{"ready"')
    assert cord.heard() == {}
    cord.theirs.sendall(b":true}\n")
    assert cord.heard() == {"ready": True}
    cord.theirs.sendall(b'{"failed":"why"}\n')
    cord.theirs.shutdown(socket.SHUT_RDWR)
    assert cord.heard() == {"failed": "why"}
