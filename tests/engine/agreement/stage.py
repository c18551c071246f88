"""The scripts' side of a history: the same steps in a real store, and where the two differ."""

from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

import redis

from outcry.engine.keys import keys_of
from outcry.engine.scripts import NAMES, encode, load_scripts, read_reply
from outcry.model.events import compact

from .histories import History
from .moves import Step
from .profiles import OPENS_AT

CLOCK_LINE = "local time = redis.call('TIME')"
GIVEN_CLOCK = """
local given = table.remove(ARGV)
local time = {string.sub(given, 1, -4), string.sub(given, -3) .. '000'}"""
AT_ONCE = 400
"""Commands in one pipelined write."""


def with_given_clock(source: str) -> str:
    """A script that takes the time, in ms, as its last argument. Production has no such door."""
    assert source.count(CLOCK_LINE) == 1, "every script reads the clock in one line, once"
    return source.replace(CLOCK_LINE, GIVEN_CLOCK)


class Stage:
    """A store with the scripts loaded, on which histories are played."""

    def __init__(self, client: redis.Redis, transform: Callable[[str], str] = with_given_clock) -> None:
        self.client: Any = client  # redis-py types every answer as all that it might be
        self.scripts = load_scripts(transform)
        for script in self.scripts.values():
            self.client.script_load(script.source)

    def differences(self, history: History) -> list[str]:
        """Play a history, and say what differs: of the first step that does, else of what is kept at the end."""
        for step, expected, raw in zip(history.steps, history.replies, self._answers(history), strict=True):
            if raw != expected:
                return [f"{history.lot_id}: {step}", f"script: {raw}", f"oracle: {expected}"]
        return self._kept_differently(history)

    def _answers(self, history: History) -> Iterator[object]:
        steps = iter(history.steps)
        while batch := list(islice(steps, AT_ONCE)):
            pipeline = self.client.pipeline(transaction=False)
            for step in batch:
                pipeline.execute_command(*self._call(history.lot_id, step))
            for raw in pipeline.execute(raise_on_error=False):
                yield read_reply(raw) if isinstance(raw, list) else raw

    def _call(self, lot_id: str, step: Step) -> tuple[object, ...]:
        script = self.scripts[NAMES[type(step.command)]]
        keys = keys_of(lot_id)
        return "EVALSHA", script.sha, len(keys), *keys, *encode(step.command, step.envelope, step.schema), step.time

    def _kept_differently(self, history: History) -> list[str]:
        lot, events, bidders, answers, texts, channel = keys_of(history.lot_id)
        oracle = history.oracle
        log = self.client.xrange(events)
        pairs: list[tuple[str, object, object]] = [
            ("log", [fields[b"e"] for _, fields in log], oracle.events),
            ("stream ids", [entry for entry, _ in log], [f"{n}-0".encode() for n in range(1, len(oracle.events) + 1)]),
            ("texts", self.client.hgetall(texts), {str(n).encode(): text for n, text in oracle.texts.items()}),
            ("view", self._view(history.lot_id), compact(oracle.view())),
            ("decisions", self._decisions(answers), oracle.answers),
        ]
        unlike = [(what, kept, right) for what, kept, right in pairs if kept != right]
        return [f"{history.lot_id}, {what}\nscript: {kept!r}\noracle: {right!r}" for what, kept, right in unlike]

    def _view(self, lot_id: str) -> bytes:
        keys = keys_of(lot_id)
        raw = self.client.execute_command("EVALSHA", self.scripts["read_lot"].sha, len(keys), *keys, OPENS_AT)
        return read_reply(raw).body

    def _decisions(self, answers: str) -> dict[tuple[str, str], bytes]:
        """The kept decisions by (code, bid id), without the ring, the operators' answers and the bids beneath."""
        kept = {}
        for name, value in self.client.hgetall(answers).items():
            code, _, bid_id = name.decode().partition(":")
            if code.isupper() and "#" not in code:
                kept[code, bid_id] = value.split(b"|", 2)[2]
        return kept
