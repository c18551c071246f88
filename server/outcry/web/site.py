"""The web as one ASGI application: routes by area, and the layers that every request passes, outermost first."""

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import Route, WebSocketRoute
from starlette.types import ASGIApp, Lifespan, Receive, Scope, Send

from ..resources import static_dir
from . import accounts, api, bids, entry, health, operator, pages, preferences, registrations
from .addresses import Bucket, ClientAddress, Networks, Seats
from .context import Context
from .counting import CountRequests
from .errors import HttpError, LastResort, handlers
from .routes import Routes, build_routes
from .security import Hosts, Origins, RequestLimit, SecureHeaders, check_settings, refuse
from .sockets import socket_routes
from .spec import documents
from .static import Static

REQUESTS_PER_S = 50.0
REQUESTS_BURST = 500
"""Per address: a whole office behind one address opens a page at the same moment."""


def build_site(ctx: Context, lifespan: Lifespan[Starlette] | None = None) -> ASGIApp:
    """The application of one process. ``ValueError`` in one sentence for settings that contradict themselves."""
    config = ctx.config
    check_settings(config.web.origins, {"web.proxies": config.web.proxies, "limits.exempt": config.limits.exempt})
    if ctx.static is None:
        ctx.static = Static(static_dir())
    origins, exempt = Origins(config.web.origins), Networks(config.limits.exempt)
    routes: list[Route | WebSocketRoute] = [
        *build_routes(ctx.accounts, origins, _areas(ctx, ctx.static)),
        *socket_routes(ctx, origins, Seats(config.limits.sockets_per_address, exempt)),
    ]
    site = Starlette(
        routes=routes,
        lifespan=lifespan,
        exception_handlers=handlers(pages.error_page(ctx)),
        middleware=[
            Middleware(CountRequests),
            Middleware(SecureHeaders),
            Middleware(LastResort),
            Middleware(Hosts, trusted=config.web.trusted_hosts),
            Middleware(ClientAddress, proxies=Networks(config.web.proxies)),
            Middleware(RequestLimit, bucket=Bucket(REQUESTS_PER_S, REQUESTS_BURST), exempt=exempt),
        ],
    )
    site.router.redirect_slashes = False  # it would send people to whatever host the request named
    site.router.default = nowhere
    return site


async def nowhere(scope: Scope, receive: Receive, send: Send) -> None:
    """Where no route fits, and for a websocket too the answer says so."""
    error = HttpError(404, "not_found", "There is nothing here.")
    if scope["type"] == "http":
        raise error
    await refuse(error, scope, receive, send)


def _areas(ctx: Context, static: Static) -> list[Routes]:
    return [
        pages.page_routes(ctx),
        {("GET", "/lang"): preferences.set_language, ("GET", "/theme"): preferences.set_theme},
        {("GET", "/static/{path:path}"): static.serve, ("GET", "/favicon.ico"): static.favicon},
        health.routes(ctx),
        documents.routes(ctx),
        entry.routes(ctx),
        accounts.routes(ctx),
        api.routes(ctx),
        bids.routes(ctx),
        registrations.routes(ctx),
        operator.routes(ctx),
    ]
