"""A store of the house's own: one server process on a unix socket, durable, gone with whoever started it."""

import contextlib
import fcntl
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import orjson

from . import keeper
from .binary import find_binary
from .errors import Locked, NoStore

SOCKET_BYTES = 107 if sys.platform == "linux" else 103
"""The longest path of a unix socket."""
SILENCE_S = 10.0
"""How long a starting store may say nothing; one that says it is loading is waited for."""
STOP_S = 1.5
POLL_S = 0.01

DURABLE = {
    "appendonly": "yes",
    "appendfsync": "always",
    "no-appendfsync-on-rewrite": "no",
    "maxmemory-policy": "noeviction",
    "save": "",
}


class EmbeddedStore:
    """``start`` → url, ``stop``; between them ``respawn`` after a death, on the same data and the same socket.

    ``data`` is locked as long as this object or the server lives.
    """

    def __init__(self, data: Path, binary: str | None = None) -> None:
        self.data = data.absolute()
        self._binary = binary or ""
        self._program: Path | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._lock: int | None = None
        self._folder: Path | None = None  # of the socket, where the data's path is too long for one

    @property
    def socket(self) -> Path:
        return (self._folder or self.data) / "store.sock"

    @property
    def url(self) -> str:
        return f"unix://{quote(str(self.socket))}"

    @property
    def pid(self) -> int:
        """Of the server (of its keeper, where one stays beside it)."""
        assert self._process is not None, "the store was not started"
        return self._process.pid

    @property
    def alive(self) -> bool:
        return self._process is not None and self.poll() is None

    def poll(self) -> int | None:
        """The server's exit code, None while it lives."""
        return self._process.poll() if self._process is not None else None

    def start(self) -> str:
        """Lock the folder, start the server, wait until it answers. Raises ``NoStore``, ``Locked``."""
        self._program = find_binary(self._binary)
        try:
            self.data.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._take_lock()
        except OSError as error:
            raise NoStore(f"store.data: {self.data} cannot be used: {error.strerror or error}") from None
        try:
            with contextlib.suppress(FileNotFoundError):
                (self.data / "store.log").replace(self.data / "store.log.1")
            self.respawn()
            self.wait_ready()
        except BaseException:
            self.stop()
            raise
        return self.url

    def respawn(self) -> None:
        """Start the server, without waiting; what an earlier one left of itself is removed."""
        self._end(signal.SIGKILL)
        self.socket.unlink(missing_ok=True)
        # PDEATHSIG follows the thread that forks: only the main one lives as long as the process.
        lasting = sys.platform == "linux" and threading.current_thread() is threading.main_thread()
        assert self._lock is not None and self._program is not None
        with (self.data / "store.log").open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-S", keeper.__file__, str(os.getpid()), "exec" if lasting else "watch",
                 str(self._program), *self._arguments()],
                stdin=subprocess.DEVNULL if lasting else subprocess.PIPE, stdout=log, stderr=log,
                cwd=self.data, start_new_session=True, pass_fds=[self._lock],
            )  # fmt: skip

    def wait_ready(self) -> None:
        """Until the server takes commands, its log loaded. Raises ``NoStore`` with the end of the server's own log."""
        deadline = time.monotonic() + SILENCE_S
        while (answer := self._ask()) != b"+PONG":
            if not self.alive:
                raise NoStore(f"the store ended while starting: {self._last_words()}")
            if answer.startswith(b"-LOADING"):
                deadline = time.monotonic() + SILENCE_S
            if time.monotonic() > deadline:
                raise NoStore(f"the store did not answer for {SILENCE_S:g} s while starting: {self._last_words()}")
            time.sleep(POLL_S)

    def stop(self) -> None:
        """End the server and give the folder free. Nothing is lost by it: what was acknowledged is on disk."""
        self._end(signal.SIGTERM)
        if self._lock is not None:
            self.socket.unlink(missing_ok=True)
            os.close(self._lock)
            self._lock = None
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None

    def _take_lock(self) -> None:
        lock = os.open(self.data / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(lock)
            holder = _holder(self.data).get("pid", "unknown")
            raise Locked(
                f"store.data: {self.data} is held by another house (process {holder}): "
                "stop that one, or choose another folder"
            ) from None
        self._lock = lock
        if len(os.fsencode(self.socket)) > SOCKET_BYTES:
            self._folder = Path(tempfile.mkdtemp(prefix="outcry-", dir="/tmp"))
        os.ftruncate(lock, 0)
        os.pwrite(lock, orjson.dumps({"pid": os.getpid(), "url": self.url}), 0)

    def _arguments(self) -> Iterator[str]:
        where = {"port": "0", "unixsocket": str(self.socket), "unixsocketperm": "700", "dir": str(self.data)}
        for name, value in {**where, **DURABLE}.items():
            yield from (f"--{name}", value)

    def _ask(self) -> bytes:
        """The first line that the server answers to PING; empty where it does not answer."""
        with socket.socket(socket.AF_UNIX) as link, contextlib.suppress(OSError):
            link.settimeout(SILENCE_S)
            link.connect(str(self.socket))
            link.sendall(b"PING\r\n")
            return link.recv(256).partition(b"\r\n")[0]
        return b""

    def _end(self, sign: signal.Signals) -> None:
        """Signal the server's whole group, and kill what does not go."""
        process, self._process = self._process, None
        if process is None:
            return
        for last in (sign, signal.SIGKILL):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, last)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(STOP_S)
        if process.stdin is not None:
            process.stdin.close()

    def _last_words(self) -> str:
        try:
            lines = (self.data / "store.log").read_text(errors="replace").splitlines()
        except OSError:
            lines = []
        return " | ".join(line.strip() for line in lines[-3:] if line.strip()) or "it wrote nothing"


@contextlib.contextmanager
def some_store(url: str, data: Path, binary: str) -> Iterator[str]:
    """``url`` if it says one, the store of the house that holds ``data``, or an embedded one for as long as needed."""
    if url := url or running_url(data) or "":
        yield url
        return
    store = EmbeddedStore(data, binary)
    try:
        yield store.start()
    finally:
        store.stop()


def running_url(data: Path) -> str | None:
    """Where the house that holds this data folder has its store; ``None`` where nobody holds it."""
    try:
        with (data / "lock").open("rb") as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        url = _holder(data).get("url")
        return str(url) if url else None
    except OSError:
        pass
    return None


def _holder(data: Path) -> dict[str, object]:
    """What the holder of the lock wrote about itself."""
    try:
        said: dict[str, object] = orjson.loads((data / "lock").read_bytes())
        return said
    except (OSError, ValueError):
        return {}
