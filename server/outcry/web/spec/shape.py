"""How a frame is declared: its fields in the shorthand below, two sentences, and an example that a test validates.

Fields are written as ``name`` (always there), ``name?`` (always there, may be null) and ``[name]`` (may be absent).
"""

from dataclasses import dataclass
from typing import Any, Literal

from .examples import AT, SHA1
from .vocabulary import Schema, nullable, word

Direction = Literal["server", "client"]


@dataclass(frozen=True, slots=True)
class Field:
    name: str
    schema: Schema
    required: bool
    en: str
    zh: str


@dataclass(frozen=True, slots=True)
class Frame:
    """One shape of a frame. ``decision`` has two shapes of the same type, told apart by ``ok``."""

    name: str
    direction: Direction
    fields: tuple[Field, ...]
    en: str
    zh: str
    example: dict[str, Any]

    @property
    def t(self) -> str:
        return str(self.example["t"])

    def schema(self) -> Schema:
        properties = {field.name: field.schema for field in self.fields}
        properties["t"] = {"type": "string", "const": self.t}
        if "ok" in properties:
            properties["ok"] = {"type": "boolean", "const": self.example["ok"]}
        return {
            "type": "object",
            "properties": properties,
            "required": [field.name for field in self.fields if field.required],
            "additionalProperties": False,
        }


def frame(name: str, direction: Direction, layout: str, en: str, zh: str, **example: Any) -> Frame:
    """Read a layout. The example's ``t`` is the frame's type, which is its name unless given."""
    example = {"t": name, **example}
    fields = tuple(_field(example["t"], token) for token in layout.split())
    return Frame(name, direction, fields, en, zh, _ordered(fields, example))


def event(name: str, layout: str, en: str, zh: str, **example: Any) -> Frame:
    """A numbered fact of the lot: every event begins with n, t, at and link."""
    link = "" if example["n"] == 1 else SHA1
    head = {"n": example.pop("n"), "t": name, "at": AT, "link": link}
    fields = tuple(_field(name, token) for token in f"n t at link {layout}".split())
    return Frame(name, "server", fields, en, zh, _ordered(fields, {**head, **example}))


def _ordered(fields: tuple[Field, ...], example: dict[str, Any]) -> dict[str, Any]:
    """An example shows its fields in the order in which they are sent."""
    names = [field.name for field in fields]
    return dict(sorted(example.items(), key=lambda item: names.index(item[0])))


def _field(t: str, token: str) -> Field:
    optional, may_be_null = token.startswith("["), token.endswith("?")
    name = token.strip("[]?")
    meaning = word(t, name)
    schema = nullable(meaning.schema) if may_be_null else meaning.schema
    return Field(name, schema, not optional, meaning.en, meaning.zh)
