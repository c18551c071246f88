"""The rules of one bid. ``place_bid`` is the order of the checks; what each one asks stands beneath it."""

from typing import Any

from .codes import LAG_MS, STORED_CODES
from .commands import PlaceBid, Reply
from .events import bid_mark, compact
from .lot import Answer, Bidder, Lot, StandingBid
from .ruling import Call, Refused, check, refuse


def place_bid(lot: Lot, bid: PlaceBid, call: Call, wrong_schema: bool) -> Reply:
    """Decide a bid: accepted, it is the next event; refused, nothing but the answer is kept, and not every one is."""
    bidder = lot.bidder(bid.code)
    try:
        check("schema", wrong_schema)
        check("stale_store", lot.live and lot.run_id != call.run_id)
        check("not_admitted", not bidder.admitted)
        if first := bidder.answers.get(bid.id):
            check("id_reused", first.amount != bid.amount)
            return Reply(first.verdict, first.body, call.time, replayed=True)
        _check_rate(bidder, bid, call.time)
        _check_state(lot, bid, call)
        _check_amount(lot, bidder, bid)
    except Refused as refusal:
        verdict = refusal.code
        body = _decision(lot, bid, call, {"ok": False, "code": verdict}, refusal.more)
    else:
        verdict = "ok"
        n = _accept(lot, bidder, bid, call)
        body = _decision(lot, bid, call, {"ok": True, "n": n}, {})
    if verdict == "ok" or verdict in STORED_CODES:
        bidder.keep(bid.id, Answer(bid.amount, verdict, body))
        bidder.tat = max(_tat(bidder, bid, call.time), call.time) + bid.interval_ms
    return Reply(verdict, body, call.time)


def _decision(lot: Lot, bid: PlaceBid, call: Call, outcome: dict[str, Any], more: dict[str, int]) -> bytes:
    """The frame that the bidder gets: with the price, the end and the time that his bid met."""
    return compact(
        {
            "t": "decision", "id": bid.id, **outcome, "amount": bid.amount, "price": lot.price, "ask": lot.ask,
            "ends_at": lot.ends_at, "received_at": bid.received_at, "decided_at": call.now, **more,
        }
    )  # fmt: skip


def _check_rate(bidder: Bidder, bid: PlaceBid, time: int) -> None:
    """One bid each ``interval_ms`` in the long run, ``burst`` of them at once (GCRA). An interval of 0 is no limit.

    ``time`` is the store's bare one: the lot's own stands still after a step back, and the bidder would starve with it.
    """
    allowed_at = _tat(bidder, bid, time) - bid.interval_ms * (bid.burst - 1)
    if time < allowed_at:
        refuse("rate_limited", retry_ms=allowed_at - time)


def _tat(bidder: Bidder, bid: PlaceBid, time: int) -> int:
    """Further ahead than a full burst puts it, it is of a clock that has gone back since, and owes nothing."""
    return bidder.tat if bidder.tat <= time + bid.interval_ms * bid.burst else 0


def _check_state(lot: Lot, bid: PlaceBid, call: Call) -> None:
    """Only an open lot takes bids, and only before its end. That it is late is said before the bounds are looked at."""
    check("not_open", lot.state == "announced")
    check("paused", lot.state == "paused")
    check("closed", lot.final)
    if lot.ended(call.now):
        if bid.received_at < (lot.ends_at or 0) and call.now - bid.received_at > LAG_MS:
            lot.outage = True  # it arrived in time and waited here: the house was slow, not the bidder
        refuse("late")
    check("clock", call.out_of_bounds)


def _check_amount(lot: Lot, bidder: Bidder, bid: PlaceBid) -> None:
    check("already_leading", bid.code == lot.leader and not _may_raise_himself(lot))
    if _is_match(lot, bidder, bid):
        check("rank_not_better", not _outranks_leader(lot, bidder) or bid.amount in bidder.matched)
        return
    ask = lot.ask
    assert ask is not None
    check("below_ask", bid.amount < ask)
    over = (bid.amount - lot.base) % lot.step
    if over:
        refuse("off_grid", below=bid.amount - over, above=bid.amount - over + lot.step)
    is_slip = bid.amount > ask + lot.rules.slip_steps * lot.step
    check("needs_confirmation", is_slip and bid.confirm != bid.amount)


def _may_raise_himself(lot: Lot) -> bool:
    """While a hidden reserve is unmet, or a sole willing buyer would lose the lot."""
    rule = lot.rules.self_raise
    return rule == "always" or (rule == "reserve_unmet" and lot.reserve_met is False)


def _is_match(lot: Lot, bidder: Bidder, bid: PlaceBid) -> bool:
    """A priority purchaser bids the standing price; from everybody else that is a bid below the ask."""
    return bid.amount == lot.price and bool(bidder.rank)


def _outranks_leader(lot: Lot, bidder: Bidder) -> bool:
    """Rank 1 is best; ordinary is 0 and loses to every rank."""
    assert lot.top is not None and bidder.rank
    return lot.top.rank == 0 or bidder.rank < lot.top.rank


def _accept(lot: Lot, bidder: Bidder, bid: PlaceBid, call: Call) -> int:
    assert bidder.rank is not None
    match = _is_match(lot, bidder, bid)
    if match:
        bidder.matched.add(bid.amount)
    ends_at = _end_after_bid(lot, call.now)
    lot.extensions += lot.ends_at is not None and ends_at > lot.ends_at
    lot.ends_at = ends_at
    lot.bids += 1
    bidder.bids += 1
    lot.standing.append(StandingBid(lot.n + 1, bid.code, bidder.rank, bid.amount))
    fields = {
        "code": bid.code, "rank": bidder.rank, "bid": bid_mark(bid.code, bid.id), "amount": bid.amount, "match": match,
        "price": lot.price, "leader": lot.leader, "ask": lot.ask, "ends_at": ends_at, "reserve_met": lot.reserve_met,
    }  # fmt: skip
    return lot.append("bid", call.now, fields)


def _end_after_bid(lot: Lot, now: int) -> int:
    """The soft close: a bid in the window moves the end, never back, within the caps. The first may start the clock."""
    rules = lot.rules
    if lot.ends_at is None:
        return now + rules.duration_ms
    if lot.ends_at - now > rules.window_ms:
        return lot.ends_at
    if rules.max_extensions is not None and lot.extensions >= rules.max_extensions:
        return lot.ends_at
    moved = now + rules.extension_ms
    if rules.hard_end is not None:
        moved = min(moved, rules.hard_end)
    return max(lot.ends_at, moved)
