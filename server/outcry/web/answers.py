"""Answers in JSON."""

from collections.abc import Mapping
from typing import Any

import orjson
from starlette.responses import Response

NO_STORE = {"Cache-Control": "no-store"}


def json_response(body: Any, *, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Encode a body; what does not say otherwise is kept by no cache."""
    return raw_json(orjson.dumps(body), status=status, headers=headers)


def raw_json(body: bytes, *, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Bytes that are JSON already, such as a script's answer, as they are."""
    return Response(body, status, {**NO_STORE, **(headers or {})}, media_type="application/json")
