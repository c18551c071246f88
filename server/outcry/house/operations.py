"""What operators do to a lot: pause and say alone; resume, retract and withdraw by two.

Every act carries the operator's key to the script, which answers it once: a repeated request, a second confirmation or
a crash between two steps never acts twice.
"""

import asyncio
import logging
from typing import Any, Final

import orjson

from ..engine.engine import Engine
from ..engine.errors import StoreError, Unavailable
from ..engine.records import Records
from ..model.codes import FINAL_STATES, LIVE_STATES, PAUSE_GROUNDS, RETRACT_GROUNDS, SAID_KINDS, WITHDRAW_GROUNDS
from ..model.commands import PauseLot, Reply, Say, Text
from ..model.view import LotView
from . import values
from .accounts import Account
from .catalogue import Catalogue
from .errors import Conflict, Forbidden, unknown_lot
from .execution import carry_out, state_began
from .overview import Overview
from .proposals import Proposal, Proposals
from .retraction import bid_beneath

TEXT_LENGTH: Final = 500
LONGEST_DELAY_MS: Final = 30 * 24 * 3_600_000
PASSING: Final = frozenset(("schema", "stale_store", "clock"))
"""Refusals that say nothing of the matter: the same may be confirmed again."""

log = logging.getLogger("outcry.operations")


class Operations:
    """Commands answer with the script's ``Reply``, a refusal included; proposals raise ``Conflict`` where the lot or
    its terms forbid already what is proposed. All raise ``Malformed``, ``Forbidden``, ``NotFound``.

    ``resume_delay_ms``: between a confirmed resumption and the first bid; an operator may lengthen it, not shorten.
    """

    def __init__(
        self, records: Records, engine: Engine, catalogue: Catalogue, overview: Overview, resume_delay_ms: int
    ) -> None:
        self._engine = engine
        self._catalogue = catalogue
        self._overview = overview
        self._resume_delay_ms = resume_delay_ms
        self._proposals = Proposals(records)

    async def pause(
        self,
        lot_id: str,
        operator: Account,
        *,
        key: str,
        ground: str,
        text: str | None = None,
        expect_n: int | None = None,
    ) -> Reply:
        command = _pause(key, ground, text, expect_n)
        await self._check(lot_id, operator)
        return _logged("pause_lot", lot_id, operator, await self._engine.pause_lot(lot_id, command))

    async def say(
        self, lot_id: str, operator: Account, *, key: str, kind: str, text: str, expect_n: int | None = None
    ) -> Reply:
        kind = values.one_of(kind, "kind", SAID_KINDS)
        command = Say(kind, Text(_text(text)), values.expected(expect_n), values.key(key))
        await self._check(lot_id, operator)
        return _logged("say", lot_id, operator, await self._engine.say(lot_id, command))

    async def pause_all(self, operator: Account, *, key: str, ground: str, text: str | None = None) -> dict[str, Any]:
        """Pause every open lot: ``{"paused": [ids], "refused": {id: code}}``, the store's failures among the codes."""
        _pause(key, ground, text, None)
        _check_operator(operator)
        await self._overview.look(anew=True)
        live = [lot.card.id for lot in self._overview.as_read if lot.view.state in LIVE_STATES]

        async def verdict(lot_id: str) -> str:
            try:
                reply = await self._engine.pause_lot(lot_id, _pause(key, ground, text, None))
            except StoreError as error:
                return "unavailable" if isinstance(error, Unavailable) else "unknown"
            return _logged("pause_lot", lot_id, operator, reply).verdict

        verdicts = dict(zip(live, await asyncio.gather(*map(verdict, live)), strict=True))
        refused = {lot_id: code for lot_id, code in verdicts.items() if code != "ok"}
        return {"paused": [lot_id for lot_id in live if lot_id not in refused], "refused": refused}

    async def resume(
        self, lot_id: str, operator: Account, *, key: str, delay_ms: int | None = None, expect_n: int | None = None
    ) -> Proposal:
        if delay_ms is not None:
            values.whole(delay_ms, "delay_ms", self._resume_delay_ms, LONGEST_DELAY_MS)
        asked = {"delay_ms": delay_ms or self._resume_delay_ms, "expect_n": values.expected(expect_n)}
        first, view = await self._propose(lot_id, operator, "resume", key, asked)
        if first is not None:
            return first
        _check_paused(view)
        fixed = {"state_n": await state_began(self._engine, lot_id, view)}
        return await self._proposals.put(lot_id, operator, "resume", key, asked, fixed, self._now())

    async def retract(
        self, lot_id: str, operator: Account, *, key: str, ground: str, expect_n: int | None = None
    ) -> Proposal:
        """Take the standing bid back; what is proposed is this bid, at this head, and no other that may stand later."""
        asked = {"ground": values.one_of(ground, "ground", RETRACT_GROUNDS), "expect_n": values.expected(expect_n)}
        first, view = await self._propose(lot_id, operator, "retract", key, asked)
        if first is not None:
            return first
        _check_paused(view)
        card = await self._catalogue.get(lot_id)
        if card is None or not card.terms.retract:
            raise Conflict("not_allowed", "The terms of this lot do not let a bid be retracted.")
        if not view.top:
            raise Conflict("wrong_target", "No bid stands.")
        if expect_n is not None and expect_n != view.n:
            raise Conflict("wrong_head", f"The lot has gone on to #{view.n}.")
        restored = await bid_beneath(self._engine, lot_id, view)
        fixed = {"target": view.top, "restored": restored, "expect_n": view.n}
        return await self._proposals.put(lot_id, operator, "retract", key, asked, fixed, self._now())

    async def withdraw(
        self,
        lot_id: str,
        operator: Account,
        *,
        key: str,
        ground: str,
        text: str | None = None,
        expect_n: int | None = None,
    ) -> Proposal:
        asked = {
            "ground": values.one_of(ground, "ground", (*WITHDRAW_GROUNDS, "seller_request")),
            "text": None if text is None else _text(text),
            "expect_n": values.expected(expect_n),
        }
        first, view = await self._propose(lot_id, operator, "withdraw", key, asked)
        if first is not None:
            return first
        if view.state in FINAL_STATES:
            raise Conflict("closed", "This lot has ended.")
        if view.state in LIVE_STATES and ground not in WITHDRAW_GROUNDS:
            raise Conflict("not_allowed", "After the opening a seller's request withdraws nothing.")
        fixed = {"state_n": await state_began(self._engine, lot_id, view), "salt": Text("").salt}
        return await self._proposals.put(lot_id, operator, "withdraw", key, asked, fixed, self._now())

    async def proposals(self) -> list[Proposal]:
        return await self._proposals.open(self._now())

    async def confirm(self, proposal_id: str, operator: Account) -> Reply:
        """Carry out what another operator proposed. Confirmed again, it gives the first answer.

        Raises ``Expired`` and ``Forbidden("same_operator")`` too. Marked first, then carried out: where the house dies
        in between, confirming once more goes on with the same key.
        """
        _check_operator(operator)
        proposal = await self._proposals.mark(proposal_id, operator, self._now())
        if proposal.reply is not None:
            return proposal.reply
        reply = _logged(proposal.action, proposal.lot, operator, await carry_out(self._engine, proposal))
        if reply.ok and proposal.action == "resume":
            await self._catalogue.calendar.set(proposal.lot, orjson.loads(reply.body)["resumes_at"])
        if reply.verdict not in PASSING:
            await self._proposals.finish(proposal, reply)
        return reply

    async def _propose(
        self, lot_id: str, operator: Account, action: Any, key: str, asked: dict[str, Any]
    ) -> tuple[Proposal | None, LotView]:
        """The same proposal made before, if any, and the lot as it stands."""
        values.key(key)
        await self._check(lot_id, operator)
        first = await self._proposals.find(lot_id, operator, action, key, asked)
        return first, await self._engine.read_lot(lot_id)

    async def _check(self, lot_id: str, operator: Account) -> None:
        _check_operator(operator)
        if await self._catalogue.get(lot_id) is None:
            raise unknown_lot()

    def _now(self) -> int:
        return self._engine.clock.now()


def _check_operator(operator: Account) -> None:
    if operator.role != "operator":
        raise Forbidden("unauthorised", "Only an operator of the house may do this.")


def _check_paused(view: LotView) -> None:
    if view.state == "announced":
        raise Conflict("not_open", "This lot is not open yet.")
    if view.state in FINAL_STATES:
        raise Conflict("closed", "This lot has ended.")
    if view.state != "paused":
        raise Conflict("not_paused", "Pause the lot first.")


def _pause(key: str, ground: str, text: str | None, expect_n: int | None) -> PauseLot:
    ground = values.one_of(ground, "ground", PAUSE_GROUNDS)
    return PauseLot(ground, None if text is None else Text(_text(text)), values.expected(expect_n), values.key(key))


def _text(text: object) -> str:
    return values.text(text, "text", TEXT_LENGTH, lines=True)


def _logged(action: str, lot_id: str, operator: Account, reply: Reply) -> Reply:
    """Who did what, for the house's own record; the texts stay out of it, they may name a debtor."""
    log.info(
        action, extra={"lot": lot_id, "operator": operator.name, "verdict": reply.verdict, "replayed": reply.replayed}
    )
    return reply
