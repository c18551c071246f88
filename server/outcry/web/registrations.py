"""Registering for a lot, and what one is to it afterwards."""

from starlette.requests import Request
from starlette.responses import Response

from .access import LOT
from .answers import json_response
from .api import lot_of
from .body import read_object
from .context import Context
from .errors import HttpError
from .routes import Routes, visitor_of
from .sockets import room_identity


def routes(ctx: Context) -> Routes:
    async def register(request: Request) -> Response:
        """A bidder registers himself (``{}``); an operator admits ``{account, rank}`` and is not told the code."""
        card = await lot_of(ctx, request)
        account = visitor_of(request).known
        if account.role == "bidder":
            await read_object(request)
            admission = await ctx.registration.register(card.id, account)
        else:
            body = await read_object(request, required=("account",), optional=("rank",))
            named = await ctx.accounts.find(body["account"]) if isinstance(body["account"], str) else None
            if named is None:
                raise HttpError(404, "unknown_account", "There is no account of this name.")
            admission = await ctx.registration.register(card.id, named, rank=body.get("rank", 0), by=account)
        return json_response({"code": admission.code, "rank": admission.rank, "admitted": admission.admitted})

    async def me(request: Request) -> Response:
        """``{role, code, rank, admitted}``: what the caller is to this lot."""
        identity = await room_identity(ctx, request.path_params["lot_id"], visitor_of(request))
        admitted = identity.code is not None
        answer = {"role": identity.role, "code": identity.code, "rank": identity.rank, "admitted": admitted}
        return json_response(answer)

    return {("POST", f"{LOT}/registrations"): register, ("GET", f"{LOT}/me"): me}
