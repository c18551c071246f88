"""Hostile connections: slow, huge, deaf, malformed. Each costs a bounded amount, and nobody else notices."""

import asyncio
import logging
import time

import pytest
from starlette.types import Receive, Scope, Send

from outcry.config import Config

from .serving import Server, Wire, serving, wires
from .world import World

GET = b"GET /livez HTTP/1.1\r\nHost: house.test\r\n\r\n"
UPGRADE = (
    b"GET /ws/market HTTP/1.1\r\nHost: house.test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)


@pytest.fixture(params=[False, True], ids=["asyncio", "uvloop"], scope="module")
def anyio_backend(request: pytest.FixtureRequest) -> tuple[str, dict[str, bool]]:
    """Both loops that a house may run on: their transports differ in how they abort, pause and close."""
    return "asyncio", {"use_uvloop": request.param}


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("outcry.web.http.HEADER_SECONDS", 0.2)


async def lives(server: Server) -> None:
    """Somebody else is served, and at once."""
    async with wires(server, address="127.0.0.9") as (wire,), asyncio.timeout(1):
        await wire.say(GET)
        assert await wire.answer() == (200, b'{"alive":true}')


@pytest.mark.parametrize("said", [b"", b"G", b"\r\n", b"GET / HTTP/1.1\r\nHost: house.test\r\nX-Slow: "])
async def test_headers_that_do_not_end_end_the_connection(impatient: None, said: bytes) -> None:
    async with serving(World().site) as server, wires(server) as (wire,):
        begun = time.monotonic()
        await wire.say(said)
        await wire.ended()
        assert time.monotonic() - begun < 1.5
        await lives(server)


async def test_a_byte_now_and_then_does_not_prolong_them(impatient: None) -> None:
    async with serving(World().site) as server, wires(server) as (wire,):
        ended = asyncio.create_task(wire.ended())
        for byte in b"GET /livez HTTP/1.1\r\nHost: house.test\r\nX-Slow: " + b"a" * 200:
            await wire.say(bytes([byte]))
            await asyncio.wait([ended], timeout=0.02)
            if ended.done():
                break
        assert ended.done()
        await ended


async def test_a_kept_connection_has_the_same_patience(impatient: None) -> None:
    async with serving(World().site) as server, wires(server) as (wire,):
        await wire.say(GET)
        assert (await wire.answer())[0] == 200
        await wire.say(b"GET /livez HTTP/1.1\r\n")
        await wire.ended()


async def test_a_request_that_takes_its_time_is_not_cut_off(impatient: None) -> None:
    async def slow(scope: Scope, receive: Receive, send: Send) -> None:
        await asyncio.sleep(0.5)  # longer than headers may take
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
        await send({"type": "http.response.body", "body": b"ok"})

    async with serving(slow) as server, wires(server) as (wire,):
        await wire.say(GET)
        assert await wire.answer() == (200, b"ok")


async def test_a_body_has_another_patience_and_another_size_than_headers(impatient: None) -> None:
    async def counting(scope: Scope, receive: Receive, send: Send) -> None:
        size, more = 0, True
        while more:
            message = await receive()
            size, more = size + len(message["body"]), message["more_body"]
        body = str(size).encode()
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(body))]})
        await send({"type": "http.response.body", "body": body})

    async with serving(counting) as server, wires(server) as (wire,):
        await wire.say(b"POST / HTTP/1.1\r\nHost: house.test\r\nContent-Length: 60000\r\n\r\n")
        for _ in range(6):
            await wire.say(b"a" * 10_000)
            await asyncio.sleep(0.08)  # in all more than the headers' patience
        assert await wire.answer() == (200, b"60000")


async def test_requests_in_a_row_are_answered_in_a_row() -> None:
    async with serving(World().site) as server, wires(server) as (wire,):
        await wire.say(GET * 3 + GET[:20])
        assert [(await wire.answer())[0] for _ in range(3)] == [200] * 3
        await wire.say(GET[20:])
        assert (await wire.answer())[0] == 200


@pytest.mark.parametrize(
    "said",
    [
        b"GET / HTTP/1.1\r\nHost: house.test\r\n" + b"X-Big: " + b"a" * 40_000,
        b"GET / HTTP/1.1\r\nHost: house.test\r\n" + b"X-Many: a\r\n" * 4_000,
        b"GET /" + b"a" * 40_000,
    ],
    ids=["one", "many", "path"],
)
async def test_headers_have_a_size(said: bytes) -> None:
    async with serving(World().site) as server, wires(server) as (wire,):
        await wire.say(said)
        await wire.ended()
        await lives(server)


async def test_a_body_that_comes_with_its_headers_is_not_counted_as_one() -> None:
    async def echoing(scope: Scope, receive: Receive, send: Send) -> None:
        size, more = 0, True
        while more:
            message = await receive()
            size, more = size + len(message["body"]), message["more_body"]
        body = b"%d" % size
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(body))]})
        await send({"type": "http.response.body", "body": body})

    post = b"POST / HTTP/1.1\r\nHost: house.test\r\nContent-Length: 60000\r\n\r\n" + b"a" * 60_000
    async with serving(echoing) as server, wires(server) as (wire,):
        for said in (post, post + GET, post * 2):  # also with another request behind it
            await wire.say(said)
            for _ in range(1 if said is post else 2):
                assert (await wire.answer())[0] == 200
        head, body = post.split(b"\r\n\r\n")
        for part in (head + b"\r\n\r\n", body):
            await wire.say(part)
            await asyncio.sleep(0.02)  # or both would arrive as one chunk
        assert (await wire.answer())[0] == 200


async def test_headers_in_one_write_have_the_same_size() -> None:
    async with serving(World().site) as server:
        for big in (b"X-Many: aaaaaaaaaa\r\n" * 3_000, b"X-Big: " + b"a" * 40_000 + b"\r\n"):
            async with wires(server) as (wire,):
                await wire.say(b"GET /livez HTTP/1.1\r\nHost: house.test\r\n" + big + b"\r\n")
                async with asyncio.timeout(3):
                    assert b" 200 " not in await wire.hear()
        await lives(server)


async def test_who_is_refused_is_not_listened_to_any_longer() -> None:
    async with serving(World().site) as server, wires(server) as (wire,):
        await wire.say(b"POST /api/v1/lots HTTP/1.1\r\nHost: house.test\r\nContent-Length: 999999999\r\n\r\n")
        heard = asyncio.create_task(wire.hear())
        async with asyncio.timeout(3):
            while not heard.done():
                await wire.say(b"a" * 1000)
                await asyncio.wait([heard], timeout=0.01)
        assert b"401 Unauthorized" in await heard
        await lives(server)


async def test_who_does_not_read_is_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("outcry.web.http.DRAIN_SECONDS", 0.2)
    gone = asyncio.Event()

    async def endless(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        for _ in range(2_000):  # far more than the buffers of both ends
            await send({"type": "http.response.body", "body": bytes(65_536), "more_body": True})
        assert (await receive())["type"] in ("http.request", "http.disconnect")
        assert (await receive())["type"] == "http.disconnect"
        gone.set()

    async with serving(endless) as server, wires(server) as (wire,):
        wire.reader._transport.pause_reading()  # type: ignore[attr-defined]
        await wire.say(GET)
        async with asyncio.timeout(5):
            await gone.wait()
        assert not server.server_state.connections


async def test_an_address_has_so_many_connections(monkeypatch: pytest.MonkeyPatch) -> None:
    config = Config().override(limits={"sockets_per_address": 3, "exempt": ["127.0.0.4"]})
    async with serving(World(config).site, config) as server:
        async with wires(server, 3) as held, wires(server, 1) as (surplus,):
            await surplus.say(GET)
            assert await surplus.answer() == (0, b"")
            for wire in held:
                await wire.say(GET)
                assert (await wire.answer())[0] == 200
            await lives(server)
        async with wires(server, 3) as again:
            for wire in again:
                await wire.say(GET)
                assert (await wire.answer())[0] == 200
        async with wires(server, 6, "127.0.0.4") as exempt:
            for wire in exempt:
                await wire.say(GET)
                assert (await wire.answer())[0] == 200


async def test_a_websocket_is_no_http_connection_any_more() -> None:
    config = Config().override(limits={"sockets_per_address": 2})
    async with serving(World(config).site, config) as server, wires(server, 2) as sockets:
        for wire in sockets:
            await wire.say(UPGRADE)
            assert b"101 Switching Protocols" in await wire.reader.readuntil(b"\r\n\r\n")
        async with wires(server, 1) as (page,):
            await page.say(GET)
            assert (await page.answer())[0] == 200
            await page.say(UPGRADE)
            assert (await page.answer())[0] == 429  # counted as a socket, where the seats are taken


HOST = b"Host: house.test\r\n"
MALFORMED = {
    "no host": b"GET /api/v1/lots HTTP/1.1\r\n\r\n",
    "empty host": b"GET /api/v1/lots HTTP/1.1\r\nHost:\r\n\r\n",
    "two hosts": b"GET /api/v1/lots HTTP/1.1\r\n" + HOST * 2 + b"\r\n",
    "two different hosts": b"GET /api/v1/lots HTTP/1.1\r\n" + HOST + b"Host: evil.test\r\n\r\n",
    "host with a path": b"GET /api/v1/lots HTTP/1.1\r\nHost: house.test/evil\r\n\r\n",
    "host with a user": b"GET /api/v1/lots HTTP/1.1\r\nHost: me@house.test\r\n\r\n",
    "host with a list": b"GET /api/v1/lots HTTP/1.1\r\nHost: house.test, evil.test\r\n\r\n",
    "host with a tab": b"GET /api/v1/lots HTTP/1.1\r\nHost: house\t.test\r\n\r\n",
    "host beyond ascii": "GET /api/v1/lots HTTP/1.1\r\nHost: häuser.test\r\n\r\n".encode(),
    "folded host": b"GET /api/v1/lots HTTP/1.1\r\nHost: house\r\n .test\r\n\r\n",
    "http 1.0 without host": b"GET /api/v1/lots HTTP/1.0\r\n\r\n",
    "upgrade without host": UPGRADE.replace(HOST, b""),
    "upgrade with two hosts": UPGRADE.replace(HOST, HOST * 2),
    "upgrade with a bad host": UPGRADE.replace(HOST, b"Host: a b\r\n"),
    "connect": b"CONNECT house.test:80 HTTP/1.1\r\n" + HOST + b"\r\n",
    "options star": b"OPTIONS * HTTP/1.1\r\n" + HOST + b"\r\n",
    "garbage": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    "http 2 preface": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "no version": b"GET /api/v1/lots\r\n\r\n",
    "spaces": b"GET  /api/v1/lots  HTTP/1.1\r\n" + HOST + b"\r\n",
    "nul": b"GET /api/v1/\x00 HTTP/1.1\r\n" + HOST + b"\r\n",
    "two lengths": b"POST /api/v1/lots HTTP/1.1\r\n" + HOST + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
    "length and chunks": b"POST /api/v1/lots HTTP/1.1\r\n" + HOST
    + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "bad chunk": b"POST /api/v1/leave HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n\r\n",
    "negative length": b"POST /api/v1/leave HTTP/1.1\r\n" + HOST + b"Content-Length: -1\r\n\r\n",
    "header without name": b"GET /api/v1/lots HTTP/1.1\r\n" + HOST + b": x\r\n\r\n",
    "path beyond ascii": "GET /api/v1/lots/é HTTP/1.1\r\nHost: house.test\r\n\r\n".encode(),
    "upgrade beyond ascii": UPGRADE.replace(b"/ws/market", "/ws/é".encode()),
    "upgrade to nonsense": UPGRADE.replace(b"/ws/market", b"/ws/%ff%00"),
    "upgrade without a key": UPGRADE.replace(b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n", b""),
}  # fmt: skip


@pytest.mark.parametrize("said", MALFORMED.values(), ids=MALFORMED)
async def test_what_is_malformed_is_refused_and_nobody_else_notices(
    said: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    async with serving(World().site) as server, wires(server) as (wire,):
        with caplog.at_level(logging.ERROR):
            await wire.say(said + b"\r\n")
            wire.writer.write_eof()
            async with asyncio.timeout(8):
                heard = await wire.hear()
        assert not heard or heard.split()[1] in (b"400", b"404", b"405", b"426"), heard
        assert b"evil" not in heard and b"Traceback" not in heard
        assert not [record for record in caplog.records if record.exc_info], caplog.text
        await lives(server)


async def test_a_probe_in_http_1_0_needs_no_host() -> None:
    async with serving(World().site) as server, wires(server) as (wire,):
        await wire.say(b"GET /livez HTTP/1.0\r\n\r\n")
        assert (await wire.hear()).endswith(b'{"alive":true}')


async def test_the_address_of_a_request_is_in_the_path_and_not_in_its_line() -> None:
    """An absolute form names another host in its first line: routes see the path alone, and the Host stays the Host."""
    async with serving(World().site) as server, wires(server) as (wire,):
        await wire.say(b"GET http://evil.test/livez HTTP/1.1\r\nHost: house.test\r\n\r\n")
        assert await wire.answer() == (200, b'{"alive":true}')


@pytest.mark.fault
async def test_three_hundred_slow_sockets_keep_nobody_waiting() -> None:
    """With the real patience of five seconds, from several addresses, while somebody new is served in under one."""
    async with serving(World().site) as server:
        async with wires(server, 150, "127.0.0.5") as one, wires(server, 150, "127.0.0.6") as two:
            slow = one + two
            for wire in slow:
                await wire.say(b"GET / HTTP/1.1\r\nHost: house.test\r\nX-Slow: ")
            await lives(server)
            await ended_all(slow)
        assert not server.server_state.connections


async def ended_all(slow: list[Wire]) -> None:
    async with asyncio.timeout(8):
        await asyncio.gather(*(wire.hear() for wire in slow))
