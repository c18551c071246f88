"""What every request passes: the Host, the client's address, the limits; and the headers of every answer."""

from typing import Any

import httpx
import pytest
from starlette.datastructures import Headers

from outcry.config import Config
from outcry.web.addresses import Bucket, Networks, Seats, client_address, holder
from outcry.web.security import Origins, check_settings, split_host

from .world import World

GOOD_HOSTS = [
    "house.test",
    "house.test:8400",
    "HOUSE.test",
    "127.0.0.1:80",
    "localhost",
    "[::1]",
    "[2001:db8::1]:8400",
    "a_b.test",
]
BAD_HOSTS = [
    "", " ", "house.test ", "house.test, evil.test", "house.test:", "house.test:0", "house.test:65536",
    "house.test:80:80", "house.test:http", "user@house.test", "house.test/", "house.test#x", "house.test?x",
    "http://house.test", "house..test", ".house.test", "house.test.", "-house.test", "hous\te.test", "house.test\x00",
    "haus\xe9.test", "[::1", "::1", "[::1]x", "[zz]", "a" * 300, "house.test\\evil.test", "%68ouse.test",
    "house.test:٨٠",
]  # fmt: skip
NAMES = {"content-security-policy", "x-content-type-options", "x-frame-options", "referrer-policy",
         "cross-origin-opener-policy", "cross-origin-resource-policy", "permissions-policy"}  # fmt: skip


@pytest.mark.parametrize("host", GOOD_HOSTS)
def test_a_host_has_a_form(host: str) -> None:
    assert split_host(host) is not None


@pytest.mark.parametrize("host", BAD_HOSTS)
def test_a_malformed_host_has_no_name(host: str) -> None:
    assert split_host(host) is None


async def get(
    world: World, path: str, headers: list[tuple[str, str]] | dict[str, str] | None = None, **options: Any
) -> Any:
    async with world.client(**options) as client:
        return await client.get(path, headers=httpx.Headers(headers))


@pytest.mark.parametrize("path", ["/", "/api/v1/lots", "/static/favicon.svg", "/enter/x", "/livez"])
@pytest.mark.parametrize("host", ["", "evil.test/", "a, b", "user@house.test", "house.test:99999"])
async def test_a_malformed_host_is_refused_everywhere(path: str, host: str) -> None:
    answer = await get(World(), path, {"Host": host})
    assert answer.status_code == 400
    assert "evil" not in answer.text


async def test_two_hosts_are_refused() -> None:
    assert (await get(World(), "/api/v1/lots", [("Host", "house.test"), ("Host", "house.test")])).status_code == 400


async def test_where_names_are_configured_no_other_is_answered() -> None:
    world = World(Config().override(web={"trusted_hosts": ["Auction.example"]}))
    for host, status in [
        ("auction.example", 200),
        ("AUCTION.example:8400", 200),
        ("house.test", 400),
        ("auction.example.evil", 400),
    ]:
        assert (await get(world, "/api/v1/lots", {"Host": host})).status_code == status, host
    assert (await get(world, "/livez", {"Host": "10.0.0.7:8400"})).status_code == 200  # probes ask by address


PATHS = ["/", "/lots/nope", "/nope", "/api/v1/lots", "/api/nope", "/static/nope", "/favicon.ico", "/operator", "/livez",
         "/metrics", "/lang?to=en", "/lang?to=x", "/enter/demo", "/api/openapi.json"]  # fmt: skip


@pytest.mark.parametrize("path", PATHS)
async def test_every_answer_leaves_with_the_headers(path: str) -> None:
    answer = await get(World(), path)
    assert set(answer.headers) >= NAMES
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'self';") and "frame-ancestors 'none'" in policy and "unsafe" not in policy
    assert "cache-control" in answer.headers
    assert "strict-transport-security" not in answer.headers
    assert answer.headers["x-content-type-options"] == "nosniff"


async def test_over_https_browsers_are_told_to_stay_there() -> None:
    world = World(Config().override(web={"proxies": ["10.0.0.1"]}))
    answer = await get(world, "/", {"X-Forwarded-Proto": "https"}, client=("10.0.0.1", 1))
    assert "strict-transport-security" in answer.headers


PROXIES = Networks(["10.0.0.0/8", "fd00::/8"])


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        ("192.0.2.1", [b"198.51.100.7"], "192.0.2.1"),  # not our proxy: hearsay
        ("10.0.0.1", [b"198.51.100.7"], "198.51.100.7"),
        ("10.0.0.1", [b"203.0.113.9, 198.51.100.7"], "198.51.100.7"),  # the left one was sent by the client
        ("10.0.0.1", [b"203.0.113.9", b"198.51.100.7"], "198.51.100.7"),
        ("10.0.0.1", [b"198.51.100.7, 10.0.0.2"], "198.51.100.7"),
        ("10.0.0.1", [b"10.0.0.3, 10.0.0.2"], "10.0.0.3"),
        ("10.0.0.1", [], "10.0.0.1"),
        ("10.0.0.1", [b""], "10.0.0.1"),
        ("10.0.0.1", [b"198.51.100.7, nonsense"], "10.0.0.1"),
        ("10.0.0.1", [b"127.0.0.1"], "127.0.0.1"),
        ("fd00::1", [b"2001:db8::7"], "2001:db8::7"),
        ("::ffff:10.0.0.1", [b"::ffff:198.51.100.7"], "198.51.100.7"),
    ],
)
def test_the_client_is_the_last_one_that_our_proxies_name(peer: str, forwarded: list[bytes], client: str) -> None:
    assert client_address(peer, forwarded, PROXIES) == client


def test_a_holder_is_an_address_or_a_subscribers_network() -> None:
    assert holder("198.51.100.7") == holder("::ffff:198.51.100.7") == "198.51.100.7"
    assert holder("2001:db8::1") == holder("2001:db8:0:0:ffff::1") != holder("2001:db8:0:1::1")


def test_a_bucket_fills_again() -> None:
    now = 100.0
    bucket = Bucket(per_second=2, burst=3, clock=lambda: now)
    assert [bucket.take("a") for _ in range(4)] == [0, 0, 0, pytest.approx(0.5)]
    assert bucket.take("b") == 0
    now += 0.5
    assert [bucket.take("a") for _ in range(2)] == [0, pytest.approx(0.5)]
    now += 1000
    assert [bool(bucket.take("a")) for _ in range(4)] == [False, False, False, True]


def test_a_bucket_forgets_who_has_gone() -> None:
    now = 100.0
    bucket = Bucket(per_second=10, burst=10, clock=lambda: now)
    for number in range(30_000):
        now += 0.001
        bucket.take(str(number))
    assert len(bucket._full_at) < 12_000


def test_seats_of_an_exempt_network_are_not_counted() -> None:
    seats = Seats(1, Networks(["127.0.0.0/8"]))
    assert all(seats.take("127.0.0.1") for _ in range(5))
    assert seats.take("10.0.0.1") and seats.take("10.0.0.1") is None


async def test_too_many_requests_of_one_address_wait_and_others_do_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("outcry.web.site.REQUESTS_BURST", 5)
    monkeypatch.setattr("outcry.web.site.REQUESTS_PER_S", 0.001)
    world = World(Config().override(limits={"exempt": ["127.0.0.1"]}))

    async def statuses(address: str, path: str = "/api/v1/lots") -> list[int]:
        return [(await get(world, path, client=(address, 1))).status_code for _ in range(7)]

    assert await statuses("10.0.0.1") == [200] * 5 + [429] * 2
    assert await statuses("10.0.0.2", "/static/nope") == [404] * 7
    assert await statuses("10.0.0.1", "/livez") == [200] * 7
    assert await statuses("127.0.0.1") == [200] * 7
    refused = await get(world, "/api/v1/lots", client=("10.0.0.1", 1))
    assert refused.json()["error"] == "rate_limited" and int(refused.headers["retry-after"]) > 0
    forged = await get(world, "/api/v1/lots", {"X-Forwarded-For": "127.0.0.1"}, client=("10.0.0.1", 1))
    assert forged.status_code == 429


def test_proof_is_read_from_the_scope_and_not_from_an_address_that_headers_spell() -> None:
    scope = {
        "type": "http",
        "scheme": "http",
        "headers": [(b"host", b"house.test"), (b"x-forwarded-host", b"evil.test")],
    }
    assert not Origins(()).proves_same(Headers({"origin": "http://evil.test"}), scope)
    assert Origins(()).proves_same(Headers({"origin": "http://house.test"}), scope)


@pytest.mark.parametrize(
    ("web", "limits", "named"),
    [
        ({"origins": ["auction.example"]}, {}, "web.origins"),
        ({"origins": ["https://Auction.example"]}, {}, "web.origins"),
        ({"origins": ["https://auction.example/"]}, {}, "web.origins"),
        ({"origins": ["null"]}, {}, "web.origins"),
        ({"proxies": ["nginx"]}, {}, "web.proxies"),
        ({}, {"exempt": ["127.0.0.0/33"]}, "limits.exempt"),
    ],
)
def test_settings_that_could_never_match_are_refused_at_start(web: Any, limits: Any, named: str) -> None:
    config = Config().override(web=web, limits=limits)
    with pytest.raises(ValueError, match=named):
        check_settings(config.web.origins, {"web.proxies": config.web.proxies, "limits.exempt": config.limits.exempt})
    with pytest.raises(ValueError, match=named):
        World(config)
