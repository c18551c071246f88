"""``outcry demo`` as a command: its arguments, its output, and the whole of it as a real process."""

import argparse
import http.client
import io
import json
import os
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from outcry.demo.run import add_arguments, check, demo_config, write_tokens
from outcry.demo.screen import Screen, summary
from tests.support.wait import until_sync

FIGURES: dict[str, Any] = {
    "seconds": 60.0, "lots": {"open": 7, "sold": 3, "passed": 1}, "bids": {"accepted": 31, "refused": 4},
    "watchers": 72, "deliveries": 1893, "gaps": 0, "out_of_order": 0, "decision_ms": {"p50": 1.94, "p99": 4.2},
    "spread_ms": {"p50": None, "p99": None},
}  # fmt: skip


def arguments(*given: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    return parser.parse_args(given)


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        ([], None),
        (["--for", "8", "--json", "--bidders", "3", "--tokens", "t.json"], None),
        (["--bidders", "3"], "--bidders N and --tokens FILE go together"),
        (["--tokens", "t.json"], "--bidders N and --tokens FILE go together"),
        (["--bidders", "3", "--tokens", "/no/where/t.json"], "--tokens /no/where/t.json: there is no such folder"),
        (["--for", "0"], "--for takes a positive number of seconds"),
        (["--watchers", "-1"], "--bidders and --watchers are not negative"),
    ],
)
def test_arguments_are_checked(given: list[str], fault: str | None) -> None:
    assert check(arguments(*given)) == fault


def test_the_demo_has_a_house_of_its_own(tmp_path: Path) -> None:
    config = demo_config(arguments("--workers", "2"), tmp_path)
    assert config.store.url == "" and config.store.data == str(tmp_path)
    assert config.web.host == "127.0.0.1" and config.web.port == 0 and config.web.workers == 2
    assert config.demo.enabled and config.limits.exempt == ("127.0.0.0/8",)
    assert config.auction.resume_delay_ms == 10_000


def test_tokens_appear_whole_and_for_their_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "tokens.json"
    path.write_text("an older file, longer than the new one ………………………………………")
    write_tokens(path, [{"lot": "lot-13", "code": "K7Q2", "token": "secret"}])
    assert json.loads(path.read_text()) == [{"lot": "lot-13", "code": "K7Q2", "token": "secret"}]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_with_json_stdout_holds_the_object_alone() -> None:
    out, err = io.StringIO(), io.StringIO()
    screen = Screen(True, out, err)
    screen.watch("http://127.0.0.1:8400")
    screen.enter("http://127.0.0.1:8400")
    screen.progress(FIGURES)
    screen.result(FIGURES)
    assert json.loads(out.getvalue()) == FIGURES
    assert err.getvalue().splitlines() == [
        "watch http://127.0.0.1:8400/",
        "bid http://127.0.0.1:8400/enter/demo",
        "operate http://127.0.0.1:8400/enter/demo?role=operator",
    ]


def test_without_json_people_get_three_addresses() -> None:
    out, err = io.StringIO(), io.StringIO()
    screen = Screen(False, out, err)
    screen.watch("http://127.0.0.1:8400")
    screen.enter("http://127.0.0.1:8400")
    screen.progress(FIGURES)
    lines = out.getvalue().splitlines()
    assert [line.split()[0] for line in lines if "http" in line] == ["watch", "bid", "operate"]
    assert err.getvalue() == "" and "\r" not in out.getvalue()


def test_a_summary_names_losses_only_where_there_are_any() -> None:
    assert "gaps" not in summary(FIGURES)
    assert "decision 1.9 ms · spread –" in summary(FIGURES)
    assert summary({**FIGURES, "gaps": 2}).endswith("2 gaps, 0 out of order")


def test_the_crowd_knows_the_house_by_its_protocol_only() -> None:
    """What the crowd imports of ours: itself, the nouns, the log. ``run`` is the supervisor's process."""
    code = "import sys, outcry.demo.crowd; print(*sorted(name for name in sys.modules if name.startswith('outcry.')))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert {name.split(".")[1] for name in loaded} == {"demo", "log", "model"}
    assert "outcry.demo.run" not in loaded


def test_the_demo_runs_measures_and_ends_by_itself(tmp_path: Path) -> None:
    """Everything at once: the process tree, the robots, the audience, a program's bid with a token, the object."""
    tokens = tmp_path / "tokens.json"
    command = [
        "demo",
        "--for",
        "8",
        "--json",
        "--seed",
        "1",
        "--watchers",
        "30",
        "--bidders",
        "2",
        "--tokens",
        str(tokens),
    ]
    with (tmp_path / "err").open("w") as errors:
        demo = subprocess.Popen(
            [sys.executable, "-m", "outcry", *command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors,
            text=True, env={name: value for name, value in os.environ.items() if not name.startswith("OUTCRY_")},
        )  # fmt: skip
    try:
        until_sync(tokens.exists, "the tokens", 12)
        guests = json.loads(tokens.read_text())
        decision = bid(int(address(tmp_path / "err", "watch").rsplit(":", 1)[1].strip("/")), guests[0])
        out, _ = demo.communicate(timeout=20)
    finally:
        demo.kill()
        demo.wait()
    assert demo.returncode == 0, (tmp_path / "err").read_text()

    assert [sorted(guest) for guest in guests] == [["code", "lot", "token"]] * 2
    assert guests[0]["lot"] == "lot-13" and guests[0]["code"] != guests[1]["code"]
    assert decision["ok"] is True and decision["price"] == decision["amount"]

    figures = json.loads(out)
    assert list(figures) == list(FIGURES)
    assert figures["seconds"] == pytest.approx(8, abs=1)
    assert figures["lots"]["open"] >= 7 and figures["lots"]["sold"] >= 1 and figures["lots"]["passed"] >= 1
    assert figures["bids"]["accepted"] > 0
    assert figures["watchers"] > 10
    assert figures["deliveries"] > figures["bids"]["accepted"]
    assert (figures["gaps"], figures["out_of_order"]) == (0, 0)
    for measured in (figures["decision_ms"], figures["spread_ms"]):
        assert 0 < measured["p50"] <= measured["p99"]


def address(errors: Path, name: str) -> str:
    return next(line.split()[1] for line in errors.read_text().splitlines() if line.startswith(f"{name} "))


def bid(port: int, guest: dict[str, Any]) -> Any:
    """A program's bid by HTTP, at the lot's start."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    body = json.dumps({"id": "first", "amount": 293_000_000})
    headers = {"Authorization": f"Bearer {guest['token']}", "Content-Type": "application/json"}
    connection.request("POST", f"/api/v1/lots/{guest['lot']}/bids", body, headers)
    answer = json.loads(connection.getresponse().read())
    connection.close()
    return answer
