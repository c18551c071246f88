"""Where a request may come from: what a cookie, a token or nothing at all opens, and from which page."""

from collections.abc import AsyncIterator

import pytest

from tests.support.client import Client, browser, handshake
from tests.support.house import House, serve
from tests.support.store import StoreProcess

SAID = {"kind": "announcement", "text": "The file may be read until Friday."}


@pytest.fixture
async def house(store: StoreProcess) -> AsyncIterator[House]:
    async with serve(store) as house:
        await house.open()
        yield house


async def test_a_cookie_acts_only_from_our_own_pages(house: House) -> None:
    """A foreign page may make a browser send the cookie, but neither forge Origin nor Sec-Fetch-Site."""
    cookie = await house.cookie("desk", "operator")
    own = house.url
    cases: list[tuple[dict[str, str], bool]] = [
        ({}, False),
        ({"Origin": own}, True),
        ({"Sec-Fetch-Site": "same-origin"}, True),
        ({"Origin": own, "Sec-Fetch-Site": "same-origin"}, True),
        ({"Origin": own, "Sec-Fetch-Site": "cross-site"}, False),
        ({"Sec-Fetch-Site": "same-site"}, False),
        ({"Sec-Fetch-Site": "none"}, False),
        *[({"Origin": origin}, False) for origin in foreign_origins(house)],
        *[({"Origin": origin, "Sec-Fetch-Site": "same-origin"}, False) for origin in foreign_origins(house)],
    ]
    async with browser(house.url) as http:
        for index, (headers, passes) in enumerate(cases):
            answer = await http.post(
                "/api/v1/lots/lot-1/say", json={**SAID, "key": f"k{index}"}, headers={**headers, "Cookie": cookie}
            )
            assert answer.status_code == (200 if passes else 403), f"{headers}: {answer.status_code} {answer.text}"


async def test_a_cookie_opens_a_socket_only_from_our_own_pages(house: House) -> None:
    cookie = await house.cookie("Ada")
    await house.register("lot-1", await house.account("Ada"))
    own = {"Origin": house.url}
    async with Client(house.url, "lot-1", headers={"Cookie": cookie, **own}) as client:
        assert client.hello["role"] == "bidder"
    assert await handshake(house.url, headers={"Cookie": cookie}) == 403
    for origin in foreign_origins(house):
        assert await handshake(house.url, headers={"Cookie": cookie, "Origin": origin}) == 403, origin


async def test_a_stranger_may_watch_from_any_page(house: House) -> None:
    for origin in (house.url, *foreign_origins(house)):
        async with Client(house.url, "lot-1", headers={"Origin": origin}) as client:
            assert client.hello["role"] == "watcher", origin


async def test_an_expired_cookie_watches_and_is_cleared(house: House) -> None:
    stale = {"Cookie": "outcry_session=" + "a" * 43, "Origin": house.url}
    async with Client(house.url, "lot-1", headers=stale) as client:
        assert client.hello["role"] == "watcher"
        assert "outcry_session=" in client.answer_headers.get("set-cookie", "")
    assert await handshake(house.url, headers={**stale, "Origin": "http://evil.example"}) == 403


async def test_a_token_needs_no_origin_and_a_bad_one_is_no_downgrade(house: House) -> None:
    token = await house.bidder("lot-1", "Ada")
    async with Client(house.url, "lot-1", token) as client:
        assert client.hello["role"] == "bidder"
    for bad in ("x", "a" * 43, token[:-1], token + "a", f"{token}, {token}", "ü" * 20):
        headers = {"Authorization": f"Bearer {bad}"}
        assert await handshake(house.url, headers=headers) == 401, bad
        async with browser(house.url) as http:
            answer = await http.get("/api/v1/me", headers={b"Authorization": f"Bearer {bad}".encode()})
            assert answer.status_code == 401, bad
    for scheme in ("Basic", "Token", "bearer token"):
        assert await handshake(house.url, headers={"Authorization": f"{scheme} {token}"}) == 401, scheme


async def test_handshakes_that_name_nothing_that_is_there(house: House) -> None:
    assert await handshake(house.url, "lot-9") == 404
    assert await handshake(house.url, "LOT-1") == 404
    for query in (
        "after=1",
        "after=1&epoch=1",
        "after=-1&epoch=1&link=",
        "after=1&epoch=1&link=xyz",
        "after=1&after=2",
    ):
        assert await handshake(house.url, f"lot-1?{query}") == 400, query


def foreign_origins(house: House) -> list[str]:
    host = f"127.0.0.1:{house.port}"
    return [
        "null", "file://", "http://evil.example", f"http://{host}.evil.example", f"http://evil.example#{host}",
        f"https://{host}", f"HTTP://{host}", f"http://{host}/", f"http://{host}@evil.example", "http://127.0.0.1",
        f"http://127.0.0.1:{house.port + 1}", f"http://localhost:{house.port}", f"ws://{host}",
    ]  # fmt: skip
