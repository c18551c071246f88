"""The composition root: every object of a running house, built in order."""

import contextlib
import secrets
from dataclasses import dataclass, field
from typing import Protocol

from starlette.types import ASGIApp

from .config import Config, ConfigError
from .engine.engine import Engine
from .engine.feed import Feed
from .engine.records import Records
from .engine.store import Store
from .house.accounts import Accounts
from .house.auctioneer import Auctioneer
from .house.auditor import Auditor
from .house.catalogue import Catalogue
from .house.operations import Operations
from .house.overview import Overview
from .house.registration import SECRET_BYTES, Registration
from .model.view import LotView
from .room.hub import Hub
from .room.watching import Watching
from .web.context import Context
from .web.site import build_site


class Part(Protocol):
    async def start(self) -> None: ...
    async def stop(self) -> None: ...


@dataclass(slots=True)
class House:
    """``async with house``: its parts start in their order and stop the other way round, also where one fails."""

    context: Context
    site: ASGIApp
    parts: tuple[Part, ...]
    _started: contextlib.AsyncExitStack = field(default_factory=contextlib.AsyncExitStack)

    async def __aenter__(self) -> "House":
        async with contextlib.AsyncExitStack() as started:
            for part in self.parts:
                await part.start()
                started.push_async_callback(part.stop)
            self._started = started.pop_all()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._started.aclose()


async def build_house(config: Config) -> House:
    """The house at ``config.store.url``. Raises ``ConfigError``, and ``StoreError`` where the store is not there."""
    store = Store(config.store.url)
    records = Records(store)
    engine = Engine(store)
    feed = Feed(store, engine)

    accounts = Accounts(records)
    catalogue = Catalogue(records)
    secret = await house_secret(config, records)
    registration = Registration(records, engine, catalogue, secret, config.registration.admit)
    overview = Overview(catalogue, engine, lambda: hub.views() if feed.up else {})
    operations = Operations(records, engine, catalogue, overview, config.auction.resume_delay_ms)
    auctioneer = Auctioneer(engine, catalogue, feed.delivered)
    auditor = Auditor(store, engine, config.store.durability)

    def history_differs(lot_id: str) -> None:
        overview.forget(lot_id)
        auctioneer.history_differs(lot_id)

    async def on_sale() -> dict[str, tuple[int, LotView]]:
        await overview.look()
        return {lot.card.id: (lot.card.opens_at, lot.view) for lot in overview.lately()}

    feed.on_differs = history_differs
    watching = Watching(records, engine.clock.now)
    hub = Hub(engine, feed, config.auction, config.limits, accounts.ended, watching, on_sale)

    context = Context(
        config, store, engine, feed, records, accounts, catalogue, overview, registration, operations, auctioneer,
        auditor, hub,
    )  # fmt: skip
    try:
        site = build_site(context)
    except ValueError as error:
        await records.stop()
        raise ConfigError(str(error)) from None
    return House(context, site, (records, engine, feed, auditor, auctioneer, hub))


async def house_secret(config: Config, records: Records) -> bytes:
    """What keys the bidders' codes: configured, or made once for all processes of the house and kept in its store."""
    configured = config.house.secret.encode()
    if configured:
        if len(configured) < SECRET_BYTES:
            raise ConfigError(f"house.secret needs at least {SECRET_BYTES} bytes: openssl rand -hex 32 makes one")
        return configured
    await records.put_new("secret", secrets.token_bytes(32))
    kept = await records.get("secret")
    assert kept is not None, "what was put is there"
    return kept
