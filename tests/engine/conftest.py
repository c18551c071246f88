"""An engine and a feed on each kind of store."""

from collections.abc import AsyncIterator

import pytest

from outcry.engine.engine import Engine
from outcry.engine.feed import Feed
from outcry.engine.store import Store
from outcry.model.commands import AdmitBidder, OpenLot
from outcry.model.presets import read_terms
from outcry.model.view import LotView

LOT = "lot-1"
TERMS = read_terms({"preset": "npl-commercial", "start": 1000, "increment": 10, "duration_ms": 600_000})


@pytest.fixture
async def engine(store_url: str) -> AsyncIterator[Engine]:
    engine = Engine(Store(store_url))
    await engine.start()
    yield engine
    await engine.stop()


@pytest.fixture
async def feed(store_url: str, engine: Engine) -> AsyncIterator[Feed]:
    feed = Feed(Store(store_url), engine)
    await feed.start()
    yield feed
    await feed.stop()


async def open_lot(engine: Engine, *codes: str, lot_id: str = LOT) -> None:
    """An open lot with these bidders admitted."""
    for code in codes:
        assert (await engine.admit_bidder(lot_id, AdmitBidder(code))).ok
    assert (await engine.open_lot(lot_id, OpenLot(TERMS, opens_at=0))).ok


class Audience:
    """A sink that keeps all it is given, and checks nothing away."""

    def __init__(self) -> None:
        self.log: list[bytes] = []
        self.frames: list[bytes] = []
        self.resets: list[LotView] = []
        self.registered = 0
        self.restated_views: list[LotView] = []

    def events(self, frames: list[bytes]) -> None:
        self.log += frames

    def frame(self, frame: bytes) -> None:
        self.frames.append(frame)

    def reset(self, view: LotView) -> None:
        self.resets.append(view)

    def restated(self, view: LotView) -> None:
        self.restated_views.append(view)

    def counted(self, registered: int) -> None:
        self.registered = registered
