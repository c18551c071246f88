"""What every request passes before a handler sees it, and the headers that every answer leaves with."""

import re
from collections.abc import Collection, Mapping
from typing import Final

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .addresses import Bucket, Networks, holder
from .errors import HttpError, plain, refusal, wants_json

HEADERS: Final = [
    (
        b"content-security-policy",
        b"default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'",
    ),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), microphone=(), geolocation=(), payment=(), usb=()"),
]
HSTS: Final = (b"strict-transport-security", b"max-age=31536000")

HOST: Final = re.compile(
    r"(?P<name>[a-z0-9](?:[a-z0-9._-]{0,251}[a-z0-9])?|\[[0-9a-f:.]{2,45}\])(?::(?P<port>[0-9]{1,5}))?", re.IGNORECASE
)
UNNAMED: Final = ("/livez", "/readyz", "/metrics")
"""Probes ask by the machine's address, or in HTTP/1.0 by no name at all."""


class SecureHeaders:
    """Sets the headers of every HTTP answer; a handler that sets one of them itself keeps its own."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def secured(message: Message) -> None:
            if message["type"] == "http.response.start":
                given = {name for name, _ in message["headers"]}
                added = [pair for pair in HEADERS if pair[0] not in given]
                if scope["scheme"] == "https":
                    added.append(HSTS)
                message = {**message, "headers": [*message["headers"], *added]}
            await send(message)

        await self.app(scope, receive, secured)


class Hosts:
    """Refuses a request whose Host is malformed, doubled, missing or, where names are configured, none of ours.

    Everything that is built from the Host later (the origin that is ours, links) may rely on its form.
    """

    def __init__(self, app: ASGIApp, trusted: Collection[str]) -> None:
        self.app = app
        self.trusted = frozenset(name.lower() for name in trusted)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan" or self.accepts(scope):
            await self.app(scope, receive, send)
        else:
            await refuse(HttpError(400, "bad_host", "This Host header is not accepted."), scope, receive, send)

    def accepts(self, scope: Scope) -> bool:
        hosts = [value for name, value in scope["headers"] if name == b"host"]
        probe = scope["path"] in UNNAMED
        if not hosts:
            return probe and scope.get("http_version") == "1.0"
        host = split_host(hosts[0].decode("latin-1"))
        if len(hosts) > 1 or host is None:
            return False
        return probe or not self.trusted or host.lower() in self.trusted


def split_host(value: str) -> str | None:
    """The name in a Host header, without its port; ``None`` where the header is malformed."""
    match = HOST.fullmatch(value)
    if match is None or ".." in value or int(match["port"] or 1) not in range(1, 65_536):
        return None
    return match["name"]


class RequestLimit:
    """So many requests per address; what is in memory anyway (static files) and probes are free."""

    def __init__(self, app: ASGIApp, bucket: Bucket, exempt: Networks) -> None:
        self.app = app
        self.bucket = bucket
        self.exempt = exempt

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        client = scope.get("client")
        if client is not None and not scope["path"].startswith(("/static/", *UNNAMED)) and client[0] not in self.exempt:
            wait = self.bucket.take(holder(client[0]))
            if wait:
                after = {"Retry-After": str(int(wait) + 1)}
                error = HttpError(429, "rate_limited", "Too many requests from this address.", headers=after)
                await refuse(error, scope, receive, send)
                return
        await self.app(scope, receive, send)


async def refuse(error: HttpError, scope: Scope, receive: Receive, send: Send) -> None:
    """Answer in place of the application, on a request or on a websocket's handshake."""
    answer = refusal(error) if wants_json(scope["path"]) else plain(error)
    await answer(scope, receive, send)


class Origins:
    """Which origins a browser may come from: those configured, exactly; where none is, the request's own host."""

    def __init__(self, configured: Collection[str]) -> None:
        self._configured = frozenset(configured)

    def accepts(self, origin: str, scope: Scope) -> bool:
        if self._configured:
            return origin in self._configured
        scheme = scope["scheme"].replace("ws", "http")
        return origin == f"{scheme}://{Headers(scope=scope).get('host', '')}"

    def proves_same(self, headers: Headers, scope: Scope) -> bool:
        """Whether a browser vouches that one of our own pages sent this request.

        A page cannot forge ``Sec-Fetch-Site`` or ``Origin``. One of them must be there, and each that is must fit: a
        request with neither comes from no browser that we know, and a program has no use for a cookie.
        """
        site, origins = headers.get("sec-fetch-site"), headers.getlist("origin")
        if site is None and not origins:
            return False
        if site is not None and site != "same-origin":
            return False
        return all(self.accepts(origin, scope) for origin in origins)


def check_settings(origins: Collection[str], settings: Mapping[str, Collection[str]]) -> None:
    """``ValueError`` in one sentence where an origin could never match or a network is none."""
    for origin in origins:
        scheme, _, host = origin.partition("://")
        if scheme not in ("http", "https") or host != host.lower() or split_host(host) is None:
            raise ValueError(f"web.origins: {origin!r} is no origin; write it as https://auction.example")
    for key, names in settings.items():
        try:
            Networks(names)
        except ValueError as error:
            raise ValueError(f"{key}: {error}") from None
