"""Deny by default: every route and message, by every role, with every kind of credential."""

import json
from typing import Any, Final

import pytest
from starlette.requests import Request
from starlette.responses import Response

from outcry.model.roles import Role
from outcry.room.codec import decode
from outcry.web import access
from outcry.web.access import MESSAGES, RULES, Rule
from outcry.web.context import Context
from outcry.web.routes import build_routes
from outcry.web.security import Origins

from .world import OURS, World

ROLES: Final[tuple[Role, ...]] = ("watcher", "bidder", "operator")
HTTP: Final = [rule for rule in RULES if rule.method != "WS"]
VALUES: Final = {
    "lot_id": "lot-1", "n": "1", "bid_id": "b-1", "proposal_id": "p-1", "ticket": "t" * 43, "path:path": "favicon.svg",
}  # fmt: skip
OTHER_METHODS: Final = ("PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "POST")


def path_of(rule: Rule) -> str:
    path = rule.path
    for name, value in VALUES.items():
        path = path.replace(f"{{{name}}}", value)
    assert "{" not in path
    return path


async def credentials(world: World, role: Role, kind: str) -> dict[str, str]:
    if role == "watcher":
        return {}
    return await world.bearer(role) if kind == "bearer" else await world.browser(role)


@pytest.mark.parametrize("kind", ["cookie", "bearer"])
@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("rule", HTTP, ids=lambda rule: f"{rule.method} {rule.path}")
async def test_a_route_opens_to_its_roles_alone(rule: Rule, role: Role, kind: str) -> None:
    world = World()
    await world.house.open("lot-1")
    async with world.client() as client:
        answer = await client.request(rule.method, path_of(rule), headers=await credentials(world, role, kind))
    if role in rule.roles:
        assert answer.status_code != 401 and answer.status_code < 500, answer.text
        if answer.status_code == 403:  # the lot's own no: in the matrix nobody is admitted to it
            assert answer.json()["error"] == "not_admitted"
    elif role == "watcher":
        assert answer.status_code == 401
    else:
        assert answer.status_code == 403
        if answer.headers["content-type"] == "application/json":
            assert answer.json()["error"] == "unauthorised"


@pytest.mark.parametrize("rule", [rule for rule in HTTP if rule.changes], ids=lambda rule: rule.path)
@pytest.mark.parametrize(
    "proof",
    [
        {},
        {"Origin": "http://evil.test"},
        {"Origin": "null"},
        {"Origin": "http://house.test.evil.test"},
        {"Origin": "http://house.test:80"},
        {"Origin": "https://house.test"},
        {"Origin": "http://HOUSE.test"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
        {"Sec-Fetch-Site": "same-origin", "Origin": "http://evil.test"},
        {"Sec-Fetch-Site": "cross-site", "Origin": "http://house.test"},
    ],
    ids=str,
)
async def test_a_cookie_changes_nothing_unless_our_own_page_asked(rule: Rule, proof: dict[str, str]) -> None:
    world = World()
    await world.house.open("lot-1")
    token = await world.session("bidder" if "bidder" in rule.roles else "operator")
    before = world.house.disk.dump()
    async with world.client() as client:
        headers = {"Cookie": f"outcry_session={token}", **proof}
        answer = await client.request(rule.method, path_of(rule), headers=headers)
    assert answer.status_code == 403
    assert answer.json()["error"] == "wrong_origin"
    assert "send an Origin header" in answer.json()["detail"]
    assert world.house.disk.dump() == before


@pytest.mark.parametrize("proof", [{"Origin": "http://house.test"}, {"Sec-Fetch-Site": "same-origin"}, OURS], ids=str)
async def test_each_proof_alone_suffices(proof: dict[str, str]) -> None:
    world = World()
    token = await world.session("bidder")
    async with world.client() as client:
        headers = {"Cookie": f"outcry_session={token}", **proof}
        assert (await client.post("/api/v1/leave", headers=headers)).status_code == 204
    assert await world.house.accounts.session(token) is None


async def test_a_bearer_token_needs_no_proof() -> None:
    world = World()
    async with world.client() as client:
        headers = {**await world.bearer("bidder"), "Origin": "http://evil.test"}
        assert (await client.post("/api/v1/tokens", headers=headers)).status_code == 201


@pytest.mark.parametrize("rule", HTTP, ids=lambda rule: f"{rule.method} {rule.path}")
async def test_no_method_but_the_declared_ones(rule: Rule) -> None:
    declared = {other.method for other in HTTP if other.path == rule.path}
    world = World()
    async with world.client() as client:
        for method in OTHER_METHODS:
            if method not in declared:
                answer = await client.request(method, path_of(rule))
                assert answer.status_code == 405, method
                assert set(answer.headers["allow"].split(", ")) - {"HEAD"} == declared


async def test_every_rule_is_built_and_nothing_else() -> None:
    site: Any = World().site
    built = {
        (method, route.path)
        for route in site.routes
        for method in (getattr(route, "methods", None) or {"WS"})
        if method != "HEAD"
    }
    assert built == {(rule.method, rule.path) for rule in RULES}


def test_a_handler_without_a_rule_cannot_be_built() -> None:
    async def handler(request: Request) -> Response:
        raise AssertionError("never")

    context: Context = World().context
    with pytest.raises(LookupError, match="GET /api/v1/secrets"):
        build_routes(context.accounts, Origins(()), [{("GET", "/api/v1/secrets"): handler}])


def test_what_each_role_may_do_is_as_decided() -> None:
    """Said again in plain words, so that widening the table by a slip is noticed."""

    def changes(role: Role) -> set[str]:
        return {rule.path.removeprefix("/api/v1") for rule in HTTP if rule.changes and role in rule.roles}

    lot = "/lots/{lot_id}"
    acts = {"pause", "say", "resume", "retract", "withdraw"}
    assert changes("watcher") == {"/leave"}
    assert changes("bidder") == {"/leave", "/tokens", f"{lot}/bids", f"{lot}/registrations"}
    assert changes("operator") == {
        "/leave", "/tokens", "/lots", "/pause", "/proposals/{proposal_id}/confirm", f"{lot}/registrations",
        *(f"{lot}/{act}" for act in acts),
    }  # fmt: skip
    assert {rule.path for rule in HTTP if rule.method == "GET" and "watcher" not in rule.roles} == {
        "/operator", "/operator/lots/{lot_id}", "/api/v1/proposals", "/api/v1/lots/{lot_id}/bids/{bid_id}",
    }  # fmt: skip
    assert all(rule.roles == access.ALL for rule in RULES if rule.method == "WS")


def test_no_rule_is_given_twice() -> None:
    assert len({(rule.method, rule.path) for rule in RULES}) == len(RULES)
    with pytest.raises(LookupError):
        access.rule("DELETE", "/api/v1/lots/{lot_id}")


def test_the_messages_are_those_that_a_room_reads() -> None:
    frames = {
        "bid": {"t": "bid", "id": "b", "amount": 1},
        "sync": {"t": "sync", "epoch": 0, "after": 0, "link": ""},
        "ping": {"t": "ping", "c": 1},
    }
    assert set(frames) == set(MESSAGES)
    for frame in frames.values():
        assert type(decode(json.dumps(frame).encode())).__name__.lower() == frame["t"]
