"""The demo's two robot operators: what one proposes, the other confirms."""

import asyncio
import logging
import secrets
from collections.abc import Awaitable
from time import monotonic
from typing import Any, Final

from .api import Api, ApiError, Silent

CONFIRM_S: Final = 3.0
"""How long a proposal waits for its second operator, a visitor's too."""
LOOK_S: Final = 0.5

log = logging.getLogger("outcry.demo")


class Operators:
    """They act by the public protocol. A refusal (a lot just closed, say) is no error: the next act will do."""

    def __init__(self, first: Api, second: Api) -> None:
        self._first = first
        self._second = second

    async def announce(self, card: dict[str, Any]) -> None:
        """Put a lot on sale; the same card again changes nothing."""
        await self._first.post("/api/v1/lots", card)

    async def admit(self, lot_id: str, account: str, rank: int) -> None:
        await self._first.post(f"/api/v1/lots/{lot_id}/registrations", {"account": account, "rank": rank})

    async def say(self, lot_id: str, kind: str, text: str) -> bool:
        return await self._act(lot_id, "say", {"kind": kind, "text": text})

    async def pause(self, lot_id: str, ground: str, text: str) -> bool:
        return await self._act(lot_id, "pause", {"ground": ground, "text": text})

    async def propose_resume(self, lot_id: str) -> bool:
        return await self._act(lot_id, "resume", {})

    async def confirm_proposals(self) -> None:
        """For ever: whatever somebody else proposed, the colleague or a visitor, is confirmed after three seconds."""
        seen: dict[str, float] = {}
        while True:
            await asyncio.sleep(LOOK_S)
            try:
                proposals = (await self._second.get("/api/v1/proposals"))["proposals"]
            except (ApiError, Silent) as error:
                log.warning("no proposals", extra={"reason": str(error)})
                continue
            now = monotonic()
            seen = {proposal["id"]: seen.get(proposal["id"], now) for proposal in proposals}
            for proposal_id, since in seen.items():
                if now - since >= CONFIRM_S:
                    await _tried(self._second.post(f"/api/v1/proposals/{proposal_id}/confirm", {}))

    async def _act(self, lot_id: str, act: str, body: dict[str, Any]) -> bool:
        return await _tried(self._first.post(f"/api/v1/lots/{lot_id}/{act}", {"key": secrets.token_hex(8), **body}))


async def _tried(call: Awaitable[Any]) -> bool:
    try:
        await call
    except (ApiError, Silent) as error:
        log.info("the house declined", extra={"reason": str(error)})
        return False
    return True
