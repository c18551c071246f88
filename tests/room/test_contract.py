"""What ``room/fanout.py`` uses of uvicorn's semi-private class. When this fails, read its changes, then fanout."""

import asyncio
import inspect

import uvicorn
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from uvicorn.server import ServerState

from outcry.room.fanout import FanoutProtocol

USED = {
    "connection_made": ["self", "transport"],
    "handle_connect": ["self", "event"],
    "run_asgi": ["self"],
    "send": ["self", "message"],
    "stop_keepalive": ["self"],
    "shutdown": ["self"],
}
KEPT = {"transport", "connections", "handshake_complete", "disconnected", "writable", "conn"}
LATER = {"scope", "request", "response"}
"""Set by ``handle_connect``."""


async def app(scope: object, receive: object, send: object) -> None:
    raise AssertionError("never called")


def test_the_methods_are_what_they_were() -> None:
    for name, parameters in USED.items():
        assert list(inspect.signature(getattr(WebSocketsSansIOProtocol, name)).parameters) == parameters, name
    for name in ("run_asgi", "send"):
        assert inspect.iscoroutinefunction(getattr(WebSocketsSansIOProtocol, name))


def test_the_attributes_are_what_they_were() -> None:
    config = uvicorn.Config(app, ws=FanoutProtocol, log_config=None)
    loop = asyncio.new_event_loop()
    try:
        protocol = WebSocketsSansIOProtocol(config, ServerState(), {}, loop)
    finally:
        loop.close()
    assert KEPT <= set(vars(protocol))
    assert isinstance(protocol.connections, set) and isinstance(protocol.writable, asyncio.Event)
    source = inspect.getsource(WebSocketsSansIOProtocol.handle_connect)
    assert all(f"self.{name}" in source for name in LATER)


def test_the_task_ends_by_closing_the_transport_it_finds() -> None:
    """The reason why ``detach`` puts a stand-in there."""
    assert inspect.getsource(WebSocketsSansIOProtocol.run_asgi).rstrip().endswith("self.transport.close()")


def test_uvicorn_takes_the_class() -> None:
    config = uvicorn.Config(app, ws=FanoutProtocol, log_config=None)
    config.load()
    assert config.ws_protocol_class is FanoutProtocol
