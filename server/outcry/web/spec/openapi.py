"""The HTTP interface as OpenAPI 3.1, built from the declared operations and the table of who may do what."""

import re
from typing import Any, Final

from ... import __version__
from .. import access
from .operation import Answer, Operation
from .operations import ERROR, OPERATIONS
from .rejects import HTTP
from .vocabulary import BID_ID, LOT_ID, NUMBER, Schema

PARAMETERS: Final[dict[str, Schema]] = {
    "lot_id": LOT_ID, "bid_id": BID_ID, "n": NUMBER, "proposal_id": {"type": "string"},
}  # fmt: skip
REFUSALS: Final = {
    400: "Malformed.",
    401: "No credentials, or none that open anything.",
    403: "Not for this role, not admitted, or `wrong_origin`: a cookie needs the Origin of the house's own pages.",
    404: "There is no such thing.",
    408: "The body did not arrive in time.",
    409: "Refused: the answer carries the figures that it met.",
    410: "Its time has passed.",
    413: "The body is too large.",
    429: "Too many; Retry-After says when.",
    503: "`unavailable`: nothing was sent. `unknown`: ask again with the same id.",
}


def openapi(house: str) -> dict[str, Any]:
    """The document; ``house`` names the origin of the log."""
    paths: dict[str, Any] = {}
    for operation in OPERATIONS:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _operation(operation)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": house,
            "version": __version__,
            "description": "Money is a whole number of fen, a time milliseconds since 1970 of the store's clock.",
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {
            "schemas": {"Error": {**ERROR, "examples": [{"error": "unknown_lot", "detail": HTTP["unknown_lot"][0]}]}},
            "responses": {str(status): _refusal(means) for status, means in REFUSALS.items()},
            "securitySchemes": {
                "session": {"type": "apiKey", "in": "cookie", "name": "outcry_session"},
                "token": {"type": "http", "scheme": "bearer"},
            },
        },
    }


def _operation(operation: Operation) -> dict[str, Any]:
    rule = access.rule(operation.method, operation.path)
    responses: dict[str, Any] = {str(answer.status): _answer(answer) for answer in operation.answers}
    for status in sorted(_refusals(operation, rule)):
        responses.setdefault(str(status), {"$ref": f"#/components/responses/{status}"})
    described: dict[str, Any] = {
        "operationId": _name(operation),
        "summary": operation.summary,
        "tags": [rule.area],
        "x-roles": sorted(rule.roles),
        "responses": responses,
    }
    parameters = [_parameter("path", name, PARAMETERS[name]) for name in re.findall(r"{(\w+)}", operation.path)]
    parameters += [_parameter("query", name, schema, means) for name, schema, means in operation.query]
    if parameters:
        described["parameters"] = parameters
    if operation.body is not None:
        content = {"schema": operation.body, "examples": {"example": {"value": operation.body_example}}}
        described["requestBody"] = {
            "required": bool(operation.body["required"]),
            "content": {"application/json": content},
        }
    if "watcher" not in rule.roles:
        described["security"] = [{"session": []}, {"token": []}]
    return described


def _refusals(operation: Operation, rule: access.Rule) -> set[int]:
    statuses = set(operation.fails)
    if rule.area not in ("health",):
        statuses.add(429)
    if rule.changes:
        statuses |= {400, 403, 408, 413}
    if not rule.anonymous:
        statuses.add(401)
    if "watcher" not in rule.roles:
        statuses.add(403)
    return statuses


def _answer(answer: Answer) -> dict[str, Any]:
    if answer.status == 204:
        return {"description": answer.means}
    content: dict[str, Any] = {}
    if answer.schema is not None:
        content = {"schema": answer.schema, "examples": {"example": {"value": answer.example}}}
    return {"description": answer.means, "content": {answer.kind: content}}


def _refusal(means: str) -> dict[str, Any]:
    return {"description": means, "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}}


def _parameter(place: str, name: str, schema: Schema, means: str = "") -> dict[str, Any]:
    described = {"name": name, "in": place, "required": place == "path", "schema": schema}
    return {**described, "description": means} if means else described


def _name(operation: Operation) -> str:
    """``getLotsEvents``, ``postProposalsConfirm``: unique, and readable in a generated client."""
    parts = [part for part in re.split(r"[/.]", operation.path) if part and part not in ("api", "v1", "json")]
    return operation.method.lower() + "".join(
        "ById" if part.startswith("{") else part[0].upper() + part[1:] for part in parts
    )
