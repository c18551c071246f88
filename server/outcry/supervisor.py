"""A house as a tree of processes: the embedded store if there is one, N workers that share the port, and this one.

It starts them in order, mends them when they die, and ends them together.
"""

import asyncio
import contextlib
import logging
import resource
import shutil
import signal
import socket
import tempfile
import time
from pathlib import Path

from .config import Config
from .crew import Mended, WorkerProcess
from .engine.audit import audit, require
from .engine.embedded import EmbeddedStore
from .engine.records import Records
from .engine.store import Store
from .listeners import listen

BEAT_S = 0.05
START_S = 30.0
WORKERS_STOP_S = 6.0

log = logging.getLogger("outcry.supervisor")


class StartError(Exception):
    """The house did not come up; the message is one line."""


class Supervisor:
    """``await start()`` … ``await stop()``, or ``await run()`` for both with the signals between.

    ``start`` raises ``PortError``, a ``StoreError`` or ``StartError``, each with one line that says what to do, and
    leaves nothing behind. Port 0 takes a free one: ``port`` and ``address`` tell which.
    """

    def __init__(self, config: Config, log_level: str = "info") -> None:
        self.config = config
        self.log_level = log_level
        self.store: EmbeddedStore | None = None
        self.workers: list[WorkerProcess] = []
        self._listeners: list[socket.socket] = []
        self._metrics: Path | None = None
        self._mended: list[Mended] = []
        self._mender: asyncio.Task[None] | None = None

    @property
    def port(self) -> int:
        port: int = self._listeners[0].getsockname()[1]
        return port

    @property
    def address(self) -> str:
        """Where a browser on this machine finds the house."""
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.config.web.host, self.config.web.host)
        return f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"

    @property
    def store_url(self) -> str:
        return self.config.store.url

    async def start(self) -> None:
        """Until every worker takes connections."""
        try:
            self._listeners = listen(self.config.web.host, self.config.web.port, self.config.web.workers)
            open_files = raise_open_files()
            self._open_store()
            self._metrics = Path(tempfile.mkdtemp(prefix="outcry-metrics-"))
            order = {"config": self.config, "level": self.log_level}
            for number, listener in enumerate(self._listeners, 1):
                self.workers.append(WorkerProcess(number, listener, order, self._metrics))
            for worker in self.workers:
                worker.spawn()
                self._mended.append(Mended(f"worker {worker.number}", worker.spawn, worker.poll))
            await self._all_ready()
            await self._leave_address()
        except BaseException:
            await self.stop()
            raise
        self._mender = asyncio.create_task(self._mend())
        place = "embedded" if self.store is not None else Store(self.store_url).place
        log.info(
            "the house is open",
            extra={"address": self.address, "workers": len(self.workers), "store": place, "open_files": open_files},
        )

    async def run(self) -> None:
        """Start, serve until SIGTERM or SIGINT, stop."""
        told = asyncio.Event()
        loop = asyncio.get_running_loop()
        for sign in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(sign, told.set)
        starting = asyncio.ensure_future(self.start())
        waiting = asyncio.ensure_future(told.wait())
        await asyncio.wait((starting, waiting), return_when=asyncio.FIRST_COMPLETED)
        if not starting.done():
            starting.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await starting
        await waiting
        log.info("the house closes")
        await self.stop()

    async def stop(self) -> None:
        """Everybody is told, waited for, and killed if need be; under 8 s in all."""
        if self._mender is not None:
            self._mender.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._mender
        for listener in self._listeners:
            listener.close()
        for worker in self.workers:
            worker.signal(signal.SIGCONT)
            worker.signal(signal.SIGTERM)
        for _ in range(round(WORKERS_STOP_S / BEAT_S)):
            if not any(worker.alive() for worker in self.workers):
                break
            await asyncio.sleep(BEAT_S)
        for worker in self.workers:
            worker.end()
        if self.store is not None:
            self.store.stop()
        if self._metrics is not None:
            shutil.rmtree(self._metrics, ignore_errors=True)

    def _open_store(self) -> None:
        """The configured store, or an embedded one; neither without an audit."""
        if not self.config.store.url:
            self.store = store = EmbeddedStore(Path(self.config.store.data), self.config.store.binary)
            self.config = self.config.override(store={"url": store.start()})
            self._mended.append(Mended("the store", store.respawn, store.poll))
        findings = audit(self.store_url)
        require(findings, self.config.store.durability, Store(self.store_url).place)
        for finding in findings:
            if finding.severity != "ok":
                log.warning(finding.text, extra={"subject": finding.subject})

    async def _all_ready(self) -> None:
        deadline = time.monotonic() + START_S
        while not all(worker.ready for worker in self.workers):
            for worker in self.workers:
                if (failure := worker.failure) is not None:
                    raise StartError(failure)
            if time.monotonic() > deadline:
                raise StartError(f"the house did not come up within {START_S:g} s: see the log above")
            self._tend()
            await asyncio.sleep(BEAT_S)

    async def _leave_address(self) -> None:
        """Where ``outcry user`` finds it: the port may be one that no file names."""
        records = Records(Store(self.store_url))
        try:
            await records.put("address", self.address.encode())
        finally:
            await records.stop()

    async def _mend(self) -> None:
        while True:
            await asyncio.sleep(BEAT_S)
            self._tend()

    def _tend(self) -> None:
        for mended in self._mended:
            try:
                mended.tend()
            except OSError as error:  # no memory, no processes left: the next beat tries again
                log.error("%s could not be started", mended.name, extra={"reason": str(error)})


def raise_open_files() -> int:
    """As many open files as the system allows this user: a socket is one. The limit that now holds."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(ValueError, OSError):  # macOS says "unlimited" and refuses it
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        soft = hard
    return soft
