"""The closed vocabularies of failure and of reasons.

Two kinds of failure never mix: a *reject code* answers one command, a *close code* ends a socket and tells by its range
whether to come back.
"""

from typing import Final

SCHEMA: Final = 1
"""Version of the keys and events that the scripts write; every command carries it."""

BID_CODES: Final = (
    "schema", "stale_store", "not_admitted", "id_reused", "rate_limited", "not_open", "paused", "closed", "late",
    "clock", "already_leading", "rank_not_better", "below_ask", "off_grid", "needs_confirmation",
)  # fmt: skip
"""Why a bid is refused, in the order in which the script checks."""

STORED_CODES: Final = frozenset(
    ("not_open", "paused", "closed", "late", "already_leading", "rank_not_better", "below_ask", "off_grid",
     "needs_confirmation")
)  # fmt: skip
"""Refusals that are kept and replayed for their bid id (the newest 256 per bidder)."""

COMMAND_CODES: Final = (
    "exists", "not_due", "already_admitted", "is_leader", "has_bids", "not_in_touch", "not_paused", "wrong_head",
    "wrong_target", "not_allowed", "not_stale",
)  # fmt: skip
"""Why any other command is refused (beside those of BID_CODES that fit)."""

REJECT_CODES: Final = frozenset(BID_CODES) | frozenset(COMMAND_CODES)

FRAME_ERRORS: Final = ("malformed", "unknown_type", "unauthorised", "rate_limited", "unavailable", "unknown")

STATES: Final = ("announced", "open", "paused", "sold", "passed", "withdrawn", "annulled")
LIVE_STATES: Final = frozenset(("open", "paused"))
FINAL_STATES: Final = frozenset(("sold", "passed", "withdrawn", "annulled"))

EVENT_TYPES: Final = (
    "opened", "bid", "extended", "paused", "resuming", "resumed", "said", "retracted", "adopted", "closed", "withdrawn",
)  # fmt: skip

PAUSE_GROUNDS: Final = (
    "third_party_objection", "court_order", "disclosure_error", "system_fault", "seller_request", "review",
)  # fmt: skip
"""What an operator may state; the house itself pauses with ``clock`` and ``history``."""
HOUSE_GROUNDS: Final = ("clock", "history")
WITHDRAW_GROUNDS: Final = ("court_order", "debt_paid", "third_party_claim", "void_notice")
"""After the opening only these; before it ``seller_request`` too."""
RETRACT_GROUNDS: Final = ("slip", "unqualified_bidder", "system_fault", "declined")
SAID_KINDS: Final = ("announcement", "fair_warning", "answer")

SLIP_STEPS: Final = 20
REFUSALS_KEPT: Final = 256
LAG_MS: Final = 1_000
"""A bid that waited longer than this and met the end of its lot notes an outage."""
TOUCH_MS: Final = 10_000
"""Who closes a lot must have been in touch with the store for this long before its end."""
GRACE_MS: Final = 3_000
"""How long an overdue lot waits for somebody who was in touch, before the outage rule extends it."""


class Close:
    """Close codes of a socket: 4000-4099 come back, 4100-4199 do not."""

    PROTOCOL: Final = 1002
    UNSUPPORTED: Final = 1003
    INVALID: Final = 1007
    POLICY: Final = 1008
    TOO_BIG: Final = 1009
    LEAVING: Final = 4000
    SLOW: Final = 4001
    FEED_LOST: Final = 4002
    SESSION_ENDED: Final = 4100
    LOT_CLOSED: Final = 4101
    TOO_MANY: Final = 4102
