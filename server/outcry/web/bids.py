"""Bidding by HTTP: the same bid, decision and limits as on a socket, so that a stalled socket never costs a bid."""

from typing import Final

import orjson
from starlette.requests import Request
from starlette.responses import Response

from ..model.commands import PlaceBid, Reply
from ..model.ids import is_bid_id
from ..model.roles import Identity
from ..room.codec import FrameError, decode_bid
from .access import LOT
from .answers import raw_json
from .body import read_body
from .context import Context
from .errors import HttpError, malformed
from .routes import Routes, visitor_of
from .sockets import room_identity

STATUS: Final = {"not_admitted": 403, "id_reused": 409, "rate_limited": 429}
"""What is no decision of this bid gets its own status; every decision is a 200, accepted or not."""


def routes(ctx: Context) -> Routes:
    async def bid(request: Request) -> Response:
        """``{id, amount, confirm?}`` → the decision frame, byte for byte as a socket would get it.

        A bid is received when its last byte is: what its sender holds back is no outage of the house, what the house
        takes from there on is.
        """
        body = await read_body(request)
        received_at = ctx.engine.clock.now()
        lot_id = request.path_params["lot_id"]
        identity = await bidder(ctx, request)
        try:
            asked = decode_bid(body)
        except FrameError as error:
            raise malformed(f"{error.detail}.") from None
        command = PlaceBid(
            code=identity.code or "",
            id=asked.id,
            amount=asked.amount,
            received_at=received_at,
            confirm=asked.confirm,
            interval_ms=ctx.config.limits.bid_interval_ms,
            burst=ctx.config.limits.bid_burst,
        )
        return decision(await ctx.hub.bid(lot_id, identity, command))

    async def answer(request: Request) -> Response:
        """The decision kept for one of the caller's own bid ids; asking bids nothing."""
        identity = await bidder(ctx, request)
        bid_id = request.path_params["bid_id"]
        kept = None
        if is_bid_id(bid_id):
            kept = await ctx.engine.read_answer(request.path_params["lot_id"], identity.code or "", bid_id)
        if kept is None:
            raise HttpError(404, "no_decision", "No decision is kept for this bid id.")
        return raw_json(kept)

    return {("POST", f"{LOT}/bids"): bid, ("GET", f"{LOT}/bids/{{bid_id}}"): answer}


async def bidder(ctx: Context, request: Request) -> Identity:
    """The caller as a bidder of this lot; 403 for one who is not admitted to it."""
    identity = await room_identity(ctx, request.path_params["lot_id"], visitor_of(request))
    if identity.role != "bidder" or identity.code is None:
        raise HttpError(403, "not_admitted", "Register for this lot before you bid.")
    return identity


def decision(reply: Reply) -> Response:
    """A script's answer under the status that fits its verdict."""
    headers = {}
    if reply.verdict == "rate_limited":
        retry_ms = orjson.loads(reply.body).get("retry_ms", 0)
        headers["Retry-After"] = str(retry_ms // 1000 + 1)
    return raw_json(reply.body, status=STATUS.get(reply.verdict, 200), headers=headers)
