"""What the house says about itself, to stderr: JSON lines for machines, short lines for a terminal.

Messages are short, with their figures beside them: ``log.info("worker ready", extra={"worker": 1})``. Nothing secret is
ever written: fields with telling names are blanked, and texts lose tickets, tokens, passwords and query strings, also
those that a library or a traceback brought along.
"""

import logging
import re
import sys
import time
from typing import Any, Final, TextIO

import orjson

SECRET_FIELDS: Final = frozenset(("authorization", "cookie", "password", "secret", "session", "ticket", "token"))
BLANK: Final = "…"
_CONCEALED: Final = (
    (re.compile(r"(?i)(/enter/)(?!demo\b)[^\s/?\"']+"), rf"\1{BLANK}"),
    (re.compile(r"(?i)(\bbearer\s+)[^\s\"',]+"), rf"\1{BLANK}"),
    (re.compile(r"(?i)(\boutcry_session\s*[=:]\s*)[^\s;\"',]+"), rf"\1{BLANK}"),
    (re.compile(r"(?i)(\b(?:redis|rediss|unix|https?|wss?)://)[^\s/@\"']*@"), rf"\1{BLANK}@"),
    (re.compile(r"(\w/?)\?[^\s\"'>]*[=][^\s\"'>]*"), rf"\1?{BLANK}"),
)
_OWN: Final = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName", "color_message"}


def conceal(text: str) -> str:
    """A text without what could open anything."""
    for pattern, replacement in _CONCEALED:
        text = pattern.sub(replacement, text)
    return text


def fields_of(record: logging.LogRecord) -> dict[str, Any]:
    """What was said by ``extra``, without secrets."""
    return {
        name: BLANK if name in SECRET_FIELDS else conceal(value) if isinstance(value, str) else value
        for name, value in vars(record).items()
        if name not in _OWN
    }


class JsonLines(logging.Formatter):
    """``{"at": ms, "level", "logger", "pid", "event", …}``, a line each."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "at": int(record.created * 1000),
            "level": record.levelname.lower(),
            "logger": record.name,
            "pid": record.process,
            "event": conceal(record.getMessage()),
            **fields_of(record),
        }
        if record.exc_info:
            line["error"] = conceal(self.formatException(record.exc_info))
        return orjson.dumps(line, default=str, option=orjson.OPT_NON_STR_KEYS).decode()


class OneLiners(logging.Formatter):
    """``12:03:04 supervisor: worker ready worker=1``; a traceback follows where there is one."""

    def format(self, record: logging.LogRecord) -> str:
        clock = time.strftime("%H:%M:%S", time.localtime(record.created))
        level = "" if record.levelno <= logging.INFO else f" {record.levelname.lower()}"
        figures = "".join(f" {name}={value}" for name, value in fields_of(record).items())
        line = f"{clock}{level} {record.name.removeprefix('outcry.')}: {conceal(record.getMessage())}{figures}"
        return f"{line}\n{conceal(self.formatException(record.exc_info))}" if record.exc_info else line


_UNFINISHED: Final = "ASGI callable returned without completing handshake."


def tell_unfinished(record: logging.LogRecord) -> bool:
    """uvicorn calls it an error when an accepted socket's connection is closing: its peer or the server is leaving.

    A mistake of our own in a handshake has a line of its own ("request failed"), with its path.
    """
    if record.msg == _UNFINISHED:
        record.levelno, record.levelname = logging.INFO, "INFO"
        record.msg = "a websocket was gone before its handshake was answered"
    return True


def setup(level: str = "info", stream: TextIO | None = None) -> None:
    """Everything from ``level`` up goes to ``stream`` (stderr); uvicorn's own notices only from warnings up."""
    stream = stream or sys.stderr
    handler = logging.StreamHandler(stream)
    handler.setFormatter(OneLiners() if stream.isatty() else JsonLines())
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    logging.captureWarnings(True)
    for noisy in ("uvicorn", "asyncio", "websockets"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    logging.getLogger("uvicorn.error").addFilter(tell_unfinished)
