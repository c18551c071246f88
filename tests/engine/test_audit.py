"""The audit: a store that could lose a bid is refused, and every finding says what to do."""

import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from outcry.engine import audit as auditing
from outcry.engine.audit import DURABLE_SETTINGS, Finding, audit, require
from outcry.engine.errors import NotDurable, Unavailable, Unfit
from tests.support.store import StoreProcess


def unlike_ok(findings: list[Finding]) -> list[tuple[str, str]]:
    return [(finding.severity, finding.subject) for finding in findings if finding.severity != "ok"]


@pytest.fixture
def unset(store: StoreProcess) -> Iterator[StoreProcess]:
    """A store whose settings the test may spoil."""
    yield store
    for name, value in {**DURABLE_SETTINGS, "maxmemory": "0"}.items():
        store.client.config_set(name, value)


def test_a_durable_store_has_nothing_against_it(any_store: StoreProcess) -> None:
    findings = audit(any_store.url)
    assert unlike_ok(findings) == []
    assert {finding.subject for finding in findings} >= {*DURABLE_SETTINGS, "version", "features", "clock"}
    require(findings, "strict", "here")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("appendonly", "no"),
        ("appendfsync", "everysec"),
        ("no-appendfsync-on-rewrite", "yes"),
        ("maxmemory-policy", "allkeys-lru"),
    ],
)
def test_a_setting_that_could_lose_a_bid_is_named_with_its_cure(unset: StoreProcess, name: str, value: str) -> None:
    unset.client.config_set(name, value)
    findings = audit(unset.url)
    assert unlike_ok(findings) == [("unsafe", name)]
    with pytest.raises(NotDurable) as caught:
        require(findings, "strict", "here")
    message = str(caught.value)
    assert f"{name} is {value}: CONFIG SET {name} {DURABLE_SETTINGS[name]}" in message
    assert 'durability = "relaxed"' in message
    assert "\n" not in message
    require(findings, "relaxed", "here")


def test_a_store_that_hides_its_settings_is_not_trusted(unset: StoreProcess) -> None:
    unset.client.acl_setuser("curious", enabled=True, passwords=["+pw"], keys=["*"], channels=["*"],
                             categories=["+@all"], commands=["-config"])  # fmt: skip
    try:
        findings = audit(unset.url.replace("unix://", "unix://curious:pw@"))
    finally:
        unset.client.acl_deluser("curious")
    assert unlike_ok(findings) == [("unsafe", name) for name in DURABLE_SETTINGS]
    assert "allow CONFIG GET" in findings[0].text


def test_a_store_that_is_nearly_full_is_warned_of(unset: StoreProcess) -> None:
    unset.client.config_set("maxmemory", "1100000")
    assert ("warning", "memory") in unlike_ok(audit(unset.url))


def test_a_replica_is_refused_even_by_the_relaxed() -> None:
    findings = [Finding("unfit", "role", "it is a slave: give store.url the primary")]
    with pytest.raises(Unfit, match="cannot run an auction: it is a slave: give store.url the primary"):
        require(findings, "relaxed", "here")


def test_a_missing_command_is_named(store: StoreProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(auditing, "COMMANDS", (*auditing.COMMANDS, "FLYTOTHEMOON"))
    findings = audit(store.url)
    assert unlike_ok(findings) == [("unfit", "features")]
    assert any("it lacks FLYTOTHEMOON: use Valkey from 7.2 or Redis from 7.0" in finding.text for finding in findings)


def test_every_command_of_the_engine_is_asked_for() -> None:
    """The scripts and the engine may not come to use what the audit does not look for."""
    engine = Path(auditing.__file__).parent
    scripts = "".join(path.read_text() for path in (engine / "scripts").glob("*.lua"))
    used = set(re.findall(r"redis\.p?call\('([A-Z]+)'", scripts))
    used |= set(re.findall(r"(?:_run|command|call|push)\(\s*\"([A-Z]+)\"", "".join(
        path.read_text() for path in engine.glob("*.py"))))  # fmt: skip
    assert len(used) > 15
    assert used - set(auditing.COMMANDS) == {"AUTH", "SELECT"}


def test_a_clock_apart_is_told(store: StoreProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    real = time.time
    monkeypatch.setattr("time.time", lambda: real() - 5)
    texts = [finding.text for finding in audit(store.url) if finding.subject == "clock"]
    assert texts == ["its clock is 5.0 s ahead of this machine's: run NTP on both"]


def test_a_full_disk_is_unfit_and_a_filling_one_warned_of(store: StoreProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    def disk(free: int) -> Any:
        return lambda folder: type("Usage", (), {"free": free})

    monkeypatch.setattr("shutil.disk_usage", disk(1 << 20))
    assert unlike_ok(audit(store.url)) == [("unfit", "disk")]
    monkeypatch.setattr("shutil.disk_usage", disk(512 << 20))
    assert unlike_ok(audit(store.url)) == [("warning", "disk")]


def test_no_store_is_one_line_without_the_password() -> None:
    with pytest.raises(Unavailable, match="no answer from the store at 127.0.0.1:1: ") as caught:
        audit("redis://:pa55@127.0.0.1:1/0")
    assert "pa55" not in str(caught.value)
