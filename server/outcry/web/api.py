"""Public reads: what anyone may see of any lot, without saying who he is."""

from collections.abc import AsyncIterator
from hashlib import sha1
from typing import Final

import orjson
from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from ..house.card import Card
from ..model.codes import STATES
from ..model.ids import is_lot_id
from .access import LOT
from .answers import json_response, raw_json
from .context import Context
from .errors import HttpError, malformed, no_lot
from .routes import Routes
from .sockets import NUMBER
from .static import FOR_EVER, matches

RANGE: Final = 1_000
"""Events in one answer, at most and by default; lots at most."""
LOTS: Final = 100
"""Lots in one answer, by default."""


def routes(ctx: Context) -> Routes:
    async def lots(request: Request) -> Response:
        """``{"now", "lots": […], "next"}``; ``?state=open&state=paused`` chooses, ``after=next`` goes on."""
        states = request.query_params.getlist("state")
        if any(state not in STATES for state in states):
            raise malformed(f"state is one of {', '.join(STATES)}.")
        limit = number(request.query_params, "limit", default=LOTS, least=1, most=RANGE)
        after = await last_seen(ctx, request.query_params)
        await ctx.overview.look()
        found, more = ctx.overview.page(states, after, limit)
        now = ctx.engine.clock.now()
        return json_response(
            {
                "now": now,
                "lots": [ctx.catalogue.public(lot.card, lot.view, ctx.hub.watching(lot.card.id), now) for lot in found],
                "next": found[-1].card.id if more else None,
            }
        )

    async def lot(request: Request) -> Response:
        """One lot: its card and where it stands."""
        card = await lot_of(ctx, request)
        return json_response(ctx.catalogue.public(card, await ctx.engine.read_lot(card.id), ctx.hub.watching(card.id)))

    async def events(request: Request) -> Response:
        """``{"epoch", "n", "events": […]}``: the stored bytes of events after ``after``, at most ``limit``.

        A full range may be kept for ever by whoever names the link of its last event, which stands for all before it.
        An epoch alone does not name a history: a store that was restored counts the same epoch anew.
        """
        card = await lot_of(ctx, request)
        after = number(request.query_params, "after", default=0)
        limit = number(request.query_params, "limit", default=RANGE, least=1, most=RANGE)
        epoch = number(request.query_params, "epoch", default=-1)
        link = request.query_params.get("link")
        found = await ctx.engine.read_events(card.id, after, limit)
        view = await ctx.engine.read_lot(card.id)  # after the events, which therefore all belong to its epoch
        body = b'{"epoch":%d,"n":%d,"events":[%s]}' % (view.epoch, view.n, b",".join(found))
        if len(found) < limit or epoch != view.epoch or link != sha1(found[-1]).hexdigest():
            return raw_json(body)
        etag = f'"{view.epoch}-{after}-{limit}-{link}"'
        headers = {"ETag": etag, "Cache-Control": FOR_EVER}
        if matches(request.headers.get("if-none-match"), etag):
            return Response(status_code=304, headers=headers)
        return raw_json(body, headers=headers)

    async def log(request: Request) -> Response:
        """The whole log, the stored bytes, a line each, as far as it goes now."""
        card = await lot_of(ctx, request)
        view = await ctx.engine.read_lot(card.id)
        headers = {
            "ETag": f'"{view.epoch}-{view.n}-{view.link}"',
            "Cache-Control": "no-cache",
            "Content-Disposition": f'attachment; filename="{card.id}.jsonl"',
        }
        if matches(request.headers.get("if-none-match"), headers["ETag"]):
            return Response(status_code=304, headers=headers)
        return StreamingResponse(_lines(ctx, card.id, view.n), headers=headers, media_type="application/jsonl")

    async def text(request: Request) -> Response:
        """``{"n", "salt", "text"}`` of event n; 404 where it has none or it was redacted."""
        card = await lot_of(ctx, request)
        given = request.path_params["n"]
        n = int(given) if NUMBER.fullmatch(given) else 0
        found = await ctx.engine.read_text(card.id, n) if n else None
        if found is None:
            raise HttpError(404, "no_text", "This event has no text, or it was redacted.")
        return json_response({"n": n, **orjson.loads(found)})

    return {
        ("GET", "/api/v1/lots"): lots,
        ("GET", LOT): lot,
        ("GET", f"{LOT}/events"): events,
        ("GET", f"{LOT}/log.jsonl"): log,
        ("GET", f"{LOT}/texts/{{n}}"): text,
    }


async def lot_of(ctx: Context, request: Request) -> Card:
    """The lot that a path names; 404 where there is none."""
    lot_id = request.path_params["lot_id"]
    card = await ctx.catalogue.get(lot_id) if is_lot_id(lot_id) else None
    if card is None:
        raise no_lot()
    return card


async def last_seen(ctx: Context, query: QueryParams) -> Card | None:
    """The lot after which a list goes on, if one is named."""
    given = query.getlist("after")
    if not given:
        return None
    card = await ctx.catalogue.get(given[0]) if len(given) == 1 else None
    if card is None:
        raise malformed("after is the id of the last lot seen.")
    return card


def number(query: QueryParams, name: str, *, default: int, least: int = 0, most: int = 10**15) -> int:
    """A whole number of the query, given at most once and within its bounds."""
    given = query.getlist(name)
    if not given:
        return default
    if len(given) > 1 or NUMBER.fullmatch(given[0]) is None or not least <= int(given[0]) <= most:
        raise malformed(f"{name} is one whole number from {least} to {most}.")
    return int(given[0])


async def _lines(ctx: Context, lot_id: str, n: int) -> AsyncIterator[bytes]:
    """Events 1..n in ranges, so that a long log costs no memory; one that is gone meanwhile breaks the answer off."""
    sent = 0
    while sent < n:
        found = await ctx.engine.read_events(lot_id, sent, min(RANGE, n - sent))
        if not found:
            raise RuntimeError(f"{lot_id}: event {sent + 1} of {n} is missing")
        sent += len(found)
        yield b"\n".join(found) + b"\n"
