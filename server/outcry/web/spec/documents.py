"""Serves the two documents, encoded once."""

import hashlib
from collections.abc import Mapping
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

from ..context import Context
from ..routes import Handler, Routes
from ..static import ASK_AGAIN, matches
from .asyncapi import asyncapi
from .openapi import openapi


def routes(ctx: Context) -> Routes:
    name = ctx.config.house.name
    return {
        ("GET", "/api/asyncapi.json"): serving(asyncapi(name)),
        ("GET", "/api/openapi.json"): serving(openapi(name)),
    }


def serving(document: Mapping[str, Any]) -> Handler:
    body = orjson.dumps(document, option=orjson.OPT_INDENT_2)
    headers = {"ETag": f'"{hashlib.sha256(body).hexdigest()[:32]}"', "Cache-Control": ASK_AGAIN}

    async def serve(request: Request) -> Response:
        if matches(request.headers.get("if-none-match"), headers["ETag"]):
            return Response(status_code=304, headers=headers)
        return Response(body, headers=headers, media_type="application/json")

    return serve
