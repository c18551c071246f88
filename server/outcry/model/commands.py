"""What may be asked of a lot. One class per script; the engine adds the envelope."""

import secrets
from dataclasses import dataclass, field

from .terms import Terms, text_hash


@dataclass(frozen=True, slots=True)
class Envelope:
    """What every state-changing command carries beside itself.

    ``run_id``: of the store's process that the sender believes to talk to. ``not_before``, ``not_after``: store time in
    ms; outside of it the command is refused with ``clock`` and nothing is written.
    """

    run_id: str
    not_before: int
    not_after: int


@dataclass(frozen=True, slots=True)
class Text:
    """A free text and the salt that hides it in the log."""

    text: str
    salt: str = field(default_factory=lambda: secrets.token_hex(16))

    @property
    def hash(self) -> str:
        return text_hash(self.text, self.salt)


@dataclass(frozen=True, slots=True)
class OpenLot:
    terms: Terms
    opens_at: int
    reserve: int | None = None
    salt: str = ""


@dataclass(frozen=True, slots=True)
class AdmitBidder:
    """``rank`` 0 is ordinary, 1 the best priority. ``hold`` names the deposit that backs the admission."""

    code: str
    rank: int = 0
    hold: str = ""


@dataclass(frozen=True, slots=True)
class DismissBidder:
    code: str


@dataclass(frozen=True, slots=True)
class PlaceBid:
    """``received_at``: the hub's estimate of store time at arrival. ``interval_ms``, ``burst``: the bidder's rate."""

    code: str
    id: str
    amount: int
    received_at: int
    confirm: int | None = None
    interval_ms: int = 200
    burst: int = 10


@dataclass(frozen=True, slots=True)
class CloseLot:
    """``in_touch_since``: store time since when the sender's round trips were at most 1 s apart."""

    in_touch_since: int


@dataclass(frozen=True, slots=True)
class PauseLot:
    """``as_of``: only of the house, after a clock step: the old estimate from which ``remaining`` counts."""

    ground: str
    text: Text | None = None
    expect_n: int | None = None
    key: str = ""
    as_of: int | None = None


@dataclass(frozen=True, slots=True)
class ResumeLot:
    """With ``delay_ms`` the resumption is announced; without, it is carried out when it is due."""

    delay_ms: int | None = None
    expect_n: int | None = None
    key: str = ""


@dataclass(frozen=True, slots=True)
class WithdrawLot:
    ground: str
    text: Text | None = None
    expect_n: int | None = None
    key: str = ""


@dataclass(frozen=True, slots=True)
class RetractBid:
    """``target``: n of the standing bid; ``restored``: n of the bid beneath it, 0 where there is none."""

    target: int
    restored: int
    ground: str
    expect_n: int | None = None
    key: str = ""


@dataclass(frozen=True, slots=True)
class Say:
    kind: str
    text: Text
    expect_n: int | None = None
    key: str = ""


@dataclass(frozen=True, slots=True)
class AdoptLot:
    """``old_run_id`` and ``n``: as the lot was read; the envelope's ``run_id`` is the new one."""

    old_run_id: str
    n: int


Command = (
    OpenLot | AdmitBidder | DismissBidder | PlaceBid | CloseLot
    | PauseLot | ResumeLot | WithdrawLot | RetractBid | Say | AdoptLot
)  # fmt: skip
"""Every command that changes a lot."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What a script answers: ``verdict`` is ``ok`` or a reject code, ``body`` a JSON object, ``time`` the store's TIME.

    ``replayed``: the body is the first answer to this id, kept since.
    """

    verdict: str
    body: bytes
    time: int
    replayed: bool = False

    @property
    def ok(self) -> bool:
        return self.verdict == "ok"
