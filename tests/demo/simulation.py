"""The demo's robots against the rules themselves, in virtual time: no socket, no house, no clock but this one."""

import heapq
import json
from dataclasses import dataclass, field
from random import Random
from typing import Any

from outcry.demo.characters import Holder
from outcry.demo.lots import LOTS
from outcry.demo.plans import Plan
from outcry.demo.programme import Programme
from outcry.demo.robots import Bid, Robot, Vanish
from outcry.model.commands import AdmitBidder, CloseLot, Envelope, OpenLot, PlaceBid
from outcry.model.oracle import Oracle
from outcry.model.presets import read_terms
from outcry.model.view import LotView

ENVELOPE = Envelope("one store", 0, 1 << 60)
NEVER = 1 << 60
OPENING = 1_000_000
"""When a single sale opens, in ms."""


@dataclass(slots=True)
class Sale:
    """How one run of a lot went.

    ``accepted``: the moments of the accepted bids; ``codes``: why others were refused; ``log``: the lot's events.
    """

    plan: Plan
    view: LotView
    closed_at: int
    accepted: list[int] = field(default_factory=list)
    codes: list[str] = field(default_factory=list)
    log: list[dict[str, Any]] = field(default_factory=list)

    @property
    def rise(self) -> float:
        return (self.view.price or self.plan.start) / self.plan.start - 1


def simulate(plan: Plan, run: int, rng: Random, opens_at: int = OPENING, also: list[Robot] | None = None) -> Sale:
    """Let a run's robots, and whoever comes ``also``, bid until the oracle closes the lot."""
    oracle = Oracle()
    robots = [*plan.hire(run, opens_at, rng), *(also or [])]
    for place, robot in enumerate(robots):
        robot.code = f"R{place:03d}"
        oracle.decide(AdmitBidder(robot.code, int(isinstance(robot, Holder))), ENVELOPE, opens_at)
    salt = "" if plan.reserve is None else "salt"
    opened = oracle.decide(OpenLot(read_terms(plan.terms(run)), opens_at, plan.reserve, salt), ENVELOPE, opens_at)
    assert opened.ok, opened.body

    sale = Sale(plan, seen(oracle, opens_at), opens_at)
    away = [0] * len(robots)
    now = opens_at
    while True:
        view = seen(oracle, now)
        looks = [(max(now, robot.look(view, now) or NEVER, away[place]), place) for place, robot in enumerate(robots)]
        at, place = min(looks, default=(NEVER, 0))
        if at >= (NEVER if view.ends_at is None else view.ends_at):
            break
        now = at
        move = robots[place].turn(seen(oracle, now), now)
        if isinstance(move, Vanish):
            away[place] = now + move.ms
        if isinstance(move, Bid):
            bid_id = f"bid-{len(sale.accepted) + len(sale.codes)}"
            for _ in range(move.copies):
                bid = PlaceBid(robots[place].code or "", bid_id, move.amount, now, interval_ms=0)
                reply = oracle.decide(bid, ENVELOPE, now)
            if reply.ok:
                sale.accepted.append(now)
            else:
                sale.codes.append(reply.verdict)
    if view.ends_at is not None:
        now = view.ends_at
        assert oracle.decide(CloseLot(opens_at), ENVELOPE, now).ok
    sale.view, sale.closed_at, sale.log = seen(oracle, now), now, [json.loads(event) for event in oracle.events]
    return sale


def seen(oracle: Oracle, now: int) -> LotView:
    return LotView(**oracle.view(), now=now)


def season(hours: float, seed: int) -> list[Sale]:
    """What the demo does in so many hours: every lot run after run, in the order of their closes."""
    programme = Programme()
    running: list[tuple[int, int, int, Sale]] = []
    closed: list[Sale] = []

    def begin(plan: Plan, run: int, opens_at: int) -> None:
        sale = simulate(plan, run, Random(f"{seed} {plan.lot_id(run)}"), opens_at)
        if sale.view.ends_at is None:  # nobody made the first bid: it waits on, and nothing follows it
            return
        heapq.heappush(running, (sale.closed_at, plan.number, run, sale))

    for plan in LOTS:
        begin(plan, 1, programme.begin(plan, OPENING))
    while running and (now := running[0][0]) < OPENING + hours * 3_600_000:
        _, _, run, sale = heapq.heappop(running)
        closed.append(sale)
        programme.closed(sale.plan.lot_id(run))
        begin(sale.plan, run + 1, programme.place(sale.plan, run + 1, now))
    return closed
