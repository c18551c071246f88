"""Bidders who go on whatever happens, and what must be true of all they were told."""

import asyncio
import contextlib
import hashlib
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager

from .client import Client
from .house import House
from .transcript import Frame
from .wait import until

LOTS = ("lot-1", "lot-2")
AGAIN_S = 0.05
PASSING = ("rate_limited", "clock", "stale_store")
"""Refusals that are not kept: the same bid is asked again under its id, as after an error."""


class Bidder:
    """Bids the ask, one bid after the other, each asked again under its id until it is decided.

    ``decided``: the decision of each id. ``told``: the code of every error on the way.
    """

    def __init__(self, client: Client, rest_s: float) -> None:
        self.client = client
        self.decided: dict[str, Frame] = {}
        self.told: list[str] = []
        self._rest_s = rest_s
        self._stopping = False

    @property
    def accepted(self) -> dict[str, Frame]:
        return {bid_id: told for bid_id, told in self.decided.items() if told["ok"]}

    def stop(self) -> None:
        """No further bid; the one on its way is still asked until it is decided."""
        self._stopping = True

    async def run(self) -> None:
        while not self._stopping:
            standing = self.client.heard.standing
            if standing.get("ask") is not None and standing.get("leader") != self.client.hello["code"]:
                bid_id = f"b{len(self.decided)}"
                self.decided[bid_id] = await self._decision(bid_id, standing["ask"])
            await asyncio.sleep(self._rest_s)

    async def _decision(self, bid_id: str, amount: int) -> Frame:
        while True:
            with contextlib.suppress(ConnectionError, TimeoutError):
                answer = await self.client.ask({"t": "bid", "id": bid_id, "amount": amount}, within_s=3)
                if answer["t"] == "decision" and answer.get("code") not in PASSING:
                    return answer
                self.told.append(answer["code"])
            await asyncio.sleep(AGAIN_S)


class Crowd:
    """Bidders and watchers of some lots of one house."""

    def __init__(self, house: House, bidders: Sequence[Bidder], watchers: Sequence[Client]) -> None:
        self.house = house
        self.bidders = bidders
        self.watchers = watchers
        self.running = [asyncio.create_task(bidder.run()) for bidder in bidders]

    @property
    def clients(self) -> list[Client]:
        return [*(bidder.client for bidder in self.bidders), *self.watchers]

    @property
    def accepted(self) -> int:
        """How many bids were acknowledged so far."""
        return sum(len(bidder.accepted) for bidder in self.bidders)

    @property
    def told(self) -> set[str]:
        """Every error that some bidder got."""
        return {code for bidder in self.bidders for code in bidder.told}

    async def gets_on(self, bids: int = 20, within_s: float = 15.0) -> None:
        """Waits until so many further bids are accepted."""
        goal = self.accepted + bids
        await until(lambda: self.accepted >= goal, f"{bids} further bids; told {self.told}", within_s)

    async def is_told(self, code: str, within_s: float = 5.0) -> None:
        """Waits until some bidder is told this from now on."""
        for bidder in self.bidders:
            bidder.told.clear()
        await until(lambda: code in self.told, f"somebody to be told {code}", within_s)

    async def settle(self, within_s: float = 15.0) -> None:
        """Stop bidding, and check that nothing that anybody was told is untrue."""
        for bidder in self.bidders:
            bidder.stop()
        async with asyncio.timeout(within_s):
            await asyncio.gather(*self.running)
        for lot_id in sorted({client.lot_id for client in self.clients}):
            log = await self.house.events(lot_id)
            for client in self.clients:
                if client.lot_id == lot_id:
                    await client.reaches(len(log), within_s)
                    assert await client.transcript() == log
            check_bids([bidder for bidder in self.bidders if bidder.client.lot_id == lot_id], log)


def check_bids(bidders: Sequence[Bidder], log: Sequence[bytes]) -> None:
    """Every acknowledged bid is in the log exactly once, at its number and amount, and nothing else is."""
    bids = {event["bid"]: event for event in map(json.loads, log) if event["t"] == "bid"}
    assert len(bids) == sum(json.loads(event)["t"] == "bid" for event in log), "a bid is in the log twice"
    for bidder in bidders:
        code = bidder.client.hello["code"]
        for bid_id, told in bidder.decided.items():
            event = bids.pop(mark_of(code, bid_id), None)
            if told["ok"]:
                assert event is not None, f"bid {bid_id} of {code} was acknowledged as {told['n']} and is not there"
                assert (event["n"], event["amount"], event["code"]) == (told["n"], told["amount"], code)
            else:
                assert event is None, f"bid {bid_id} of {code} was refused with {told['code']} and is there"
    assert not bids, f"bids that nobody was told of: {list(bids.values())[:3]}"


def mark_of(code: str, bid_id: str) -> str:
    """How the log names a bid."""
    return hashlib.sha1(f"{code}:{bid_id}".encode()).hexdigest()[:16]


@asynccontextmanager
async def crowd(
    house: House,
    lot_ids: Sequence[str] = ("lot-1", "lot-2"),
    *,
    bidders: int = 3,
    watchers: int = 2,
    rest_s: float = 0.02,
) -> AsyncIterator[Crowd]:
    """So many of each in every lot, bidding away."""
    async with AsyncExitStack() as sockets:
        bidding, watching = [], []
        for lot_id in lot_ids:
            await house.open(lot_id)
            for k in range(bidders):
                client = Client(house.url, lot_id, await house.bidder(lot_id, f"bidder {k}"), comes_back=True)
                bidding.append(Bidder(await sockets.enter_async_context(client), rest_s))
            for _ in range(watchers):
                client = Client(house.url, lot_id, comes_back=True)
                watching.append(await sockets.enter_async_context(client))
        gathered = Crowd(house, bidding, watching)
        try:
            yield gathered
        finally:
            for task in gathered.running:
                task.cancel()
            await asyncio.gather(*gathered.running, return_exceptions=True)
