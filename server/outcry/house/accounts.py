"""Accounts, and the secrets by which they are recognised: one-time tickets, sessions, Bearer tokens.

The store holds only the SHA-256 of a secret, as the key of its record: who reads the store can end a session but not
use one. Every check reads the store, so a session that ends is ended in every process at once.
"""

import hashlib
import secrets
import time
import unicodedata
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

import orjson

from ..engine.records import Records
from . import values
from .errors import Conflict

AccountRole = Literal["bidder", "operator"]

TICKET_S = 24 * 3600
SESSION_S = 12 * 3600
TOKEN_S = 30 * 24 * 3600
"""A Bearer token works for programs that nobody sits at, hence longer."""
SESSIONS = 32
"""Live sessions and tokens of an account; one more ends the oldest.

Refusing it instead would shut a person out for as long as the programs he forgot about keep their tokens.
"""
NAME_LENGTH = 60


@dataclass(frozen=True, slots=True)
class Account:
    """``amc``: an asset manager by licence, who may buy what is for asset managers only.

    ``session`` is the key of the session or token by which the account was recognised, None where it was looked up.
    """

    id: str
    name: str
    role: AccountRole
    amc: bool = False
    session: str | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Session:
    """``token`` is the secret, told once to its owner and kept nowhere; ``key`` names the session in the store."""

    token: str = field(repr=False)
    key: str
    account: Account


class Accounts:
    """Whatever does not open anything, be it unknown, used, expired or nonsense, is answered alike: None."""

    def __init__(self, records: Records) -> None:
        self._records = records

    async def add(self, name: str, role: AccountRole, amc: bool = False) -> str:
        """A one-time ticket for a new account, or for the one of this name; ``Conflict`` if that is of another kind."""
        name = unicodedata.normalize("NFC", values.text(name, "name", NAME_LENGTH))
        values.one_of(role, "role", ("bidder", "operator"))
        account = Account(secrets.token_hex(8), name, role, amc)
        if not await self._records.set_field_new("accounts", name, _encode(account)):
            known = await self.find(name)
            if known is None or (known.role, known.amc) != (role, amc):
                raise Conflict("exists", f"There is an account named {name} of another kind.")
            account = known
        return await self.ticket(account)

    async def find(self, name: str) -> Account | None:
        kept = await self._records.get_field("accounts", unicodedata.normalize("NFC", name))
        return None if kept is None else _decode(kept)

    async def ticket(self, account: Account) -> str:
        """A secret that opens one session within 24 h."""
        ticket = secrets.token_urlsafe(32)
        await self._records.put(f"ticket:{_key(ticket)}", _encode(account), TICKET_S)
        return ticket

    async def enter(self, ticket: str, leaving: str | None = None) -> Session | None:
        """Trade a ticket for a new session; ``leaving`` is the token that the visitor carried so far, which ends."""
        kept = await self._records.take(f"ticket:{_key(ticket)}")
        if kept is None:
            return None
        if leaving:
            await self.end(leaving)
        return await self._open(_decode(kept), SESSION_S)

    async def token(self, account: Account) -> str:
        """A new Bearer token. It ends by itself, by ``end``, with all of the account, or as the oldest of too many."""
        return (await self._open(account, TOKEN_S)).token

    async def session(self, token: str) -> Account | None:
        """Whose session or Bearer token this is."""
        key = _key(token)
        kept = await self._records.get(_session(key))
        return None if kept is None else replace(_decode(kept), session=key)

    async def end(self, token: str) -> None:
        key = _key(token)
        kept = await self._records.take(_session(key))
        if kept is not None:
            await self._records.unscore(_sessions_of(_decode(kept)), key)

    async def end_all(self, account: Account) -> None:
        """End every session and token of an account."""
        for key, _ in await self._records.scores(_sessions_of(account)):
            await self._end(account, key)

    async def ended(self, keys: set[str]) -> set[str]:
        """Those of these session keys that open nothing any more, in one read."""
        asked = sorted(keys)
        kept = await self._records.get_many([_session(key) for key in asked])
        return {key for key, record in zip(asked, kept, strict=True) if record is None}

    async def _open(self, account: Account, lifetime_s: int) -> Session:
        account = replace(account, session=None)
        token = secrets.token_urlsafe(32)
        key = _key(token)
        # Listed once it is there, so that whoever sweeps out expired keys beside us does not take it for one of them;
        # told once it is listed, so that end_all misses none that somebody holds.
        await self._records.put(_session(key), _encode(account), lifetime_s)
        await self._records.score(_sessions_of(account), key, time.time_ns() // 1000)
        await self._end_surplus(account, key)
        return Session(token, key, replace(account, session=key))

    async def _end_surplus(self, account: Account, newest: str) -> None:
        """The list never grows beyond one more than it may hold, so this reads little however often it is done."""
        listed = [key for key, _ in await self._records.scores(_sessions_of(account)) if key != newest]
        gone = await self.ended(set(listed))
        live = [key for key in listed if key not in gone]
        for key in (*gone, *live[: max(0, len(live) + 1 - SESSIONS)]):
            await self._end(account, key)

    async def _end(self, account: Account, key: str) -> None:
        await self._records.delete(_session(key))
        await self._records.unscore(_sessions_of(account), key)


def _key(secret: str) -> str:
    return hashlib.sha256(secret.encode(errors="replace")).hexdigest()


def _session(key: str) -> str:
    return f"session:{key}"


def _sessions_of(account: Account) -> str:
    return f"sessions:{account.id}"


def _encode(account: Account) -> bytes:
    kept = asdict(account)
    del kept["session"]
    return orjson.dumps(kept)


def _decode(kept: bytes) -> Account:
    raw: dict[str, Any] = orjson.loads(kept)
    return Account(**raw)
