"""A lot for table tests: short words for commands, times in ms since the opening, answers as dictionaries."""

import json
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any

from outcry.model.commands import (
    AdmitBidder,
    AdoptLot,
    CloseLot,
    Command,
    DismissBidder,
    Envelope,
    OpenLot,
    PauseLot,
    PlaceBid,
    ResumeLot,
    RetractBid,
    Say,
    Text,
    WithdrawLot,
)
from outcry.model.oracle import Oracle
from outcry.model.terms import Terms

T0 = 1_760_000_000_000
RUN = "a" * 40
SALT = "5a17"
TERMS = Terms("npl-commercial", 1_000, 100, duration_ms=100_000, window_ms=30_000, extension_ms=30_000)
RANKS = {"ANNE": 0, "BERT": 0, "FIRST": 1, "SECOND": 2}


@dataclass
class Auction:
    """``time``, in ms since the opening, moves only by ``at``. Bids have no rate unless they say so."""

    oracle: Oracle = field(default_factory=Oracle)
    time: int = 0
    ids: Any = field(default_factory=lambda: count(1))

    def at(self, ms: int) -> "Auction":
        self.time = ms
        return self

    def tell(self, command: Command, bounds: tuple[int, int] = (-1_000, 2_000), run_id: str = RUN) -> dict[str, Any]:
        """The answer. ``bounds`` are not_before and not_after, relative to the time."""
        now = T0 + self.time
        return self.decode(self.oracle.decide(command, Envelope(run_id, now + bounds[0], now + bounds[1]), now).body)

    def bid(self, code: str, amount: int, *, waited: int = 0, run_id: str = RUN, **more: Any) -> dict[str, Any]:
        command = PlaceBid(code, more.pop("id", f"b{next(self.ids)}"), amount, T0 + self.time - waited, interval_ms=0)
        return self.tell(replace(command, **more), run_id=run_id)

    def admit(self, code: str, rank: int = 0, hold: str = "") -> dict[str, Any]:
        return self.tell(AdmitBidder(code, rank, hold))

    def dismiss(self, code: str) -> dict[str, Any]:
        return self.tell(DismissBidder(code))

    def close(self, in_touch_since: int = 0) -> dict[str, Any]:
        return self.tell(CloseLot(T0 + in_touch_since))

    def pause(self, ground: str = "review", **more: Any) -> dict[str, Any]:
        return self.tell(PauseLot(ground, **more))

    def resume(self, delay_ms: int | None = None, **more: Any) -> dict[str, Any]:
        return self.tell(ResumeLot(delay_ms, **more))

    def resume_at_once(self) -> dict[str, Any]:
        assert self.resume(0)["ok"]
        return self.resume()

    def withdraw(self, ground: str, **more: Any) -> dict[str, Any]:
        return self.tell(WithdrawLot(ground, **more))

    def retract(self, target: int, restored: int, ground: str = "slip", **more: Any) -> dict[str, Any]:
        return self.tell(RetractBid(target, restored, ground, **more))

    def say(self, text: str = "Hello", **more: Any) -> dict[str, Any]:
        return self.tell(Say("announcement", Text(text, SALT), **more))

    def adopt(self, old_run_id: str, n: int, run_id: str) -> dict[str, Any]:
        return self.tell(AdoptLot(old_run_id, n), run_id=run_id)

    @property
    def view(self) -> dict[str, Any]:
        return self.oracle.view()

    @property
    def events(self) -> list[dict[str, Any]]:
        return [self.decode(event) for event in self.oracle.events]

    @property
    def ends_at(self) -> int | None:
        """The end in ms since the opening."""
        ends_at: int | None = self.view["ends_at"]
        return None if ends_at is None else ends_at - T0

    @staticmethod
    def decode(body: bytes) -> dict[str, Any]:
        fields: dict[str, Any] = json.loads(body)
        return fields


def announced(ranks: dict[str, int] = RANKS) -> Auction:
    auction = Auction()
    for code, rank in ranks.items():
        assert auction.admit(code, rank)["ok"]
    return auction


def opening(reserve: int | None = None, **terms: Any) -> OpenLot:
    """``terms`` over TERMS."""
    if reserve is None:
        return OpenLot(replace(TERMS, **terms), T0)
    return OpenLot(replace(TERMS, reserve="hidden", **terms), T0, reserve, SALT)


def opened(reserve: int | None = None, ranks: dict[str, int] = RANKS, **terms: Any) -> Auction:
    """A lot opened at 0 with everybody admitted."""
    auction = announced(ranks)
    assert auction.tell(opening(reserve, **terms))["ok"]
    return auction
