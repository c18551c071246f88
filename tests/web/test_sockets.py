"""Every way to knock at a room's door."""

import pytest

from outcry.config import Config
from outcry.engine.errors import Unavailable

from .handshake import Outcome, handshake
from .world import ORIGIN, World

LOT = "/ws/lots/lot-1"
SHA1 = "a" * 40
FOREIGN = [
    "http://evil.test",
    "null",
    "",
    "https://house.test",
    "http://house.test:80",
    "http://house.test/",
    "http://house.test.evil.test",
    "http://evilhouse.test",
    "http://HOUSE.test",
    "HTTP://house.test",
    "http://house.test, http://evil.test",
    " http://house.test.",
    "file://",
]


async def a_world(config: Config | None = None) -> World:
    world = World(config)
    await world.house.open("lot-1")
    return world


async def admitted(world: World) -> str:
    """The token of a bidder who is admitted to the lot."""
    token = await world.session("bidder")
    account = await world.house.accounts.session(token)
    assert account is not None
    await world.house.registration.register("lot-1", account)
    return token


async def test_without_credentials_anybody_watches_from_anywhere() -> None:
    world = await a_world()
    for origin in [{}, {"Origin": ORIGIN}, *({"Origin": origin} for origin in FOREIGN)]:
        outcome = await handshake(world.site, LOT, origin)
        assert (outcome.status, outcome.hello["role"], outcome.cookies) == (101, "watcher", []), origin


async def test_a_cookie_from_our_own_page_is_a_bidder() -> None:
    world = await a_world()
    cookie = {"Cookie": f"outcry_lang=zh; outcry_session={await admitted(world)}"}
    outcome = await handshake(world.site, LOT, {**cookie, "Origin": ORIGIN})
    assert (outcome.status, outcome.hello["role"]) == (101, "bidder")
    assert outcome.hello["code"] is not None
    _, identity, *_ = world.hub.served[0]
    assert identity.session is not None and identity.session not in cookie["Cookie"]


@pytest.mark.parametrize("origin", [None, *FOREIGN])
@pytest.mark.parametrize("path", [LOT, "/ws/market", "/ws/lots/unknown"])
async def test_a_cookie_without_our_exact_origin_is_refused_and_never_made_a_watcher(
    path: str, origin: str | None
) -> None:
    world = await a_world()
    headers = {"Cookie": f"outcry_session={await admitted(world)}"} | ({} if origin is None else {"Origin": origin})
    outcome = await handshake(world.site, path, headers)
    assert (outcome.status, outcome.refusal["error"]) == (403, "wrong_origin")
    assert not world.hub.served


async def test_two_origins_are_none() -> None:
    world = await a_world()
    headers = [
        ("Cookie", f"outcry_session={await admitted(world)}"),
        ("Origin", ORIGIN),
        ("Origin", "http://evil.test"),
    ]
    assert (await handshake(world.site, LOT, headers)).status == 403


async def test_the_configured_origins_are_a_list_of_exact_ones() -> None:
    world = await a_world(Config().override(web={"origins": ["https://auction.example", "https://b.example:8443"]}))
    cookie = {"Cookie": f"outcry_session={await admitted(world)}"}
    for origin in ("https://auction.example", "https://b.example:8443"):
        assert (await handshake(world.site, LOT, {**cookie, "Origin": origin})).status == 101
    for origin in (ORIGIN, "http://auction.example", "https://b.example", "https://auction.example:443"):
        assert (await handshake(world.site, LOT, {**cookie, "Origin": origin})).status == 403


async def test_behind_a_proxy_that_ends_tls_our_origin_is_https() -> None:
    world = await a_world(Config().override(web={"proxies": ["10.0.0.1"]}))
    headers = {"Cookie": f"outcry_session={await admitted(world)}", "X-Forwarded-Proto": "https"}
    good = await handshake(world.site, LOT, {**headers, "Origin": "https://house.test"}, address="10.0.0.1")
    bad = await handshake(world.site, LOT, {**headers, "Origin": "https://house.test"}, address="10.0.0.2")
    assert (good.status, bad.status) == (101, 403)


@pytest.mark.parametrize("origin", [None, ORIGIN, "http://evil.test"])
async def test_a_program_with_a_token_needs_no_origin(origin: str | None) -> None:
    world = await a_world()
    headers = {"Authorization": f"Bearer {await admitted(world)}"} | ({} if origin is None else {"Origin": origin})
    outcome = await handshake(world.site, LOT, headers)
    assert (outcome.status, outcome.hello["role"]) == (101, "bidder")


@pytest.mark.parametrize("path", [LOT, "/ws/market", "/ws/lots/unknown"])
@pytest.mark.parametrize(
    "value",
    ["Bearer", "Bearer ", "Bearer x", f"Bearer {'a' * 43}", "Bearer a b", "Basic dTpw", "", f"Bearer {'a' * 5000}"],
)
async def test_a_bad_token_is_refused_and_never_made_a_watcher(path: str, value: str) -> None:
    outcome = await handshake((await a_world()).site, path, {"Authorization": value})
    assert (outcome.status, outcome.refusal["error"]) == (401, "unauthorised")


async def test_a_bad_token_is_not_saved_by_a_good_cookie_nor_by_a_second_token() -> None:
    world = await a_world()
    token = await admitted(world)
    cookie = ("Cookie", f"outcry_session={token}")
    bad = ("Authorization", f"Bearer {'x' * 43}")
    good = ("Authorization", f"Bearer {token}")
    assert (await handshake(world.site, LOT, [cookie, ("Origin", ORIGIN), bad])).status == 401
    assert (await handshake(world.site, LOT, [good, bad])).status == 401
    assert (await handshake(world.site, LOT, [bad, good])).status == 401


async def test_of_token_and_cookie_the_token_counts_and_needs_no_origin() -> None:
    world = await a_world()
    operator = await world.session("operator")
    headers = {"Authorization": f"Bearer {await admitted(world)}", "Cookie": f"outcry_session={operator}"}
    outcome = await handshake(world.site, LOT, {**headers, "Origin": "http://evil.test"})
    assert (outcome.status, outcome.hello["role"]) == (101, "bidder")


@pytest.mark.parametrize("value", ["x" * 43, "", "short", "é" * 20, "a b"])
async def test_an_expired_cookie_watches_and_is_cleared(value: str) -> None:
    outcome = await handshake((await a_world()).site, LOT, {"Cookie": f"outcry_session={value}", "Origin": ORIGIN})
    assert (outcome.status, outcome.hello["role"]) == (101, "watcher")
    (cookie,) = outcome.cookies
    assert cookie.startswith('outcry_session=""') and "Max-Age=0" in cookie


async def test_of_two_cookies_one_is_planted_and_neither_is_believed() -> None:
    world = await a_world()
    token, other = await admitted(world), await world.session("operator")
    for cookies in (
        f"outcry_session={token}; outcry_session={other}",
        f"outcry_session={other}; outcry_session={token}",
    ):
        outcome = await handshake(world.site, LOT, {"Cookie": cookies, "Origin": ORIGIN})
        assert (outcome.status, outcome.hello["role"], len(outcome.cookies)) == (101, "watcher", 1)


async def test_an_ended_session_watches() -> None:
    world = await a_world()
    token = await admitted(world)
    await world.house.accounts.end(token)
    outcome = await handshake(world.site, LOT, {"Cookie": f"outcry_session={token}", "Origin": ORIGIN})
    assert outcome.hello["role"] == "watcher"


async def test_who_is_not_admitted_watches_and_an_operator_is_one() -> None:
    world = await a_world()
    stranger = await handshake(world.site, LOT, await world.bearer("bidder"))
    operator = await handshake(world.site, LOT, await world.bearer("operator"))
    assert (stranger.hello["role"], stranger.hello["code"]) == ("watcher", None)
    assert (operator.hello["role"], operator.hello["code"]) == ("operator", None)


@pytest.mark.parametrize("lot_id", ["lot-2", "LOT-1", "-lot", "a" * 41, "lot_1", "lot-1%00", "%E6%8B%8D"])
async def test_an_unknown_lot_is_not_found(lot_id: str) -> None:
    outcome = await handshake((await a_world()).site, f"/ws/lots/{lot_id}")
    assert (outcome.status, outcome.refusal["error"]) == (404, "unknown_lot")


@pytest.mark.parametrize(
    ("query", "position"),
    [
        ("", (None, None, None)),
        (f"after=5&epoch=1&link={SHA1}", (5, 1, SHA1)),
        ("after=0&epoch=0&link=", (0, 0, "")),
        (f"link={SHA1}&epoch=1&after=999999999999999&utm=x", (999999999999999, 1, SHA1)),
    ],
)
async def test_a_position_is_handed_on(query: str, position: tuple[int | None, int | None, str | None]) -> None:
    world = await a_world()
    assert (await handshake(world.site, f"{LOT}?{query}")).status == 101
    assert world.hub.served[0][2:] == position


@pytest.mark.parametrize(
    "query",
    [
        "after=5",
        "after=5&epoch=1",
        f"epoch=1&link={SHA1}",
        f"after=-1&epoch=1&link={SHA1}",
        f"after=01&epoch=1&link={SHA1}",
        f"after=1.0&epoch=1&link={SHA1}",
        f"after=1e3&epoch=1&link={SHA1}",
        f"after=%D9%A1&epoch=1&link={SHA1}",
        f"after=1000000000000000&epoch=1&link={SHA1}",
        f"after=&epoch=1&link={SHA1}",
        f"after=5&after=5&epoch=1&link={SHA1}",
        "after=5&epoch=1&link=",
        f"after=5&epoch=1&link={SHA1.upper()}",
        f"after=5&epoch=1&link={SHA1}0",
        f"after=5&epoch=1&link={SHA1}%0a",
    ],
)
async def test_a_malformed_position_is_refused(query: str) -> None:
    outcome = await handshake((await a_world()).site, f"{LOT}?{query}")
    assert (outcome.status, outcome.refusal["error"]) == (400, "malformed")


async def test_a_store_that_is_away_is_no_denial_of_access() -> None:
    world = await a_world()

    async def away(token: str) -> None:
        raise Unavailable("away")

    world.house.accounts.session = away  # type: ignore[method-assign]
    outcome = await handshake(world.site, LOT, {"Authorization": f"Bearer {'x' * 43}"})
    assert (outcome.status, outcome.refusal["error"]) == (503, "unavailable")


async def seats(world: World, addresses: list[str]) -> list[int]:
    outcomes: list[Outcome] = [await handshake(world.site, LOT, address=address) for address in addresses]
    return [outcome.status for outcome in outcomes]


async def test_an_address_has_so_many_seats_and_gets_one_back_when_a_socket_is_lost() -> None:
    world = await a_world(Config().override(limits={"sockets_per_address": 2, "exempt": ["127.0.0.0/24"]}))
    world.hub.keeps = True
    assert await seats(world, ["10.1.1.1"] * 3) == [101, 101, 429]
    assert await seats(world, ["10.1.1.2", "127.0.0.1", "127.0.0.1", "127.0.0.1"]) == [101] * 4
    world.hub.kept[0]()
    world.hub.kept[0]()  # told twice: one seat all the same
    assert await seats(world, ["10.1.1.1"] * 2) == [101, 429]


async def test_an_ipv6_subscriber_is_one_holder_and_ipv4_in_its_clothes_is_ipv4() -> None:
    world = await a_world(Config().override(limits={"sockets_per_address": 1}))
    world.hub.keeps = True
    assert await seats(world, ["2001:db8::1", "2001:db8::ffff:2", "2001:db8:0:1::1"]) == [101, 429, 101]
    assert await seats(world, ["10.1.1.1", "::ffff:10.1.1.1"]) == [101, 429]


async def test_a_refused_handshake_keeps_no_seat() -> None:
    world = await a_world(Config().override(limits={"sockets_per_address": 1}))
    for _ in range(3):
        assert (await handshake(world.site, "/ws/lots/unknown")).status == 404
        assert (await handshake(world.site, LOT, {"Authorization": "Bearer x"})).status == 401
    world.hub.keeps = True
    assert (await handshake(world.site, LOT)).status == 101


async def test_a_room_that_fails_gives_the_seat_back() -> None:
    world = await a_world(Config().override(limits={"sockets_per_address": 1}))
    world.hub.serve_lot = None  # type: ignore[assignment, method-assign]
    for _ in range(2):
        assert (await handshake(world.site, LOT)).status == 500


async def test_the_market_is_open_to_all() -> None:
    world = await a_world()
    assert (await handshake(world.site, "/ws/market")).hello["role"] == "watcher"
    assert (await handshake(world.site, "/ws/market", await world.bearer("bidder"))).status == 101


async def test_there_are_no_other_sockets() -> None:
    outcome = await handshake((await a_world()).site, "/ws/elsewhere")
    assert (outcome.status, outcome.refusal["error"]) == (404, "not_found")
