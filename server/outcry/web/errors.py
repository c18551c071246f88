"""How the web says no: one JSON object for programs, a plain page for people, one log line for the house."""

import logging
from collections.abc import Callable, Mapping
from typing import Any

import orjson
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection, Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ..engine.errors import StoreError, Unavailable
from ..house.errors import HouseError, Refused
from .answers import json_response

log = logging.getLogger("outcry.web")

ErrorPage = Callable[[Request, int, str, str], Response]
"""``(request, status, code, detail)`` → a page for people."""


class HttpError(Exception):
    """A refusal: its status, a code for programs, one sentence for people; ``body`` adds fields to the answer."""

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code
        self.detail = detail
        self.headers = dict(headers or {})
        self.body = dict(body or {})


def no_lot() -> HttpError:
    return HttpError(404, "unknown_lot", "There is no lot of this name.")


def malformed(detail: str) -> HttpError:
    return HttpError(400, "malformed", detail)


def from_store(error: StoreError) -> HttpError:
    """503: ``unavailable`` when nothing was sent, ``unknown`` when it may have happened and asking again will tell."""
    if isinstance(error, Unavailable):
        later = {"Retry-After": "1"}
        return HttpError(503, "unavailable", "The store is out of reach; nothing was sent.", headers=later)
    return HttpError(503, "unknown", "No answer yet: it may have happened. Ask again with the same id.")


def from_house(error: HouseError) -> HttpError:
    """A procedure said no; where a script did, its own figures go along."""
    body: dict[str, Any] = {}
    if isinstance(error, Refused):
        body = {key: value for key, value in orjson.loads(error.reply.body).items() if key not in ("ok", "code")}
    return HttpError(error.status, error.code, error.detail, body=body)


_CODES = {404: "not_found", 405: "method_not_allowed", 413: "too_large"}


def as_http_error(error: Exception) -> HttpError:
    """Any failure as a refusal; what nobody foresaw becomes a 500 that tells nothing of the inside."""
    if isinstance(error, HttpError):
        return error
    if isinstance(error, StoreError):
        return from_store(error)
    if isinstance(error, HouseError):
        return from_house(error)
    if isinstance(error, HTTPException):
        code = _CODES.get(error.status_code, "refused")
        return HttpError(error.status_code, code, f"{error.detail}.", headers=error.headers)
    return HttpError(500, "internal", "The house made a mistake; it has been noted.")


def wants_json(path: str) -> bool:
    return path.startswith(("/api/", "/ws/", "/livez", "/readyz", "/metrics"))


_FOR_PROGRAMS = {"wrong_origin": " With a cookie, send an Origin header of the house's own address; or use a token."}
"""What a program may do about a refusal, where its sentence for people does not say."""


def refusal(error: HttpError) -> Response:
    """The answer for a program."""
    detail = error.detail + _FOR_PROGRAMS.get(error.code, "")
    body = {"error": error.code, "detail": detail, **error.body}
    return json_response(body, status=error.status, headers={"Cache-Control": "no-store", **error.headers})


def plain(error: HttpError) -> Response:
    """The answer for a person where no page can be drawn."""
    headers = {"Cache-Control": "no-store", **error.headers}
    return PlainTextResponse(f"{error.status} {error.detail}\n", error.status, headers)


def handlers(error_page: ErrorPage | None) -> Mapping[Any, Callable[[Any, Exception], Any]]:
    """Starlette's exception handlers: refusals that handlers raised, drawn for whoever asked."""

    async def answer(connection: HTTPConnection, error: Exception) -> Response:
        refused = as_http_error(error)
        if error_page is None or wants_json(connection.scope["path"]) or not isinstance(connection, Request):
            return refusal(refused) if wants_json(connection.scope["path"]) else plain(refused)
        page = error_page(connection, refused.status, refused.code, refused.detail)
        page.headers.update({"Cache-Control": "no-store", **refused.headers})
        return page

    return {HttpError: answer, StoreError: answer, HouseError: answer, HTTPException: answer}


class LastResort:
    """Outermost: an error that nobody handled becomes one log line and a 500, never a stack trace on a page."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = False

        async def watched(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self.app(scope, receive, watched)
        except Exception as error:
            if scope["type"] == "lifespan":
                raise
            log.error(
                "request failed",
                exc_info=error,
                extra={"path": scope["path"], "method": scope.get("method", "WS"), "failure": type(error).__name__},
            )
            if not started:
                refused = as_http_error(error)
                answer = refusal(refused) if wants_json(scope["path"]) else plain(refused)
                await answer(scope, receive, send)
            elif scope["type"] == "http":
                raise  # cut short on the wire: the client must not take half an answer for a whole one
