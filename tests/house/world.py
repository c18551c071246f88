"""A house on a disk in memory, and the moves that tests make in it. Many houses may share a disk: each is a process."""

import itertools
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import orjson

from outcry.house.accounts import Account, Accounts
from outcry.house.catalogue import Catalogue
from outcry.house.operations import Operations
from outcry.house.overview import Overview
from outcry.house.registration import Admit, Registration
from outcry.model.commands import OpenLot, PlaceBid, Reply

from .fake_engine import FakeEngine
from .fakes import Died, Disk, FakeRecords, Faults

SECRET = b"the secret of a house in a test."
DELAY_MS = 10_000
ANNA = Account("a1", "Anna", "operator")
BORIS = Account("b2", "Boris", "operator")
CLARA = Account("c3", "Clara", "operator")


def bidder(number: int, *, amc: bool = False) -> Account:
    return Account(f"{number:016x}", f"bidder-{number}", "bidder", amc)


def lot_body(
    lot_id: str = "lot-1", *, opens_at: int, terms: dict[str, Any] | None = None, **changes: Any
) -> dict[str, Any]:
    """What an operator posts: three debtors, start 1,000, step 10, an hour long, a window of a minute."""
    return {
        "id": lot_id,
        "title": {"en": "Three debtors", "zh": "三户债权"},
        "seller": {"en": "Hengdu AMC", "zh": "衡渡资产"},
        "seller_kind": "amc", "category": "npl", "region": "ZJ", "opens_at": opens_at,
        "terms": {
            "preset": "npl-commercial", "start": 1_000, "increment": 10, "duration_ms": 3_600_000, "window_ms": 60_000,
            "extension_ms": 60_000, **(terms or {}),
        },
        **changes,
    }  # fmt: skip


class House:
    """The procedures of one process."""

    def __init__(self, disk: Disk | None = None, faults: Faults | None = None, admit: Admit = "open") -> None:
        self.disk = disk or Disk()
        self.records = FakeRecords(self.disk, faults)
        self.engine = FakeEngine(self.disk, faults)
        self.accounts = Accounts(self.records)
        self.catalogue = Catalogue(self.records)
        self.registration = Registration(self.records, self.engine, self.catalogue, SECRET, admit)
        self.overview = Overview(self.catalogue, self.engine)
        self.operations = Operations(self.records, self.engine, self.catalogue, self.overview, DELAY_MS)

    def now(self) -> int:
        return self.disk.time()

    def wait(self, ms: int) -> None:
        """Let the store's held clock go on."""
        assert self.disk.held is not None
        self.disk.held += ms

    async def announce(self, lot_id: str = "lot-1", **changes: Any) -> None:
        changes.setdefault("opens_at", self.now())
        await self.catalogue.announce(lot_body(lot_id, **changes))

    async def open(self, lot_id: str = "lot-1", **changes: Any) -> None:
        """A lot announced and opened, as an auctioneer would."""
        await self.announce(lot_id, **changes)
        card = await self.catalogue.get(lot_id)
        assert card is not None
        reserve, salt = await self.catalogue.reserve(card)
        assert (await self.engine.open_lot(lot_id, OpenLot(card.terms, card.opens_at, reserve, salt))).ok

    async def bid(self, lot_id: str, code: str, amount: int) -> int:
        """An accepted bid; its n."""
        reply = await self.engine.place_bid(lot_id, PlaceBid(code, f"b{amount}", amount, self.now(), interval_ms=0))
        assert reply.ok, reply.body
        n: int = body(reply)["n"]
        return n

    def events(self, lot_id: str = "lot-1") -> list[dict[str, Any]]:
        return [orjson.loads(event) for event in self.disk.lots[lot_id].events]


def body(reply: Reply) -> dict[str, Any]:
    read: dict[str, Any] = orjson.loads(reply.body)
    return read


async def dies_everywhere(disk: Callable[[], Disk], act: Callable[[House], Awaitable[Any]]) -> AsyncIterator[Disk]:
    """The disk that a process leaves behind when it dies in the act: before each of its steps, and after each."""
    for done in (False, True):
        for step in itertools.count(1):
            left = disk()
            try:
                await act(House(left, Faults(step, done)))
            except Died:
                yield left
            else:
                break


async def open_house(**lot: Any) -> House:
    """A house with one open lot."""
    house = House()
    await house.open(**lot)
    return house


async def paused_house(**lot: Any) -> House:
    """A house with one lot, paused by Anna with the key p."""
    house = await open_house(**lot)
    assert (await house.operations.pause("lot-1", ANNA, key="p", ground="review")).ok
    return house
