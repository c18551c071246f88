"""The robot operators: what one proposes, the other confirms, and nobody's pause lasts for ever."""

import asyncio
from random import Random
from typing import Any

import pytest

from outcry.demo import operator, stories
from outcry.demo.api import Api, ApiError
from outcry.demo.client import LotSocket
from outcry.demo.figures import Figures
from outcry.demo.follower import HouseClock
from outcry.demo.operator import Operators
from outcry.demo.stories import Scene, warning
from outcry.model.view import LotView, snapshot
from tests.support.wait import until

pytestmark = pytest.mark.anyio


class StubApi(Api):
    def __init__(self, proposals: list[str] | None = None, refusal: ApiError | None = None) -> None:
        super().__init__("127.0.0.1", 1)
        self.posts: list[tuple[str, dict[str, Any]]] = []
        self.proposals = proposals or []
        self._refusal = refusal

    async def get(self, path: str) -> Any:
        assert path == "/api/v1/proposals"
        return {"proposals": [{"id": name} for name in self.proposals]}

    async def post(self, path: str, body: dict[str, Any]) -> Any:
        self.posts.append((path, body))
        if self._refusal is not None:
            raise self._refusal
        if path.endswith("/confirm"):
            self.proposals.remove(path.split("/")[4])


async def test_a_proposal_is_confirmed_after_a_while_by_the_second_operator(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(operator, "LOOK_S", 0.005)
    monkeypatch.setattr(operator, "CONFIRM_S", 0.05)
    first, second = StubApi(), StubApi(["p1"])
    task = asyncio.create_task(Operators(first, second).confirm_proposals())
    began = asyncio.get_running_loop().time()
    await until(lambda: second.posts, "the confirmation")
    assert asyncio.get_running_loop().time() - began >= 0.05
    task.cancel()
    assert second.posts == [("/api/v1/proposals/p1/confirm", {})] and first.posts == []


async def test_acts_carry_a_key_each_and_a_refusal_is_no_error() -> None:
    first = StubApi(refusal=ApiError(409, {"error": "closed"}))
    operators = Operators(first, StubApi())
    assert not await operators.say("lot-1", "fair_warning", "words")
    assert not await operators.pause("lot-1", "review", "words")
    (path, said), (_, paused) = first.posts
    assert path == "/api/v1/lots/lot-1/say" and said["kind"] == "fair_warning"
    assert said["key"] != paused["key"]


async def test_a_pause_that_was_left_behind_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stories, "FORGOTTEN_S", 0.02)
    first = StubApi()
    socket = LotSocket(first, "lot-1", Figures(), HouseClock(), Random(1))
    socket._follower.take(snapshot(LotView(state="paused"), "joined"), b'{"t":"snapshot"}')
    scene = Scene("lot-1", 0, socket, Operators(first, StubApi()), HouseClock())
    task = asyncio.create_task(stories.release(scene))
    await until(lambda: first.posts, "the proposal")
    task.cancel()
    assert first.posts[0][0] == "/api/v1/lots/lot-1/resume"


def test_a_warning_names_the_exact_price_in_both_languages() -> None:
    assert warning(29_312_345_678) == (
        "最后提醒：当前价 ¥293,123,456.78，若无更高出价即将成交。 / Fair warning: going at ¥293,123,456.78."
    )
    assert "no bid yet" in warning(None)
