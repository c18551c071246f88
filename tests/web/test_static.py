"""The browser's files: versioned, cached, and nothing outside of their folder."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from outcry.resources import static_dir
from outcry.web.static import Static, matches

from .world import World


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with World().client() as client:
        yield client


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "js").mkdir()
    (tmp_path / "js" / "room.js").write_text("import './beat.js'\n")
    (tmp_path / "js" / "beat.js").write_text("export {}\n")
    (tmp_path / ".secret").write_text("no\n")
    return tmp_path


def test_the_version_is_the_hash_of_the_tree(folder: Path) -> None:
    first = Static(folder)
    assert first.version == Static(folder).version
    assert first.url("js/room.js") == f"/static/{first.version}/js/room.js"
    (folder / "js" / "beat.js").write_text("export const beat = 1\n")
    assert Static(folder).version != first.version
    (folder / "js" / "beat.js").write_text("export {}\n")
    (folder / "js" / "beat.js").rename(folder / "js" / "drum.js")
    assert Static(folder).version != first.version


def test_a_name_that_does_not_exist_is_found_by_a_test_and_not_by_a_browser(folder: Path) -> None:
    static = Static(folder)
    assert static.names() == ["js/beat.js", "js/room.js"]
    with pytest.raises(KeyError):
        static.url("js/rooom.js")
    with pytest.raises(KeyError):
        static.url(".secret")


async def test_a_versioned_file_is_kept_for_ever_and_a_plain_one_asked_for_again(client: httpx.AsyncClient) -> None:
    static = Static(static_dir())
    versioned = await client.get(static.url("favicon.svg"))
    assert versioned.headers["cache-control"] == "public, max-age=31536000, immutable"
    plain = await client.get("/static/favicon.svg")
    assert plain.headers["cache-control"] == "public, no-cache"
    outdated = await client.get("/static/v-000000000000/favicon.svg")
    assert outdated.headers["cache-control"] == "public, no-cache"
    for answer in (versioned, plain, outdated):
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "image/svg+xml"
        assert answer.content == (static_dir() / "favicon.svg").read_bytes()


async def test_an_unchanged_file_is_not_sent_again(client: httpx.AsyncClient) -> None:
    etag = (await client.get("/static/favicon.svg")).headers["etag"]
    for given in (etag, f"W/{etag}", f'"x", {etag}', "*"):
        again = await client.get("/static/favicon.svg", headers={"If-None-Match": given})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", etag)
    other = await client.get("/static/favicon.svg", headers={"If-None-Match": '"other"'})
    assert other.status_code == 200


async def test_a_head_has_the_headers_alone(client: httpx.AsyncClient) -> None:
    answer = await client.head("/static/favicon.svg")
    assert (answer.status_code, answer.content) == (200, b"")
    assert int(answer.headers["content-length"]) > 0


@pytest.mark.parametrize(
    "path",
    [
        "/static/", "/static/nope.js", "/static/js", "/static/../config.toml", "/static/%2e%2e/config.toml",
        "/static/..%2fconfig.toml", "/static/%2fetc/passwd", "/static//etc/passwd", "/static/js/../../config.toml",
        "/static/v-000000000000/../config.toml", "/static/favicon.svg/", "/static/favicon.svg%00",
        "/static/.git/config",
    ],
)  # fmt: skip
async def test_nothing_else_is_found(client: httpx.AsyncClient, path: str) -> None:
    request = client.build_request("GET", "http://house.test/")
    request.url = request.url.copy_with(raw_path=path.encode())  # as written, not as a client would tidy it up
    assert (await client.send(request)).status_code == 404


async def test_every_file_has_a_type_that_a_browser_accepts(client: httpx.AsyncClient) -> None:
    for name in Static(static_dir()).names():
        answer = await client.get(f"/static/{name}")
        assert answer.headers["content-type"] != "application/octet-stream", name


async def test_a_browser_that_asks_for_an_icon_gets_it(client: httpx.AsyncClient) -> None:
    assert (await client.get("/favicon.ico")).headers["content-type"] == "image/svg+xml"


async def test_files_need_neither_a_session_nor_the_store(client: httpx.AsyncClient) -> None:
    answer = await client.get(
        "/static/favicon.svg", headers={"Authorization": "Bearer bad", "Cookie": "outcry_session=x"}
    )
    assert answer.status_code == 200 and "set-cookie" not in answer.headers


def test_tags_are_compared_weakly() -> None:
    assert matches('W/"a"', '"a"') and matches("*", '"a"') and not matches(None, '"a"') and not matches('"ab"', '"a"')
