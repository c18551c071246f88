"""Language and theme, and nowhere else to be sent."""

import pytest
from starlette.requests import HTTPConnection

from outcry.web.preferences import language, safe_back, theme

from .world import World


def asked(**headers: str) -> HTTPConnection:
    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return HTTPConnection({"type": "http", "headers": raw})


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, "en"),
        ({"accept_language": "zh-CN,zh;q=0.9,en;q=0.8"}, "zh"),
        ({"accept_language": "en-GB,en;q=0.9,zh;q=0.8"}, "en"),
        ({"accept_language": "de, zh;q=0.5"}, "zh"),
        ({"accept_language": "de"}, "en"),
        ({"accept_language": "zh;q=nonsense"}, "en"),
        ({"accept_language": "*"}, "en"),
        ({"cookie": "outcry_lang=zh", "accept_language": "en"}, "zh"),
        ({"cookie": "outcry_lang=fr", "accept_language": "zh"}, "zh"),
    ],
)
def test_the_choice_goes_before_what_the_browser_likes(headers: dict[str, str], expected: str) -> None:
    assert language(asked(**headers)) == expected


def test_a_theme_is_chosen_or_left_to_the_system() -> None:
    assert theme(asked()) is None
    assert theme(asked(cookie="outcry_theme=dark")) == "dark"
    assert theme(asked(cookie="outcry_theme=evil")) is None


@pytest.mark.parametrize("back", ["/", "/lots/lot-1", "/lots/lot-1?state=open&q=%E7%BA%BA", "/?state=all#top"])
def test_a_path_of_ours_is_gone_back_to(back: str) -> None:
    assert safe_back(back) == back


@pytest.mark.parametrize(
    "back",
    [
        "", "evil.test", "//evil.test", "///evil.test", "/\\evil.test", "\\\\evil.test", "http://evil.test",
        "https:/evil.test", "javascript:alert(1)", "/lots\r\nSet-Cookie: x=y", "/\t/evil.test",
        "/lots/\u2028", " /", "/ /evil.test", "//house.test@evil.test", "/lots\\..\\evil", "data:text/html,x",
        "/" + "a" * 600, "/\x00",
    ],
)  # fmt: skip
async def test_whatever_could_lead_elsewhere_leads_to_the_catalogue(back: str) -> None:
    assert safe_back(back) == "/"
    async with World().client() as client:
        for path, choice in (("/lang", "zh"), ("/theme", "dark")):
            answer = await client.get(path, params={"to": choice, "back": back})
            assert (answer.status_code, answer.headers["location"]) == (303, "/")


async def test_a_choice_is_a_cookie_and_auto_takes_it_back() -> None:
    async with World().client() as client:
        answer = await client.get("/lang", params={"to": "zh", "back": "/lots/lot-1"})
        assert answer.headers["location"] == "/lots/lot-1"
        cookie = answer.headers["set-cookie"].lower()
        assert cookie.startswith("outcry_lang=zh;") and "samesite=lax" in cookie and "httponly" in cookie
        answer = await client.get("/theme", params={"to": "auto"})
        assert "max-age=0" in answer.headers["set-cookie"].lower()


@pytest.mark.parametrize("query", ["", "to=fr", "to=", "back=/"])
async def test_an_unknown_choice_changes_nothing(query: str) -> None:
    async with World().client() as client:
        answer = await client.get(f"/lang?{query}")
    assert answer.status_code == 400 and "set-cookie" not in answer.headers
