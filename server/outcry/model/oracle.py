"""The specification of the auction: what must be answered to every command, and what the log must then say.

The oracle decides one lot in memory, the scripts decide it in the store. The same commands at the same times must give
the same bytes: random histories hold the two against each other (tests/engine/agreement). Where they differ, this is
right.
"""

from dataclasses import asdict
from typing import Any, Final

from .bidding import place_bid
from .codes import GRACE_MS, SCHEMA, TOUCH_MS, WITHDRAW_GROUNDS
from .commands import (
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
from .events import compact, kept_text
from .lot import Lot
from .ruling import Call, Refused, check
from .terms import reserve_hash

LEAST_MS: Final = 10_000
"""What an outage gives at the least, however short the window."""
Outcome = dict[str, Any]
Keyed = PauseLot | ResumeLot | WithdrawLot | RetractBid | Say
"""An operator's commands: what was done under a key is answered again, not done again."""


class Oracle:
    """One lot, decided by the rules. Where a command is refused nothing changes but what ``place_bid`` keeps."""

    def __init__(self) -> None:
        self.lot = Lot()

    @property
    def events(self) -> list[bytes]:
        return self.lot.events

    @property
    def texts(self) -> dict[int, bytes]:
        return self.lot.texts

    @property
    def answers(self) -> dict[tuple[str, str], bytes]:
        """The decisions kept, by (code, bid id)."""
        bidders = self.lot.bidders.items()
        return {(code, bid_id): kept.body for code, bidder in bidders for bid_id, kept in bidder.answers.items()}

    def view(self) -> dict[str, Any]:
        return self.lot.view()

    def decide(self, command: Command, envelope: Envelope, time_ms: int, schema: int = SCHEMA) -> Reply:
        """The answer to a command at a store time; ``schema`` is the version that the sender speaks."""
        lot = self.lot
        call = Call(envelope, time_ms, max(time_ms, lot.last))
        if isinstance(command, PlaceBid):
            return place_bid(lot, command, call, schema != SCHEMA)
        try:
            check("schema", schema != SCHEMA)
            if isinstance(command, Keyed):
                return self._once(command, call)
            return Reply("ok", compact({"ok": True, **self._carry_out(command, call)}), time_ms)
        except Refused as refusal:
            head = {"ok": False, "code": refusal.code, "n": lot.n, "state": lot.state}
            return Reply(refusal.code, compact({**head, "ends_at": lot.ends_at, "resumes_at": lot.resumes_at}), time_ms)

    def _once(self, command: Keyed, call: Call) -> Reply:
        """An operator's key stands for one deed. A refusal is none, and may be tried again under its key."""
        self._check_store(call)
        name = type(command)
        if command.key in self.lot.done:
            first_name, first_body = self.lot.done[command.key]
            check("id_reused", first_name is not name)
            return Reply("ok", first_body, call.time, replayed=True)
        body = compact({"ok": True, **self._carry_out(command, call)})
        if command.key:
            self.lot.done[command.key] = name, body
        return Reply("ok", body, call.time)

    def _carry_out(self, command: Command, call: Call) -> Outcome:
        match command:
            case OpenLot():
                return self.open_lot(command, call)
            case AdmitBidder():
                return self.admit_bidder(command, call)
            case DismissBidder():
                return self.dismiss_bidder(command, call)
            case CloseLot():
                return self.close_lot(command, call)
            case PauseLot():
                return self.pause_lot(command, call)
            case ResumeLot():
                return self.resume_lot(command, call)
            case WithdrawLot():
                return self.withdraw_lot(command, call)
            case RetractBid():
                return self.retract_bid(command, call)
            case Say():
                return self.say(command, call)
            case AdoptLot():
                return self.adopt_lot(command, call)
        raise TypeError(f"no rule for {type(command).__name__}")

    def open_lot(self, command: OpenLot, call: Call) -> Outcome:
        """Begin the log with all that a proof needs. A reserve is shown only as its salted hash."""
        lot = self.lot
        check("exists", lot.live)
        check("closed", lot.final)
        check("clock", call.out_of_bounds)
        check("not_due", call.now < command.opens_at)

        lot.terms, lot.reserve, lot.salt = command.terms, command.reserve, command.salt
        lot.state, lot.run_id, lot.epoch = "open", call.run_id, 1
        lot.opened_at = lot.since = call.now
        if command.terms.clock_starts == "opening":
            lot.ends_at = call.now + command.terms.duration_ms
        commitment = None if command.reserve is None else reserve_hash(command.reserve, command.salt)
        terms = asdict(command.terms)
        fields = {"epoch": 1, "schema": SCHEMA, "terms": terms, "reserve_hash": commitment, "ends_at": lot.ends_at}
        return {"n": lot.append("opened", call.now, fields), "ends_at": lot.ends_at}

    def admit_bidder(self, command: AdmitBidder, call: Call) -> Outcome:
        """Let a bidder bid, from the announcement to the effective end. No event; the same again changes nothing."""
        lot = self.lot
        self._check_store(call)
        check("closed", lot.final)
        check("late", lot.ended(call.now))
        check("clock", call.out_of_bounds)
        bidder = lot.bidder(command.code)
        check("already_admitted", bidder.admitted and (bidder.rank, bidder.hold) != (command.rank, command.hold))

        if not bidder.admitted:
            bidder.rank, bidder.hold = command.rank, command.hold
            lot.registered += 1
        return {"registered": lot.registered}

    def dismiss_bidder(self, command: DismissBidder, call: Call) -> Outcome:
        """End an admission before its deposit is released: not of him who leads or could lead again."""
        lot = self.lot
        self._check_store(call)
        check("clock", call.out_of_bounds)
        bidder = lot.bidder(command.code)
        check("not_admitted", not bidder.admitted)
        check("is_leader", command.code == lot.leader and (lot.live or lot.state == "sold"))
        check("has_bids", lot.live and lot.rules.retract and bidder.bids > 0)

        bidder.rank = None
        lot.registered -= 1
        return {"registered": lot.registered}

    def close_lot(self, command: CloseLot, call: Call) -> Outcome:
        """Close a lot that is due; but an outage, of the house or of him who asks, never closes one."""
        lot = self.lot
        self._check_store(call)
        self._check_opened()
        check("paused", lot.state == "paused")
        check("clock", call.out_of_bounds)
        check("not_due", not lot.ended(call.now))
        assert lot.ends_at is not None and lot.since is not None

        was_in_touch = command.in_touch_since <= max(lot.ends_at - TOUCH_MS, lot.since)
        if lot.outage or not was_in_touch:
            check("not_in_touch", call.now < lot.ends_at + GRACE_MS)
            return self._extend(call)
        lot.state = "passed" if lot.price is None or lot.reserve_met is False else "sold"
        salt = None if lot.reserve is None else lot.salt
        standing = {"price": lot.price, "leader": lot.leader}
        n = lot.append("closed", call.now, {"result": lot.state, **standing, "reserve": lot.reserve, "salt": salt})
        return {"n": n, "result": lot.state, "ends_at": lot.ends_at}

    def _extend(self, call: Call) -> Outcome:
        lot = self.lot
        lot.ends_at = call.now + max(lot.rules.window_ms, LEAST_MS)
        lot.outage = False
        n = lot.append("extended", call.now, {"reason": "outage", "ends_at": lot.ends_at})
        return {"n": n, "result": "extended", "ends_at": lot.ends_at}

    def pause_lot(self, command: PauseLot, call: Call) -> Outcome:
        """Stop the clock. After a clock step the rest counts from the old estimate, and no bounds hold."""
        lot = self.lot
        self._check_opened()
        check("paused", lot.state == "paused")
        check("clock", command.as_of is None and call.out_of_bounds)
        self._check_head(command.expect_n)

        # Dated by the old time too: a clock that runs an hour ahead must not become the lot's, which never goes back.
        at = call.now if command.as_of is None else max(lot.last, min(call.now, command.as_of))
        as_of = call.now if command.as_of is None else command.as_of
        lot.state, lot.ground = "paused", command.ground
        lot.remaining_ms = None if lot.ends_at is None else max(0, lot.ends_at - as_of)
        lot.ends_at = None
        fields = {"ground": lot.ground, "remaining_ms": lot.remaining_ms, "text": _hash(command.text)}
        return {"n": lot.append("paused", at, fields, command.text), "remaining_ms": lot.remaining_ms}

    def resume_lot(self, command: ResumeLot, call: Call) -> Outcome:
        """With a delay announce the resumption; without one carry out what is due, leaving at least a full window."""
        lot = self.lot
        self._check_opened()
        check("not_paused", lot.state != "paused")
        check("clock", call.out_of_bounds)
        self._check_head(command.expect_n)
        if command.delay_ms is not None:
            lot.resumes_at = call.now + command.delay_ms
            n = lot.append("resuming", call.now, {"resumes_at": lot.resumes_at})
            return {"n": n, "resumes_at": lot.resumes_at}
        check("not_due", lot.resumes_at is None or call.now < lot.resumes_at)

        lot.state, lot.since, lot.outage = "open", call.now, False
        if lot.remaining_ms is not None:  # else the clock still waits for the first bid
            lot.ends_at = call.now + max(lot.remaining_ms, lot.rules.window_ms)
        lot.remaining_ms = lot.resumes_at = lot.ground = None
        return {"n": lot.append("resumed", call.now, {"ends_at": lot.ends_at}), "ends_at": lot.ends_at}

    def withdraw_lot(self, command: WithdrawLot, call: Call) -> Outcome:
        """Take a lot out of the sale; once open, only for grounds that nobody chose. Before, there is no log."""
        lot = self.lot
        check("closed", lot.final)
        check("clock", call.out_of_bounds)
        self._check_head(command.expect_n)
        check("not_allowed", lot.live and command.ground not in WITHDRAW_GROUNDS)

        was_live = lot.live
        lot.state, lot.ground = "withdrawn", command.ground
        if not was_live:
            if command.text is not None:
                lot.texts[0] = kept_text(command.text)
            return {"n": 0}
        lot.ends_at = lot.remaining_ms = lot.resumes_at = None
        fields = {"ground": command.ground, "text": _hash(command.text)}
        return {"n": lot.append("withdrawn", call.now, fields, command.text)}

    def retract_bid(self, command: RetractBid, call: Call) -> Outcome:
        """Take the standing bid back, while paused; the bid beneath revives. No decision is edited."""
        lot = self.lot
        self._check_opened()
        check("not_paused", lot.state != "paused")
        check("clock", call.out_of_bounds)
        self._check_head(command.expect_n)
        check("not_allowed", not lot.rules.retract)
        beneath = lot.standing[-2].n if len(lot.standing) > 1 else 0
        check("wrong_target", lot.top is None or (command.target, command.restored) != (lot.top.n, beneath))

        lot.standing.pop()
        fields = {
            "target": command.target, "restored": beneath or None, "ground": command.ground, "price": lot.price,
            "leader": lot.leader, "ask": lot.ask, "ends_at": None, "reserve_met": lot.reserve_met,
        }  # fmt: skip
        return {"n": lot.append("retracted", call.now, fields), "price": lot.price, "leader": lot.leader}

    def say(self, command: Say, call: Call) -> Outcome:
        """An announcement, a fair warning or an answer of the house. The log keeps its salted hash only."""
        self._check_opened()
        check("clock", call.out_of_bounds)
        self._check_head(command.expect_n)

        fields = {"kind": command.kind, "text": _hash(command.text)}
        return {"n": self.lot.append("said", call.now, fields, command.text)}

    def adopt_lot(self, command: AdoptLot, call: Call) -> Outcome:
        """Go on under a new process of the store, if its lot is the one that was read. A new epoch; n goes on."""
        lot = self.lot
        self._check_opened()
        check("clock", call.out_of_bounds)
        check("not_stale", lot.run_id == call.run_id)
        check("wrong_head", (command.old_run_id, command.n) != (lot.run_id, lot.n))

        old = {"epoch": lot.epoch, "n": lot.n, "link": lot.link}
        lot.epoch, lot.run_id = lot.epoch + 1, call.run_id
        return {"n": lot.append("adopted", call.now, {"epoch": lot.epoch, "old": old}), "epoch": lot.epoch}

    def _check_store(self, call: Call) -> None:
        """A lot that is not live belongs to no process of the store: its log must not grow at each restart."""
        check("stale_store", self.lot.live and self.lot.run_id != call.run_id)

    def _check_opened(self) -> None:
        check("not_open", self.lot.state == "announced")
        check("closed", self.lot.final)

    def _check_head(self, expect_n: int | None) -> None:
        check("wrong_head", expect_n is not None and expect_n != self.lot.n)


def _hash(text: Text | None) -> str | None:
    return None if text is None else text.hash
