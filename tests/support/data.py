"""The recorded auctions that tests replay. Not ours to publish: they lie beside the checkout, or are not there."""

import csv
from decimal import Decimal
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

import pytest

RECORDED = Path(__file__).resolve().parents[3] / "shared" / "data" / "ebay_palm_bids.csv"
DAY_MS = 86_400_000


class RecordedBid(NamedTuple):
    """``amount``: the bidder's maximum as recorded, in cents. ``at_ms``: since the auction's beginning."""

    bidder: str
    amount: int
    at_ms: int


class RecordedAuction(NamedTuple):
    """Bids in the order in which they were recorded; ``start``: the opening bid, in cents."""

    id: str
    start: int
    bids: tuple[RecordedBid, ...]

    @property
    def bidders(self) -> list[str]:
        """Everybody who bid, by his first bid."""
        return list(dict.fromkeys(bid.bidder for bid in self.bids))


@cache
def recorded_auctions() -> tuple[RecordedAuction, ...]:
    """343 auctions, 5,917 bids. Skips the test where the file is not there."""
    if not RECORDED.exists():
        pytest.skip(f"the recorded auctions are not at {RECORDED}")
    with RECORDED.open(newline="") as file:
        groups = [(auction, list(rows)) for auction, rows in groupby(csv.DictReader(file), lambda row: row["auction"])]
    return tuple(
        RecordedAuction(
            auction,
            cents(rows[0]["open"]),
            tuple(RecordedBid(row["bidder"], cents(row["bid"]), int(Decimal(row["day"]) * DAY_MS)) for row in rows),
        )
        for auction, rows in groups
    )


def cents(dollars: str) -> int:
    return int(Decimal(dollars) * 100)
