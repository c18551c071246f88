"""docker-compose.yml and the files it names, as far as they can be checked without a Docker engine."""

import re
import shutil
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]

import outcry
from outcry.cli import parser
from outcry.config import load
from outcry.engine.audit import audit, require
from tests.support.processes import end, spawn
from tests.support.store import binary_of
from tests.support.wait import until_sync

ROOT = Path(__file__).resolve().parent.parent
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
HUBS = ("hub-1", "hub-2")
DOCKERFILE = (ROOT / "server/Dockerfile").read_text(encoding="utf-8")
CADDYFILE = ROOT / "server/Caddyfile"


def defaults(text: str) -> str:
    """``${SITE:-localhost}`` as compose reads it where SITE is not set."""
    return re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", text)


def test_the_house_is_a_store_two_hubs_and_a_proxy() -> None:
    assert set(SERVICES) == {"store", *HUBS, "proxy"}
    assert SERVICES["hub-1"] == SERVICES["hub-2"]


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_says_what_it_runs_and_comes_back(name: str) -> None:
    service = SERVICES[name]
    assert re.fullmatch(r"[a-z/]+:\d+\.\d+(\.\d+)?", service["image"]), "an image is named with its version"
    assert service["restart"] == "unless-stopped"
    assert set(service["networks"]) <= COMPOSE["networks"].keys()
    assert set(service.get("depends_on", ())) <= SERVICES.keys()
    for mount in service.get("volumes", ()):
        source = mount.partition(":")[0]
        assert source in COMPOSE["volumes"] or (ROOT / source).is_file()


def test_only_the_proxy_is_reachable_from_outside() -> None:
    assert [name for name, service in SERVICES.items() if "ports" in service] == ["proxy"]
    assert COMPOSE["networks"]["back"]["internal"]
    assert SERVICES["store"]["networks"] == ["back"]


def test_the_image_has_the_version_of_the_house() -> None:
    assert {SERVICES[hub]["image"] for hub in HUBS} == {f"outcry:{outcry.__version__}"}


def test_the_hubs_settings_are_settings(tmp_path: Path) -> None:
    environment = {key: defaults(value) for key, value in SERVICES["hub-1"]["environment"].items()}
    (tmp_path / "empty.toml").write_text("")
    config = load(tmp_path / "empty.toml", environment)
    assert config.store.url == "redis://store:6379/0"
    assert config.web.origins == ("https://localhost",)
    assert config.store.durability == "strict"
    (front,) = COMPOSE["networks"]["front"]["ipam"]["config"]
    assert config.web.proxies == (front["subnet"],), "the proxy's word on who calls is believed, nobody else's"


def test_the_hubs_outlive_their_own_patience() -> None:
    """They need up to 8 s to tell everybody and go."""
    assert SERVICES["hub-1"]["stop_grace_period"] == "10s"


@pytest.fixture
def started(tmp_path: Path) -> Iterator[str]:
    """The store as compose starts it, on a socket instead of a port."""
    program, *arguments = SERVICES["store"]["command"]
    assert program == "valkey-server"
    socket = tmp_path / "s"
    place = ["--port", "0", "--unixsocket", str(socket), "--dir", str(tmp_path)]
    process = spawn([binary_of("embedded"), *arguments, *place], tmp_path / "log")
    until_sync(socket.exists, f"the store; see {tmp_path}/log")
    yield f"unix://{socket}"
    end(process)


def test_the_store_is_started_so_that_it_loses_nothing(started: str) -> None:
    require(audit(started), "strict", "compose")


def test_the_image_is_built_of_files_that_are_there_and_allowed() -> None:
    allowed = (ROOT / "server/Dockerfile.dockerignore").read_text().splitlines()
    sources = [
        word for line in re.findall(r"^COPY (?!--)(.+)$", DOCKERFILE, re.MULTILINE) for word in line.split()[:-1]
    ]
    assert len(sources) >= 6
    for source in sources:
        assert (ROOT / source).exists(), source
        assert f"!{source.partition('/')[0]}" in allowed, source
    assert (ROOT / COMPOSE["x-hub"]["build"]["dockerfile"]).is_file()


def test_the_image_runs_a_command_that_exists_as_nobody_special() -> None:
    assert 'ENTRYPOINT ["outcry"]' in DOCKERFILE
    (command,) = re.findall(r'^CMD \["(\w+)"\]$', DOCKERFILE, re.MULTILINE)
    assert parser().parse_args([command]).run
    assert re.search(r"^USER outcry$", DOCKERFILE, re.MULTILINE)


def test_what_compose_tells_people_to_type_exists() -> None:
    head = (ROOT / "docker-compose.yml").read_text(encoding="utf-8").partition("\nname:")[0]
    (typed,) = re.findall(r"exec hub-1 outcry (.+)", head)
    assert parser().parse_args(typed.split()).run


def test_the_proxy_knows_the_hubs_and_hides_what_each_says_of_itself() -> None:
    text = CADDYFILE.read_text(encoding="utf-8")
    port = re.search(r"EXPOSE (\d+)", DOCKERFILE)
    assert port is not None
    assert "{$HUBS:" + " ".join(f"{hub}:{port[1]}" for hub in HUBS) + "}" in text
    assert "path /metrics /livez /readyz\n" in text


def test_the_proxy_reads_its_file() -> None:
    caddy = shutil.which("caddy")
    if caddy is None:
        pytest.skip("no caddy on PATH")
    done = subprocess.run([caddy, "validate", "--adapter", "caddyfile", "--config", CADDYFILE], capture_output=True)
    assert done.returncode == 0, done.stderr.decode()


def test_the_constraints_are_versions_only_and_cover_what_is_needed() -> None:
    """No addresses, no hashes, no files: what was tested, to be had from wherever packages come from."""
    lines = (ROOT / "server/constraints.txt").read_text().splitlines()
    pins = [line for line in lines if not line.startswith("#")]
    assert all(re.fullmatch(r"[a-z0-9-]+==[0-9][a-z0-9.]*", pin) for pin in pins)
    names = [pin.partition("==")[0] for pin in pins]
    assert names == sorted(set(names))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    needed = [
        *project["dependencies"],
        *(name for extra in project["optional-dependencies"].values() for name in extra),
    ]
    named = {re.split(r"[^\w-]", requirement)[0].lower() for requirement in needed}
    assert named <= set(names)
