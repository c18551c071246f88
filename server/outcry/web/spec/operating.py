"""What operators do over HTTP: announce, act, and confirm what another proposed."""

from typing import Any, Final

from ...model import codes
from ..access import LOT as LOT_PATH
from .examples import AT
from .lots import CARD_EXAMPLE, LOT, LOT_EXAMPLE, NEW_LOT, obj
from .operation import Answer, Operation
from .vocabulary import COUNT, LOT_ID, NUMBER, TIME, Schema, matching, nullable, one_of

KEY: Final = matching(r"[A-Za-z0-9_-]{1,40}")
TEXT: Final[Schema] = {"type": "string", "minLength": 1, "maxLength": 500}
DONE: Final[Schema] = {
    "type": "object",
    "properties": {"ok": {"type": "boolean", "const": True}, "n": COUNT, "ends_at": nullable(TIME)},
    "required": ["ok", "n"],
}
PROPOSAL: Final[Schema] = {
    "type": "object",
    "properties": {
        "id": {"type": "string"},
        "lot": LOT_ID,
        "action": one_of(("resume", "retract", "withdraw")),
        "by": {"type": "string"},
        "at": TIME,
        "expires_at": TIME,
        "ground": nullable({"type": "string"}),
        "text": nullable({"type": "string"}),
        "delay_ms": nullable(COUNT),
        "target": nullable(NUMBER),
        "restored": nullable(COUNT),
        "expect_n": nullable(COUNT),
        "state_n": COUNT,
    },
    "required": ["id", "lot", "action", "by", "at", "expires_at"],
}
PROPOSAL_EXAMPLE: Final = {
    "id": "p-1",
    "lot": "lot-1",
    "action": "resume",
    "by": "duty",
    "at": AT,
    "expires_at": AT + 600_000,
    "delay_ms": 1_800_000,
    "state_n": 3,
}


def _act(name: str, summary: str, answer: Answer, body: Schema, example: dict[str, Any]) -> Operation:
    return Operation("POST", f"{LOT_PATH}/{name}", summary, (answer,), body, example, fails=(404, 409, 503))


_DONE = Answer(200, "Carried out; the event is in the log.", DONE, {"ok": True, "n": 4, "remaining_ms": 120_000})
_PROPOSED = Answer(
    202,
    "Proposed: nothing happens until another operator confirms, in the state that event ‘state_n’ began.",
    obj({"proposal": PROPOSAL}),
    {"proposal": PROPOSAL_EXAMPLE},
)
_KEYED = {"key": KEY, "expect_n": nullable(COUNT)}

OPERATING: Final = (
    Operation(
        "POST",
        "/api/v1/lots",
        "Announce a lot with all its terms; it opens at its opens_at.",
        (Answer(201, "Announced (or announced before, with the same words).", LOT, LOT_EXAMPLE),),
        NEW_LOT,
        CARD_EXAMPLE,
        fails=(409, 503),
    ),
    _act(
        "pause",
        "Suspend bidding.",
        _DONE,
        obj({**_KEYED, "ground": one_of(codes.PAUSE_GROUNDS), "text": nullable(TEXT)}, optional=("text", "expect_n")),
        {"key": "k-1", "ground": "third_party_objection", "text": "An objection is being examined."},
    ),
    _act(
        "say",
        "Make a statement.",
        _DONE,
        obj({**_KEYED, "kind": one_of(codes.SAID_KINDS), "text": TEXT}, optional=("expect_n",)),
        {"key": "k-2", "kind": "fair_warning", "text": "Fair warning."},
    ),
    _act(
        "resume",
        "Propose to resume.",
        _PROPOSED,
        obj({**_KEYED, "delay_ms": nullable(COUNT)}, optional=("delay_ms", "expect_n")),
        {"key": "k-3"},
    ),
    _act(
        "retract",
        "Propose to take the standing bid back.",
        _PROPOSED,
        obj({"key": KEY, "ground": one_of(codes.RETRACT_GROUNDS), "expect_n": COUNT}),
        {"key": "k-4", "ground": "slip", "expect_n": 4},
    ),
    _act(
        "withdraw",
        "Propose to withdraw the lot.",
        _PROPOSED,
        obj(
            {**_KEYED, "ground": one_of((*codes.WITHDRAW_GROUNDS, "seller_request")), "text": nullable(TEXT)},
            optional=("text", "expect_n"),
        ),
        {"key": "k-5", "ground": "court_order"},
    ),
    Operation(
        "POST",
        "/api/v1/pause",
        "Pause every open lot.",
        (
            Answer(
                200,
                "What was paused, and what refused.",
                obj(
                    {
                        "paused": {"type": "array", "items": LOT_ID},
                        "refused": {"type": "object", "additionalProperties": {"type": "string"}},
                    }
                ),
                {"paused": ["lot-1"], "refused": {"lot-2": "closed"}},
            ),
        ),
        obj({"key": KEY, "ground": one_of(codes.PAUSE_GROUNDS), "text": nullable(TEXT)}, optional=("text",)),
        {"key": "k-6", "ground": "system_fault"},
        fails=(503,),
    ),
    Operation(
        "GET",
        "/api/v1/proposals",
        "What waits for a second operator.",
        (
            Answer(
                200,
                "Open proposals.",
                obj({"proposals": {"type": "array", "items": PROPOSAL}}),
                {"proposals": [PROPOSAL_EXAMPLE]},
            ),
        ),
        fails=(503,),
    ),
    Operation(
        "POST",
        "/api/v1/proposals/{proposal_id}/confirm",
        "Confirm what another operator proposed.",
        (_DONE,),
        fails=(404, 409, 410, 503),
    ),
)
