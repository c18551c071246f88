"""The protocol as data: whole, consistent with the code, and each example what its schema says."""

import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

import outcry.house
import outcry.web
from outcry.model import codes
from outcry.model.codes import Close
from outcry.model.presets import PRESETS
from outcry.model.roles import Identity
from outcry.model.view import LotView, snapshot
from outcry.room import frames
from outcry.room.wire import text_payloads
from outcry.web.access import MESSAGES, RULES
from outcry.web.spec import frame_schema, protocol_reference, rejects
from outcry.web.spec.asyncapi import asyncapi
from outcry.web.spec.events import EVENTS
from outcry.web.spec.frames import CLIENT, CLOSES, FRAMES, SERVER
from outcry.web.spec.openapi import openapi
from outcry.web.spec.operation import Operation
from outcry.web.spec.operations import ERROR, OPERATIONS
from outcry.web.spec.shape import Frame
from tests.web.world import World


def fits(schema: dict[str, Any], value: Any) -> None:
    Draft202012Validator.check_schema(schema)
    Draft202012Validator(schema).validate(value)


def refs(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        for key, value in node.items():
            if key == "$ref":
                yield value
            else:
                yield from refs(value)
    elif isinstance(node, list):
        for value in node:
            yield from refs(value)


def found(document: dict[str, Any], ref: str) -> Any:
    node: Any = document
    for part in ref.removeprefix("#/").split("/"):
        node = node[part.replace("~1", "/").replace("~0", "~")]
    return node


@pytest.mark.parametrize("shape", FRAMES, ids=lambda shape: shape.name)
def test_every_frame_has_an_example_that_fits_and_two_sentences(shape: Frame) -> None:
    fits(shape.schema(), shape.example)
    assert list(shape.example) == [field.name for field in shape.fields if field.name in shape.example]
    assert shape.en.endswith((".", "”")) and shape.zh.endswith(("。", "。）"))
    for field in shape.fields:
        assert field.en and field.zh


@pytest.mark.parametrize("shape", FRAMES, ids=lambda shape: shape.name)
def test_a_schema_refuses_what_is_not_the_frame(shape: Frame) -> None:
    validator = Draft202012Validator(shape.schema())
    assert not validator.is_valid({**shape.example, "t": "other"})
    assert not validator.is_valid({**shape.example, "surplus": 1})
    for field in shape.fields:
        less = {name: value for name, value in shape.example.items() if name != field.name}
        assert validator.is_valid(less) != field.required, field.name
        if isinstance(shape.example.get(field.name), int) and field.name != "c":
            assert not validator.is_valid({**shape.example, field.name: 1.5}), field.name
            assert not validator.is_valid({**shape.example, field.name: "1"}), field.name


def test_the_frames_are_those_that_are_sent() -> None:
    assert {event.t for event in EVENTS} == set(codes.EVENT_TYPES)
    others = {shape.t for shape in SERVER} - set(codes.EVENT_TYPES)
    assert others == {"hello", "snapshot", "text", "tick", "pulse", "decision", "pong", "error", "market"}
    assert {shape.t for shape in FRAMES if shape.direction == "client"} == set(MESSAGES)
    with pytest.raises(KeyError):
        frame_schema("bidd")
    fits(frame_schema("bid", "client"), {"t": "bid", "id": "b", "amount": 1})


def test_a_snapshot_is_what_the_model_makes_of_a_view() -> None:
    fits(frame_schema("snapshot"), snapshot(LotView(), "joined"))


def test_the_frames_that_a_room_builds_are_declared() -> None:
    view = LotView("open", 3, 1, "a" * 40, "r", 1_000, 1_010, "K7Q2M9", 0, 3, 9, bids=2, reserve_met=False, now=5)
    line = frames.market_line("lot-1", view, 1)
    built = {
        "hello": frames.hello("lot-1", Identity("bidder", "a", "K7Q2M9"), view, 5),
        "snapshot": frames.snapshot_frame(view, "resumed", 5),
        "tick": frames.tick(2, view),
        "pulse": frames.pulse(view, 5, 41, "down"),
        "market": frames.market(5, [line, {**line, "price": None, "opens_at": None}]),
        "pong": frames.pong("here", 5),
        "error": frames.error("malformed", "It is not JSON.", "b-1"),
    }
    for t, frame in built.items():
        (payload,) = text_payloads(frame)
        fits(frame_schema(t), orjson.loads(payload))
    (bare,) = text_payloads(frames.error("unavailable"))
    fits(frame_schema("error"), orjson.loads(bare))


def test_every_code_has_a_meaning_and_no_other() -> None:
    assert tuple(rejects.BIDS) == codes.BID_CODES
    assert set(rejects.COMMANDS) == set(codes.COMMAND_CODES)
    assert set(rejects.FRAMES) == set(codes.FRAME_ERRORS)
    close = {value for name, value in vars(Close).items() if name.isupper()}
    assert {row[0] for row in CLOSES} == close
    for code, _, reconnect, _, _ in CLOSES:
        assert reconnect == (code in range(4000, 4100)), code


def test_every_code_that_the_sources_speak_is_declared() -> None:
    """The web's own refusals, as they are written in its sources."""
    declared = {*rejects.BIDS, *rejects.COMMANDS, *rejects.FRAMES, *rejects.HTTP}
    pattern = re.compile(r'(?:HttpError\(\s*\d+,\s*|Conflict\(\s*|Forbidden\(\s*|NotFound\(\s*)"([a-z_]+)"')
    spoken = set()
    for package in (outcry.web, outcry.house):
        for folder in package.__path__:
            for source in Path(folder).rglob("*.py"):
                spoken |= set(pattern.findall(source.read_text()))
    assert len(spoken) > 15
    assert spoken <= declared


def test_each_frame_is_a_message_of_its_own_in_asyncapi() -> None:
    document = asyncapi("house.test")
    messages = document["components"]["messages"]
    assert len(messages) == len(FRAMES)

    def reached(operation: str) -> list[dict[str, Any]]:
        links = document["operations"][operation]["messages"]
        return [found(document, found(document, link["$ref"])["$ref"]) for link in links]

    for operation, shapes in (
        ("watchLot", [shape for shape in SERVER if shape.t != "market"]),
        ("watchMarket", [shape for shape in SERVER if shape.t == "market"]),
        ("actInLot", list(CLIENT)),
    ):
        assert [message["name"] for message in reached(operation)] == [shape.name for shape in shapes]
        assert [message["payload"] for message in reached(operation)] == [shape.schema() for shape in shapes]
    assert "link" in messages["bid"]["payload"]["properties"]
    assert "confirm" in messages["bidCommand"]["payload"]["properties"]


def test_asyncapi_is_whole() -> None:
    document = asyncapi("house.test")
    assert document["asyncapi"] == "3.0.0" and document["info"]["title"] and document["info"]["version"]
    for ref in refs(document):
        assert found(document, ref) is not None
    assert {channel["address"] for channel in document["channels"].values()} == {
        rule.path for rule in RULES if rule.method == "WS"
    }
    for operation in document["operations"].values():
        channel = found(document, operation["channel"]["$ref"])
        assert operation["action"] in ("send", "receive")
        offered = set(channel["messages"])
        assert {ref["$ref"].rsplit("/", 1)[1] for ref in operation["messages"]} <= offered
    for message in document["components"]["messages"].values():
        assert message["examples"]
        for example in message["examples"]:
            fits(message["payload"], example["payload"])
    assert {row["code"] for row in document["channels"]["lot"]["x-close-codes"]} == {row[0] for row in CLOSES}


def test_openapi_is_whole() -> None:
    document = openapi("house.test")
    for ref in refs(document):
        assert found(document, ref) is not None
    validator = pytest.importorskip("openapi_spec_validator", reason="the lint extra brings the validator")
    validator.validate(document)


def test_openapi_names_every_route_of_the_api() -> None:
    declared = {(operation.method, operation.path) for operation in OPERATIONS}
    assert declared == {
        (rule.method, rule.path)
        for rule in RULES
        if rule.method != "WS" and (rule.path.startswith("/api/") or rule.area == "health")
    }
    assert len(declared) == len(OPERATIONS)
    names = [op["operationId"] for path in openapi("x")["paths"].values() for op in path.values()]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: f"{operation.method} {operation.path}")
def test_every_operation_has_examples_that_fit(operation: Operation) -> None:
    if operation.body is not None:
        fits(operation.body, operation.body_example)
    for answer in operation.answers:
        if answer.schema is not None:
            fits(answer.schema, answer.example)
    fits(ERROR, {"error": "x", "detail": "x."})


def test_a_new_lot_names_its_presets_and_its_example_opens_in_the_future() -> None:
    (announce,) = [op for op in OPERATIONS if (op.method, op.path) == ("POST", "/api/v1/lots")]
    assert announce.body is not None
    assert announce.body["properties"]["terms"]["properties"]["preset"]["enum"] == list(PRESETS)
    assert announce.body_example["opens_at"] > time.time() * 1000


async def test_the_documents_are_served_and_revalidated() -> None:
    async with World().client() as client:
        for path, document in (
            ("/api/asyncapi.json", asyncapi("outcry.example")),
            ("/api/openapi.json", openapi("outcry.example")),
        ):
            answer = await client.get(path)
            assert answer.json() == document
            again = await client.get(path, headers={"If-None-Match": answer.headers["etag"]})
            assert (again.status_code, again.content) == (304, b"")


async def test_the_house_answers_as_the_document_says() -> None:
    """Real answers against the declared schemas."""
    schemas = {
        (operation.method, operation.path, answer.status): answer.schema
        for operation in OPERATIONS
        for answer in operation.answers
    }
    world = World()
    await world.house.open("lot-1", reserve=5_000, terms={"reserve": "hidden"})
    await world.house.announce("lot-2", opens_at=world.house.now() + 1)
    lot = "/api/v1/lots/{lot_id}"
    bidder, operator = await world.bearer("bidder"), await world.bearer("operator")
    moves: list[tuple[str, str, dict[str, str], Any]] = [
        ("GET", "/livez", {}, None),
        ("GET", "/readyz", {}, None),
        ("POST", f"{lot}/registrations", bidder, {}),
        ("POST", f"{lot}/bids", bidder, {"id": "b-1", "amount": 1_000}),
        ("POST", f"{lot}/bids", bidder, {"id": "b-2", "amount": 1_003}),
        ("GET", f"{lot}/bids/b-1", bidder, None),
        ("GET", "/api/v1/lots", {}, None),
        ("GET", lot, {}, None),
        ("GET", f"{lot}/events", {}, None),
        ("GET", f"{lot}/me", bidder, None),
        ("GET", "/api/v1/me", bidder, None),
        ("GET", "/api/v1/me", {}, None),
        ("POST", f"{lot}/pause", operator, {"key": "k1", "ground": "review", "text": "A reason."}),
        ("GET", f"{lot}/texts/3", {}, None),
        ("POST", f"{lot}/resume", operator, {"key": "k2"}),
        ("GET", "/api/v1/proposals", operator, None),
        ("POST", f"{lot}/retract", operator, {"key": "k3", "ground": "slip", "expect_n": 3}),
        ("POST", f"{lot}/withdraw", operator, {"key": "k4", "ground": "court_order"}),
        ("POST", "/api/v1/pause", operator, {"key": "k5", "ground": "review"}),
        ("POST", "/api/v1/tokens", bidder, None),
    ]
    async with world.client() as client:
        for method, path, headers, body in moves:
            answer = await client.request(method, path.replace("{lot_id}", "lot-1"), headers=headers, json=body)
            assert answer.status_code < 300, (path, answer.text)
            declared = re.sub(r"/bids/.*", "/bids/{bid_id}", re.sub(r"/texts/.*", "/texts/{n}", path))
            schema = schemas[method, declared, answer.status_code]
            assert schema is not None
            fits(schema, answer.json())


def test_the_reference_shows_everything() -> None:
    rows = protocol_reference()
    assert {row["name"] for row in rows if row["kind"] == "frame"} == {shape.name for shape in FRAMES}
    assert [row["code"] for row in rows if row["kind"] == "close"] == [row[0] for row in CLOSES]
    for row in rows:
        assert row["meaning"]["en"] and row["meaning"]["zh"], row["name"]
        for field in row["fields"]:
            assert field["type"] and field["meaning"]["en"] and field["meaning"]["zh"]
