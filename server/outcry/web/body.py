"""Request bodies: bounded, on time, strictly JSON, and nothing in them that was not asked for."""

import asyncio
import json
import re
from collections.abc import Collection, Mapping
from typing import Any, Final, NoReturn

from starlette.requests import ClientDisconnect, Request

from .errors import HttpError, malformed

MAX_BYTES: Final = 64 * 1024
MAX_SECONDS: Final = 10.0
MAX_DEPTH: Final = 4
DIGITS: Final = re.compile(r"0|[1-9][0-9]{0,14}")
UNFIT: Final = re.compile("[\x00\ud800-\udfff]")
"""NUL and lone surrogates: no text of ours holds them, and some store or browser would choke on them."""


async def read_object(
    request: Request, *, required: Collection[str] = (), optional: Collection[str] = ()
) -> dict[str, Any]:
    """The JSON object of a request; its keys are ``required`` and some of ``optional``. No body is one without keys.

    Raises ``HttpError`` 400, 408, 413.
    """
    raw = await read_body(request)
    body = decode(raw) if raw else {}
    check_keys(body, required, optional)
    return body


def check_keys(body: Mapping[str, Any], required: Collection[str], optional: Collection[str] = ()) -> None:
    """400 unless the keys are exactly the required and some of the optional ones."""
    missing = [key for key in required if key not in body]
    if missing:
        raise malformed(f"The field {missing[0]!r} is missing.")
    for key in body:
        if key not in required and key not in optional:
            raise malformed(f"The field {key[:40]!r} is unknown.")


async def read_body(request: Request) -> bytes:
    """The bytes of a body, no more than is allowed and no later than is bearable."""
    declared = request.headers.get("content-length", "0")
    if declared.isdigit() and len(declared) < 16 and int(declared) > MAX_BYTES:
        raise _too_large()
    body = bytearray()
    try:
        async with asyncio.timeout(MAX_SECONDS):
            async for chunk in request.stream():
                body += chunk
                if len(body) > MAX_BYTES:
                    raise _too_large()
    except TimeoutError:
        raise HttpError(408, "too_slow", "The request's body did not arrive in time.", headers=_CLOSE) from None
    except ClientDisconnect:
        raise malformed("The request's body was cut short.") from None
    return bytes(body)


_CLOSE = {"Connection": "close"}


def _too_large() -> HttpError:
    return HttpError(413, "too_large", f"A request's body has at most {MAX_BYTES} bytes.", headers=_CLOSE)


def decode(body: bytes) -> dict[str, Any]:
    """Strict JSON: one shallow object, no key twice, no float, no number over 15 digits, no NUL, no lone surrogate."""
    try:
        value = json.loads(
            body.decode(),
            object_pairs_hook=_once,
            parse_int=_integer,
            parse_float=_no_number,
            parse_constant=_no_number,
        )
    except (ValueError, RecursionError) as error:
        detail = str(error) if isinstance(error, _Refused) else "This is not JSON."
        raise malformed(detail) from None
    if not isinstance(value, dict):
        raise malformed("The body must be one JSON object.")
    _check(value, 1)
    return value


class _Refused(ValueError):
    """JSON, but not of the kind that is accepted; its message is one sentence."""


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    decoded = dict(pairs)
    if len(decoded) != len(pairs):
        raise _Refused("A field is given twice.")
    return decoded


def _integer(text: str) -> int:
    if DIGITS.fullmatch(text) is None:
        raise _Refused("Numbers are whole, not negative and have at most 15 digits.")
    return int(text)


def _no_number(text: str) -> NoReturn:
    raise _Refused("Numbers are whole, not negative and have at most 15 digits.")


def _check(value: Any, depth: int) -> None:
    if isinstance(value, str):
        if UNFIT.search(value):
            raise malformed("Texts hold no NUL and no lone surrogate.")
    elif isinstance(value, dict | list):
        if depth > MAX_DEPTH:
            raise malformed(f"At most {MAX_DEPTH} levels of nesting.")
        for item in value:
            _check(item, depth + 1)
        if isinstance(value, dict):
            for item in value.values():
                _check(item, depth + 1)
