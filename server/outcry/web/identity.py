"""Who is asking: a program by its Bearer token, a browser by its cookie, everybody else a watcher."""

import re
from dataclasses import dataclass
from typing import Final, Literal

from starlette.datastructures import Headers
from starlette.responses import Response

from ..house.accounts import SESSION_S, Account, Accounts, Session
from ..model.roles import Role
from .errors import HttpError

COOKIE: Final = "outcry_session"
TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{16,128}")
CHALLENGE: Final = {"WWW-Authenticate": "Bearer"}


@dataclass(frozen=True, slots=True)
class Visitor:
    """Whoever sent a request.

    ``token`` is the secret as it was presented and never leaves this process. ``expired``: a cookie came that opens
    nothing any more, so it is to be cleared and the page to be told.
    """

    account: Account | None = None
    by: Literal["nothing", "cookie", "bearer"] = "nothing"
    token: str | None = None
    expired: bool = False

    @property
    def role(self) -> Role:
        return self.account.role if self.account is not None else "watcher"

    @property
    def known(self) -> Account:
        """The account, where the route is open only to those who have one."""
        if self.account is None:
            raise unauthorised(self)
        return self.account


def unauthorised(visitor: Visitor) -> HttpError:
    detail = "Your session has ended: enter again." if visitor.expired else "Sign in first."
    return HttpError(401, "unauthorised", detail, headers=CHALLENGE)


async def identify(accounts: Accounts, headers: Headers) -> Visitor:
    """The visitor behind a request's headers. A Bearer token goes before the cookie; a bad one is 401, no downgrade."""
    given = headers.getlist("authorization")
    if given:
        scheme, _, token = given[0].partition(" ")
        account = None
        if len(given) == 1 and scheme.lower() == "bearer" and TOKEN.fullmatch(token):
            account = await accounts.session(token)
        if account is None:
            raise HttpError(401, "unauthorised", "This token opens nothing.", headers=CHALLENGE)
        return Visitor(account, "bearer", token)
    cookies = session_cookies(headers)
    if not cookies:
        return Visitor()
    token = cookies[0]
    account = None
    if len(set(cookies)) == 1 and TOKEN.fullmatch(token):
        account = await accounts.session(token)
    return Visitor(account, "cookie", token, expired=account is None)


def session_cookies(headers: Headers) -> list[str]:
    """Every value under our cookie's name: of two different ones somebody planted one, so neither is believed."""
    pairs = (pair.partition("=") for line in headers.getlist("cookie") for pair in line.split(";"))
    return [value.strip() for name, _, value in pairs if name.strip() == COOKIE]


def set_session(response: Response, session: Session, *, secure: bool) -> None:
    response.set_cookie(
        COOKIE, session.token, max_age=SESSION_S, path="/", secure=secure, httponly=True, samesite="lax"
    )


def cleared_session(*, secure: bool) -> str:
    """The ``Set-Cookie`` header that makes a browser forget its session."""
    response = Response()
    response.delete_cookie(COOKIE, path="/", secure=secure, httponly=True, samesite="lax")
    return response.headers["set-cookie"]
