"""The two-person rule: what one operator proposes, another confirms, once, within ten minutes."""

import hashlib
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Final, Literal

import orjson

from ..engine.records import Records
from ..model.commands import Reply
from .accounts import Account
from .errors import Conflict, Expired, Forbidden, NotFound

Action = Literal["resume", "retract", "withdraw"]

VALID_MS: Final = 600_000
"""How long a proposal waits for its second operator, and a confirmed one for its execution after a crash."""
KEPT_S: Final = 24 * 3600
_OPEN: Final = "proposals"


@dataclass(frozen=True, slots=True)
class Proposal:
    """``asked``: as the first operator put it; ``fixed``: what the house added, so that exactly this is confirmed, and
    no later than in the state that event ``state_n`` began.

    Times in ms of the store's clock. ``answer``: the script's verdict and body once it was carried out.
    """

    id: str
    lot: str
    action: Action
    key: str
    by: str
    by_id: str
    at: int
    asked: dict[str, Any] = field(default_factory=dict)
    fixed: dict[str, Any] = field(default_factory=dict)
    confirmed_at: int | None = None
    answer: tuple[str, str] | None = None

    @property
    def expires_at(self) -> int:
        return self.at + VALID_MS

    @property
    def expect_n(self) -> int | None:
        """The one head at which it may be carried out, if there is only one."""
        head: int | None = (self.asked | self.fixed)["expect_n"]
        return head

    def waits(self, now: int) -> bool:
        """Whether confirming it can still do something: for the first time, or again after a crash."""
        return self.answer is None and now < (self.confirmed_at or self.at) + VALID_MS

    @property
    def reply(self) -> Reply | None:
        """The first answer, for whoever confirms once more."""
        if self.answer is None:
            return None
        verdict, body = self.answer
        return Reply(verdict, body.encode(), self.confirmed_at or self.at, replayed=True)

    def as_dict(self) -> dict[str, Any]:
        """As operators see it."""
        head = {"id": self.id, "lot": self.lot, "action": self.action, "by": self.by, "at": self.at}
        details = {name: value for name, value in (self.asked | self.fixed).items() if name != "salt"}
        return {**head, "expires_at": self.expires_at, **details}


class Proposals:
    def __init__(self, records: Records) -> None:
        self._records = records

    async def find(
        self, lot_id: str, operator: Account, action: Action, key: str, asked: dict[str, Any]
    ) -> Proposal | None:
        """What this operator proposed with this key before; ``Conflict`` where the key stands for something else."""
        kept = await self._records.get(_record(_id(lot_id, key)))
        if kept is None:
            return None
        first = _decode(kept)
        if (first.action, first.by_id, first.asked) != (action, operator.id, asked):
            raise Conflict("id_reused", "This key stands for another proposal.")
        await self._records.add(_OPEN, first.id)
        return first

    async def put(
        self,
        lot_id: str,
        operator: Account,
        action: Action,
        key: str,
        asked: dict[str, Any],
        fixed: dict[str, Any],
        now: int,
    ) -> Proposal:
        proposal = Proposal(_id(lot_id, key), lot_id, action, key, operator.name, operator.id, now, asked, fixed)
        if not await self._records.put_new(_record(proposal.id), _encode(proposal), KEPT_S):
            first = await self.find(lot_id, operator, action, key, asked)
            return first or proposal
        await self._records.add(_OPEN, proposal.id)
        return proposal

    async def open(self, now: int) -> list[Proposal]:
        """Those that wait for a second operator or were not carried out, oldest first; the others leave the list."""
        waiting = []
        ids = sorted(await self._records.members(_OPEN))
        for proposal_id, kept in zip(ids, await self._records.get_many([_record(each) for each in ids]), strict=True):
            proposal = None if kept is None else _decode(kept)
            if proposal is not None and proposal.waits(now):
                waiting.append(proposal)
            else:
                await self._records.discard(_OPEN, proposal_id)
        return sorted(waiting, key=lambda proposal: (proposal.at, proposal.id))

    async def mark(self, proposal_id: str, operator: Account, now: int) -> Proposal:
        """Confirm a proposal. It is marked once; marked and not yet carried out, it may be confirmed again, to go on.

        Raises ``NotFound``, ``Forbidden("same_operator")``, ``Expired``.
        """
        while True:
            kept = await self._records.get(_record(proposal_id))
            if kept is None:
                raise NotFound("unknown_proposal", "There is no such proposal.")
            proposal = _decode(kept)
            if proposal.by_id == operator.id:
                raise Forbidden("same_operator", "Another operator must confirm this.")
            if proposal.answer is None and not proposal.waits(now):
                raise Expired("This proposal has expired; propose it again.")
            if proposal.confirmed_at is not None:
                return proposal
            marked = replace(proposal, confirmed_at=now)
            if await self._records.replace(_record(proposal_id), kept, _encode(marked)):
                return marked

    async def finish(self, proposal: Proposal, reply: Reply) -> None:
        """Keep the answer of a proposal that was carried out or finally refused."""
        done = replace(proposal, answer=(reply.verdict, reply.body.decode()))
        await self._records.replace(_record(proposal.id), _encode(proposal), _encode(done))
        await self._records.discard(_OPEN, proposal.id)


def _id(lot_id: str, key: str) -> str:
    return hashlib.sha256(f"{lot_id}|{key}".encode()).hexdigest()[:16]


def _record(proposal_id: str) -> str:
    return f"proposal:{proposal_id}"


def _encode(proposal: Proposal) -> bytes:
    return orjson.dumps(asdict(proposal))


def _decode(kept: bytes) -> Proposal:
    raw = orjson.loads(kept)
    return Proposal(**{**raw, "answer": raw["answer"] and tuple(raw["answer"])})
