"""Coming in and leaving: a one-time ticket becomes a session, a session may mint a token for a program."""

import logging

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from .answers import NO_STORE, json_response
from .body import read_object
from .context import Context
from .errors import HttpError
from .identity import cleared_session, set_session
from .routes import Routes, visitor_of

log = logging.getLogger("outcry.web")


def routes(ctx: Context) -> Routes:
    async def enter(request: Request) -> Response:
        """``/enter/<ticket>``: a new session in place of the one the browser carried, and on to the catalogue."""
        only_a_person(request)
        visitor = visitor_of(request)
        session = await ctx.accounts.enter(request.path_params["ticket"], leaving=visitor.token)
        if session is None:
            raise HttpError(404, "used_ticket", "This link has been used, or has expired: ask for a new one.")
        log.info("signed in", extra={"account": session.account.name, "role": session.account.role})
        response = RedirectResponse("/operator" if session.account.role == "operator" else "/", 303, NO_STORE)
        set_session(response, session, secure=request.scope["scheme"] == "https")
        return response

    async def mint(request: Request) -> Response:
        """A Bearer token of the caller's account, told once."""
        await read_object(request)
        return json_response({"token": await ctx.accounts.token(visitor_of(request).known)}, status=201)

    async def leave(request: Request) -> Response:
        """End the session or token the request came with; its sockets close within two seconds."""
        await read_object(request)
        visitor = visitor_of(request)
        if visitor.token is not None:
            await ctx.accounts.end(visitor.token)
        response = Response(status_code=204, headers=NO_STORE)
        if visitor.by == "cookie":
            response.headers["set-cookie"] = cleared_session(secure=request.scope["scheme"] == "https")
        return response

    async def me(request: Request) -> Response:
        account = visitor_of(request).account
        if account is None:
            return json_response({"account": None, "role": None})
        return json_response({"account": account.name, "role": account.role})

    return {
        ("GET", "/enter/{ticket}"): enter,
        ("POST", "/api/v1/tokens"): mint,
        ("POST", "/api/v1/leave"): leave,
        ("GET", "/api/v1/me"): me,
    }


def only_a_person(request: Request) -> None:
    """A one-time link is spent by somebody who follows it, not by a prefetch, an image tag or a link checker's HEAD."""
    headers = request.headers
    followed = headers.get("sec-fetch-dest", "document") == "document" and "sec-purpose" not in headers
    if request.method != "GET" or not followed:
        allow = {"Allow": "GET"}
        raise HttpError(405, "follow_the_link", "This link is for following, not for fetching.", headers=allow)
