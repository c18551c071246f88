"""Group commit: calls of one turn of the loop go out as one write, the next batch builds while it is in flight.

One write is one read, one pass of the store's loop, and one fsync. A lane owns one link at a time, opens the next when
it is lost, and never sends anything twice.
"""

import asyncio
import contextlib
import logging
import random
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from .. import metrics
from ..model.commands import Command, Envelope, Reply
from .clock import AFTER_MS, BEFORE_MS, StoreClock
from .errors import CommandError, StoreError, Unavailable
from .keys import keys_of
from .link import Link, pack
from .scripts import NAMES, Script, encode, read_reply
from .store import CONNECT_S, Store

TIMEOUT_S = AFTER_MS / 1000
BEAT_S = 0.25
BATCH = 256
WAITING = 10_000
"""So many calls may wait for the batch in flight; more would only be told later what is true already."""
log = logging.getLogger("outcry.engine")

Item = tuple[Callable[[Envelope], bytes], "asyncio.Future[Any]"]


class Flight:
    """How many answers one link still owes. Of the link: late ones of a lost link count for nobody else."""

    __slots__ = ("waiting",)

    def __init__(self) -> None:
        self.waiting = 0


class Lane:
    """``script`` and ``command`` give a future at once; it fails with ``Unavailable`` or ``Unknown``."""

    def __init__(self, store: Store, scripts: dict[str, Script], clock: StoreClock | None = None) -> None:
        self._store = store
        self._scripts = scripts
        self._clock = clock
        self._estimate = clock or StoreClock()
        self._link: Link | None = None
        self._building: list[Item] = []
        self._scheduled = False
        self._flight = Flight()
        self._sent_s = 0.0
        self._keeper: asyncio.Task[None] | None = None
        self._lost = asyncio.Event()

    @property
    def up(self) -> bool:
        return self._link is not None and self._link.open

    @property
    def run_id(self) -> str:
        """Of the store's process at the other end; empty while there is no link."""
        return self._link.run_id if self._link is not None else ""

    async def start(self) -> None:
        """Opens the first link (``Unavailable`` if the store does not answer), then keeps one open."""
        await self._open()
        self._keeper = asyncio.create_task(self._keep())

    async def stop(self) -> None:
        if self._keeper is not None:
            self._keeper.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._keeper
        link = self._link
        self._drop()
        if link is not None:
            await link.close()

    def script(self, lot_id: str, command: Command) -> "asyncio.Future[Reply]":
        """A command to its script, bounded in store time when it is written."""
        script = self._scripts[NAMES[type(command)]]
        keys = keys_of(lot_id)
        outer: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        self._evaluate(script, keys, lambda envelope: encode(command, envelope), outer)
        return outer

    def read(self, lot_id: str) -> "asyncio.Future[Reply]":
        outer: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        self._evaluate(self._scripts["read_lot"], keys_of(lot_id), lambda _: [], outer)
        return outer

    def command(self, *arguments: bytes | str | int) -> "asyncio.Future[Any]":
        packed = pack(*arguments)
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._add(lambda _: packed, future)
        return future

    def _evaluate(
        self,
        script: Script,
        keys: tuple[str, ...],
        arguments: Callable[[Envelope], list[bytes | str | int]],
        outer: "asyncio.Future[Reply]",
    ) -> None:
        def answered(inner: "asyncio.Future[Any]") -> None:
            error = inner.exception()
            if isinstance(error, CommandError) and str(error).startswith("NOSCRIPT"):
                # The store forgot it (restart, SCRIPT FLUSH): nothing ran, so it goes again, with its source.
                self._add(lambda envelope: pack("EVAL", script.source, len(keys), *keys, *arguments(envelope)), again())
            elif outer.done():
                return
            elif error is not None:
                outer.set_exception(error)
            else:
                reply = read_reply(inner.result())
                if self._clock is not None:
                    self._clock.heard(reply.time, self._sent_s)
                outer.set_result(reply)

        def again() -> "asyncio.Future[Any]":
            inner: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
            inner.add_done_callback(answered)
            return inner

        self._add(lambda envelope: pack("EVALSHA", script.sha, len(keys), *keys, *arguments(envelope)), again())

    def _add(self, make: Callable[[Envelope], bytes], future: "asyncio.Future[Any]") -> None:
        if not self.up:
            future.set_exception(Unavailable(f"no link to the store at {self._store.place}"))
            return
        if len(self._building) >= WAITING:
            future.set_exception(Unavailable("the store is behind: too many commands wait"))
            return
        self._building.append((make, future))
        self._schedule()

    def _schedule(self) -> None:
        if self._building and not self._scheduled and not self._flight.waiting:
            self._scheduled = True
            asyncio.get_running_loop().call_soon(self._write)

    def _write(self) -> None:
        self._scheduled = False
        link = self._link
        if link is None:
            return
        taken, self._building = self._building[:BATCH], self._building[BATCH:]
        now = self._estimate.now()
        envelope = Envelope(link.run_id, now - BEFORE_MS, now + AFTER_MS)
        packed: list[bytes] = []
        batch: list[asyncio.Future[Any]] = []
        for make, future in taken:
            try:
                packed.append(make(envelope))
                batch.append(future)
            except ValueError as error:  # of this one alone: the others are none of its business
                if not future.done():
                    future.set_exception(error)
        if batch:
            self._sent_s = time.monotonic()
            self._flight.waiting = len(batch)
            metrics.BATCH_COMMANDS.observe(len(batch))
            landed = partial(self._landed, self._flight)
            for future in batch:
                future.add_done_callback(landed)
            link.send(b"".join(packed), batch)
        self._schedule()

    def _landed(self, flight: Flight, _: "asyncio.Future[Any]") -> None:
        flight.waiting -= 1
        self._schedule()

    async def _open(self) -> None:
        """A new link with the scripts loaded and the time known, or ``StoreError``; nothing waits here for ever."""
        lost = asyncio.Event()  # Of this link alone: the one before may still be dying.
        link = await self._store.open_link(lost.set)
        try:
            async with asyncio.timeout(CONNECT_S):
                await asyncio.gather(*(link.call("SCRIPT", "LOAD", script.source) for script in self._scripts.values()))
                self._link, self._lost, self._flight = link, lost, Flight()
                await self._beat()
        except BaseException as error:
            self._drop()
            link.abort()
            if isinstance(error, TimeoutError):
                raise Unavailable(f"the store at {self._store.place} went silent while the link was opened") from None
            raise

    async def _keep(self) -> None:
        """Beats while the link lives; when it is lost or silent too long, opens another."""
        delay = 0.02
        while True:
            if self.up:
                delay = 0.02
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(BEAT_S):
                        await self._lost.wait()
                if not self._lost.is_set():
                    if self._flight.waiting and time.monotonic() - self._sent_s > TIMEOUT_S:
                        self._drop()
                    elif not self._flight.waiting:
                        self._beat()
                    continue
                self._drop()
            try:
                await self._open()
                log.info("store link open", extra={"run_id": self.run_id})
            except StoreError:
                await asyncio.sleep(delay * random.uniform(0.5, 1.0))
                delay = min(1.0, delay * 2)

    def _beat(self) -> "asyncio.Future[Any]":
        """A round trip even when nobody bids: keeps the clock, and the proof of having been in touch."""
        future = self.command("TIME")

        def heard(answer: "asyncio.Future[Any]") -> None:
            if not answer.cancelled() and answer.exception() is None and self._clock is not None:
                seconds, micros = answer.result()
                self._clock.heard(int(seconds) * 1000 + int(micros) // 1000, self._sent_s)

        future.add_done_callback(heard)
        return future

    def _drop(self) -> None:
        """Ends the link: what was sent is unknown, what was not is unavailable."""
        if self._clock is not None:
            self._clock.lost()
        building, self._building = self._building, []
        link, self._link = self._link, None
        if link is not None:
            link.abort()
        for _, future in building:
            if not future.done():
                future.set_exception(Unavailable("the link to the store was lost before the command was sent"))
