"""Who may do what, asked of a real house: every role at every route and with every message; the rest is denied.

The table stands here a second time on purpose: who changes the house's must change this one too, knowingly.
"""

import re
from collections.abc import AsyncIterator
from typing import Any

import pytest

from outcry.web.access import MESSAGES, RULES
from tests.support.client import Client, browser
from tests.support.house import MILLION, House, bearer, card, serve
from tests.support.store import StoreProcess
from tests.support.transcript import Frame

ANYBODY = {"watcher", "bidder", "operator"}
SIGNED_IN = {"bidder", "operator"}
LOT = "/api/v1/lots/{lot_id}"
TEXT = {"key": "k", "kind": "announcement", "text": "The file may be read until Friday."}
GROUND = {"key": "k", "ground": "review"}
TABLE: dict[tuple[str, str], tuple[set[str], dict[str, Any]]] = {
    ("GET", "/"): (ANYBODY, {}),
    ("GET", "/lots/{lot_id}"): (ANYBODY, {}),
    ("GET", "/protocol"): (ANYBODY, {}),
    ("GET", "/operator"): ({"operator"}, {}),
    ("GET", "/operator/lots/{lot_id}"): ({"operator"}, {}),
    ("GET", "/enter/demo"): (ANYBODY, {}),
    ("GET", "/enter/{ticket}"): (ANYBODY, {}),
    ("GET", "/lang"): (ANYBODY, {}),
    ("GET", "/theme"): (ANYBODY, {}),
    ("GET", "/static/{path:path}"): (ANYBODY, {}),
    ("GET", "/favicon.ico"): (ANYBODY, {}),
    ("GET", "/livez"): (ANYBODY, {}),
    ("GET", "/readyz"): (ANYBODY, {}),
    ("GET", "/metrics"): (ANYBODY, {}),
    ("GET", "/api/asyncapi.json"): (ANYBODY, {}),
    ("GET", "/api/openapi.json"): (ANYBODY, {}),
    ("GET", "/api/v1/lots"): (ANYBODY, {}),
    ("POST", "/api/v1/lots"): ({"operator"}, card("lot-2", opens_in_ms=3_600_000)),
    ("GET", LOT): (ANYBODY, {}),
    ("GET", f"{LOT}/events"): (ANYBODY, {}),
    ("GET", f"{LOT}/log.jsonl"): (ANYBODY, {}),
    ("GET", f"{LOT}/texts/{{n}}"): (ANYBODY, {}),
    ("GET", f"{LOT}/me"): (ANYBODY, {}),
    ("POST", f"{LOT}/bids"): ({"bidder"}, {"id": "x", "amount": 300 * MILLION}),
    ("GET", f"{LOT}/bids/{{bid_id}}"): ({"bidder"}, {}),
    ("POST", f"{LOT}/registrations"): (SIGNED_IN, {}),
    ("POST", f"{LOT}/say"): ({"operator"}, TEXT),
    ("POST", f"{LOT}/pause"): ({"operator"}, GROUND),
    ("POST", f"{LOT}/resume"): ({"operator"}, {"key": "k"}),
    ("POST", f"{LOT}/retract"): ({"operator"}, {"key": "k", "ground": "slip", "expect_n": 1}),
    ("POST", f"{LOT}/withdraw"): ({"operator"}, {"key": "k", "ground": "court_order"}),
    ("POST", "/api/v1/pause"): ({"operator"}, GROUND),
    ("GET", "/api/v1/proposals"): ({"operator"}, {}),
    ("POST", "/api/v1/proposals/{proposal_id}/confirm"): ({"operator"}, {}),
    ("GET", "/api/v1/me"): (ANYBODY, {}),
    ("POST", "/api/v1/tokens"): (SIGNED_IN, {}),
    ("POST", "/api/v1/leave"): (ANYBODY, {}),
}
SOCKETS = {("WS", "/ws/market"), ("WS", "/ws/lots/{lot_id}")}
NAMES = {
    "lot_id": "lot-1",
    "ticket": "nonsense",
    "path:path": "favicon.svg",
    "n": "1",
    "bid_id": "x",
    "proposal_id": "p",
}


@pytest.fixture
async def house(store: StoreProcess) -> AsyncIterator[House]:
    async with serve(store) as house:
        await house.open()
        yield house


def test_the_house_has_no_route_that_is_not_in_this_table() -> None:
    assert {(rule.method, rule.path) for rule in RULES} == set(TABLE) | SOCKETS


async def test_every_role_at_every_route(house: House) -> None:
    """Allowed is anything but 401 and 403; denied is 401 to a stranger and 403 to one who is known."""
    bidder = await house.bidder("lot-1", "Ada")  # admitted, so that what is denied is denied to the role
    tokens = {"watcher": None, "bidder": bidder, "operator": await house.operator()}
    async with browser(house.url) as http:
        for (method, template), (allowed, body) in TABLE.items():
            path = re.sub(r"\{([^}]+)\}", lambda match: NAMES[match[1]], template)
            for role, token in tokens.items():
                if path == "/api/v1/leave" and token is not None:
                    token = await house.account("Bo")  # whose token may end
                answer = await http.request(
                    method, path, json=body if method == "POST" else None, headers=bearer(token)
                )
                denied = {"watcher": 401}.get(role, 403)
                if role in allowed:
                    assert answer.status_code not in (401, 403), f"{role} {method} {path}: {answer.text[:200]}"
                    assert answer.status_code < 500, f"{role} {method} {path}: {answer.text[:200]}"
                else:
                    assert answer.status_code == denied, f"{role} {method} {path}: {answer.status_code}"


async def test_every_other_method_and_path_is_refused(house: House) -> None:
    async with browser(house.url) as http:
        for path in ("/api/v1/lots/lot-1/bids", "/api/v1/lots/lot-1/pause", "/api/v1/lots", "/", "/api/v1/me"):
            for method in ("PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"):
                answer = await http.request(method, path, headers=bearer(await house.operator()))
                assert answer.status_code == 405, f"{method} {path}: {answer.status_code}"
        for path in ("/admin", "/api", "/api/v2/lots", "/api/v1/lots/lot-1/close", "/ws", "/static/../config.toml"):
            answer = await http.get(path, headers=bearer(await house.operator()))
            assert answer.status_code == 404, f"{path}: {answer.status_code}"
        for lot in ("lot-9", "LOT-1", "lot_1", "..%2flot-1", "lot-1%00", "a" * 41):
            assert (await http.get(f"/api/v1/lots/{lot}")).status_code == 404, lot


async def test_a_bidder_is_one_only_where_he_was_admitted(house: House) -> None:
    token = await house.account("Ada")
    async with browser(house.url) as http:
        bid = {"id": "x", "amount": 300 * MILLION}
        assert (await http.post("/api/v1/lots/lot-1/bids", json=bid, headers=bearer(token))).status_code == 403
    async with Client(house.url, "lot-1", token) as client:
        assert (client.hello["role"], client.hello["code"]) == ("watcher", None)


async def test_every_role_with_every_message(house: House) -> None:
    """A message that a role may not send gets the error ``unauthorised``; the socket lives."""
    link = "0" * 40
    messages: dict[str, Frame] = {
        "bid": {"t": "bid", "id": "x", "amount": 300 * MILLION},
        "sync": {"t": "sync", "epoch": 1, "after": 1, "link": link},
        "ping": {"t": "ping", "c": "here"},
    }
    allowed = {"bid": {"bidder"}, "sync": ANYBODY, "ping": ANYBODY}
    assert set(MESSAGES) == set(messages)
    tokens = {"watcher": None, "bidder": await house.bidder("lot-1", "Ada"), "operator": await house.operator()}
    for role, token in tokens.items():
        for kind, message in messages.items():
            async with Client(house.url, "lot-1", token) as client:
                assert client.hello["role"] == role
                await client.send_frame(message)
                await client.pong("after")
                denied = [error["code"] for error in client.heard.told("error")]
                assert denied == ([] if role in allowed[kind] else ["unauthorised"]), f"{role} {kind}"
