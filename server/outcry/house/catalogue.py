"""The lots of the house: announced once, read by everybody; their hidden reserves, read by the auctioneer alone.

A notice period is not enforced yet: a lot opens at the ``opens_at`` that its operator announces, if that is to come.
"""

import logging
import secrets
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from typing import Any, Final

import orjson

from ..engine.records import Records
from ..model.ids import is_lot_id
from ..model.terms import reserve_hash
from ..model.view import LotView
from .calendar import Calendar
from .card import Card, read_card
from .errors import Conflict, Malformed

LIVE_FIELDS = (
    "state", "n", "epoch", "price", "ask", "leader", "ends_at", "remaining_ms", "resumes_at", "ground", "bids",
    "registered", "extensions", "reserve_met",
)  # fmt: skip
PAST_MS: Final = 5_000
"""How long ago a new lot may open: clocks differ, and requests take their time."""
_AT_ONCE: Final = 200

log = logging.getLogger("outcry.catalogue")


class Catalogue:
    """Cards do not change once announced, so each is read from the store once.

    ``now`` is the store's time in ms; while nobody has given it, a new lot may open in the past.
    """

    def __init__(self, records: Records) -> None:
        self.now: Callable[[], int] | None = None
        self._records = records
        self._cards: dict[str, Card] = {}
        self._public: dict[str, Mapping[str, Any]] = {}
        self.calendar = Calendar(records)

    async def announce(self, body: object) -> Card:
        """Announce the lot that a request's decoded JSON describes; the same again is the same lot.

        Raises ``Malformed``, or ``Conflict`` where another lot has the id. What breaks off before the card is written
        leaves nothing that anybody sees; what breaks off after it is repaired by announcing again, or by the rescan.
        """
        card, reserve = read_card(body)
        await self._check_opening(card)
        if reserve is not None:
            card = replace(card, commitment=await self._seal(reserve))
        await self._records.score("lots", card.id, card.opens_at)
        if not await self._records.put_new(f"lot:{card.id}", orjson.dumps(asdict(card))):
            card = await self._announced(card, reserve)
        else:
            log.info("lot announced", extra={"lot": card.id, "opens_at": card.opens_at})
        self._cards[card.id] = card
        await self.calendar.set(card.id, card.opens_at)
        return card

    async def get(self, lot_id: str) -> Card | None:
        if is_lot_id(lot_id):
            await self._learn([lot_id])
        return self._cards.get(lot_id)

    async def ids(self) -> list[str]:
        """Of every lot ever announced, the first to open first."""
        return [lot_id for lot_id, _ in await self._records.scores("lots")]

    async def count(self) -> int:
        """How many were ever announced."""
        return await self._records.size("lots")

    async def cards(self, lot_ids: list[str]) -> list[Card]:
        """Those that there are, in the order asked; many are read a part at a time."""
        for at in range(0, len(lot_ids), _AT_ONCE):
            await self._learn(lot_ids[at : at + _AT_ONCE])
        return [self._cards[lot_id] for lot_id in lot_ids if lot_id in self._cards]

    async def all(self) -> list[Card]:
        return sorted(await self.cards(await self.ids()), key=lambda card: (card.opens_at, card.id))

    def public(self, card: Card, view: LotView, watching: int = 0, now: int | None = None) -> dict[str, Any]:
        """What anybody may read of a lot: its card and where its auction stands.

        ``now``: the store's time of the answer, where that is not the time of the view.
        """
        live = {name: getattr(view, name) for name in LIVE_FIELDS}
        return {**self.public_card(card), **live, "watching": watching, "now": view.now if now is None else now}

    def public_card(self, card: Card) -> Mapping[str, Any]:
        """What anybody may read of the card alone; made once."""
        if (public := self._public.get(card.id)) is None:
            public = self._public[card.id] = card.public()
        return public

    async def reserve(self, card: Card) -> tuple[int | None, str]:
        """The hidden reserve and its salt, for the script that opens the lot and for nobody else."""
        if card.commitment is None:
            return None, ""
        kept = await self._records.get(_sealed(card.commitment))
        if kept is None:
            raise LookupError(f"the reserve of {card.id} is not in the store")
        reserve, salt = orjson.loads(kept)
        return reserve, salt

    async def _check_opening(self, card: Card) -> None:
        """Only a new lot has to open in the future: one announced before is answered as it was."""
        now = card.opens_at if self.now is None else self.now()
        if card.opens_at < now - PAST_MS and await self.get(card.id) is None:
            raise Malformed(f"opens_at lies in the past: the house's time is {now}")

    async def _seal(self, reserve: int) -> str:
        """Keep a reserve under its commitment, apart from the card; one that no card names is nobody's."""
        salt = secrets.token_hex(16)
        commitment = reserve_hash(reserve, salt)
        await self._records.put(_sealed(commitment), orjson.dumps([reserve, salt]))
        return commitment

    async def _announced(self, card: Card, reserve: int | None) -> Card:
        """The card that had the id first, if it announces the same."""
        first = await self.get(card.id)
        if first is None:
            raise LookupError(f"{card.id} is taken and cannot be read")
        await self._records.score("lots", first.id, first.opens_at)
        if not first.same_as(card) or (await self.reserve(first))[0] != reserve:
            raise Conflict("exists", "There is another lot of this name.")
        return first

    async def _learn(self, lot_ids: list[str]) -> None:
        missing = [lot_id for lot_id in lot_ids if lot_id not in self._cards]
        if missing:
            for kept in await self._records.get_many([f"lot:{lot_id}" for lot_id in missing]):
                if kept is not None:
                    card = Card.from_kept(orjson.loads(kept))
                    self._cards[card.id] = card


def _sealed(commitment: str) -> str:
    return f"reserve:{commitment}"
