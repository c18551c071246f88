"""The alphabet of histories: a move says what kind of thing happens, the table makes a command at a time of it.

Moves are small and mean something in every state, so that hypothesis can leave any of them out.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from outcry.model.codes import (
    GRACE_MS,
    HOUSE_GROUNDS,
    PAUSE_GROUNDS,
    RETRACT_GROUNDS,
    SAID_KINDS,
    SCHEMA,
    TOUCH_MS,
    WITHDRAW_GROUNDS,
)
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
from outcry.model.lot import Lot
from outcry.model.oracle import Oracle
from outcry.model.terms import MAX_AMOUNT

from .profiles import OPENS_AT, Profile

DIALS = 8
"""Each dial of a move is 0 … 7; its lower values are the ordinary ones."""
STRANGER = "ZZZZ"
TEXTS = ("第一次提醒", 'a "quoted" line\nand \\ another', "\u2028<b>\x00</b>\u007f", "🔨 going, going")
AGO = (1, 2, 3, 8, 255, 256, 257, 258)
"""How many bids ago a bid is repeated from: about the 256 refusals that are kept."""

ENVELOPES = ("good", "edge", "expired", "early", "foreign", "old schema")
WAITS: dict[str, Callable[[Lot], int | None] | int] = {
    "none": 0,
    "tick": 1,
    "beat": 37,
    "rate": 250,
    "long": 2_000,
    "step back": -1_500,
    "far back": -60_000,
    "before opening": lambda lot: OPENS_AT - 1,
    "opening": lambda lot: OPENS_AT,
    "window": lambda lot: None if lot.ends_at is None else lot.ends_at - lot.rules.window_ms,
    "before window": lambda lot: None if lot.ends_at is None else lot.ends_at - lot.rules.window_ms - 1,
    "last moment": lambda lot: None if lot.ends_at is None else lot.ends_at - 1,
    "end": lambda lot: lot.ends_at,
    "past end": lambda lot: None if lot.ends_at is None else lot.ends_at + 1_001,
    "before grace": lambda lot: None if lot.ends_at is None else lot.ends_at + GRACE_MS - 1,
    "grace": lambda lot: None if lot.ends_at is None else lot.ends_at + GRACE_MS,
    "before resumption": lambda lot: None if lot.resumes_at is None else lot.resumes_at - 1,
    "resumption": lambda lot: lot.resumes_at,
}


@dataclass(frozen=True, slots=True)
class Move:
    """``kind`` is a method of the table, ``wait`` and ``envelope`` are words of the lists above; the rest are dials."""

    kind: str
    wait: str = "beat"
    envelope: str = "good"
    who: int = 0
    x: int = 0
    y: int = 0
    z: int = 0


@dataclass(frozen=True, slots=True)
class Step:
    """One call of a script: the store's TIME is ``time``, in ms."""

    command: Command
    envelope: Envelope
    time: int
    schema: int = SCHEMA


@dataclass(slots=True)
class Table:
    """What players at a lot know: its state, the hour, which process of the store runs, and what they asked before."""

    profile: Profile
    oracle: Oracle = field(default_factory=Oracle)
    time: int = OPENS_AT - 5_000
    restarts: int = 0
    asked: list[PlaceBid] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)

    @property
    def lot(self) -> Lot:
        return self.oracle.lot

    @property
    def run_id(self) -> str:
        return f"{self.restarts:040x}"

    def step(self, move: Move) -> Step:
        """The command that the move means here and now. The table moves on in time, the lot does not."""
        self._wait(move.wait)
        command = KINDS[move.kind](self, move)
        envelope = Envelope(self.run_id, self.time - 1_000, self.time + 2_000)
        match move.envelope:
            case "edge":
                envelope = replace(envelope, not_before=self.time, not_after=self.time)
            case "expired":
                envelope = replace(envelope, not_before=self.time - 4_000, not_after=self.time - 1)
            case "early":
                envelope = replace(envelope, not_before=self.time + 1, not_after=self.time + 4_000)
            case "foreign":
                envelope = replace(envelope, run_id="f" * 40)
        return Step(command, envelope, self.time, SCHEMA + (move.envelope == "old schema"))

    def _wait(self, word: str) -> None:
        wait = WAITS[word]
        if isinstance(wait, int):
            self.time += wait
            return
        moment = wait(self.lot)
        self.time = self.time + 37 if moment is None or moment < self.time else moment

    # The house and its clock

    def open(self, move: Move) -> OpenLot:
        profile = self.profile
        return OpenLot(profile.terms, OPENS_AT, profile.reserve, profile.salt if profile.reserve is not None else "")

    def admit(self, move: Move) -> AdmitBidder:
        codes = list(self.profile.ranks)
        code = codes[move.who % len(codes)]
        rank = self.profile.ranks[code]
        return AdmitBidder(code, rank + (move.x == 6), "hold-2" if move.x == 7 else "hold-1")

    def dismiss(self, move: Move) -> DismissBidder:
        return DismissBidder(self._code(move))

    def close(self, move: Move) -> CloseLot:
        ends_at, since = self.lot.ends_at or self.time, self.lot.since or self.time
        bound = max(ends_at - TOUCH_MS, since)
        return CloseLot((bound, bound + 1, bound - 1, self.time, bound, bound + 1, self.time, bound - 60_000)[move.z])

    def adopt(self, move: Move) -> AdoptLot:
        run_id = "e" * 40 if move.z == 7 else self.lot.run_id
        return AdoptLot(run_id, self.lot.n - (move.z == 6))

    def restart(self, move: Move) -> Command:
        """The store comes back as another process, and somebody goes on as if nothing had been."""
        self.restarts += 1
        return KINDS[("raise", "close", "pause", "say", "admit", "dismiss", "announce", "retract")[move.x]](self, move)

    # Operators

    def pause(self, move: Move) -> PauseLot:
        ground = (PAUSE_GROUNDS + HOUSE_GROUNDS)[move.who]
        text = self._text(move) if move.z in (3, 4, 5) else None
        as_of = {6: self.time - 30_000, 7: self.time + 5_000}.get(move.z)
        return PauseLot(ground, text, self._expected(move), self._key(move), as_of)

    def announce(self, move: Move) -> ResumeLot:
        return ResumeLot((0, 1_000, 10_000, 3)[move.z % 4], self._expected(move), self._key(move))

    def resume(self, move: Move) -> ResumeLot:
        return ResumeLot(None, self._expected(move), self._key(move))

    def withdraw(self, move: Move) -> WithdrawLot:
        ground = (*WITHDRAW_GROUNDS, "seller_request")[move.z % 5]
        text = self._text(move) if move.who % 2 else None
        return WithdrawLot(ground, text, self._expected(move), self._key(move))

    def retract(self, move: Move) -> RetractBid:
        third, second, top = [0, 0, 0, *(bid.n for bid in self.lot.standing)][-3:]
        target, restored = {5: (top - 1, second), 6: (second, third), 7: (top, second + 1)}.get(move.z, (top, second))
        return RetractBid(target, restored, RETRACT_GROUNDS[move.who % 4], self._expected(move), self._key(move))

    def say(self, move: Move) -> Say:
        return Say(SAID_KINDS[move.z % 3], self._text(move), self._expected(move), self._key(move))

    def _text(self, move: Move) -> Text:
        return Text(TEXTS[move.who % len(TEXTS)], f"{move.who:032x}")

    def _expected(self, move: Move) -> int | None:
        return {5: self.lot.n, 6: self.lot.n - 1, 7: self.lot.n + 1}.get(move.y)

    def _key(self, move: Move) -> str:
        """None, a new one, or one of those used before, perhaps for something else."""
        if move.x < 3:
            return ""
        if move.x < 6 or not self.keys:
            self.keys.append(f"k{len(self.keys)}")
            return self.keys[-1]
        return self.keys[-1 if move.x == 6 else move.who % len(self.keys)]

    # Bidders

    def raise_(self, move: Move) -> PlaceBid:
        return self._bid(move, self._ask + move.x % 3 * self._step)

    def slip(self, move: Move) -> PlaceBid:
        """About as far above the ask as needs a confirmation, with the right one, a wrong one or none."""
        amount = self._ask + (self.profile.terms.slip_steps + move.x % 3) * self._step
        return self._bid(move, amount, (None, amount, amount + 1, amount)[move.z % 4])

    def match(self, move: Move) -> PlaceBid:
        return self._bid(move, self.lot.price or self.profile.terms.start)

    def below(self, move: Move) -> PlaceBid:
        return self._bid(move, self._ask - 1 - move.x * self._step // 2)

    def off_grid(self, move: Move) -> PlaceBid:
        return self._bid(move, self._ask + 1 + move.x * self._step // 3)

    def most(self, move: Move) -> PlaceBid:
        """The greatest amounts that there are, confirmed, so that the grid decides."""
        amount = MAX_AMOUNT - move.x
        over = (amount - self._ask) % self._step
        amount -= over if move.z < 4 else 0
        return self._bid(move, amount, amount)

    def again(self, move: Move) -> PlaceBid:
        """The same id and amount as before: nothing may happen twice."""
        if not self.asked:
            return self.raise_(move)
        return replace(self.asked[-min(AGO[move.x], len(self.asked))], received_at=self.time)

    def reuse(self, move: Move) -> PlaceBid:
        """An id of before with another amount."""
        first = self.again(move)
        return replace(first, amount=first.amount - 1 or 2)

    def lend(self, move: Move) -> PlaceBid:
        """An id that somebody else used: ids are each bidder's own."""
        return replace(self.again(move), code=self._code(move), amount=self._clamp(self._ask))

    def _bid(self, move: Move, amount: int, confirm: int | None = None) -> PlaceBid:
        waited = (0, 0, 0, 0, 400, 1_000, 1_001, 3_000)[move.y]
        bid = PlaceBid(
            self._code(move), f"b{len(self.asked)}", self._clamp(amount), self.time - waited, confirm,
            self.profile.interval_ms, self.profile.burst,
        )  # fmt: skip
        self.asked.append(bid)
        return bid

    def _code(self, move: Move) -> str:
        codes = [*self.profile.ranks] * 2
        return STRANGER if move.who == 7 and move.x > 5 else codes[move.who]

    def _clamp(self, amount: int) -> int:
        return max(1, min(amount, MAX_AMOUNT))

    @property
    def _ask(self) -> int:
        return self.lot.ask or self.profile.terms.start

    @property
    def _step(self) -> int:
        return self.profile.terms.step(self._ask) if self.lot.terms is None else self.lot.step


KINDS: dict[str, Callable[[Table, Move], Command]] = {
    "open": Table.open, "admit": Table.admit, "dismiss": Table.dismiss, "close": Table.close, "adopt": Table.adopt,
    "restart": Table.restart, "pause": Table.pause, "announce": Table.announce, "resume": Table.resume,
    "withdraw": Table.withdraw, "retract": Table.retract, "say": Table.say, "raise": Table.raise_, "slip": Table.slip,
    "match": Table.match, "below": Table.below, "off_grid": Table.off_grid, "most": Table.most, "again": Table.again,
    "reuse": Table.reuse, "lend": Table.lend,
}  # fmt: skip
