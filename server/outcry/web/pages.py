"""The pages: server HTML with real figures at first paint; the modules in ``static/js`` bring it to life."""

import time
from typing import Any
from urllib.parse import urlencode

import orjson
from starlette.requests import Request
from starlette.responses import Response

from ..model.codes import FINAL_STATES, LIVE_STATES
from ..model.ids import is_lot_id
from ..model.roles import Identity
from .context import Context
from .errors import ErrorPage, no_lot
from .listing import Listings
from .render import Renderer
from .routes import Routes, visitor_of
from .showing import FILTERS, TABS, Lot, ends_within, is_judicial, record
from .spec import protocol_reference
from .static import Static

RECENT_EVENTS = 64
"""Read for the first paint of the record; the browser fetches what is older."""
SOON_MS = 3_600_000
"""What the operator's desk lists as ending soon."""
ATTEMPTS = 9


def page_routes(ctx: Context) -> Routes:
    """All pages. ``ctx.static`` must have been read."""
    pages = Pages(ctx)
    return {
        ("GET", "/"): pages.catalogue,
        ("GET", "/lots/{lot_id}"): pages.lot,
        ("GET", "/operator"): pages.operator,
        ("GET", "/operator/lots/{lot_id}"): pages.operator,
        ("GET", "/protocol"): pages.protocol,
    }


def error_page(ctx: Context) -> ErrorPage:
    """What draws a refusal for people."""
    renderer = Renderer(ctx.config, _static(ctx))

    def draw(request: Request, status: int, code: str, detail: str) -> Response:
        shown = status if status in (401, 403, 404, 410, 429, 503) else 500 if status >= 500 else 400
        now = ctx.engine.clock.now() if ctx.engine.clock.up else int(time.time() * 1000)
        return renderer.draw(request, "error.html", now, status=status, shown=shown, detail=detail)

    return draw


class Pages:
    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self._renderer = Renderer(ctx.config, _static(ctx))
        self._listings = Listings(ctx)

    async def catalogue(self, request: Request) -> Response:
        wanted = {name: request.query_params.get(name, "")[:80] for name in (*FILTERS, "q", "state", "after")}
        await self._ctx.overview.look()
        found = self._listings.listing(wanted)
        state = wanted["state"] if wanted["state"] in TABS else "all"
        last = found.last.get("closed" if state == "all" else state)
        more = {name: value for name, value in wanted.items() if value} | {"after": last}
        if state == "all":
            more["state"] = "closed"
        return self._renderer.draw(
            request, "catalogue.html", self._ctx.engine.clock.now(), lots=found.rows, wanted=wanted, tabs=TABS,
            counts=found.counts, state=state, choices=self._listings.choices(), part=found.part,
            more=f"/?{urlencode(more)}" if last else None,
        )  # fmt: skip

    async def lot(self, request: Request) -> Response:
        lot = await self._lot(request.path_params["lot_id"])
        return self._renderer.draw(request, "lot.html", lot["now"], **(await self._room(request, lot)))

    async def operator(self, request: Request) -> Response:
        """The desk; without a lot in its path it shows the one that ends first."""
        await self._ctx.overview.look()
        now = self._ctx.engine.clock.now()
        soon: list[Lot] = []
        others: list[Lot] = []
        for lot in self._listings.current():
            if lot["state"] in FINAL_STATES:
                continue
            (soon if ends_within(lot, now, SOON_MS) else others).append(lot)
        first = next((lot["id"] for lot in soon + others if lot["state"] in LIVE_STATES), None)
        chosen = request.path_params.get("lot_id") or first
        room = await self._room(request, await self._lot(chosen)) if chosen else {"lot": None}
        return self._renderer.draw(request, "operator.html", now, soon=soon, others=others, **room)

    async def protocol(self, request: Request) -> Response:
        return self._renderer.draw(
            request, "protocol.html", self._ctx.engine.clock.now(), reference=protocol_reference()
        )

    async def _lot(self, lot_id: str) -> dict[str, Any]:
        card = await self._ctx.catalogue.get(lot_id) if is_lot_id(lot_id) else None
        if card is None:
            raise no_lot()
        view = await self._ctx.engine.read_lot(lot_id)
        return self._ctx.catalogue.public(card, view, self._ctx.hub.watching(lot_id))

    async def _room(self, request: Request, lot: dict[str, Any]) -> dict[str, Any]:
        """What the room's templates need: the lot, who asks, the newest bids, the attempts before."""
        who = await self._ctx.registration.identity(lot["id"], visitor_of(request).account)
        events = await self._ctx.engine.read_events(lot["id"], max(0, lot["n"] - RECENT_EVENTS), RECENT_EVENTS)
        return {
            "lot": lot,
            "judicial": is_judicial(lot),
            "me": who,
            "rows": record(orjson.loads(event) for event in events),
            "chain": await self._chain(lot),
            "data": {"lot": lot, "me": _public_identity(who)},
            "resume_delay_ms": self._ctx.config.auction.resume_delay_ms,
            "admit": self._ctx.config.registration.admit,
        }

    async def _chain(self, lot: Lot) -> list[Lot]:
        """The attempts before this one, oldest first."""
        chain: list[Lot] = []
        previous = lot["previous"]
        while previous is not None and len(chain) < ATTEMPTS and await self._ctx.catalogue.get(previous) is not None:
            chain.insert(0, await self._lot(previous))
            previous = chain[0]["previous"]
        return chain


def _public_identity(who: Identity) -> dict[str, Any]:
    return {"role": who.role, "code": who.code, "rank": who.rank}


def _static(ctx: Context) -> Static:
    if ctx.static is None:
        raise RuntimeError("the pages need the static files")
    return ctx.static
