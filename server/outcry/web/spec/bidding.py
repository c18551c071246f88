"""What bidders do over HTTP: register, bid, come in and leave."""

from typing import Final

from ..access import LOT as LOT_PATH
from .frames import SERVER, frame_schema
from .lots import obj
from .operation import Answer, Operation
from .vocabulary import BID_ID, CODE, COUNT, FLAG, MONEY, nullable

DECISION: Final = frame_schema("decision")
DECISION_EXAMPLE: Final = next(shape.example for shape in SERVER if shape.name == "decision-accepted")

BIDDING: Final = (
    Operation(
        "POST",
        f"{LOT_PATH}/bids",
        "Place a bid; the same decision as on a socket.",
        (Answer(200, "The decision, accepted or refused.", DECISION, DECISION_EXAMPLE),),
        obj({"id": BID_ID, "amount": MONEY, "confirm": MONEY}, optional=("confirm",)),
        {"id": "b-1", "amount": 30_200_000_000},
        fails=(404, 409, 503),
    ),
    Operation(
        "GET",
        f"{LOT_PATH}/bids/{{bid_id}}",
        "The decision kept for one's own bid id; bids nothing.",
        (Answer(200, "The decision.", DECISION, DECISION_EXAMPLE),),
        fails=(404, 503),
    ),
    Operation(
        "POST",
        f"{LOT_PATH}/registrations",
        "Register for a lot, or (operator) admit an account to it.",
        (
            Answer(
                200,
                "Admitted; only the bidder himself is told his code.",
                obj({"code": nullable(CODE), "rank": COUNT, "admitted": FLAG}),
                {"code": "K7Q2M9", "rank": 0, "admitted": True},
            ),
        ),
        obj({"account": {"type": "string"}, "rank": COUNT}, optional=("account", "rank")),
        {},
        fails=(404, 409, 503),
    ),
    Operation(
        "GET",
        "/api/v1/me",
        "Who the caller is.",
        (
            Answer(
                200,
                "The account.",
                obj({"account": nullable({"type": "string"}), "role": nullable({"type": "string"})}),
                {"account": "Morgan Li", "role": "bidder"},
            ),
        ),
        fails=(503,),
    ),
    Operation(
        "POST",
        "/api/v1/tokens",
        "A Bearer token for a program, told once. With the cookie, send `Origin: ` and the house's own address.",
        (Answer(201, "The token.", obj({"token": {"type": "string"}}), {"token": "Zm9vYmFyYmF6cXV4"}),),
        fails=(503,),
    ),
    Operation(
        "POST", "/api/v1/leave", "End the session or token of this request.", (Answer(204, "Ended."),), fails=(503,)
    ),
)
