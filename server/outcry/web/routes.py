"""Handlers become routes here and nowhere else: each behind the rule that the table holds for it."""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Mapping

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ..house.accounts import Accounts
from . import access
from .access import Rule
from .errors import HttpError
from .identity import Visitor, cleared_session, identify, unauthorised
from .security import Origins

Handler = Callable[[Request], Awaitable[Response]]
Routes = Mapping[tuple[str, str], Handler]
"""``(method, path)`` → handler, as each area offers them."""


def visitor_of(request: Request) -> Visitor:
    """Who sent this request, as the guard found out."""
    visitor: Visitor = request.state.visitor
    return visitor


def build_routes(accounts: Accounts, origins: Origins, areas: Iterable[Routes]) -> list[Route]:
    """One route a path, its methods behind their rules. ``LookupError`` for a handler that has no rule."""
    paths: dict[str, dict[str, Handler]] = defaultdict(dict)
    for area in areas:
        for (method, path), handler in area.items():
            paths[path][method] = guarded(access.rule(method, path), handler, accounts, origins)
    ordered = sorted(paths, key=lambda path: [part.startswith("{") for part in path.split("/")])
    return [Route(path, _by_method(paths[path]), methods=list(paths[path]), name=path) for path in ordered]


def guarded(rule: Rule, handler: Handler, accounts: Accounts, origins: Origins) -> Handler:
    """The handler behind its rule: who is it, did our own page send it, may he?"""

    async def guard(request: Request, visitor: Visitor) -> Response:
        if rule.changes:
            prove_same_origin(visitor, request.headers, request, origins)
        if visitor.role not in rule.roles:
            if visitor.account is None:
                raise unauthorised(visitor)
            raise HttpError(403, "unauthorised", f"This is not for a {visitor.role}.")
        return await handler(request)

    async def told(request: Request) -> Response:
        request.scope["outcry.area"] = rule.area
        visitor = Visitor() if rule.anonymous else await identify(accounts, request.headers)
        request.state.visitor = visitor
        if not visitor.expired:
            return await guard(request, visitor)
        cleared = cleared_session(secure=request.scope["scheme"] == "https")
        try:
            response = await guard(request, visitor)
        except HttpError as error:
            error.headers.setdefault("Set-Cookie", cleared)
            raise
        if "set-cookie" not in response.headers:
            response.headers["set-cookie"] = cleared
            response.headers["cache-control"] = "no-store"  # a shared cache would hand the cleared cookie to others
        return response

    return told


def prove_same_origin(visitor: Visitor, headers: Headers, request: Request, origins: Origins) -> None:
    """A browser attaches its cookie to requests that a foreign page makes; a Bearer token it does not."""
    if visitor.by == "cookie" and not origins.proves_same(headers, request.scope):
        raise HttpError(403, "wrong_origin", "This request did not come from one of the house's own pages.")


def _by_method(handlers: Mapping[str, Handler]) -> Handler:
    async def endpoint(request: Request) -> Response:
        method = "GET" if request.method == "HEAD" else request.method
        return await handlers[method](request)

    return endpoint
