"""Which bid revives when the standing one is taken back."""

from typing import Final

import orjson

from ..engine.engine import Engine
from ..model.view import LotView

_PAGE: Final = 1_000


async def bid_beneath(engine: Engine, lot_id: str, view: LotView) -> int:
    """The n of the bid that stood before the one that stands now; 0 where there was none.

    Read from the lot's own events, from the first on: each bid stands upon the one before it, and a retraction uncovers
    what the retracted bid stood upon, so bids that were taken back are never found again.
    """
    beneath: dict[int, int] = {}
    top = after = 0
    while after < view.n:
        page = await engine.read_events(lot_id, after, _PAGE)
        if not page:
            break
        for event in map(orjson.loads, page):
            if event["n"] > view.n:
                break
            if event["t"] == "bid":
                beneath[event["n"]] = top
                top = event["n"]
            elif event["t"] == "retracted":
                top = event["restored"] or 0
        after += len(page)
    return beneath.get(view.top, 0)
