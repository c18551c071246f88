"""``outcry demo``: a whole house with its robots, in one tree of processes.

This process supervises the house's (supervisor.py) and one more, the crowd (crowd.py), which gets the address and a
ticket for each of its accounts and is otherwise a stranger from the network.
"""

import argparse
import asyncio
import contextlib
import json
import os
import secrets
import signal
import sys
import tempfile
from collections.abc import Coroutine, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from .screen import Screen

if TYPE_CHECKING:
    from ..config import Config
    from ..supervisor import Supervisor

DEFAULT_WATCHERS: Final = 60
RESUME_DELAY_MS: Final = 10_000
CROWD_STOP_S: Final = 5.0
ADDED_AT_ONCE: Final = 8
LINE_LIMIT: Final = 1 << 26
"""Bytes of the crowd's longest line: the tokens of many guests."""
OWNER_ONLY: Final = 0o600


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's options. This module imports nothing of the house before it runs."""
    parser.add_argument("--port", type=int, default=0, help="the port to serve on (default: a free one)")
    parser.add_argument(
        "--data", type=Path, metavar="DIR", help="keep the store's files here (default: a temporary folder)"
    )
    parser.add_argument("--workers", type=int, default=1, metavar="N", help="processes that serve (default: 1)")
    parser.add_argument(
        "--watchers", type=int, default=DEFAULT_WATCHERS, metavar="N",
        help=f"how many watch on average (default: {DEFAULT_WATCHERS})",
    )  # fmt: skip
    parser.add_argument("--seed", type=int, metavar="S", help="draw the robots' minds from this number")
    parser.add_argument(
        "--for", dest="seconds", type=float, metavar="SECONDS", help="stop by itself after so many seconds of auction"
    )
    parser.add_argument("--json", action="store_true", help="print what was measured, as one JSON object")
    parser.add_argument(
        "--bidders", type=int, default=0, metavar="N", help="add an open lot with so many admitted bidders"
    )
    parser.add_argument("--tokens", type=Path, metavar="FILE", help="where to write the tokens of those bidders")


def main(args: argparse.Namespace) -> int:
    """The exit code. Raises what the supervisor raises; what goes wrong with the robots is one line on stderr."""
    screen = Screen(args.json)
    if fault := check(args):
        screen.fault(fault)
        return 2
    return asyncio.run(_run(args, screen))


def check(args: argparse.Namespace) -> str | None:
    """What is wrong with the arguments, in one sentence; None where nothing is."""
    if bool(args.bidders) != bool(args.tokens):
        return "--bidders N and --tokens FILE go together"
    if args.bidders < 0 or args.watchers < 0:
        return "--bidders and --watchers are not negative"
    if args.seconds is not None and args.seconds <= 0:
        return "--for takes a positive number of seconds"
    if args.tokens and not args.tokens.absolute().parent.is_dir():
        return f"--tokens {args.tokens}: there is no such folder"
    return None


async def _run(args: argparse.Namespace, screen: Screen) -> int:
    from ..log import setup
    from ..supervisor import Supervisor

    setup("warning")
    told = asyncio.Event()
    for sign in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(sign, told.set)
    with _data_folder(args.data) as data:
        try:
            demo = Demo(args, screen, Supervisor(demo_config(args, data), log_level="warning"))
            return await demo.run(told)
        except CrowdError as error:
            screen.fault(str(error))
            return 1


@contextlib.contextmanager
def _data_folder(given: Path | None) -> Iterator[Path]:
    if given is not None:
        yield given
        return
    with tempfile.TemporaryDirectory(prefix="outcry-demo-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


def demo_config(args: argparse.Namespace, data: Path) -> "Config":
    """The defaults with the demo's own changes. No config file is read: a demo never touches a real house."""
    from ..config import Config

    return Config().override(
        store={"data": str(data), "binary": os.environ.get("OUTCRY_STORE__BINARY", "")},
        web={"port": args.port, "workers": args.workers},
        limits={"exempt": ["127.0.0.0/8"]},
        auction={"resume_delay_ms": RESUME_DELAY_MS},
        demo={"enabled": True},
    )


class CrowdError(Exception):
    """The robots ended by themselves; the message is one line."""


class Demo:
    """One run: the house, the crowd, and what the terminal is told of them."""

    def __init__(self, args: argparse.Namespace, screen: Screen, supervisor: "Supervisor") -> None:
        self._args = args
        self._screen = screen
        self._supervisor = supervisor
        self._ready = asyncio.Event()
        self._figures: dict[str, Any] | None = None

    async def run(self, told: asyncio.Event) -> int:
        """Until the time is over or the user tells us to stop. Raises ``CrowdError`` and what the supervisor raises."""
        stopping = asyncio.create_task(told.wait())
        crowd = await asyncio.create_subprocess_exec(
            sys.executable, "-P", "-m", "outcry.demo.crowd",
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, limit=LINE_LIMIT,
            process_group=0,  # Ctrl-C comes to this process alone, which ends the others in order
        )  # fmt: skip
        assert crowd.stdin is not None
        try:
            if not await _done_before(stopping, self._supervisor.start()):
                return 0
            self._screen.watch(self._supervisor.address)
            crowd.stdin.write(json.dumps(await self._brief()).encode() + b"\n")
            listening = asyncio.create_task(self._listen(crowd))
            time_over = asyncio.create_task(self._time_over())
            await asyncio.wait((stopping, listening, time_over), return_when=asyncio.FIRST_COMPLETED)
            time_over.cancel()
            if listening.done():
                listening.result()
                raise CrowdError("the robots gave up: see the lines above")
            await _dismiss(crowd, listening)
        finally:
            stopping.cancel()
            if crowd.returncode is None:
                crowd.kill()
            await crowd.wait()
            await self._supervisor.stop()
        if self._figures is not None:
            self._screen.result(self._figures)
        return 0

    async def _brief(self) -> dict[str, Any]:
        """What the crowd is told of the house (crowd.py says what it makes of it)."""
        return {
            "host": self._supervisor.config.web.host,
            "port": self._supervisor.port,
            "seed": secrets.randbelow(1 << 32) if self._args.seed is None else self._args.seed,
            "watchers": self._args.watchers,
            "guests": self._args.bidders,
            "tickets": await make_tickets(self._supervisor.store_url, self._args.bidders),
        }

    async def _time_over(self) -> None:
        await self._ready.wait()
        await asyncio.sleep(float("inf") if self._args.seconds is None else self._args.seconds)

    async def _listen(self, crowd: asyncio.subprocess.Process) -> None:
        """What the crowd reports, until it ends."""
        assert crowd.stdout is not None
        while line := await crowd.stdout.readline():
            said: dict[str, Any] = json.loads(line)
            if "ready" in said:
                self._screen.enter(self._supervisor.address)
                self._ready.set()
            if "guests" in said:
                write_tokens(self._args.tokens, said["guests"])
            if "figures" in said:
                self._figures = said["figures"]
                self._screen.progress(said["figures"])


async def make_tickets(store_url: str, guests: int) -> dict[str, str]:
    """A one-time ticket for each account of the crowd, as ``outcry user add`` makes them: ``{name: ticket}``."""
    from ..engine.records import Records
    from ..engine.store import Store
    from ..house.accounts import Accounts
    from .people import Person, people

    records = Records(Store(store_url))
    accounts = Accounts(records)
    few = asyncio.Semaphore(ADDED_AT_ONCE)

    async def add(person: Person) -> tuple[str, str]:
        async with few:
            return person.name, await accounts.add(person.name, person.role, person.amc)

    try:
        return dict(await asyncio.gather(*map(add, people(guests))))
    finally:
        await records.stop()


def write_tokens(path: Path, guests: list[dict[str, Any]]) -> None:
    """Whole or not at all: whoever waits for the file may read it once it is there."""
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    with open(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, OWNER_ONLY), "w", encoding="utf-8") as file:
        json.dump(guests, file)
    partial.replace(path)


async def _done_before(stopping: asyncio.Task[Any], work: Coroutine[Any, Any, None]) -> bool:
    """Do the work unless told to stop meanwhile; whether it was done."""
    task = asyncio.create_task(work)
    await asyncio.wait((stopping, task), return_when=asyncio.FIRST_COMPLETED)
    if task.done():
        task.result()
        return True
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    return False


async def _dismiss(crowd: asyncio.subprocess.Process, listening: asyncio.Task[None]) -> None:
    """The end of its stdin tells the crowd to go; its last word is what it measured."""
    assert crowd.stdin is not None
    crowd.stdin.close()
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(CROWD_STOP_S):
            await listening
            await crowd.wait()
