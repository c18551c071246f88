"""The handshake of the two websockets: who is it, may he come from there, what position does he state.

A refusal is an HTTP answer, so that a client knows why; what happens after the handshake is the room's affair.
"""

import re
from collections.abc import Awaitable, Callable
from typing import Final

from starlette.datastructures import Headers, QueryParams
from starlette.routing import WebSocketRoute
from starlette.types import Message, Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketState

from ..model.ids import is_lot_id
from ..model.roles import Identity
from . import access
from .addresses import Seats
from .context import Context
from .errors import HttpError, as_http_error, malformed, no_lot, refusal
from .identity import Visitor, cleared_session, identify, session_cookies, unauthorised
from .security import Origins

NUMBER: Final = re.compile(r"0|[1-9][0-9]{0,14}")
LINK: Final = re.compile(r"[0-9a-f]{40}")

OnLost = Callable[[], None]
Serve = Callable[[WebSocket, Visitor, OnLost], Awaitable[None]]
"""Hands a socket to the room, which calls ``OnLost`` when it is gone: long after this coroutine has ended."""
Position = tuple[int | None, int | None, str | None]


def socket_routes(ctx: Context, origins: Origins, seats: Seats) -> list[WebSocketRoute]:
    """``/ws/market`` and ``/ws/lots/{lot_id}``."""

    async def serve_market(websocket: WebSocket, visitor: Visitor, on_lost: OnLost) -> None:
        await ctx.hub.serve_market(websocket, on_lost)

    async def serve_lot(websocket: WebSocket, visitor: Visitor, on_lost: OnLost) -> None:
        lot_id = websocket.path_params["lot_id"]
        after, epoch, link = read_position(websocket.query_params)
        identity = await room_identity(ctx, lot_id, visitor)
        await ctx.hub.serve_lot(websocket, lot_id, identity, after, epoch, link, on_lost)

    handlers: dict[str, Serve] = {"/ws/market": serve_market, "/ws/lots/{lot_id}": serve_lot}
    return [WebSocketRoute(path, Handshake(ctx, path, serve, origins, seats)) for path, serve in handlers.items()]


async def room_identity(ctx: Context, lot_id: str, visitor: Visitor) -> Identity:
    """Who the visitor is to a lot's room; 404 where there is no such lot."""
    if not is_lot_id(lot_id) or await ctx.catalogue.get(lot_id) is None:
        raise no_lot()
    return await ctx.registration.identity(lot_id, visitor.account)


def read_position(query: QueryParams) -> Position:
    """``after``, ``epoch`` and ``link`` of one who comes back: all three, or none of one who joins."""
    given = {name: query.getlist(name) for name in ("after", "epoch", "link") if name in query}
    if not given:
        return None, None, None
    if len(given) < 3 or any(len(values) > 1 for values in given.values()):
        raise malformed("A position is after, epoch and link, each given once.")
    after, epoch, link = (given[name][0] for name in ("after", "epoch", "link"))
    if not NUMBER.fullmatch(after) or not NUMBER.fullmatch(epoch):
        raise malformed("after and epoch are whole numbers.")
    if not LINK.fullmatch(link) and (link or after != "0"):
        raise malformed("link is a SHA-1 in lower-case hex; it is empty only where after is 0.")
    return int(after), int(epoch), link


class Handshake:
    """One websocket route as an ASGI application: everything that comes before ``accept()``."""

    def __init__(self, ctx: Context, path: str, serve: Serve, origins: Origins, seats: Seats) -> None:
        self.ctx = ctx
        self.rule = access.rule("WS", path)
        self.serve = serve
        self.origins = origins
        self.seats = seats

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope["outcry.area"] = self.rule.area
        client = scope.get("client")
        release = self.seats.take(client[0]) if client is not None else _nothing
        websocket = WebSocket(scope, receive, send)
        try:
            if release is None:
                raise HttpError(429, "too_many", "Too many sockets from this address.")
            visitor = await self.admit(scope)
            if visitor.expired:
                cleared = cleared_session(secure=scope["scheme"] == "wss")
                websocket = WebSocket(scope, receive, _with_cookie(send, cleared))
            await self.serve(websocket, visitor, release)
        except Exception as error:
            if release is not None:
                release()
            refused = as_http_error(error)
            if refused.status == 500 or websocket.application_state is not WebSocketState.CONNECTING:
                raise
            await refusal(refused)(scope, receive, send)

    async def admit(self, scope: Scope) -> Visitor:
        """The visitor, or 401, or 403.

        A browser sends the cookie along whatever page opens the socket, so a cookie needs our own Origin, and is never
        quietly dropped. Without credentials anybody may watch, from any page: what is sent then is public.
        """
        headers = Headers(scope=scope)
        if "authorization" not in headers and session_cookies(headers):
            given = headers.getlist("origin")
            if len(given) != 1 or not self.origins.accepts(given[0], scope):
                raise HttpError(403, "wrong_origin", "A session's socket is opened by the house's own pages.")
        visitor = await identify(self.ctx.accounts, headers)
        if visitor.role not in self.rule.roles:
            raise unauthorised(visitor)
        return visitor


def _nothing() -> None:
    """A peer without an address (a unix socket) holds no seat."""


def _with_cookie(send: Send, cookie: str) -> Send:
    """Adds a ``Set-Cookie`` to the handshake's answer."""

    async def sending(message: Message) -> None:
        if message["type"] in ("websocket.accept", "websocket.http.response.start"):
            headers = [*message.get("headers", ()), (b"set-cookie", cookie.encode("latin-1"))]
            message = {**message, "headers": headers}
        await send(message)

    return sending
