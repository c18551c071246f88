"""The commands as they are typed."""

import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest

import outcry
from outcry.cli import main
from outcry.config import ConfigError
from outcry.worker import require_uvicorn
from tests.support.store import StoreProcess

HEAVY = ("redis", "starlette", "uvicorn", "uvloop", "jinja2", "prometheus_client")


@pytest.fixture
def folder(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The current folder, empty, with a path short enough for a socket."""
    with tempfile.TemporaryDirectory(prefix="oc-cli-", dir="/tmp") as path:
        monkeypatch.chdir(path)
        yield Path(path)


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as done:
        main(["--version"])
    assert done.value.code == 0
    assert capsys.readouterr().out == f"outcry {outcry.__version__}\n"


def test_a_mistake_is_answered_before_anything_heavy_is_loaded() -> None:
    script = f"import sys; from outcry.cli import parser; parser(); print([m for m in {HEAVY!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_wrong_key_is_one_line_and_exit_code_2(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "config.toml").write_text("[web]\nprot = 1\n")
    assert main(["serve"]) == 2
    told = capsys.readouterr()
    assert (told.out, told.err) == ("", "outcry: config.toml: [web] has no key prot; did you mean [web] port?\n")


def test_wrong_arguments_are_checked_like_the_file(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["serve", "--workers", "0"]) == 2
    assert capsys.readouterr().err == "outcry: override: web.workers must lie between 1 and 999999999, not 0\n"


def test_a_user_gets_a_link_that_works_once_a_house_is_there(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Without a house running the command opens the data folder itself."""
    assert main(["user", "add", "王小明", "--role", "operator"]) == 0
    told = capsys.readouterr()
    assert re.fullmatch(r"http://127\.0\.0\.1:8400/enter/[\w-]{40,}\n", told.out)
    assert told.err == ""
    assert main(["user", "end", "王小明"]) == 0


def test_a_user_of_another_kind_or_unknown_is_one_line(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["user", "add", "wang", "--role", "operator"])
    capsys.readouterr()
    assert main(["user", "add", "wang", "--role", "bidder"]) == 1
    assert main(["user", "end", "zhang"]) == 1
    first, second = capsys.readouterr().err.splitlines()
    assert first.startswith("outcry: ") and "wang" in first
    assert second == "outcry: there is no account named zhang"


def test_users_enter_at_the_configured_origin(
    folder: Path, store: StoreProcess, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OUTCRY_WEB__ORIGINS", "https://auction.example")
    monkeypatch.setenv("OUTCRY_STORE__URL", store.url)
    assert main(["user", "add", "wang", "--role", "bidder"]) == 0
    assert capsys.readouterr().out.startswith("https://auction.example/enter/")
    assert not (folder / "var").exists()


class TestCheck:
    def test_a_fit_house(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["check", "--json"]) == 0
        told = orjson.loads(capsys.readouterr().out)
        assert told["fit"]
        subjects = {finding["subject"] for finding in told["findings"]}
        assert subjects >= {"configuration", "open files", "store", "disk", "appendfsync", "features", "clock"}
        assert not (folder / "var").exists(), "a check leaves nothing behind"

    def test_a_store_that_could_lose_a_bid(
        self, store: StoreProcess, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("OUTCRY_STORE__URL", store.url)
        store.client.config_set("appendfsync", "everysec")
        try:
            assert main(["check"]) == 1
            table = capsys.readouterr().out
            assert re.search(r"^UNSAFE +appendfsync +appendfsync is everysec: CONFIG SET", table, re.MULTILINE)
            assert table.endswith("\nnot fit to open\n")
            monkeypatch.setenv("OUTCRY_STORE__DURABILITY", "relaxed")
            assert main(["check"]) == 0
        finally:
            store.client.config_set("appendfsync", "always")

    def test_no_store(self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("OUTCRY_STORE__URL", "redis://127.0.0.1:1/0")
        assert main(["check", "--json"]) == 1
        told = orjson.loads(capsys.readouterr().out)
        assert [f["text"] for f in told["findings"] if f["severity"] == "unfit"][0].startswith(
            "no answer from the store"
        )

    def test_settings_that_contradict_themselves(
        self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("OUTCRY_LIMITS__EXEMPT", "localhost")
        assert main(["check"]) == 2
        assert capsys.readouterr().err.startswith("outcry: limits.exempt: 'localhost'")


def test_an_old_uvicorn_is_refused() -> None:
    require_uvicorn()
    require_uvicorn("0.54.0")
    with pytest.raises(ConfigError, match=r"uvicorn 0\.51\.2 is too old: pip install 'uvicorn>=0\.54'"):
        require_uvicorn("0.51.2")
