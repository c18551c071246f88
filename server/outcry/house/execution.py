"""Carrying out what two operators agreed on: only in the state of the lot in which the first of them proposed it.

A proposal answers a situation. Confirmed in a later pause, a resumption would end a pause it never knew, and a
withdrawal for an order that was lifted would end an auction that had gone on. So a proposal names the event that began
the state it was made in. What is said or bid since does not change that state, and so does not disturb it.
"""

from typing import Final

import orjson

from ..engine.engine import Engine
from ..model.commands import Reply, ResumeLot, RetractBid, Text, WithdrawLot
from ..model.view import LotView
from .proposals import Proposal

_BEGINS: Final = frozenset(("opened", "paused", "resumed", "closed", "withdrawn"))
_PAGE: Final = 1_000
_TRIES: Final = 5


async def state_began(engine: Engine, lot_id: str, view: LotView) -> int:
    """The n of the event that began the state in which a lot stands; 0 while it is announced."""
    end = view.n
    while end > 0:
        start = max(0, end - _PAGE)
        for event in map(orjson.loads, reversed(await engine.read_events(lot_id, start, end - start))):
            if event["t"] in _BEGINS:
                return int(event["n"])
        end = start
    return 0


async def carry_out(engine: Engine, proposal: Proposal) -> Reply:
    """The script's answer; ``wrong_head`` where the state it was proposed in is over.

    The key goes along, and the script knows it before it looks at the head: carried out once, it is answered alike.
    """
    if proposal.expect_n is not None:
        return await _send(engine, proposal, proposal.expect_n)
    for _ in range(_TRIES):
        view = await engine.read_lot(proposal.lot)
        same = await state_began(engine, proposal.lot, view) == proposal.fixed["state_n"]
        if same and view.state == "open":
            # The head moves with every bid, and a bid is no reason to wait with what a court has ordered.
            return await _send(engine, proposal, None)
        reply = await _send(engine, proposal, view.n if same else proposal.fixed["state_n"])
        if not same or reply.verdict != "wrong_head":
            break  # else something was said between the look and the command
    return reply


async def _send(engine: Engine, proposal: Proposal, expect_n: int | None) -> Reply:
    asked, fixed, key = proposal.asked, proposal.fixed, proposal.key
    match proposal.action:
        case "resume":
            return await engine.resume_lot(proposal.lot, ResumeLot(asked["delay_ms"], expect_n, key))
        case "retract":
            retract = RetractBid(fixed["target"], fixed["restored"], asked["ground"], expect_n, key)
            return await engine.retract_bid(proposal.lot, retract)
        case "withdraw":
            text = None if asked["text"] is None else Text(asked["text"], fixed["salt"])
            return await engine.withdraw_lot(proposal.lot, WithdrawLot(asked["ground"], text, expect_n, key))
