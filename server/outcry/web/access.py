"""Who may ask for what: one table. A route that is not in it cannot be built, so nothing is open by oversight.

Roles of a request: ``watcher`` (nobody in particular), ``bidder`` and ``operator`` (an account's). Whether a bidder is
admitted to *this* lot is decided later, by the lot.
"""

from dataclasses import dataclass
from typing import Final

from ..model.roles import Role

ALL: Final[frozenset[Role]] = frozenset(("watcher", "bidder", "operator"))
SIGNED_IN: Final[frozenset[Role]] = frozenset(("bidder", "operator"))
BIDDERS: Final[frozenset[Role]] = frozenset(("bidder",))
OPERATORS: Final[frozenset[Role]] = frozenset(("operator",))

LOT: Final = "/api/v1/lots/{lot_id}"


@dataclass(frozen=True, slots=True)
class Rule:
    """One route: its method (``WS`` for a websocket), its path, who may use it, and the area it is counted under."""

    method: str
    path: str
    roles: frozenset[Role]
    area: str

    @property
    def changes(self) -> bool:
        """Whether the request may change something and so needs same-origin proof when it comes with a cookie."""
        return self.method == "POST"

    @property
    def anonymous(self) -> bool:
        """Whether nobody needs to know who asks: such a route answers without the store."""
        return self.area in ("static", "health", "specs", "preferences")


RULES: Final = (
    Rule("GET", "/", ALL, "pages"),
    Rule("GET", "/lots/{lot_id}", ALL, "pages"),
    Rule("GET", "/protocol", ALL, "pages"),
    Rule("GET", "/operator", OPERATORS, "pages"),
    Rule("GET", "/operator/lots/{lot_id}", OPERATORS, "pages"),
    Rule("GET", "/enter/demo", ALL, "entry"),
    Rule("GET", "/enter/{ticket}", ALL, "entry"),
    Rule("GET", "/lang", ALL, "preferences"),
    Rule("GET", "/theme", ALL, "preferences"),
    Rule("GET", "/static/{path:path}", ALL, "static"),
    Rule("GET", "/favicon.ico", ALL, "static"),
    Rule("GET", "/livez", ALL, "health"),
    Rule("GET", "/readyz", ALL, "health"),
    Rule("GET", "/metrics", ALL, "health"),
    Rule("GET", "/api/asyncapi.json", ALL, "specs"),
    Rule("GET", "/api/openapi.json", ALL, "specs"),
    Rule("GET", "/api/v1/lots", ALL, "api"),
    Rule("POST", "/api/v1/lots", OPERATORS, "operator"),
    Rule("GET", LOT, ALL, "api"),
    Rule("GET", f"{LOT}/events", ALL, "api"),
    Rule("GET", f"{LOT}/log.jsonl", ALL, "api"),
    Rule("GET", f"{LOT}/texts/{{n}}", ALL, "api"),
    Rule("GET", f"{LOT}/me", ALL, "api"),
    Rule("POST", f"{LOT}/bids", BIDDERS, "bids"),
    Rule("GET", f"{LOT}/bids/{{bid_id}}", BIDDERS, "bids"),
    Rule("POST", f"{LOT}/registrations", SIGNED_IN, "api"),
    Rule("POST", f"{LOT}/pause", OPERATORS, "operator"),
    Rule("POST", f"{LOT}/say", OPERATORS, "operator"),
    Rule("POST", f"{LOT}/resume", OPERATORS, "operator"),
    Rule("POST", f"{LOT}/retract", OPERATORS, "operator"),
    Rule("POST", f"{LOT}/withdraw", OPERATORS, "operator"),
    Rule("POST", "/api/v1/pause", OPERATORS, "operator"),
    Rule("GET", "/api/v1/proposals", OPERATORS, "operator"),
    Rule("POST", "/api/v1/proposals/{proposal_id}/confirm", OPERATORS, "operator"),
    Rule("GET", "/api/v1/me", ALL, "api"),
    Rule("POST", "/api/v1/tokens", SIGNED_IN, "entry"),
    Rule("POST", "/api/v1/leave", ALL, "entry"),
    Rule("WS", "/ws/market", ALL, "sockets"),
    Rule("WS", "/ws/lots/{lot_id}", ALL, "sockets"),
)  # fmt: skip

MESSAGES: Final[dict[str, frozenset[Role]]] = {"bid": BIDDERS, "sync": ALL, "ping": ALL}
"""Which frames a socket may send, by its role in the room (``bidder``: admitted to the lot)."""

_BY_ROUTE: Final = {(rule.method, rule.path): rule for rule in RULES}


def rule(method: str, path: str) -> Rule:
    """The rule of a route; ``LookupError`` where nobody decided who may use it."""
    try:
        return _BY_ROUTE[method, path]
    except KeyError:
        raise LookupError(f"no rule for {method} {path}: say in web/access.py who may use it") from None
