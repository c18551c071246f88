"""What the house writes about itself: one line each, and nothing in it that opens anything."""

import io
import logging
import sys

import orjson
import pytest

from outcry.log import JsonLines, OneLiners, conceal, setup


def record(message: str, **extra: object) -> logging.LogRecord:
    made = logging.getLogger("outcry.test").makeRecord(
        "outcry.test", logging.INFO, __file__, 1, message, (), None, extra=extra
    )
    return made


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("GET /enter/Jd93kfl-2 303", "Jd93kfl-2"),
        ("authorization: Bearer eyJhbGciOi", "eyJhbGciOi"),
        ("cookie: outcry_session=abc123; outcry_lang=zh", "abc123"),
        ("no answer from redis://house:pa55@store:6379/0", "pa55"),
        ('"WebSocket /ws/lots/lot-1?after=3&token=abc" 403', "abc"),
    ],
)
def test_texts_lose_what_opens_something(text: str, secret: str) -> None:
    assert secret not in conceal(text)


def test_ordinary_texts_stay_as_they_are() -> None:
    for text in ("is it sold? price=5", "the lot lot-1 closed", "/enter/demo", "http://127.0.0.1:8400"):
        assert conceal(text) == text


def test_json_lines_carry_the_figures_and_blank_the_secrets() -> None:
    line = orjson.loads(JsonLines().format(record("worker ready", worker=2, token="abc", url="redis://:x@h")))
    assert line["event"] == "worker ready"
    assert (line["worker"], line["level"], line["logger"]) == (2, "info", "outcry.test")
    assert line["token"] == "…"
    assert line["url"] == "redis://…@h"


def test_a_traceback_stays_inside_its_line() -> None:
    made = record("it failed")
    try:
        raise ValueError("Bearer abc123")
    except ValueError:
        made.exc_info = sys.exc_info()
    text = JsonLines().format(made)
    assert "\n" not in text
    assert "ValueError" in orjson.loads(text)["error"]
    assert "abc123" not in text


def test_a_terminal_gets_short_lines() -> None:
    assert OneLiners().format(record("worker ready", worker=2)).endswith(" test: worker ready worker=2")


def test_no_terminal_gets_json() -> None:
    root = logging.getLogger()
    before = root.handlers[:], root.level
    stream = io.StringIO()
    try:
        setup(stream=stream)
        logging.getLogger("outcry.test").info("hello", extra={"n": 1})
        logging.getLogger("uvicorn.error").info("not said")
        assert [orjson.loads(line)["event"] for line in stream.getvalue().splitlines()] == ["hello"]
    finally:
        logging.captureWarnings(False)
        root.handlers[:], root.level = before
