"""The typed face of the scripts: a command and its envelope become ARGV, a raw answer becomes a ``Reply``."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import orjson

from ..model.codes import SCHEMA
from ..model.commands import (
    AdmitBidder,
    AdoptLot,
    CloseLot,
    Command,
    DismissBidder,
    Envelope,
    OpenLot,
    PauseLot,
    PlaceBid,
    Reply,
    ResumeLot,
    RetractBid,
    Say,
    Text,
    WithdrawLot,
)
from ..model.terms import Terms, reserve_hash

Argument = bytes | str | int

NAMES: dict[type[Any], str] = {
    OpenLot: "open_lot",
    AdmitBidder: "admit_bidder",
    DismissBidder: "dismiss_bidder",
    PlaceBid: "place_bid",
    CloseLot: "close_lot",
    PauseLot: "pause_lot",
    ResumeLot: "resume_lot",
    WithdrawLot: "withdraw_lot",
    RetractBid: "retract_bid",
    Say: "say",
    AdoptLot: "adopt_lot",
}
"""The command's class and its script: one word each, the same everywhere."""


@dataclass(frozen=True, slots=True)
class Script:
    name: str
    source: bytes
    sha: str


def load_scripts(transform: Callable[[str], str] = lambda source: source) -> dict[str, Script]:
    """All scripts by name, the prelude in front of each. ``transform`` is for tests that replace the clock's line."""
    folder = files(__package__).joinpath("scripts")
    prelude = folder.joinpath("_prelude.lua").read_text("utf-8")
    scripts = {}
    for name in (*NAMES.values(), "read_lot"):
        source = transform(prelude + folder.joinpath(f"{name}.lua").read_text("utf-8")).encode()
        scripts[name] = Script(name, source, hashlib.sha1(source).hexdigest())
    return scripts


def encode(command: Command, envelope: Envelope, schema: int = SCHEMA) -> list[Argument]:
    """ARGV of a command, as its script's header lists them."""
    head: list[Argument] = [schema, envelope.run_id, envelope.not_before, envelope.not_after]
    return head + _arguments(command)


def read_reply(raw: list[Any]) -> Reply:
    """A script's answer. hiredis gives bytes for strings and ints for numbers."""
    verdict, body, time, replayed = raw
    return Reply(verdict.decode(), body, int(time), replayed == 1)


def _arguments(command: Command) -> list[Argument]:
    match command:
        case PlaceBid():
            return [
                command.code, command.id, command.amount, _or_empty(command.confirm), command.received_at,
                command.interval_ms, command.burst,
            ]  # fmt: skip
        case OpenLot():
            commitment = "" if command.reserve is None else reserve_hash(command.reserve, command.salt)
            head: list[Argument] = [command.opens_at, command.terms.to_json(), commitment, _or_empty(command.reserve)]
            return [*head, command.salt if command.reserve is not None else "", *_term_fields(command.terms)]
        case AdmitBidder():
            return [command.code, command.rank, command.hold]
        case DismissBidder():
            return [command.code]
        case CloseLot():
            return [command.in_touch_since]
        case PauseLot():
            told = [*_text(command.text), _or_empty(command.expect_n), command.key]
            return [command.ground, *told, _or_empty(command.as_of)]
        case ResumeLot():
            return [_or_empty(command.delay_ms), _or_empty(command.expect_n), command.key]
        case WithdrawLot():
            return [command.ground, *_text(command.text), _or_empty(command.expect_n), command.key]
        case RetractBid():
            return [command.target, command.restored, command.ground, _or_empty(command.expect_n), command.key]
        case Say():
            return [command.kind, *_text(command.text), _or_empty(command.expect_n), command.key]
        case AdoptLot():
            return [command.old_run_id, command.n]


def _or_empty(value: int | None) -> Argument:
    return "" if value is None else value


def _text(text: Text | None) -> list[Argument]:
    if text is None:
        return ["", ""]
    return [text.hash, orjson.dumps({"salt": text.salt, "text": text.text})]


def _term_fields(terms: Terms) -> list[Argument]:
    """The part of the terms that decisions need, as fields of the lot hash; an empty string is null."""
    fields: dict[str, Argument] = {
        "start": terms.start,
        "increment": terms.increment,
        "ladder": ",".join(f"{below}:{step}" for below, step in terms.ladder),
        "duration_ms": terms.duration_ms,
        "window_ms": terms.window_ms,
        "extension_ms": terms.extension_ms,
        "max_extensions": _or_empty(terms.max_extensions),
        "hard_end": _or_empty(terms.hard_end),
        "clock_starts": terms.clock_starts,
        "self_raise": terms.self_raise,
        "slip_steps": terms.slip_steps,
        "retract": int(terms.retract),
    }
    return [part for field in fields.items() for part in field]
