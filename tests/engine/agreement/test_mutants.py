"""The histories are sharp: any comparison of any script turned around is noticed by one of them."""

import re
from collections.abc import Iterator
from functools import cache, partial
from importlib.resources import files

import pytest
import redis

import outcry.engine
from outcry.engine.keys import keys_of

from .histories import History, random_history, storm
from .stage import Stage, with_given_clock

SEED = 2015
HISTORIES = 700

TURNED = {
    "<=": "<", ">=": ">", "<": "<=", ">": ">=", "==": "~=", "~=": "==", " and ": " or ", " or ": " and ",
}  # fmt: skip
OPERATOR = re.compile(r"<=|>=|==|~=|(?<![<>=~])[<>](?!=)| and | or ")
FOLDER = files(outcry.engine).joinpath("scripts")
SOURCES = {path.name: path.read_text("utf-8") for path in FOLDER.iterdir() if path.name.endswith(".lua")}


@cache
def histories() -> list[History]:
    return [*(random_history(number, SEED) for number in range(HISTORIES)), storm(0, SEED)]


@pytest.mark.parametrize("name", sorted(SOURCES))
def test_each_turned_comparison_is_noticed(name: str, stage: Stage) -> None:
    unnoticed = []
    for line, mutant in mutants(SOURCES[name]):
        mutated = Stage(stage.client, partial(_with_mutant, SOURCES[name], mutant))
        if not any(_notices(history, mutated) for history in histories()):
            unnoticed.append(line)
    assert unnoticed == []


def mutants(source: str) -> Iterator[tuple[str, str]]:
    """Each operator in turn: its line, and the source with it turned around; without comments and checks of ARGV."""
    for found in OPERATOR.finditer(source):
        start, end = source.rfind("\n", 0, found.start()) + 1, source.find("\n", found.end())
        line = source[start:end].strip()
        if not line.startswith("--") and "string.match(" not in line:
            yield f"{line}  [{found.group()}]", source[: found.start()] + TURNED[found.group()] + source[found.end() :]


def _with_mutant(source: str, mutant: str, script: str) -> str:
    return with_given_clock(script.replace(source, mutant))


def _notices(history: History, mutated: Stage) -> bool:
    mutated.client.delete(*keys_of(history.lot_id)[:5])
    try:
        return bool(mutated.differences(history))
    except (redis.ResponseError, ValueError):
        return True  # the script fails, or answers something that is no answer
