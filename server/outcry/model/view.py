"""A lot as everybody may see it: the view, and how each event changes it."""

from dataclasses import asdict, dataclass, replace
from typing import Any


@dataclass(frozen=True, slots=True)
class LotView:
    """What ``read_lot`` answers. Money in fen, times in ms of the store's clock.

    ``link`` is the position's link: the SHA-1 of event n's own bytes. ``rank`` is the leader's, ``top`` the n of the
    standing bid. ``since``: when the lot was opened or last resumed. ``now``: the store's TIME at the reading.

    The log does not say everything: ``run_id``, ``registered``, ``outage`` and ``now`` are as they were read, and after
    a retraction ``rank`` is in the bid that revived.
    """

    state: str = "announced"
    n: int = 0
    epoch: int = 0
    link: str = ""
    run_id: str = ""
    price: int | None = None
    ask: int | None = None
    leader: str | None = None
    rank: int = 0
    top: int = 0
    ends_at: int | None = None
    remaining_ms: int | None = None
    resumes_at: int | None = None
    ground: str | None = None
    bids: int = 0
    registered: int = 0
    extensions: int = 0
    reserve_met: bool | None = None
    opened_at: int | None = None
    since: int | None = None
    last: int = 0
    outage: bool = False
    now: int = 0

    @property
    def position(self) -> tuple[int, int, str]:
        return self.epoch, self.n, self.link

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


PUBLIC = (
    "n", "epoch", "link", "state", "price", "ask", "leader", "ends_at", "remaining_ms", "resumes_at", "ground", "bids",
    "registered", "extensions", "reserve_met", "now",
)  # fmt: skip
"""The fields of a snapshot, in order."""


def snapshot(view: LotView, why: str) -> dict[str, Any]:
    """The frame that brings a client to a view's position; ``why``: joined, resumed or history_changed."""
    return {"t": "snapshot", "why": why, **{name: getattr(view, name) for name in PUBLIC}}


def apply(view: LotView, event: dict[str, Any], link: str) -> LotView:
    """The view after an event of its lot; ``link`` is the SHA-1 of its bytes. Pure, the same for every reader."""
    moved = replace(view, n=event["n"], link=link, last=event["at"])
    match event["t"]:
        case "opened":
            return replace(
                moved, state="open", epoch=event["epoch"], ends_at=event["ends_at"], ask=event["terms"]["start"],
                opened_at=event["at"], since=event["at"], reserve_met=None if event["reserve_hash"] is None else False,
            )  # fmt: skip
        case "bid":
            moved_end = view.ends_at is not None and event["ends_at"] > view.ends_at
            return replace(
                moved, price=event["price"], ask=event["ask"], leader=event["leader"], rank=event["rank"],
                top=event["n"], ends_at=event["ends_at"], bids=view.bids + 1, extensions=view.extensions + moved_end,
                reserve_met=event["reserve_met"],
            )  # fmt: skip
        case "extended":
            return replace(moved, ends_at=event["ends_at"], outage=False)
        case "paused":
            return replace(
                moved, state="paused", ends_at=None, remaining_ms=event["remaining_ms"], ground=event["ground"]
            )
        case "resuming":
            return replace(moved, resumes_at=event["resumes_at"])
        case "resumed":
            return replace(
                moved, state="open", ends_at=event["ends_at"], remaining_ms=None, resumes_at=None, ground=None,
                since=event["at"], outage=False,
            )  # fmt: skip
        case "retracted":
            return replace(
                moved, price=event["price"], leader=event["leader"], ask=event["ask"], reserve_met=event["reserve_met"],
                top=event["restored"] or 0, rank=view.rank if event["restored"] else 0,
            )  # fmt: skip
        case "adopted":
            return replace(moved, epoch=event["epoch"])
        case "closed":
            return replace(moved, state=event["result"], ask=None)
        case "withdrawn":
            return replace(
                moved, state="withdrawn", ground=event["ground"], ask=None, ends_at=None, remaining_ms=None,
                resumes_at=None,
            )  # fmt: skip
    return moved
