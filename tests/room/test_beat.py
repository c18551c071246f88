"""Turns of the loop: a slice each, bidders' before watchers', rooms in turn, and one beat for all."""

import asyncio

import pytest

from outcry.room.beat import Beat
from tests.support.wait import until

pytestmark = pytest.mark.anyio


class Work:
    """A round of so many slices, which writes its name at each."""

    def __init__(self, name: str, slices: int, done: list[str], fails: bool = False) -> None:
        self.name, self.left, self.done, self.fails = name, slices, done, fails

    def serve(self, writes: int) -> bool:
        assert writes == 10
        self.done.append(self.name)
        if self.fails:
            raise RuntimeError("broken")
        self.left -= 1
        return self.left == 0


async def test_bidders_have_their_first_slice_at_once_and_the_rest_before_all_watchers() -> None:
    beat, done = Beat(0.01, 10), list[str]()
    beat.soon(Work("w", 2, done))
    beat.soon(Work("v", 2, done))
    beat.at_once(Work("b", 3, done))
    assert done == ["b"]
    await until(lambda: len(done) == 7, "all slices")
    assert "".join(done) == "bbbwvwv"


async def test_the_loop_turns_between_two_slices() -> None:
    beat, done = Beat(0.01, 10), list[str]()
    beat.soon(Work("w", 5, done))
    seen = []
    while len(done) < 5:
        await asyncio.sleep(0)
        seen.append(len(done))
    assert set(seen) >= {1, 2, 3, 4, 5}


async def test_what_is_due_later_comes_with_one_beat() -> None:
    beat, done = Beat(0.02, 10), list[str]()
    for name in "abc":
        beat.later(lambda name=name: done.append(name))  # type: ignore[misc]
    await asyncio.sleep(0)
    assert done == []
    await until(lambda: done, "the beat")
    assert done == ["a", "b", "c"]


async def test_a_broken_round_stops_no_other() -> None:
    beat, done = Beat(0.01, 10), list[str]()
    broken: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda loop, context: broken.append(context["exception"]))
    beat.soon(Work("x", 2, done, fails=True))
    beat.soon(Work("w", 2, done))
    await until(lambda: len(done) == 3, "the other one")
    assert "".join(done) == "xww" and len(broken) == 1
    asyncio.get_running_loop().set_exception_handler(None)


async def test_a_stopped_beat_is_silent() -> None:
    beat, done = Beat(0.0, 10), list[str]()
    beat.soon(Work("w", 2, done))
    beat.later(lambda: done.append("late"))
    beat.stop()
    for _ in range(5):
        await asyncio.sleep(0)
    assert done == []
