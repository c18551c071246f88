"""The processes of a house that are started again when they die, and the cord by which a worker hangs.

A cord is a socket pair, one JSON object a line. Down goes what the worker is to run, so that nothing secret stands in
its arguments or environment; up comes ``{"ready": true}`` or ``{"failed": why}``. Either end notices by it that the
other is gone, however it went.
"""

import logging
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson

STABLE_S = 30.0
LONGEST_WAIT_S = 5.0
FATAL = 78
"""A worker's exit code where starting it again would not help (EX_CONFIG)."""
STDERR = 2

log = logging.getLogger("outcry.supervisor")


class Mended:
    """A process that is started again when it has died: at once, and ever later if it dies soon after.

    ``poll``: its exit code, as ``subprocess`` tells it, or None while it lives.
    """

    def __init__(self, name: str, spawn: Callable[[], None], poll: Callable[[], int | None]) -> None:
        self.name = name
        self._spawn = spawn
        self._poll = poll
        self._deaths = 0
        self._began = time.monotonic()
        self._again_at: float | None = None

    def tend(self) -> None:
        """To be called on every beat."""
        now = time.monotonic()
        if self._again_at is None:
            code = self._poll()
            if code is None:
                return
            self._deaths = 1 if now - self._began > STABLE_S else self._deaths + 1
            wait = 0.0 if self._deaths == 1 else min(0.25 * 2**self._deaths, LONGEST_WAIT_S)
            log.error("%s died", self.name, extra={"of": cause(code), "again_in_s": wait})
            self._again_at = now + wait
        if now >= self._again_at:
            self._again_at, self._began = None, now
            self._spawn()


class WorkerProcess:
    """One worker of the house, on a socket of its own that outlives it."""

    def __init__(self, number: int, listener: socket.socket, order: dict[str, object], metrics: Path) -> None:
        self.number = number
        self._listener = listener
        self._order = order
        self._environment = {**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(metrics)}
        self._process: subprocess.Popen[bytes] | None = None
        self._cord: Cord | None = None

    def spawn(self) -> None:
        self._forget()
        self._cord = Cord()
        fds = self._listener.fileno(), self._cord.theirs.fileno()
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "outcry.worker", *map(str, fds)],
            stdin=subprocess.DEVNULL, stdout=STDERR, env=self._environment, pass_fds=fds,
            process_group=0,  # a terminal's Ctrl-C comes to the supervisor alone, which ends its workers in order
        )  # fmt: skip
        self._cord.theirs.close()
        self._cord.tell(self._order)

    @property
    def pid(self) -> int:
        return self._process.pid if self._process is not None else 0

    @property
    def ready(self) -> bool:
        return self.alive() and self._cord is not None and bool(self._cord.heard().get("ready"))

    @property
    def failure(self) -> str | None:
        """Why it gave up, if it did and would again."""
        if self.poll() != FATAL:
            return None
        said = self._cord.heard().get("failed") if self._cord is not None else None
        return str(said or "see its log")

    def alive(self) -> bool:
        return self._process is not None and self.poll() is None

    def poll(self) -> int | None:
        """Its exit code, None while it lives."""
        return self._process.poll() if self._process is not None else None

    def signal(self, sign: signal.Signals) -> None:
        if self._process is not None and self.alive():
            self._process.send_signal(sign)

    def end(self) -> None:
        """Kill it if it is still there."""
        self.signal(signal.SIGKILL)
        if self._process is not None:
            self._process.wait()
        if self._cord is not None:
            self._cord.close()

    def _forget(self) -> None:
        """The gauges of a dead worker no longer count; its counters do."""
        if self._process is None or self._cord is None:
            return
        from prometheus_client.multiprocess import mark_process_dead

        mark_process_dead(self._process.pid, self._environment["PROMETHEUS_MULTIPROC_DIR"])  # type: ignore[no-untyped-call]
        self._cord.close()


def cause(code: int) -> str:
    """``SIGKILL``, or ``exit code 3``."""
    try:
        return signal.Signals(-code).name
    except ValueError:
        return f"exit code {code}"


class Cord:
    """The supervisor's end. Nothing here waits."""

    def __init__(self) -> None:
        self._end, self.theirs = socket.socketpair()
        self._received = b""
        self._end.setblocking(False)

    def tell(self, message: dict[str, Any]) -> None:
        """One line down; it fits the socket's buffer, being sent before anything else."""
        self._end.sendall(orjson.dumps(message) + b"\n")

    def heard(self) -> dict[str, Any]:
        """The last whole line that came up so far, or an empty object."""
        try:
            while data := self._end.recv(65_536):
                self._received += data
        except (BlockingIOError, ConnectionError):
            pass
        lines = self._received.split(b"\n")
        said: dict[str, Any] = orjson.loads(lines[-2]) if len(lines) > 1 else {}
        return said

    def close(self) -> None:
        self._end.close()
        self.theirs.close()
