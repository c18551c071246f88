"""Coming in, leaving, and the demo's door."""

from collections.abc import AsyncIterator
from hashlib import sha1
from typing import Any

import httpx
import pytest

from outcry.config import Config

from .world import OURS, World

DEMO = Config().override(demo={"enabled": True})


def token_in(answer: httpx.Response) -> str:
    name, _, rest = answer.headers["set-cookie"].partition("=")
    assert name == "outcry_session"
    return rest.partition(";")[0]


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
async def client(world: World) -> AsyncIterator[httpx.AsyncClient]:
    async with world.client() as client:
        yield client


async def test_a_ticket_is_a_session_once(world: World, client: httpx.AsyncClient) -> None:
    ticket = await world.house.accounts.add("Zhou Min", "bidder")
    answer = await client.get(f"/enter/{ticket}")
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie and "samesite=lax" in cookie and "path=/" in cookie and "max-age=43200" in cookie
    assert "secure" not in cookie
    client.cookies.clear()
    me = await client.get("/api/v1/me", headers={"Cookie": f"outcry_session={token_in(answer)}"})
    assert me.json() == {"account": "Zhou Min", "role": "bidder"}
    again = await client.get(f"/enter/{ticket}")
    assert again.status_code == 404 and "set-cookie" not in again.headers


async def test_over_https_the_cookie_is_secure() -> None:
    world = World(Config().override(web={"proxies": ["10.0.0.1"]}))
    ticket = await world.house.accounts.add("Zhou Min", "operator")
    async with world.client(client=("10.0.0.1", 1)) as client:
        answer = await client.get(f"/enter/{ticket}", headers={"X-Forwarded-Proto": "https"})
    assert "secure" in answer.headers["set-cookie"].lower()
    assert answer.headers["location"] == "/operator"


async def test_entering_ends_the_session_that_was_carried(world: World, client: httpx.AsyncClient) -> None:
    old = await world.session("bidder", "old")
    ticket = await world.house.accounts.add("new", "bidder")
    answer = await client.get(f"/enter/{ticket}", headers={"Cookie": f"outcry_session={old}"})
    assert answer.status_code == 303
    assert await world.house.accounts.session(old) is None
    assert await world.house.accounts.session(token_in(answer)) is not None


@pytest.mark.parametrize(
    ("method", "headers"),
    [
        ("HEAD", {}),
        ("GET", {"Sec-Purpose": "prefetch;prerender"}),
        ("GET", {"Sec-Fetch-Dest": "image"}),
        ("GET", {"Sec-Fetch-Dest": "empty"}),
        ("GET", {"Sec-Fetch-Dest": "iframe"}),
    ],
)
async def test_a_link_is_spent_by_following_it_alone(
    world: World, client: httpx.AsyncClient, method: str, headers: dict[str, str]
) -> None:
    ticket = await world.house.accounts.add("Zhou Min", "bidder")
    spent = await client.request(method, f"/enter/{ticket}", headers=headers)
    assert spent.status_code == 405 and "set-cookie" not in spent.headers
    followed = await client.get(f"/enter/{ticket}", headers={"Sec-Fetch-Dest": "document"})
    assert followed.status_code == 303


async def test_a_session_mints_a_token_and_leaving_ends_only_itself(world: World, client: httpx.AsyncClient) -> None:
    session = {"Cookie": f"outcry_session={await world.session('bidder')}", **OURS}
    minted = await client.post("/api/v1/tokens", headers=session)
    assert minted.status_code == 201
    bearer = {"Authorization": f"Bearer {minted.json()['token']}"}
    left = await client.post("/api/v1/leave", headers=session)
    assert left.status_code == 204 and "Max-Age=0" in left.headers["set-cookie"]
    assert (await client.get("/api/v1/me", headers=session)).json() == {"account": None, "role": None}
    assert (await client.get("/api/v1/me", headers=bearer)).json()["role"] == "bidder"
    left = await client.post("/api/v1/leave", headers=bearer)
    assert left.status_code == 204 and "set-cookie" not in left.headers
    assert (await client.get("/api/v1/me", headers=bearer)).status_code == 401
    assert (await client.post("/api/v1/leave")).status_code == 204


@pytest.mark.parametrize("path", ["/", "/api/v1/me", "/api/v1/lots", "/lots/nope", "/operator", "/api/v1/proposals"])
async def test_an_expired_cookie_is_cleared_whatever_is_answered(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(path, headers={"Cookie": f"outcry_session={'x' * 43}"})
    assert answer.status_code in (200, 401, 404)
    assert 'outcry_session=""' in answer.headers["set-cookie"] and "Max-Age=0" in answer.headers["set-cookie"]
    if path == "/api/v1/proposals":
        assert "ended" in answer.json()["detail"]


async def test_a_cleared_cookie_is_never_kept_by_a_cache_that_others_read(
    world: World, client: httpx.AsyncClient
) -> None:
    await world.house.open("lot-1")
    link = sha1(world.house.disk.lots["lot-1"].events[0]).hexdigest()
    path = f"/api/v1/lots/lot-1/events?after=0&limit=1&epoch=1&link={link}"
    assert "immutable" in (await client.get(path)).headers["cache-control"]
    cleared = await client.get(path, headers={"Cookie": f"outcry_session={'x' * 43}"})
    assert "set-cookie" in cleared.headers and cleared.headers["cache-control"] == "no-store"


async def test_a_live_cookie_is_left_alone(world: World, client: httpx.AsyncClient) -> None:
    answer = await client.get("/", headers={"Cookie": f"outcry_session={await world.session('bidder')}"})
    assert answer.status_code == 200 and "set-cookie" not in answer.headers


@pytest.mark.parametrize("path", ["/", "/api/v1/me", "/api/v1/lots"])
async def test_a_bad_token_is_refused_even_where_anybody_may_read(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(path, headers={"Authorization": f"Bearer {'x' * 43}"})
    assert answer.status_code == 401 and answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("query", ["", "?lot=lot-1", "?role=operator"])
async def test_the_demos_door_is_shut_by_default(world: World, client: httpx.AsyncClient, query: str) -> None:
    await world.house.open("lot-1")
    before = world.house.disk.dump()
    answer = await client.get(f"/enter/demo{query}")
    assert answer.status_code == 404 and "set-cookie" not in answer.headers
    assert world.house.disk.dump() == before


async def enter(world: World, query: str, **headers: str) -> Any:
    async with world.client() as client:
        return await client.get(f"/enter/demo{query}", headers=headers)


async def test_in_the_demo_each_click_is_a_new_visitor_admitted_to_the_lot() -> None:
    world = World(DEMO)
    await world.house.open("lot-1")
    codes = set()
    for _ in range(2):
        answer = await enter(world, "?lot=lot-1")
        assert (answer.status_code, answer.headers["location"]) == (303, "/lots/lot-1")
        account = await world.house.accounts.session(token_in(answer))
        assert account is not None and account.role == "bidder"
        codes.add((await world.house.registration.identity("lot-1", account)).code)
    assert len(codes) == 2 and None not in codes
    assert world.house.disk.lots["lot-1"].lot.registered == 2


async def test_in_the_demo_a_visitor_may_run_the_house() -> None:
    world = World(DEMO)
    answer = await enter(world, "?role=operator")
    account = await world.house.accounts.session(token_in(answer))
    assert account is not None and account.role == "operator"
    assert answer.headers["location"] == "/operator"


async def test_a_lot_that_does_not_take_him_he_may_watch() -> None:
    world = World(DEMO)
    await world.house.open("amc", eligibility="amc_only")
    await world.house.open("over")
    world.house.disk.lots["over"].lot.state = "sold"
    for lot_id in ("amc", "over"):
        answer = await enter(world, f"?lot={lot_id}")
        assert (answer.status_code, answer.headers["location"]) == (303, f"/lots/{lot_id}")
        account = await world.house.accounts.session(token_in(answer))
        assert (await world.house.registration.identity(lot_id, account)).role == "watcher"


async def test_without_a_lot_he_comes_to_the_busiest_that_he_may_enter() -> None:
    world = World(DEMO)
    await world.house.announce("later", opens_at=world.house.now() + 60_000)
    assert (await enter(world, "")).headers["location"] == "/lots/later"
    await world.house.open("quiet")
    await world.house.open("busy")
    await world.house.open("amc", eligibility="amc_only")
    world.house.disk.lots["busy"].lot.bids = 3
    world.house.disk.lots["amc"].lot.bids = 9
    assert (await enter(world, "")).headers["location"] == "/lots/busy"
    for lot_id in ("busy", "quiet", "later"):
        world.house.disk.lots[lot_id].lot.state = "sold"
    answer = await enter(world, "")
    assert answer.status_code == 404 and "set-cookie" not in answer.headers


@pytest.mark.parametrize("query", ["?role=admin", "?lot=nope", "?lot=../x", "?lot=//evil.test"])
async def test_the_demo_sends_nobody_elsewhere(query: str) -> None:
    world = World(DEMO)
    await world.house.open("lot-1")
    answer = await enter(world, query)
    assert answer.status_code in (400, 404) and "set-cookie" not in answer.headers


async def test_an_image_tag_makes_no_visitors() -> None:
    world = World(DEMO)
    await world.house.open("lot-1")
    before = world.house.disk.dump()
    assert (await enter(world, "?lot=lot-1", **{"Sec-Fetch-Dest": "image"})).status_code == 405
    assert world.house.disk.dump() == before
