"""The recorded auctions that tests replay. Not ours to publish: they lie beside the checkout, or are not there."""

import csv
from decimal import Decimal
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

import pytest

RECORDED = Path(__file__).resolve().parents[3] / "shared" / "data" / "ebay_palm_bids.csv"


class RecordedBid(NamedTuple):
    """One row: a bidder's maximum as recorded, in cents."""

    bidder: str
    amount: int


@cache
def recorded_auctions() -> dict[str, tuple[RecordedBid, ...]]:
    """Each auction's bids in the order in which they were recorded. Skips the test where the file is not there."""
    if not RECORDED.exists():
        pytest.skip(f"the recorded auctions are not at {RECORDED}")
    with RECORDED.open(newline="") as file:
        rows = list(csv.DictReader(file))
    return {
        auction: tuple(RecordedBid(row["bidder"], int(Decimal(row["bid"]) * 100)) for row in bids)
        for auction, bids in groupby(rows, key=lambda row: row["auction"])
    }
