"""How an HTTP operation is declared: what it takes, what it answers, an example of each that a test validates."""

from dataclasses import dataclass
from typing import Any

from .vocabulary import Schema


@dataclass(frozen=True, slots=True)
class Answer:
    """A success: its meaning, schema and example; ``kind`` other than JSON has neither schema nor example."""

    status: int
    means: str
    schema: Schema | None = None
    example: Any = None
    kind: str = "application/json"


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one path. ``fails``: the statuses of refusals, beside those that every path shares."""

    method: str
    path: str
    summary: str
    answers: tuple[Answer, ...]
    body: Schema | None = None
    body_example: Any = None
    query: tuple[tuple[str, Schema, str], ...] = ()
    fails: tuple[int, ...] = ()
