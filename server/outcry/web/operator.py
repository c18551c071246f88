"""What operators do to a lot: each act under a key, with a coded ground, and in the log."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from ..house.accounts import Account
from ..house.errors import Refused
from ..house.proposals import Proposal
from ..model.commands import Reply
from .access import LOT
from .answers import json_response, raw_json
from .api import lot_of
from .body import decode, read_body, read_object
from .context import Context
from .routes import Routes, visitor_of

Act = tuple[str, Account, dict[str, Any]]
"""The lot, the operator, and what he asks: the house checks the values."""


def routes(ctx: Context) -> Routes:
    house = ctx.operations

    async def announce(request: Request) -> Response:
        """A lot's card with all its terms → 201 and the lot as everybody sees it; it opens at its ``opens_at``."""
        card = await ctx.catalogue.announce(decode(await read_body(request)))
        public = ctx.catalogue.public(card, await ctx.engine.read_lot(card.id))
        return json_response(public, status=201, headers={"Location": f"/api/v1/lots/{card.id}"})

    async def pause(request: Request) -> Response:
        lot_id, operator, body = await act(request, required=("key", "ground"), optional=("text", "expect_n"))
        return done(await house.pause(lot_id, operator, **body))

    async def say(request: Request) -> Response:
        lot_id, operator, body = await act(request, required=("key", "kind", "text"), optional=("expect_n",))
        return done(await house.say(lot_id, operator, **body))

    async def resume(request: Request) -> Response:
        lot_id, operator, body = await act(request, required=("key",), optional=("delay_ms", "expect_n"))
        return proposed(await house.resume(lot_id, operator, **body))

    async def retract(request: Request) -> Response:
        lot_id, operator, body = await act(request, required=("key", "ground", "expect_n"))
        return proposed(await house.retract(lot_id, operator, **body))

    async def withdraw(request: Request) -> Response:
        lot_id, operator, body = await act(request, required=("key", "ground"), optional=("text", "expect_n"))
        return proposed(await house.withdraw(lot_id, operator, **body))

    async def pause_all(request: Request) -> Response:
        """Pause every open lot: ``{"paused": [ids], "refused": {id: code}}``."""
        body = await read_object(request, required=("key", "ground"), optional=("text",))
        return json_response(await house.pause_all(visitor_of(request).known, **body))

    async def proposals(request: Request) -> Response:
        return json_response({"proposals": [proposal.as_dict() for proposal in await house.proposals()]})

    async def confirm(request: Request) -> Response:
        """The second pair of eyes: carried out only if another operator than the proposer asks."""
        await read_object(request)
        return done(await house.confirm(request.path_params["proposal_id"], visitor_of(request).known))

    async def act(request: Request, required: tuple[str, ...], optional: tuple[str, ...] = ()) -> Act:
        card = await lot_of(ctx, request)
        return card.id, visitor_of(request).known, await read_object(request, required=required, optional=optional)

    return {
        ("POST", "/api/v1/lots"): announce,
        ("POST", f"{LOT}/pause"): pause,
        ("POST", f"{LOT}/say"): say,
        ("POST", f"{LOT}/resume"): resume,
        ("POST", f"{LOT}/retract"): retract,
        ("POST", f"{LOT}/withdraw"): withdraw,
        ("POST", "/api/v1/pause"): pause_all,
        ("GET", "/api/v1/proposals"): proposals,
        ("POST", "/api/v1/proposals/{proposal_id}/confirm"): confirm,
    }


def done(reply: Reply) -> Response:
    """The script's own answer; 409 with its figures where it refused."""
    if not reply.ok:
        raise Refused(reply)
    return raw_json(reply.body)


def proposed(proposal: Proposal) -> Response:
    """202: nothing has happened until another operator confirms."""
    return json_response({"proposal": proposal.as_dict()}, status=202)
