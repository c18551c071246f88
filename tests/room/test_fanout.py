"""Sockets that leave uvicorn, on both loops: what is freed, what is refused, how they end."""

import asyncio
import gc
import socket
import struct
import weakref
from collections.abc import AsyncIterator
from typing import Any, ClassVar

import pytest
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket
from websockets.exceptions import ConnectionClosed
from websockets.frames import Frame, Opcode

from outcry.room import detached
from outcry.room.detached import Detached
from outcry.room.fanout import EXTENSION, SEND_BUFFER, attach
from outcry.room.wire import text_frame
from tests.support.wait import until

from .serving import ClientConnection, Server, client, received, serving

pytestmark = pytest.mark.anyio


@pytest.fixture(params=["uvloop", "asyncio"], scope="module")
def anyio_backend(request: pytest.FixtureRequest) -> tuple[str, dict[str, Any]]:
    return "asyncio", {"use_uvloop": request.param == "uvloop"}


class Ears:
    """A receiver that keeps what it is told."""

    def __init__(self) -> None:
        self.texts: list[bytes] = []
        self.slow: list[bool] = []
        self.codes: list[int | None] = []
        self.ends = 0
        self.leaves = 0

    def text(self, payload: bytes) -> None:
        self.texts.append(payload)

    def paused(self) -> None:
        self.slow.append(True)

    def drained(self) -> None:
        self.slow.append(False)

    def lost(self, code: int | None) -> None:
        self.codes.append(code)

    def ended(self) -> None:
        self.ends += 1

    def leave(self) -> None:
        self.leaves += 1


class House:
    """``/`` detaches; ``/slow`` accepts only when told; ``/stay`` is an ordinary endpoint that echoes."""

    def __init__(self) -> None:
        self.ears: list[Ears] = []
        self.sockets: list[Detached] = []
        self.freed: list[weakref.ref[Any]] = []
        self.accept = asyncio.Event()
        self.app = Starlette(
            routes=[
                WebSocketRoute("/", self._detach),
                WebSocketRoute("/slow", self._slow),
                WebSocketRoute("/stay", self._stay),
            ]
        )

    async def _detach(self, websocket: WebSocket) -> None:
        self.freed += [weakref.ref(websocket), weakref.ref(websocket.scope[EXTENSION_OF][EXTENSION]._protocol)]
        ears = Ears()
        taken = await attach(websocket, ears)
        assert isinstance(taken, Detached)
        self.ears.append(ears)
        self.sockets.append(taken)

    async def _slow(self, websocket: WebSocket) -> None:
        await self.accept.wait()
        await self._detach(websocket)

    async def _stay(self, websocket: WebSocket) -> None:
        await websocket.accept()
        fanout = websocket.scope[EXTENSION_OF][EXTENSION]
        fanout.write(text_frame(b"hello"))
        assert fanout.buffered == 0
        await websocket.send_text(await websocket.receive_text())


EXTENSION_OF = "extensions"
PATIENCE_S = 5.0


@pytest.fixture
async def house() -> House:
    return House()


@pytest.fixture
async def server(house: House) -> AsyncIterator[Server]:
    async with serving(house.app) as server:
        yield server
        for raw in Raw.all:
            raw.writer.transport.abort()
        for socket in house.sockets:
            socket.abort()
        Raw.all.clear()


class Raw:
    """A peer that speaks for itself: bytes on a socket, after a handshake."""

    all: ClassVar[list["Raw"]] = []

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer
        self.all.append(self)

    @classmethod
    async def connect(cls, server: Server, path: str = "/", *, receive_buffer: int | None = None) -> "Raw":
        sock = socket.socket()
        if receive_buffer is not None:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        sock.setblocking(False)
        await asyncio.get_running_loop().sock_connect(sock, ("127.0.0.1", server.port))
        raw = cls(*await asyncio.open_connection(sock=sock, limit=2**16))
        raw.writer.write(
            b"GET %b HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
            b"Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n" % path.encode()
        )
        return raw

    async def answer(self) -> bytes:
        async with asyncio.timeout(PATIENCE_S):
            return await self.reader.readuntil(b"\r\n\r\n")

    def send(self, opcode: int, payload: bytes = b"", fin: bool = True, mask: bool = True) -> None:
        self.writer.write(Frame(Opcode(opcode), payload, fin).serialize(mask=mask))

    async def frame(self) -> tuple[int, bytes]:
        async with asyncio.timeout(PATIENCE_S):
            first, size = await self.reader.readexactly(2)
            if size == 126:
                size = int.from_bytes(await self.reader.readexactly(2), "big")
            return first & 15, await self.reader.readexactly(size)

    def stop_reading(self) -> None:
        self.writer.transport.pause_reading()  # type: ignore[attr-defined]

    def go_on_reading(self) -> None:
        self.writer.transport.resume_reading()  # type: ignore[attr-defined]

    async def closed_with(self) -> int:
        """The code of the close frame, after whatever came before it."""
        while True:
            opcode, payload = await self.frame()
            if opcode == 8:
                return int.from_bytes(payload[:2], "big")

    def vanish(self) -> None:
        """A reset instead of a goodbye."""
        sock = self.writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()


async def detached_client(server: Server, house: House) -> tuple[ClientConnection, Ears, Detached]:
    socket = await client(server, "")
    await until(lambda: house.sockets, "the socket to be detached")
    return socket, house.ears[-1], house.sockets[-1]


async def detached_raw(server: Server, house: House, **options: Any) -> tuple[Raw, Ears, Detached]:
    raw = await Raw.connect(server, **options)
    answer = await raw.answer()
    assert answer.startswith(b"HTTP/1.1 101") and b"deflate" not in answer.lower()
    await until(lambda: house.sockets, "the socket to be detached")
    return raw, house.ears[-1], house.sockets[-1]


async def test_frames_both_ways_and_a_close_in_order(server: Server, house: House) -> None:
    socket, ears, detached = await detached_client(server, house)
    detached.out.write(text_frame("grüß".encode()))
    assert await received(socket) == "grüß"
    await socket.send("hallo")
    await socket.send(["in ", "parts"])
    await until(lambda: ears.texts == [b"hallo", b"in parts"], "two messages")
    await (await socket.ping())
    await socket.close(4321)
    assert (socket.close_code, ears.codes) == (4321, [None])
    await until(lambda: ears.ends == 1, "the end")
    assert not server.server_state.connections


async def test_the_endpoint_and_all_that_it_held_are_freed(server: Server, house: House) -> None:
    """Without the collector: ten thousand sockets at once must not wait for it."""
    await until(lambda: not server.server_state.tasks, "quiet")
    gc.collect()
    gc.disable()
    try:
        socket, _, _ = await detached_client(server, house)
        await until(lambda: not server.server_state.tasks, "the task's end")
        await until(lambda: not any(ref() for ref in house.freed), "endpoint and protocol to be freed")
        assert len(house.freed) == 2
    finally:
        gc.enable()
    await socket.close()


async def test_a_detached_socket_stays_known_to_the_server_until_it_ends(server: Server, house: House) -> None:
    socket, _, detached = await detached_client(server, house)
    connections: set[Any] = server.server_state.connections
    assert connections == {detached}
    await socket.close()
    await until(lambda: not server.server_state.connections, "nobody")


async def test_a_stopping_server_asks_the_receiver_to_leave(server: Server, house: House) -> None:
    socket, ears, detached = await detached_client(server, house)
    ears.leave = lambda: detached.close(4000, "later")  # type: ignore[method-assign]
    server.should_exit = True
    with pytest.raises(ConnectionClosed):
        await received(socket)
    assert (socket.close_code, socket.close_reason) == (4000, "later")
    await until(lambda: ears.ends == 1, "the end")


async def test_what_a_hasty_client_says_before_it_is_accepted_arrives(server: Server, house: House) -> None:
    raw = await Raw.connect(server, "/slow")
    await raw.writer.drain()
    await until(lambda: server.server_state.tasks, "the endpoint")
    for part in (b"early ", b"bird"):
        raw.send(1, part)
    house.accept.set()
    await raw.answer()
    await until(lambda: house.ears and house.ears[0].texts == [b"early ", b"bird"], "both messages")
    raw.vanish()


async def test_who_vanishes_before_he_is_accepted_harms_nobody(server: Server, house: House) -> None:
    raw = await Raw.connect(server, "/slow")
    await until(lambda: server.server_state.tasks, "the endpoint")
    raw.vanish()
    house.accept.set()
    await until(lambda: not server.server_state.connections and not server.server_state.tasks, "nobody")
    assert all(ears.ends == 1 for ears in house.ears)


async def test_an_ordinary_endpoint_goes_on_as_before(server: Server, house: House) -> None:
    async with client(server, "stay") as socket:
        assert await received(socket) == "hello"
        await socket.send("echo")
        assert await received(socket) == "echo"
        with pytest.raises(ConnectionClosed):
            await received(socket)


async def test_kernel_buffers_are_bounded(server: Server, house: House) -> None:
    _, _, taken = await detached_client(server, house)
    sock = taken.out.get_extra_info("socket")
    assert SEND_BUFFER <= sock.getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF) <= 2 * SEND_BUFFER
    if hasattr(socket, "TCP_USER_TIMEOUT"):
        assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == 15_000
    taken.abort()


@pytest.mark.parametrize(
    ("frames", "code"),
    [
        ([(2, b"\x00")], 1003),
        ([(1, b"x" * 4097)], 1009),
        ([(1, b"x" * 4096, False), (0, b"y")], 1009),
        ([(1, b"\xff")], 1007),
        ([(1, b"plain", True, False)], 1002),
        ([(0, b"no beginning")], 1002),
        ([(1, b"", False), *[(0, b"", False)] * 50], 1008),
        ([(9, b"ping")] * 1_000, 1008),
        ([(10, b"pong")] * 1_000, 1008),
    ],
    ids=[
        "binary",
        "too long",
        "too long in parts",
        "no utf-8",
        "unmasked",
        "out of order",
        "fragments",
        "pings",
        "pongs",
    ],
)
async def test_a_violation_ends_its_socket_only(
    server: Server, house: House, frames: list[tuple[Any, ...]], code: int
) -> None:
    other, _, _ = await detached_client(server, house)
    raw, ears, _ = await detached_raw(server, house)
    await until(lambda: len(house.ears) == 2, "both")
    ears = house.ears[1]
    raw.send(1, b"before")
    for frame in frames:
        raw.send(*frame)
    raw.send(1, b"after")
    assert await raw.closed_with() == code
    assert ears.codes == [code] and ears.texts == [b"before"]
    raw.vanish()
    await until(lambda: ears.ends == 1, "its end")
    await other.send("still here")
    await until(lambda: house.ears[0].texts == [b"still here"], "the other one")
    await other.close()


async def test_a_flood_of_pings_grows_nothing(server: Server, house: House) -> None:
    """uvicorn answers each into a buffer that nobody empties."""
    raw, ears, taken = await detached_raw(server, house)
    before = taken.buffered
    for _ in range(50_000):
        raw.send(9, b"x" * 125)
    await until(lambda: ears.codes == [1008], "the limit")
    assert taken.buffered - before < 10_000
    raw.vanish()
    await until(lambda: ears.ends == 1, "its end")


async def test_a_peer_that_answers_no_close_is_cut_off(
    server: Server, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(detached, "CLOSE_S", 0.1)
    raw, ears, taken = await detached_raw(server, house)
    taken.close(4100, "bye")
    taken.close(4000, "only the first counts")
    assert (await raw.frame(), ears.codes, ears.ends) == ((8, (4100).to_bytes(2, "big") + b"bye"), [4100], 0)
    raw.send(1, b"nobody listens any more")
    await until(lambda: ears.ends == 1, "the end")
    assert ears.texts == []
    raw.vanish()


async def test_the_answer_to_a_close_ends_it_at_once(server: Server, house: House) -> None:
    raw, ears, taken = await detached_raw(server, house)
    taken.close(4100)
    assert await raw.closed_with() == 4100
    raw.send(1, b"on its way already")
    raw.send(8, (4100).to_bytes(2, "big"))
    await until(lambda: ears.ends == 1, "the end", 1.0)
    assert ears.texts == []
    raw.vanish()


async def test_a_peer_that_vanishes_or_half_closes_is_noticed(server: Server, house: House) -> None:
    raw, ears, _ = await detached_raw(server, house)
    raw.vanish()
    await until(lambda: ears.ends == 1, "the end of one that reset")
    half = await Raw.connect(server)
    await half.answer()
    await until(lambda: len(house.ears) == 2, "the other")
    half.writer.write_eof()
    await until(lambda: house.ears[1].ends == 1, "the end of one that said no more")
    assert [ears.codes for ears in house.ears] == [[None], [None]]
    half.vanish()


async def test_a_slow_peer_is_marked_and_served_again(
    server: Server, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(detached, "DRAIN_S", 0.5)
    raw, ears, taken = await detached_raw(server, house, receive_buffer=8_192)
    frame, written = text_frame(b"x" * 8_000), 0
    raw.stop_reading()
    while not ears.slow:
        taken.out.write(frame)
        written += 1
    assert ears.slow == [True] and taken.buffered < 64_000
    raw.go_on_reading()
    for _ in range(written):
        await raw.frame()
    await until(lambda: ears.slow == [True, False], "the drain")
    patience = asyncio.get_running_loop().time() + 0.6
    await until(lambda: asyncio.get_running_loop().time() > patience, "the time in which it was to drain")
    assert ears.codes == []
    raw.vanish()


async def test_a_peer_that_never_reads_is_aborted_and_its_buffers_freed(
    server: Server, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(detached, "DRAIN_S", 0.2)
    raw, ears, taken = await detached_raw(server, house, receive_buffer=8_192)
    raw.stop_reading()
    while not ears.slow:
        taken.out.write(text_frame(b"x" * 8_000))
    await until(lambda: ears.ends == 1, "the end")
    assert ears.codes == [4001] and not server.server_state.connections
    raw.vanish()


async def test_a_peer_that_says_no_more_and_never_reads_is_not_waited_for(
    server: Server, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Too little is unsent for it to be slow, and a transport that closes itself waits until all is sent."""
    monkeypatch.setattr(detached, "CLOSE_S", 0.1)
    raw, ears, taken = await detached_raw(server, house, receive_buffer=8_192)
    raw.stop_reading()
    while not taken.buffered:
        taken.out.write(text_frame(b"x" * 8_000))
    assert not ears.slow
    raw.writer.write_eof()
    await until(lambda: ears.ends == 1, "the end", 2.0)
    raw.vanish()


async def test_a_peer_that_never_reads_cannot_hold_up_a_close(
    server: Server, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(detached, "CLOSE_S", 0.1)
    raw, ears, taken = await detached_raw(server, house, receive_buffer=8_192)
    raw.stop_reading()
    while not ears.slow:
        taken.out.write(text_frame(b"x" * 8_000))
    taken.close(4000)
    await until(lambda: ears.ends == 1, "the end")
    raw.vanish()


async def test_a_ping_is_answered_and_heard(server: Server, house: House) -> None:
    socket, _, taken = await detached_client(server, house)
    taken.ping()
    assert not taken.heard
    await until(lambda: taken.heard, "a pong")
    await socket.close()
