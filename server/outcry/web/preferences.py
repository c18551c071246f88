"""Language and theme: two cookies that the server stamps on the page, so that nothing flickers."""

from typing import Final, Literal
from urllib.parse import urlsplit

from starlette.requests import HTTPConnection, Request
from starlette.responses import RedirectResponse, Response

from .errors import malformed

Language = Literal["zh", "en"]
Theme = Literal["light", "dark"]

YEAR_S: Final = 365 * 24 * 3600


def language(connection: HTTPConnection) -> Language:
    """The cookie's choice, else the better liked of the two in ``Accept-Language``, else English."""
    match connection.cookies.get("outcry_lang"):
        case "zh":
            return "zh"
        case "en":
            return "en"
    liked: dict[str, float] = {}
    for part in connection.headers.get("accept-language", "").split(",")[:20]:
        tag, _, weight = part.partition(";q=")
        name = tag.strip().lower().split("-")[0]
        liked[name] = max(liked.get(name, 0.0), _weight(weight))
    return "zh" if liked.get("zh", 0.0) > liked.get("en", 0.0) else "en"


def _weight(text: str) -> float:
    try:
        return float(text) if text else 1.0
    except ValueError:
        return 0.0


def theme(connection: HTTPConnection) -> Theme | None:
    """The cookie's choice; ``None`` leaves it to ``prefers-color-scheme``."""
    match connection.cookies.get("outcry_theme"):
        case "light":
            return "light"
        case "dark":
            return "dark"
    return None


def safe_back(target: str) -> str:
    """A path on this house, or ``/``: whatever could name another host, or be read as one by a browser, is dropped."""
    if not target.startswith("/") or target.startswith(("//", "/\\")) or len(target) > 500:
        return "/"
    if any(char in "\\" or ord(char) <= 0x20 or ord(char) >= 0x7F for char in target):
        return "/"
    try:
        parts = urlsplit(target)
    except ValueError:
        return "/"
    return target if not parts.scheme and not parts.netloc else "/"


async def set_language(request: Request) -> Response:
    """``/lang?to=zh|en&back=/…``"""
    return _remember(request, "outcry_lang", ("zh", "en"))


async def set_theme(request: Request) -> Response:
    """``/theme?to=light|dark|auto&back=/…``; ``auto`` forgets the choice."""
    return _remember(request, "outcry_theme", ("light", "dark", "auto"))


def _remember(request: Request, cookie: str, choices: tuple[str, ...]) -> Response:
    choice = request.query_params.get("to")
    if choice not in choices:
        raise malformed(f"to must be one of {', '.join(choices)}.")
    back = safe_back(request.query_params.get("back", "/"))
    response = RedirectResponse(back, 303, headers={"Cache-Control": "no-store"})
    secure = request.url.scheme == "https"
    if choice == "auto":
        response.delete_cookie(cookie, path="/", samesite="lax", secure=secure, httponly=True)
    else:
        response.set_cookie(cookie, choice, max_age=YEAR_S, path="/", samesite="lax", secure=secure, httponly=True)
    return response
