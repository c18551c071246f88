"""The protocol as a page may show it: the same declarations, flattened."""

from typing import Any

import orjson

from . import rejects
from .frames import CLOSES, FRAMES
from .shape import Frame
from .vocabulary import Schema


def protocol_reference() -> list[dict[str, Any]]:
    """Rows ``{kind, direction, name, meaning: {en, zh}, fields, example}`` in reading order.

    ``kind``: frame, close, reject (a bid or command), error (a frame) or http. ``fields``: ``{name, type, required,
    meaning}`` of a frame. ``example``: one line of JSON. A close code adds ``code`` and ``reconnect``.
    """
    rows = [_frame(shape) for shape in FRAMES]
    for code, name, reconnect, en, zh in CLOSES:
        row = _row("close", "server", name, en, zh)
        rows.append({**row, "code": code, "reconnect": reconnect})
    for kind, table in (
        ("reject", {**rejects.BIDS, **rejects.COMMANDS}),
        ("error", rejects.FRAMES),
        ("http", rejects.HTTP),
    ):
        rows += [_row(kind, None, name, en, zh) for name, (en, zh) in table.items()]
    return rows


def _row(kind: str, direction: str | None, name: str, en: str, zh: str) -> dict[str, Any]:
    return {
        "kind": kind,
        "direction": direction,
        "name": name,
        "meaning": {"en": en, "zh": zh},
        "fields": [],
        "example": None,
    }


def _frame(shape: Frame) -> dict[str, Any]:
    row = _row("frame", shape.direction, shape.name, shape.en, shape.zh)
    row["fields"] = [
        {
            "name": field.name,
            "type": type_name(field.schema),
            "required": field.required,
            "meaning": {"en": field.en, "zh": field.zh},
        }
        for field in shape.fields
    ]
    row["example"] = orjson.dumps(shape.example).decode()
    return row


def type_name(schema: Schema) -> str:
    """A schema in a word or two: ``integer``, ``string or null``, ``sold | passed``."""
    if "anyOf" in schema:
        return " or ".join(type_name(option) for option in schema["anyOf"])
    if "enum" in schema:
        return " | ".join(str(value) for value in schema["enum"])
    if "const" in schema:
        return orjson.dumps(schema["const"]).decode()
    kinds = schema["type"]
    return " or ".join(kinds) if isinstance(kinds, list) else str(kinds)
