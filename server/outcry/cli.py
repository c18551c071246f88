"""The commands. What a command needs is imported when it runs, so that a mistake is answered at once."""

import argparse
import asyncio
import sys
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from . import __version__
from .config import Config, ConfigError, load

if TYPE_CHECKING:
    from .engine.records import Records

USAGE = 2
T = TypeVar("T")


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code: 0, 1 for what went wrong, 2 for what was said wrong. Errors are one line on stderr."""
    parsed = parser().parse_args(arguments)
    try:
        code: int = parsed.run(parsed)
        return code
    except ConfigError as error:
        return refuse(str(error), USAGE)
    except KeyboardInterrupt:
        return 130
    except Exception as error:
        if not _is_told(error):
            raise
        return refuse(str(error), 1)


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(prog="outcry", description="A live auction house that anyone can check.")
    made.add_argument("--version", action="version", version=f"outcry {__version__}")
    commands = made.add_subparsers(title="commands", required=True, metavar="COMMAND")

    from .demo import run as demo

    command = commands.add_parser("demo", help="a whole house with robots, on a free port")
    demo.add_arguments(command)
    command.set_defaults(run=demo.main)

    command = commands.add_parser("serve", help="open the house")
    _add_config(command)
    command.add_argument("--host", help="web.host")
    command.add_argument("--port", type=int, help="web.port; 0 takes a free one")
    command.add_argument("--workers", type=int, help="web.workers: processes that share the port")
    command.set_defaults(run=serve)

    command = commands.add_parser("check", help="would this house be fit to open?")
    _add_config(command)
    command.add_argument("--json", action="store_true", help="print one object")
    command.set_defaults(run=check)

    users = commands.add_parser("user", help="let people in, and end their sessions")
    actions = users.add_subparsers(title="actions", required=True, metavar="ACTION")
    command = actions.add_parser("add", help="print a link that lets NAME in, once, within 24 hours")
    command.add_argument("name", metavar="NAME")
    command.add_argument("--role", choices=("bidder", "operator"), required=True)
    command.add_argument("--amc", action="store_true", help="an asset manager by licence")
    _add_config(command)
    command.set_defaults(run=user_add)
    command = actions.add_parser("end", help="end all sessions and tokens of NAME")
    command.add_argument("name", metavar="NAME")
    _add_config(command)
    command.set_defaults(run=user_end)
    return made


def serve(arguments: argparse.Namespace) -> int:
    from . import log
    from .supervisor import Supervisor

    given = {key: getattr(arguments, key) for key in ("host", "port", "workers")}
    config = _config(arguments).override(web={key: value for key, value in given.items() if value is not None})
    log.setup()
    asyncio.run(Supervisor(config).run())
    return 0


def check(arguments: argparse.Namespace) -> int:
    from .check import main as check_main

    return check_main(_config(arguments), arguments, sys.stdout)


def user_add(arguments: argparse.Namespace) -> int:
    config = _config(arguments)

    async def add(records: "Records") -> str:
        from .house.accounts import Accounts

        ticket = await Accounts(records).add(arguments.name, arguments.role, arguments.amc)
        return f"{await _origin(config, records)}/enter/{ticket}"

    print(_with_records(config, add))
    return 0


def user_end(arguments: argparse.Namespace) -> int:
    async def end(records: "Records") -> bool:
        from .house.accounts import Accounts

        accounts = Accounts(records)
        account = await accounts.find(arguments.name)
        if account is not None:
            await accounts.end_all(account)
        return account is not None

    if not _with_records(_config(arguments), end):
        return refuse(f"there is no account named {arguments.name}", 1)
    return 0


def refuse(message: str, code: int) -> int:
    print(f"outcry: {' '.join(message.split())}", file=sys.stderr)
    return code


def _with_records(config: Config, action: "Callable[[Records], Awaitable[T]]") -> T:
    """The action on the configured store, that of the house which runs, or an embedded one on the data folder."""
    from .engine.embedded import some_store
    from .engine.records import Records
    from .engine.store import Store

    async def act(url: str) -> T:
        records = Records(Store(url))
        try:
            return await action(records)
        finally:
            await records.stop()

    with some_store(config.store.url, Path(config.store.data), config.store.binary) as url:
        return asyncio.run(act(url))


async def _origin(config: Config, records: "Records") -> str:
    """Where people find the house: configured, else where it last opened, else where it would."""
    if config.web.origins:
        return config.web.origins[0]
    if opened_at := await records.get("address"):
        return opened_at.decode()
    return f"http://{config.web.host}:{config.web.port}"


def _config(arguments: argparse.Namespace) -> Config:
    return load(arguments.config)


def _add_config(command: argparse.ArgumentParser) -> None:
    command.add_argument("--config", type=Path, metavar="FILE", help="default: ./config.toml, else the shipped one")


def _is_told(error: Exception) -> bool:
    """Whether an error's message is written for whoever gave the command."""
    from .engine.errors import StoreError
    from .house.errors import HouseError
    from .listeners import PortError
    from .supervisor import StartError

    return isinstance(error, StoreError | HouseError | PortError | StartError)


if __name__ == "__main__":
    sys.exit(main())
