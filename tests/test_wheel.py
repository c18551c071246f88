"""What is installed is a whole house: the wheel with the browser's files inside, and the checkout as it lies there."""

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import httpx

import outcry
from tests.support.house import bare_environment
from tests.support.processes import end, free_port, spawn
from tests.support.wait import until_sync

ROOT = Path(__file__).resolve().parent.parent
ASK = (
    "import json, outcry; from outcry.resources import static_dir, default_config; "
    "print(json.dumps([outcry.__file__, str(static_dir()), str(default_config())]))"
)


def run(*command: str | Path, cwd: Path = ROOT, **environment: str) -> str:
    done = subprocess.run(
        [sys.executable, *command], cwd=cwd, env={**bare_environment(), **environment}, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def answers(url: str) -> bool:
    try:
        return httpx.get(url, trust_env=False).status_code == 200
    except httpx.TransportError:
        return False


def test_the_installed_wheel_is_a_whole_house(tmp_path: Path) -> None:
    run("-m", "hatchling", "build", "-t", "wheel", "-d", tmp_path)
    (wheel,) = tmp_path.glob("outcry-*.whl")
    inside = {f"outcry/{name}" for name in ("_config.toml", "engine/scripts/place_bid.lua", "engine/keeper.py")}
    tracked = subprocess.run(
        ["git", "ls-files", "static"], cwd=ROOT, capture_output=True, text=True
    ).stdout.splitlines()
    inside |= {f"outcry/_{path}" for path in tracked if (ROOT / path).exists()}
    assert inside <= set(zipfile.ZipFile(wheel).namelist())

    site = tmp_path / "site"
    run("-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--no-compile", "--target", site, wheel)
    here = {"cwd": tmp_path, "PYTHONPATH": str(site)}
    assert json.loads(run("-c", ASK, **here)) == [  # type: ignore[arg-type]
        str(site / "outcry/__init__.py"), str(site / "outcry/_static"), str(site / "outcry/_config.toml"),
    ]  # fmt: skip
    assert run(site / "bin/outcry", "--version", **here) == f"outcry {outcry.__version__}\n"  # type: ignore[arg-type]

    port = free_port()
    command = [sys.executable, str(site / "bin/outcry"), "serve", "--port", str(port)]
    environment = {**bare_environment(), "PYTHONPATH": str(site), "OUTCRY_STORE__DATA": os.fspath(tmp_path / "data")}
    house = spawn(command, tmp_path / "log", cwd=tmp_path, env=environment)
    try:
        until_sync(lambda: answers(f"http://127.0.0.1:{port}/readyz"), f"the wheel's house; {tmp_path}/log", 20)
        for path in ("/", "/protocol", *("/" + path for path in tracked if (ROOT / path).exists())):
            assert answers(f"http://127.0.0.1:{port}{path}"), path
    finally:
        end(house)


def test_the_checkout_works_as_it_lies_there(tmp_path: Path) -> None:
    here = {"cwd": tmp_path, "PYTHONPATH": str(ROOT / "server")}  # what an editable install adds to the path
    assert json.loads(run("-c", ASK, **here)) == [  # type: ignore[arg-type]
        str(ROOT / "server/outcry/__init__.py"), str(ROOT / "static"), str(ROOT / "config.toml"),
    ]  # fmt: skip
    assert run("-m", "outcry", "--version", **here) == f"outcry {outcry.__version__}\n"  # type: ignore[arg-type]
