"""A bid storm that nobody here wrote: 343 real auctions, decided by the house, by the scripts, and by the rules."""

import asyncio
import json
from contextlib import AsyncExitStack
from typing import Any

from outcry.model.commands import AdmitBidder, CloseLot, Command, OpenLot, PlaceBid
from outcry.model.oracle import Oracle
from outcry.model.presets import read_terms
from tests.support.client import Client
from tests.support.clock import ALWAYS, Bench
from tests.support.data import DAY_MS, RecordedAuction, recorded_auctions
from tests.support.house import House, card, serve
from tests.support.store import StoreProcess

EBAY_LADDER = (
    (100, 5), (500, 25), (2_500, 50), (10_000, 100), (25_000, 250), (50_000, 500), (100_000, 1_000), (250_000, 2_500),
    (500_000, 5_000), (0, 10_000),
)  # fmt: skip
T0 = 1_000_000_000_000
AT_ONCE = 8


def test_scripts_decide_by_ebays_ladder_as_the_rules_do(store: StoreProcess) -> None:
    """At the recorded times, with soft closes, through the scripts and through the oracle: the same bytes."""
    bench = Bench(store.client)
    for auction in recorded_auctions():
        oracle = Oracle()
        for command, time_ms in history(auction):
            assert bench.decide(auction.id, command, time_ms) == oracle.decide(command, ALWAYS, time_ms)
        assert bench.events(auction.id) == oracle.events
        assert oracle.lot.final


def history(auction: RecordedAuction) -> list[tuple[Command, int]]:
    days = auction.bids[-1].at_ms // DAY_MS + 1
    terms = read_terms(
        {"preset": "npl-commercial", "start": auction.start, "ladder": EBAY_LADDER, "duration_ms": days * DAY_MS}
    )
    commands: list[tuple[Command, int]] = [(OpenLot(terms, T0), T0)]
    commands += [(AdmitBidder(code_of(bidder)), T0) for bidder in auction.bidders]
    for index, bid in enumerate(auction.bids):
        at = T0 + bid.at_ms
        commands.append((PlaceBid(code_of(bid.bidder), f"b{index}", bid.amount, at, bid.amount), at))
    return [*commands, (CloseLot(T0), T0 + (days + 1) * DAY_MS)]


def code_of(bidder: str) -> str:
    return bidder.upper()


async def test_a_house_of_two_processes_decides_as_the_rules_do(store: StoreProcess) -> None:
    """Each recorded bid as it is, one after the other in each lot, over real sockets; every watcher sees the log."""
    auctions = recorded_auctions()
    limits = {"bid_interval_ms": 0, "sockets_per_account": 1_000}
    async with serve(store, workers=2, config={"limits": limits}) as house:
        accounts = [await house.account(f"bidder {k}") for k in range(max(len(a.bidders) for a in auctions))]
        turns = asyncio.Semaphore(AT_ONCE)

        async def in_turn(auction: RecordedAuction) -> None:
            async with turns:
                await replay(house, auction, accounts)

        async with asyncio.TaskGroup() as group:
            for auction in auctions:
                group.create_task(in_turn(auction))


async def replay(house: House, auction: RecordedAuction, accounts: list[str]) -> None:
    lot = card(auction.id, terms={"start": auction.start, "increment": 1, "deposit": 0})
    oracle = Oracle()
    oracle.decide(OpenLot(read_terms(lot["terms"]), T0), ALWAYS, T0)
    await house.announce(lot)
    await house.reaches(auction.id, "open")

    async with AsyncExitStack() as sockets:
        watchers = [await sockets.enter_async_context(Client(house.url, auction.id)) for _ in range(2)]
        bidders: dict[str, Client] = {}
        for bidder, token in zip(auction.bidders, accounts, strict=False):
            code = await house.register(auction.id, token)
            oracle.decide(AdmitBidder(code), ALWAYS, T0)
            bidders[bidder] = await sockets.enter_async_context(Client(house.url, auction.id, token))
            assert bidders[bidder].hello["code"] == code

        for index, bid in enumerate(auction.bids):
            client = bidders[bid.bidder]
            told = await client.bid(bid.amount, f"b{index}", confirm=bid.amount)
            command = PlaceBid(client.hello["code"], f"b{index}", bid.amount, T0, bid.amount, interval_ms=0)
            ruled = json.loads(oracle.decide(command, ALWAYS, T0).body)
            assert without_times(told) == without_times(ruled)

        log = await house.events(auction.id)
        assert [timeless(event) for event in log] == [timeless(event) for event in oracle.events]
        for client in (*watchers, *bidders.values()):
            await client.reaches(len(log))
            assert await client.transcript() == log


def without_times(decision: dict[str, Any]) -> dict[str, Any]:
    return {name: decision[name] for name in decision if name not in ("received_at", "decided_at", "ends_at")}


def timeless(event: bytes) -> dict[str, Any]:
    """An event without what differs from run to run."""
    return {name: value for name, value in json.loads(event).items() if name not in ("at", "link", "ends_at")}
