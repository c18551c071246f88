"""A lot as the rules see it: what is remembered between two decisions, and what follows from it."""

from collections import deque
from dataclasses import dataclass, field
from typing import Any

from .codes import FINAL_STATES, LIVE_STATES, REFUSALS_KEPT
from .commands import Text
from .events import encode_event, kept_text, link_of
from .terms import Terms


@dataclass(frozen=True, slots=True)
class StandingBid:
    """An accepted bid while it stands or waits beneath the one that stands. ``rank`` is the one it was placed with."""

    n: int
    code: str
    rank: int
    price: int


@dataclass(frozen=True, slots=True)
class Answer:
    """The first answer to a bid id. The amount is its fingerprint."""

    amount: int
    verdict: str
    body: bytes


@dataclass(slots=True)
class Bidder:
    """What one code did in the lot. A dismissal ends the admission and forgets nothing else.

    ``rank`` is None while not admitted. ``tat``, in ms of store time, is when the bidder's burst is whole again but for
    one bid. ``refused`` holds the ids of the kept refusals, oldest first.
    """

    rank: int | None = None
    hold: str = ""
    tat: int = 0
    bids: int = 0
    matched: set[int] = field(default_factory=set)
    answers: dict[str, Answer] = field(default_factory=dict)
    refused: deque[str] = field(default_factory=deque)

    @property
    def admitted(self) -> bool:
        return self.rank is not None

    def keep(self, bid_id: str, answer: Answer) -> None:
        """Accepted answers live as long as the lot, of the refusals the newest 256."""
        self.answers[bid_id] = answer
        if answer.verdict != "ok":
            self.refused.append(bid_id)
            if len(self.refused) > REFUSALS_KEPT:
                del self.answers[self.refused.popleft()]


@dataclass(slots=True)
class Lot:
    """One lot and its log. Money in fen, times in ms of the store's clock.

    ``standing`` is the pile of accepted bids that were not retracted: its last stands, and a retraction takes it off.
    ``done`` is what operators did under a key: the command and its answer.
    """

    terms: Terms | None = None
    reserve: int | None = None
    salt: str = ""
    state: str = "announced"
    run_id: str = ""
    epoch: int = 0
    ends_at: int | None = None
    remaining_ms: int | None = None
    resumes_at: int | None = None
    ground: str | None = None
    bids: int = 0
    registered: int = 0
    extensions: int = 0
    opened_at: int | None = None
    since: int | None = None
    last: int = 0
    outage: bool = False
    standing: list[StandingBid] = field(default_factory=list)
    bidders: dict[str, Bidder] = field(default_factory=dict)
    done: dict[str, tuple[type, bytes]] = field(default_factory=dict)
    events: list[bytes] = field(default_factory=list)
    texts: dict[int, bytes] = field(default_factory=dict)

    @property
    def n(self) -> int:
        return len(self.events)

    @property
    def link(self) -> str:
        return link_of(self.events[-1]) if self.events else ""

    @property
    def live(self) -> bool:
        return self.state in LIVE_STATES

    @property
    def final(self) -> bool:
        return self.state in FINAL_STATES

    @property
    def rules(self) -> Terms:
        """The terms, frozen at the opening; there are none before it."""
        assert self.terms is not None
        return self.terms

    @property
    def top(self) -> StandingBid | None:
        return self.standing[-1] if self.standing else None

    @property
    def price(self) -> int | None:
        return self.top.price if self.top else None

    @property
    def leader(self) -> str | None:
        return self.top.code if self.top else None

    @property
    def base(self) -> int:
        """Where the grid of the next bid begins: the standing price, else the start."""
        return self.top.price if self.top else self.rules.start

    @property
    def step(self) -> int:
        """The step in force: that of the base, however far above it a bid goes."""
        return self.rules.step(self.base)

    @property
    def ask(self) -> int | None:
        """The lowest amount acceptable next; None before the opening and after the end."""
        if not self.live:
            return None
        return self.base + self.step if self.top else self.base

    @property
    def reserve_met(self) -> bool | None:
        """None where no reserve is hidden."""
        if self.reserve is None:
            return None
        return self.price is not None and self.price >= self.reserve

    def ended(self, now: int) -> bool:
        """Whether the end is reached; never while paused or while the first bid is waited for."""
        return self.ends_at is not None and now >= self.ends_at

    def bidder(self, code: str) -> Bidder:
        return self.bidders.setdefault(code, Bidder())

    def append(self, kind: str, at: int, fields: dict[str, Any], text: Text | None = None) -> int:
        """Write the next event, and its free text beside it; the number it got."""
        n = self.n + 1
        self.events.append(encode_event(n, kind, at, self.link, fields))
        self.last = at
        if text is not None:
            self.texts[n] = kept_text(text)
        return n

    def view(self) -> dict[str, Any]:
        """What ``read_lot`` answers, key by key."""
        top = self.top
        return {
            "state": self.state, "n": self.n, "epoch": self.epoch, "link": self.link, "run_id": self.run_id,
            "price": self.price, "ask": self.ask, "leader": self.leader, "rank": top.rank if top else 0,
            "top": top.n if top else 0, "ends_at": self.ends_at, "remaining_ms": self.remaining_ms,
            "resumes_at": self.resumes_at, "ground": self.ground, "bids": self.bids, "registered": self.registered,
            "extensions": self.extensions, "reserve_met": self.reserve_met, "opened_at": self.opened_at,
            "since": self.since, "last": self.last, "outage": self.outage,
        }  # fmt: skip
