"""Child processes that never outlive the test run."""

import ctypes
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

_PR_SET_PDEATHSIG = 1


def program(path: str | None, name: str) -> str:
    """The path of a program that tests need. Skips the test where it is absent; in CI that is a failure."""
    if path is not None and os.path.exists(path):
        return path
    absent = f"there is no {name} here"
    if os.environ.get("CI") == "true":
        pytest.fail(absent)
    pytest.skip(absent)


def _die_with_parent() -> None:
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def spawn(
    command: Sequence[str], log: Path, *, cwd: Path | None = None, env: Mapping[str, str] | None = None
) -> "subprocess.Popen[bytes]":
    """Start a process whose output goes to a file; on Linux it is killed if the test run dies before it."""
    with log.open("ab") as output:
        return subprocess.Popen(
            command, cwd=cwd, env=env, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
            preexec_fn=_die_with_parent if sys.platform == "linux" else None,
        )  # fmt: skip


def end(process: "subprocess.Popen[bytes]", sign: int = signal.SIGTERM, within_s: float = 10.0) -> int:
    """Signal a process and wait for it; one that does not go is killed, and that is a failure."""
    if process.poll() is None:
        process.send_signal(signal.SIGCONT)
        process.send_signal(sign)
    try:
        return process.wait(within_s)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        raise AssertionError(f"process {process.pid} did not go within {within_s:g} s") from None


def free_port(below: int = 65_536) -> int:
    """A TCP port that nobody held a moment ago."""
    while True:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port: int = probe.getsockname()[1]
        if port < below:
            return port
