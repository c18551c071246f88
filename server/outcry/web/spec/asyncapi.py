"""The websockets as AsyncAPI 3.0, built from the declared frames."""

from collections.abc import Iterable
from typing import Any, Final

from ... import __version__
from .frames import CLIENT, CLOSES, SERVER
from .shape import Frame
from .vocabulary import LINK, LOT_ID, TIME

ON_MARKET: Final = ("market",)
"""The frames of ``/ws/market``; all others are a lot's."""


def asyncapi(house: str) -> dict[str, Any]:
    """The document; ``house`` names the origin of the log. Close codes stand under ``x-close-codes``."""
    lot_frames = [shape for shape in SERVER if shape.name not in ON_MARKET]
    market_frames = [shape for shape in SERVER if shape.name in ON_MARKET]
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": f"{house}: the rooms",
            "version": __version__,
            "description": (
                "Frames are JSON text with their type in `t`. Clients ignore types and fields that they do not know; "
                "the house refuses them. Events are numbered 1..n; each carries the SHA-1 of the one before it."
            ),
            "license": {"name": "MIT"},
        },
        "defaultContentType": "application/json",
        "channels": {
            "lot": {
                "address": "/ws/lots/{lot_id}",
                "description": _HANDSHAKE,
                "parameters": {"lot_id": {"description": f"Matches {LOT_ID['pattern']}"}},
                "messages": _messages([*lot_frames, *CLIENT]),
                "bindings": {"ws": {"method": "GET", "query": _POSITION, "bindingVersion": "0.1.0"}},
                "x-close-codes": _closes(),
            },
            "market": {
                "address": "/ws/market",
                "description": "Figures of all lots for the catalogue, once a second, and only what changed.",
                "messages": _messages(market_frames),
                "bindings": {"ws": {"method": "GET", "bindingVersion": "0.1.0"}},
                "x-close-codes": _closes(),
            },
        },
        "operations": {
            "watchLot": _operation("send", "lot", lot_frames, "What the house sends to everybody in a room."),
            "actInLot": _operation("receive", "lot", CLIENT, "What a socket may say."),
            "watchMarket": _operation("send", "market", market_frames, "What the house sends to the catalogue."),
        },
        "components": {"messages": {component(shape): _message(shape) for shape in (*SERVER, *CLIENT)}},
    }


def component(shape: Frame) -> str:
    """What the document calls a frame: a client's ``bid`` and the event of that name are two messages."""
    return f"{shape.name}Command" if shape.direction == "client" else shape.name


_HANDSHAKE = (
    "Without credentials a watcher's socket, which streams without a word from the client. With the cookie "
    "`outcry_session` (and the house's own Origin) or `Authorization: Bearer` of an account admitted to the lot, a "
    "bidder's. Refusals are HTTP: 400 malformed position, 401 bad token, 403 wrong Origin, 404 unknown lot, 429 too "
    "many sockets. Who comes back states after, epoch and link, all three."
)
_POSITION = {
    "type": "object",
    "properties": {"after": TIME, "epoch": TIME, "link": LINK},
    "dependentRequired": {"after": ["epoch", "link"], "epoch": ["after", "link"], "link": ["after", "epoch"]},
}


def _messages(shapes: Iterable[Frame]) -> dict[str, Any]:
    return {component(shape): {"$ref": f"#/components/messages/{component(shape)}"} for shape in shapes}


def _message(shape: Frame) -> dict[str, Any]:
    return {
        "name": shape.name,
        "title": shape.t,
        "summary": shape.en,
        "contentType": "application/json",
        "payload": shape.schema(),
        "examples": [{"name": shape.name, "payload": shape.example}],
    }


def _operation(action: str, channel: str, shapes: Iterable[Frame], summary: str) -> dict[str, Any]:
    return {
        "action": action,
        "channel": {"$ref": f"#/channels/{channel}"},
        "summary": summary,
        "messages": [{"$ref": f"#/channels/{channel}/messages/{component(shape)}"} for shape in shapes],
    }


def _closes() -> list[dict[str, Any]]:
    return [
        {"code": code, "name": name, "reconnect": reconnect, "meaning": en} for code, name, reconnect, en, _ in CLOSES
    ]
