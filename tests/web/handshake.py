"""A websocket's handshake, spoken to the application directly: what it answers, and what it says first."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

import orjson
from starlette.types import ASGIApp, Message


@dataclass
class Outcome:
    """``status`` 101: accepted, and ``hello`` is the first frame. Else ``refusal`` is the answer's JSON."""

    status: int = 0
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    hello: dict[str, Any] = field(default_factory=dict)
    refusal: dict[str, Any] = field(default_factory=dict)

    @property
    def cookies(self) -> list[str]:
        return [value.decode() for name, value in self.headers if name == b"set-cookie"]


async def handshake(
    site: ASGIApp,
    path: str,
    headers: dict[str, str] | list[tuple[str, str]] | None = None,
    *,
    address: str = "127.0.0.2",
    host: str = "house.test",
    scheme: str = "ws",
) -> Outcome:
    """Ask for a socket, hear the first frame if there is one, and leave."""
    path, _, query = path.partition("?")
    given = list(headers.items()) if isinstance(headers, dict) else headers or []
    scope = {
        "type": "websocket",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "scheme": scheme,
        "server": ("127.0.0.1", 80),
        "client": (address, 12345),
        "root_path": "",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "headers": [
            (b"host", host.encode()),
            *((name.lower().encode(), value.encode("latin-1")) for name, value in given),
        ],
        "subprotocols": [],
        "state": {},
        "extensions": {"websocket.http.response": {}},
    }
    outcome = Outcome()
    leaving = asyncio.Event()
    connected = False

    async def receive() -> Message:
        nonlocal connected
        if not connected:
            connected = True
            return {"type": "websocket.connect"}
        await leaving.wait()
        return {"type": "websocket.disconnect", "code": 1001}

    async def send(message: Message) -> None:
        match message["type"]:
            case "websocket.accept":
                outcome.status, outcome.headers = 101, list(message.get("headers", ()))
            case "websocket.send":
                outcome.hello = orjson.loads(message["text"])
                leaving.set()
            case "websocket.http.response.start":
                outcome.status, outcome.headers = message["status"], list(message["headers"])
            case "websocket.http.response.body":
                outcome.refusal = orjson.loads(message["body"])
            case "websocket.close":
                outcome.status = outcome.status or 403

    async with asyncio.timeout(5):
        await site(scope, receive, send)
    return outcome
