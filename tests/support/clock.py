"""The scripts under a clock that the test holds. Production has no back door for time: these are other scripts.

The line that reads TIME is replaced by one that reads a key of the lot's own slot, ``outcry:{lot}:clock``, in ms. A lot
whose clock was never set stands at the store's own time.
"""

from typing import Any

import redis

from outcry.engine.keys import keys_of
from outcry.engine.scripts import NAMES, Script, encode, load_scripts, read_reply
from outcry.model.codes import SCHEMA
from outcry.model.commands import Command, Envelope, Reply

CLOCK_LINE = "local time = redis.call('TIME')"
HELD_LINE = (
    "local time = redis.call('TIME') "
    "local held = tonumber(redis.call('GET', string.sub(KEYS[1], 1, -4) .. 'clock') or '') "
    "if held then time = {math.floor(held / 1000), held % 1000 * 1000} end"
)
RUN_ID = "0" * 40
ALWAYS = Envelope(RUN_ID, 0, 2**52)
"""An envelope whose bounds never refuse."""


def clock_key(lot_id: str) -> str:
    return keys_of(lot_id)[0].removesuffix("lot") + "clock"


def held_scripts() -> dict[str, Script]:
    """The scripts of production but for the one line; to be given to an ``Engine``."""

    def hold(source: str) -> str:
        assert source.count(CLOCK_LINE) == 1, "the scripts read the clock in one line, which tests replace"
        return source.replace(CLOCK_LINE, HELD_LINE)

    return load_scripts(hold)


class Bench:
    """Calls the scripts one by one at times of the test's choosing, without an engine between."""

    def __init__(self, client: "redis.Redis") -> None:
        self._client = client
        self._scripts = held_scripts()
        for script in self._scripts.values():
            client.script_load(script.source.decode())

    def at(self, lot_id: str, time_ms: int) -> None:
        self._client.set(clock_key(lot_id), time_ms)

    def decide(
        self, lot_id: str, command: Command, time_ms: int, envelope: Envelope = ALWAYS, schema: int = SCHEMA
    ) -> Reply:
        """What the store answers to a command at a time: the twin of ``Oracle.decide``."""
        self.at(lot_id, time_ms)
        return self._call(NAMES[type(command)], lot_id, *encode(command, envelope, schema))

    def read_lot(self, lot_id: str, time_ms: int) -> Reply:
        self.at(lot_id, time_ms)
        return self._call("read_lot", lot_id)

    def events(self, lot_id: str) -> list[bytes]:
        """The log: the bytes as they are stored."""
        entries: Any = self._client.xrange(keys_of(lot_id)[1])
        return [fields[b"e"] for _, fields in entries]

    def _call(self, name: str, lot_id: str, *arguments: Any) -> Reply:
        keys = keys_of(lot_id)
        raw: Any = self._client.evalsha(self._scripts[name].sha, len(keys), *keys, *arguments)
        return read_reply(raw)
