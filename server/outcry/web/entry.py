"""The demo's door: every click is a new visitor, admitted to a lot or made an operator. Shut unless configured."""

import secrets

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from ..house.accounts import Account, AccountRole, Session
from ..house.errors import HouseError
from ..model.codes import LIVE_STATES
from ..model.ids import is_lot_id
from .accounts import only_a_person
from .answers import NO_STORE
from .context import Context
from .errors import HttpError, malformed, no_lot
from .identity import set_session
from .routes import Routes


def routes(ctx: Context) -> Routes:
    async def demo(request: Request) -> Response:
        """``/enter/demo?lot=…`` admits a new visitor to that lot (or the busiest), ``?role=operator`` to the desk."""
        if not ctx.config.demo.enabled:
            raise HttpError(404, "not_found", "There is nothing here.")
        only_a_person(request)
        role = request.query_params.get("role", "bidder")
        if role not in ("bidder", "operator"):
            raise malformed("role is bidder or operator.")
        if role == "operator":
            return welcome(request, await visit(ctx, "operator"), "/operator")
        lot_id = request.query_params.get("lot") or await busiest(ctx)
        if not is_lot_id(lot_id) or await ctx.catalogue.get(lot_id) is None:
            raise no_lot()
        session = await visit(ctx, "bidder")
        await admit(ctx, lot_id, session.account)
        return welcome(request, session, f"/lots/{lot_id}")

    return {("GET", "/enter/demo"): demo}


async def visit(ctx: Context, role: AccountRole) -> Session:
    """A session of an account that nobody had before."""
    ticket = await ctx.accounts.add(f"visitor-{secrets.token_hex(4)}", role)
    session = await ctx.accounts.enter(ticket)
    if session is None:
        raise RuntimeError("a fresh ticket opened nothing")
    return session


async def admit(ctx: Context, lot_id: str, account: Account) -> None:
    """Admit a visitor where the lot takes him; one that is over or not for him he may still watch, and is told why."""
    try:
        await ctx.registration.register(lot_id, account)
    except HouseError as error:
        if error.status >= 500:
            raise


async def busiest(ctx: Context) -> str:
    """The lot with most bids among those that anybody may enter: open ones before those to come."""
    cards = [card for card in await ctx.catalogue.all() if card.eligibility == "open"]
    views = await ctx.engine.read_lots([card.id for card in cards])
    found = [(view, card) for view, card in zip(views, cards, strict=True) if view.state in ("announced", *LIVE_STATES)]
    if not found:
        raise HttpError(404, "no_lot", "No lot is open at the moment.")
    _, chosen = max(found, key=lambda pair: (pair[0].state == "open", pair[0].bids, -pair[1].opens_at))
    return chosen.id


def welcome(request: Request, session: Session, path: str) -> Response:
    response = RedirectResponse(path, 303, NO_STORE)
    set_session(response, session, secure=request.scope["scheme"] == "https")
    return response
