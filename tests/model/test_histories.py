"""What holds in every history: the log is whole, prices rise, no end moves back, readers see what is."""

import json
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest

from outcry.model.commands import CloseLot, PlaceBid
from outcry.model.events import link_of
from outcry.model.oracle import Oracle
from outcry.model.view import LotView, apply, snapshot
from tests.engine.agreement.histories import History, random_history
from tests.engine.agreement.profiles import KINDS

SEED = 1797
PER_PROFILE = 6


@pytest.fixture(scope="module", params=range(len(KINDS)), ids=list(KINDS))
def histories(request: pytest.FixtureRequest) -> list[History]:
    return [random_history(request.param + turn * len(KINDS), SEED) for turn in range(PER_PROFILE)]


def test_the_log_is_numbered_and_linked(histories: list[History]) -> None:
    for history in histories:
        events = _events(history)
        assert [event["n"] for event in events] == list(range(1, len(events) + 1))
        assert [event["link"] for event in events] == ["", *map(link_of, history.oracle.events)][: len(events)]
        assert all(before["at"] <= after["at"] for before, after in pairwise(events))


def test_the_price_rises_but_for_matches_and_retractions(histories: list[History]) -> None:
    for history in histories:
        price = 0
        for event in _events(history):
            if event["t"] == "retracted":
                assert (event["price"] or 0) <= price
                price = event["price"] or 0
            elif event["t"] == "bid":
                assert event["amount"] == event["price"] and event["code"] == event["leader"]
                assert event["price"] == price if event["match"] else event["price"] > price
                assert event["ask"] > event["price"]
                price = event["price"]


def test_no_bid_is_accepted_at_or_after_the_end_and_none_moves_it_back(histories: list[History]) -> None:
    for history in histories:
        ends_at = None
        for event in _events(history):
            if event["t"] == "bid":
                assert ends_at is None or event["at"] < ends_at <= event["ends_at"]
            if event["t"] == "closed":
                assert ends_at is not None and event["at"] >= ends_at
            if event["t"] in ("opened", "bid", "extended", "resumed", "paused"):
                ends_at = event.get("ends_at")


def test_every_command_writes_one_event_or_none(histories: list[History]) -> None:
    for history in histories:
        numbers = []
        for reply in history.replies:
            body = json.loads(reply.body)
            assert body["ok"] is reply.ok and (reply.ok or body["code"] == reply.verdict)
            if reply.ok and not reply.replayed and body.get("n"):
                numbers.append(body["n"])
        assert numbers == list(range(1, len(history.oracle.events) + 1))


def test_only_who_was_in_touch_closed_the_lot(histories: list[History]) -> None:
    for history in histories:
        for step, reply in zip(history.steps, history.replies, strict=True):
            if isinstance(step.command, CloseLot) and reply.ok and json.loads(reply.body)["result"] != "extended":
                assert step.command.in_touch_since <= step.time


def test_a_bid_id_gets_one_answer_while_it_is_kept(histories: list[History]) -> None:
    for history in histories:
        accepted: dict[tuple[str, str], bytes] = {}
        for step, reply in zip(history.steps, history.replies, strict=True):
            if isinstance(step.command, PlaceBid) and reply.ok:
                key = step.command.code, step.command.id
                assert reply.replayed == (key in accepted)
                assert accepted.setdefault(key, reply.body) == reply.body


def test_a_reader_of_events_sees_what_the_store_sees(histories: list[History]) -> None:
    """After every event, but for what the log does not say."""
    for history in histories:
        view = LotView()
        for event, truth in _replayed(history):
            view = apply(view, event, truth.link)
            view = replace(view, run_id=truth.run_id, registered=truth.registered, outage=truth.outage)
            if event["t"] == "retracted" and event["restored"]:
                view = replace(view, rank=truth.rank)
            assert view == truth


def test_a_snapshot_shows_the_public_part() -> None:
    frame = snapshot(LotView(n=3, price=5, run_id="secret", now=7), "joined")
    assert list(frame) == [
        "t", "why", "n", "epoch", "link", "state", "price", "ask", "leader", "ends_at", "remaining_ms", "resumes_at",
        "ground", "bids", "registered", "extensions", "reserve_met", "now",
    ]  # fmt: skip
    assert (frame["t"], frame["why"], frame["n"], frame["price"], frame["now"]) == ("snapshot", "joined", 3, 5, 7)


def _events(history: History) -> list[dict[str, Any]]:
    return [json.loads(event) for event in history.oracle.events]


def _replayed(history: History) -> Iterator[tuple[dict[str, Any], LotView]]:
    """Each event, and the lot as it was right after it."""
    oracle = Oracle()
    for step in history.steps:
        head = len(oracle.events)
        oracle.decide(step.command, step.envelope, step.time, step.schema)
        if len(oracle.events) > head:
            yield json.loads(oracle.events[-1]), LotView(**oracle.view())
