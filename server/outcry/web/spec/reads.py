"""What anybody may read over HTTP, and what probes ask."""

from typing import Final

from ...model import codes
from ..access import LOT as LOT_PATH
from .events import EVENTS
from .examples import NOW
from .lots import EVENT, LOT, LOT_EXAMPLE, obj
from .operation import Answer, Operation
from .vocabulary import CODE, COUNT, FLAG, LINK, LOT_ID, NUMBER, TIME, nullable, one_of

ROLE: Final = one_of(("watcher", "bidder", "operator"))
REASONS: Final = ("store_down", "store_unsafe", "feed_down", "leaving")
HEALTH: Final = obj({"ready": FLAG, "reasons": {"type": "array", "items": one_of(REASONS)}})

READS: Final = (
    Operation(
        "GET", "/livez", "Whether the process turns.", (Answer(200, "It does.", obj({"alive": FLAG}), {"alive": True}),)
    ),
    Operation(
        "GET",
        "/readyz",
        "Whether people may be sent here; 503 with the reasons why not.",
        (
            Answer(200, "They may.", HEALTH, {"ready": True, "reasons": []}),
            Answer(503, "They may not.", HEALTH, {"ready": False, "reasons": ["store_down"]}),
        ),
    ),
    Operation("GET", "/metrics", "Prometheus text of all processes.", (Answer(200, "Figures.", kind="text/plain"),)),
    Operation(
        "GET",
        "/api/asyncapi.json",
        "The websockets, as AsyncAPI 3.0.",
        (Answer(200, "The document.", {"type": "object"}, {"asyncapi": "3.0.0"}),),
    ),
    Operation(
        "GET",
        "/api/openapi.json",
        "This document.",
        (Answer(200, "The document.", {"type": "object"}, {"openapi": "3.1.0"}),),
    ),
    Operation(
        "GET",
        "/api/v1/lots",
        "Lots, the first to open first, a page at a time.",
        (
            Answer(
                200,
                "The lots, as of the last second; ‘next’ is the ‘after’ of the next page, null on the last.",
                obj({"now": TIME, "lots": {"type": "array", "items": LOT}, "next": nullable(LOT_ID)}),
                {"now": NOW, "lots": [LOT_EXAMPLE], "next": None},
            ),
        ),
        query=(
            ("state", one_of(codes.STATES), "Only lots in this state; may be repeated."),
            ("limit", {"type": "integer", "minimum": 1, "maximum": 1_000}, "At most so many; 100 by default."),
            ("after", LOT_ID, "Only lots behind this one."),
        ),
        fails=(400, 503),
    ),
    Operation("GET", LOT_PATH, "One lot.", (Answer(200, "The lot.", LOT, LOT_EXAMPLE),), fails=(404, 503)),
    Operation(
        "GET",
        f"{LOT_PATH}/events",
        "A range of the log.",
        (
            Answer(
                200,
                "Events after ‘after’. A full range whose epoch and link are named may be kept for ever.",
                obj({"epoch": COUNT, "n": COUNT, "events": {"type": "array", "items": EVENT}}),
                {"epoch": 1, "n": 2, "events": [event.example for event in EVENTS[:2]]},
            ),
        ),
        query=(
            ("after", COUNT, "Number of the last event known; 0 by default."),
            ("limit", {"type": "integer", "minimum": 1, "maximum": 1_000}, "At most so many; 1,000 by default."),
            ("epoch", COUNT, "The epoch that is known."),
            ("link", LINK, "SHA-1 of the last event asked for: only with it and the epoch may the answer be cached."),
        ),
        fails=(400, 404, 503),
    ),
    Operation(
        "GET",
        f"{LOT_PATH}/log.jsonl",
        "The whole log: the stored bytes, a line each.",
        (Answer(200, "The log.", kind="application/jsonl"),),
        fails=(404, 503),
    ),
    Operation(
        "GET",
        f"{LOT_PATH}/texts/{{n}}",
        "The text whose salted hash event n carries.",
        (
            Answer(
                200,
                "The text.",
                obj({"n": NUMBER, "salt": {"type": "string"}, "text": {"type": "string"}}),
                {"n": 7, "salt": "c0ffee", "text": "Viewing is possible until Friday."},
            ),
        ),
        fails=(404, 503),
    ),
    Operation(
        "GET",
        f"{LOT_PATH}/me",
        "What the caller is to this lot.",
        (
            Answer(
                200,
                "The role.",
                obj({"role": ROLE, "code": nullable(CODE), "rank": COUNT, "admitted": FLAG}),
                {"role": "bidder", "code": "K7Q2M9", "rank": 0, "admitted": True},
            ),
        ),
        fails=(404, 503),
    ),
)
