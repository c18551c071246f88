"""What goes wrong inside is told in one line to the house, and in one sentence to everybody else."""

import asyncio
import logging
from typing import Any

import pytest
from prometheus_client import REGISTRY
from starlette.types import Message, Receive, Scope, Send
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidHandshake

from outcry.log import tell_unfinished
from outcry.web import api
from outcry.web.body import decode
from outcry.web.errors import HttpError

from .handshake import handshake
from .serving import serving
from .world import World

SECRET = "the store's password is hunter2"


def broken(world: World) -> None:
    async def failing(*args: object) -> Any:
        raise KeyError(SECRET)

    for name in ("count", "get"):
        setattr(world.house.catalogue, name, failing)


@pytest.mark.parametrize("path", ["/", "/lots/lot-1", "/api/v1/lots", "/api/v1/lots/lot-1"])
async def test_an_error_that_nobody_foresaw_tells_nothing(path: str, caplog: pytest.LogCaptureFixture) -> None:
    world = World()
    broken(world)
    with caplog.at_level(logging.ERROR):
        async with world.client() as client:
            answer = await client.get(path)
    assert answer.status_code == 500
    assert "hunter2" not in answer.text and "Traceback" not in answer.text and "KeyError" not in answer.text
    assert answer.headers["content-security-policy"] and answer.headers["cache-control"] == "no-store"
    (record,) = caplog.records
    assert (record.getMessage(), record.__dict__["path"], record.__dict__["failure"]) == (
        "request failed",
        path,
        "KeyError",
    )


async def test_an_error_in_a_handshake_is_a_refused_handshake(caplog: pytest.LogCaptureFixture) -> None:
    world = World()
    broken(world)
    outcome = await handshake(world.site, "/ws/lots/lot-1")
    assert (outcome.status, outcome.refusal["error"]) == (500, "internal")
    assert len(caplog.records) == 1


async def test_a_peer_that_is_gone_before_its_socket_is_accepted_is_no_error(caplog: pytest.LogCaptureFixture) -> None:
    """The house accepts a connection that is closing, notices that it is, and returns."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        scope["extensions"]["outcry.fanout"].abort()
        await send({"type": "websocket.accept"})

    uvicorns = logging.getLogger("uvicorn.error")
    uvicorns.addFilter(tell_unfinished)
    try:
        with caplog.at_level(logging.INFO):
            async with serving(app) as server:
                with pytest.raises((OSError, InvalidHandshake)):
                    await connect(f"ws://127.0.0.1:{server.port}/ws/lots/lot-1", proxy=None)
    finally:
        uvicorns.removeFilter(tell_unfinished)
    (line,) = [record for record in caplog.records if "handshake" in record.getMessage()]
    assert line.levelno == logging.INFO and line.getMessage().startswith("a websocket was gone")


async def test_a_sign_in_and_a_new_lot_leave_a_line_without_secrets(caplog: pytest.LogCaptureFixture) -> None:
    world = World()
    ticket = await world.house.accounts.add("Ada", "bidder")
    with caplog.at_level(logging.INFO, "outcry"):
        async with world.client() as client:
            await client.get(f"/enter/{ticket}")
            assert (await client.get(f"/enter/{ticket}")).status_code == 404
        for _ in range(2):
            await world.house.announce("lot-1", opens_at=world.house.now())
    assert [record.getMessage() for record in caplog.records] == ["signed in", "lot announced"]
    assert (caplog.records[0].__dict__["account"], caplog.records[1].__dict__["lot"]) == ("Ada", "lot-1")
    assert not any(ticket in str(vars(record)) for record in caplog.records)


@pytest.mark.parametrize(
    ("path", "status", "html"),
    [
        ("/nope", 404, True),
        ("/lots/nope", 404, True),
        ("/operator", 401, True),
        ("/enter/used", 404, True),
        ("/lots/lot-1/", 404, True),
        ("/api/nope", 404, False),
        ("/api/v1/lots/", 404, False),
        ("/api/v1/proposals", 401, False),
    ],
)
async def test_people_get_a_page_and_programs_an_object(path: str, status: int, html: bool) -> None:
    async with World().client() as client:
        answer = await client.get(path, headers={"Accept": "*/*"})
    assert answer.status_code == status
    if html:
        assert answer.headers["content-type"].startswith("text/html")
    else:
        assert set(answer.json()) == {"error", "detail"}


async def test_requests_are_counted_by_area_and_never_by_path() -> None:
    def counted() -> dict[tuple[str, str], float]:
        samples = [
            sample
            for metric in REGISTRY.collect()
            if metric.name == "outcry_http_requests"
            for sample in metric.samples
        ]
        return {
            (sample.labels["area"], sample.labels["status"]): sample.value
            for sample in samples
            if sample.name.endswith("_total")
        }

    world = World()
    before = counted()
    async with world.client() as client:
        for path in ("/api/v1/lots", "/api/v1/lots/secret-name", "/nope/secret-name", "/livez", "/", "/static/nope"):
            await client.get(path)
    after = counted()
    grown = {key for key, value in after.items() if value > before.get(key, 0)}
    expected = {("api", "200"), ("api", "404"), ("none", "404"), ("health", "200"), ("pages", "200"), ("static", "404")}
    assert grown == expected


async def test_refused_handshakes_are_counted() -> None:
    def counted() -> float:
        return REGISTRY.get_sample_value("outcry_handshakes_refused_total", {"status": "404"}) or 0.0

    before = counted()
    assert (await handshake(World().site, "/ws/lots/nope")).status == 404
    assert counted() == before + 1


async def test_probes_are_told_why_not() -> None:
    world = World()
    async with world.client() as client:
        assert (await client.get("/readyz")).json() == {"ready": True, "reasons": []}
        world.house.engine.clock.answers = False
        world.feed.up = False
        world.hub.leaving = True
        answer = await client.get("/readyz")
        assert answer.status_code == 503
        assert answer.json() == {"ready": False, "reasons": ["store_down", "feed_down", "leaving"]}
        alive = await client.get("/livez")
        assert (alive.status_code, alive.json()) == (200, {"alive": True})


async def test_a_house_that_cannot_read_or_could_lose_a_bid_is_not_ready() -> None:
    world = World()
    async with world.client() as client:
        world.house.engine.reads_up = False
        assert (await client.get("/readyz")).json() == {"ready": False, "reasons": ["store_down"]}
        world.house.engine.reads_up = True
        world.auditor.fault = "the store at /s could lose a bid: appendfsync is no"
        answer = await client.get("/readyz")
        assert (answer.status_code, answer.json()) == (503, {"ready": False, "reasons": ["store_unsafe"]})


async def test_figures_are_prometheus_text() -> None:
    async with World().client() as client:
        answer = await client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain")
    assert "# TYPE outcry_http_requests_total counter" in answer.text


async def test_figures_of_all_processes_are_merged(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(tmp_path))
    async with World().client() as client:
        answer = await client.get("/metrics")
    assert answer.status_code == 200 and "outcry_http_requests" not in answer.text  # no process has written yet


@pytest.mark.parametrize(
    ("raw", "sentence"),
    [
        (b'{"a":1,"a":2}', "twice"),
        (b'{"a":{"b":1,"b":2}}', "twice"),
        (b'{"a":1.5}', "whole"),
        (b'{"a":-1}', "whole"),
        (b'{"a":1000000000000000}', "15 digits"),
        (b'{"a":Infinity}', "whole"),
        (b'{"a":"\\u0000"}', "NUL"),
        (b'{"a":["\\ud83d"]}', "surrogate"),
        (b'{"\\ud83d":1}', "surrogate"),
        (b'{"a":[[[[1]]]]}', "nesting"),
        (b"[1]", "object"),
        (b"{'a':1}", "not JSON"),
        (b"\xff", "not JSON"),
        (b"[" * 60_000, "not JSON"),
    ],
)
def test_json_is_read_strictly(raw: bytes, sentence: str) -> None:
    with pytest.raises(HttpError, match=sentence) as refused:
        decode(raw)
    assert refused.value.status == 400


def test_what_is_strict_json_is_read() -> None:
    assert decode(b'{"a":[{"b":{"c":999999999999999}}],"d":"\\ud83d\\ude00 \xe4\xbd\xa0","e":null,"f":true,"g":0}') == {
        "a": [{"b": {"c": 999_999_999_999_999}}], "d": "😀 你", "e": None, "f": True, "g": 0,
    }  # fmt: skip


async def test_a_body_that_does_not_come_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("outcry.web.body.MAX_SECONDS", 0.05)
    world = World()
    await world.house.open("lot-1")
    headers = await world.bearer("operator")
    raw = [(b"host", b"house.test"), (b"authorization", headers["Authorization"].encode()), (b"content-length", b"100")]
    scope = {
        "type": "http", "method": "POST", "path": "/api/v1/lots/lot-1/pause", "query_string": b"", "headers": raw,
        "scheme": "http", "client": ("127.0.0.2", 1), "http_version": "1.1", "state": {}, "root_path": "",
    }  # fmt: skip
    sent: list[Message] = []
    first = True

    async def receive() -> Message:
        nonlocal first
        if first:
            first = False
            return {"type": "http.request", "body": b'{"key"', "more_body": True}
        await asyncio.Event().wait()
        raise AssertionError("never")

    async def send(message: Message) -> None:
        sent.append(message)

    await world.site(scope, receive, send)
    assert sent[0]["status"] == 408
    assert (b"connection", b"close") in sent[0]["headers"]


def test_a_range_is_as_long_as_the_documents_say() -> None:
    assert api.RANGE == 1_000
