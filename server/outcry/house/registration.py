"""Registration: who may bid in a lot, under a code that tells nobody who he is.

How the secret is kept (articles 8 and 18: nobody, the operator included, learns who stands behind a code before the
close). A code is HMAC-SHA256 of the house's secret over lot and account: short, unlike in every lot, in no order. The
store never holds an account beside a code. It holds

    codes:<lot>       code -> seal                      the codes that are taken
    admissions:<lot>  seal -> {code, rank, admitted}    what a bidder's own session finds again

where the seal is another HMAC over lot and account. Where the secret is the house's configuration, a dump of the store
names nobody; a house that made its own keeps it in the store, and then the map is as safe as the store. Unsealing after
the close means computing the seals of all accounts again.
"""

import hashlib
import hmac
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from typing import Final, Literal

import orjson

from ..engine.engine import Engine
from ..engine.records import Records
from ..model.commands import AdmitBidder
from ..model.roles import WATCHER, Identity
from . import values
from .accounts import Account
from .catalogue import Catalogue
from .errors import Conflict, Forbidden, Refused, unknown_lot

ALPHABET: Final = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
"""32 signs that nobody mistakes for each other: no I, O, 0, 1."""
LENGTHS: Final = (4, 5, 6)
TRIES: Final = 64
SECRET_BYTES: Final = 16
WORST_RANK: Final = 99

Admit = Literal["open", "operator"]


@dataclass(frozen=True, slots=True)
class Admission:
    """``code`` is None in what an operator is told. ``admitted``: the script has said yes, not only the reservation."""

    code: str | None
    rank: int
    admitted: bool = True


class Registration:
    """``secret`` keys codes and seals: with another one every bidder is a stranger. ``admit``: who lets bidders in."""

    def __init__(self, records: Records, engine: Engine, catalogue: Catalogue, secret: bytes, admit: Admit) -> None:
        if len(secret) < SECRET_BYTES:
            raise ValueError(f"the house's secret needs at least {SECRET_BYTES} bytes")
        self._records = records
        self._engine = engine
        self._catalogue = catalogue
        self._secret = secret
        self._admit = admit

    async def register(self, lot_id: str, account: Account, rank: int = 0, by: Account | None = None) -> Admission:
        """Admit an account to a lot, from the announcement to the effective end; again, to resume what a crash left.

        ``rank``: 0 ordinary, 1 the best priority; only an operator (``by``) gives one, and the first registration fixes
        it. Raises ``NotFound``, ``Forbidden``, ``Refused`` by the script, ``Conflict("already_admitted")`` where the
        operator gave another rank.
        """
        card = await self._catalogue.get(lot_id)
        if card is None:
            raise unknown_lot()
        rank = values.whole(rank, "rank", 0, WORST_RANK)
        self._check(account, rank, by, card.eligibility)
        admission = await self._reserve(lot_id, account, rank)
        if not admission.admitted:
            admission = await self._admit_reserved(lot_id, account, admission)
        if by is None:
            return admission
        if admission.rank != rank:
            raise Conflict("already_admitted", f"This bidder is admitted with rank {admission.rank}.")
        return replace(admission, code=None)

    async def admission(self, lot_id: str, account: Account) -> Admission | None:
        """An account's own admission, if it was completed."""
        kept = await self._records.get_field(_admissions(lot_id), self._seal(lot_id, account))
        admission = None if kept is None else _decode(kept)
        return admission if admission is not None and admission.admitted else None

    async def identity(self, lot_id: str, account: Account | None) -> Identity:
        """Who somebody is in a lot's room."""
        if account is None:
            return WATCHER
        if account.role == "operator":
            return Identity("operator", account.id, session=account.session)
        admission = await self.admission(lot_id, account)
        if admission is None:
            return Identity("watcher", account.id, session=account.session)
        return Identity("bidder", account.id, admission.code, admission.rank, account.session)

    def _check(self, account: Account, rank: int, by: Account | None, eligibility: str) -> None:
        if account.role != "bidder":
            raise Forbidden("operator_may_not_bid", "Operators of the house do not bid.")
        if by is None and (self._admit == "operator" or rank):
            raise Forbidden("unauthorised", "An operator of the house admits bidders here.")
        if by is not None and by.role != "operator":
            raise Forbidden("unauthorised", "Only an operator admits others.")
        if eligibility == "amc_only" and not account.amc:
            raise Forbidden("not_eligible", "Only licensed asset managers may buy this lot.")

    async def _reserve(self, lot_id: str, account: Account, rank: int) -> Admission:
        """A code that nobody else has in the lot, and the admission that the account already has, or a new one."""
        seal = self._seal(lot_id, account)
        kept = await self._records.get_field(_admissions(lot_id), seal)
        if kept is not None:
            return _decode(kept)
        admission = Admission(await self._take_code(lot_id, account, seal), rank, admitted=False)
        if await self._records.set_field_new(_admissions(lot_id), seal, _encode(admission)):
            return admission
        # The same account, in another process at the same time: it derived the same code, but its rank may be another.
        kept = await self._records.get_field(_admissions(lot_id), seal)
        return admission if kept is None else _decode(kept)

    async def _take_code(self, lot_id: str, account: Account, seal: str) -> str:
        """The first code of the account's own row that is free, or its own already since a crash."""
        for code in self._row(lot_id, account):
            if await self._records.set_field_new(_codes(lot_id), code, seal.encode()):
                return code
            if await self._records.get_field(_codes(lot_id), code) == seal.encode():
                return code
        raise Conflict("exists", "No bidder code is free in this lot.")

    async def _admit_reserved(self, lot_id: str, account: Account, admission: Admission) -> Admission:
        assert admission.code is not None
        reply = await self._engine.admit_bidder(lot_id, AdmitBidder(admission.code, admission.rank))
        if not reply.ok:
            raise Refused(reply)
        admitted = replace(admission, admitted=True)
        await self._records.set_field(_admissions(lot_id), self._seal(lot_id, account), _encode(admitted))
        return admitted

    def _row(self, lot_id: str, account: Account) -> Iterator[str]:
        """The codes an account tries in a lot: longer ones first, then others as long."""
        for attempt in range(TRIES):
            digest = self._hmac("code", lot_id, account.id, str(attempt))
            number = int.from_bytes(digest[:8])
            length = LENGTHS[min(attempt, len(LENGTHS) - 1)]
            yield "".join(ALPHABET[number >> 5 * place & 31] for place in range(length))

    def _seal(self, lot_id: str, account: Account) -> str:
        return self._hmac("seal", lot_id, account.id).hex()

    def _hmac(self, *parts: str) -> bytes:
        return hmac.new(self._secret, "|".join(parts).encode(), hashlib.sha256).digest()


def _codes(lot_id: str) -> str:
    return f"codes:{lot_id}"


def _admissions(lot_id: str) -> str:
    return f"admissions:{lot_id}"


def _encode(admission: Admission) -> bytes:
    return orjson.dumps(asdict(admission))


def _decode(kept: bytes) -> Admission:
    return Admission(**orjson.loads(kept))
