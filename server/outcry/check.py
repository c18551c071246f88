"""``outcry check``: would this house be fit to open? Configuration, machine and store, a line each and what to do."""

import argparse
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

import orjson

from .config import Config, ConfigError
from .engine.audit import LOW_DISK, Finding, audit
from .engine.binary import find_binary
from .engine.embedded import EmbeddedStore, running_url
from .engine.errors import StoreError
from .engine.store import Store
from .supervisor import raise_open_files

MANY_FILES = 10_000
MARKS = {"ok": "ok", "warning": "warning", "unsafe": "UNSAFE", "unfit": "UNFIT"}


def findings(config: Config) -> list[Finding]:
    return [*_settings(config), *_machine(), *_store(config)]


def fit(found: list[Finding], config: Config) -> bool:
    """Whether ``serve`` would open on this."""
    refused = {"unfit"} if config.store.durability == "relaxed" else {"unfit", "unsafe"}
    return not any(finding.severity in refused for finding in found)


def main(config: Config, arguments: argparse.Namespace, out: TextIO) -> int:
    """Prints a table, or one object with ``--json``; 0 if the house may open."""
    found = findings(config)
    fine = fit(found, config)
    if arguments.json:
        rows = [{"severity": one.severity, "subject": one.subject, "text": one.text} for one in found]
        out.write(orjson.dumps({"fit": fine, "findings": rows}).decode() + "\n")
    else:
        width = max(len(one.subject) for one in found)
        for one in found:
            out.write(f"{MARKS[one.severity]:<8} {one.subject:<{width}}  {one.text}\n")
        out.write("fit to open\n" if fine else "not fit to open\n")
    return 0 if fine else 1


def _settings(config: Config) -> Iterator[Finding]:
    """What is legal and yet unwise."""
    try:
        from .web.security import check_settings

        check_settings(config.web.origins, {"web.proxies": config.web.proxies, "limits.exempt": config.limits.exempt})
    except ValueError as error:
        raise ConfigError(str(error)) from None
    if config.store.durability == "relaxed":
        yield Finding("warning", "durability", 'store.durability is "relaxed": an acknowledged bid may be lost')
    if config.demo.enabled:
        yield Finding("warning", "demo", "demo.enabled lets everybody bid and operate: not for a real auction")
    if config.web.host not in ("127.0.0.1", "::1", "localhost") and not config.web.origins:
        yield Finding("warning", "origins", "web.origins is empty: name the addresses that your pages come from")
    yield Finding("ok", "configuration", "every key is known and of its kind")


def _machine() -> Iterator[Finding]:
    limit = raise_open_files()
    if limit < MANY_FILES:
        yield Finding("warning", "open files", f"{limit} at most, and each socket is one: raise the hard limit")
    else:
        yield Finding("ok", "open files", f"{limit} at most")


def _store(config: Config) -> Iterator[Finding]:
    """The configured store, the one of the house that runs, or an empty one of the kind that would be embedded."""
    try:
        url = config.store.url or running_url(Path(config.store.data))
        if url is not None:
            yield Finding("ok", "store", f"at {Store(url).place}")
            yield from audit(url)
            return
        yield Finding("ok", "store", f"embedded: {find_binary(config.store.binary)} in {config.store.data}")
        yield _room(Path(config.store.data))
        with tempfile.TemporaryDirectory(prefix="outcry-check-") as folder:
            store = EmbeddedStore(Path(folder), config.store.binary)
            try:
                yield from (finding for finding in audit(store.start()) if finding.subject != "disk")
            finally:
                store.stop()
    except StoreError as error:
        yield Finding("unfit", "store", str(error))


def _room(data: Path) -> Finding:
    """On the disk that the data folder is on, or will be."""
    there = next(folder for folder in (data.absolute(), *data.absolute().parents) if folder.exists())
    free = shutil.disk_usage(there).free
    if free < LOW_DISK:
        return Finding("warning", "disk", f"{free >> 20} MiB free in {there}: make room")
    return Finding("ok", "disk", f"{free >> 20} MiB free in {there}")
