"""A whole site over a house in memory: real procedures, real routes; only the store and the rooms are stand-ins."""

from __future__ import annotations

from typing import Any, cast

import httpx
import orjson
from starlette.types import ASGIApp
from starlette.websockets import WebSocket

from outcry.config import Config
from outcry.engine.errors import StoreError
from outcry.house.accounts import AccountRole
from outcry.house.operations import Operations
from outcry.house.overview import Overview
from outcry.house.registration import Admit, Registration
from outcry.model.commands import PlaceBid, Reply
from outcry.model.roles import Identity
from outcry.web.context import Context
from outcry.web.site import build_site
from tests.house.fake_engine import FakeClock, FakeEngine
from tests.house.fakes import Disk
from tests.house.world import DELAY_MS, SECRET, House

ORIGIN = "http://house.test"
OURS = {"Origin": ORIGIN, "Sec-Fetch-Site": "same-origin"}
"""What a browser sends along when one of our own pages asks."""


class ReadingEngine(FakeEngine):
    """Reads all that the web asks for, and stays in touch with its store until the test says otherwise."""

    clock: AnsweringClock
    reads_up = True

    @property
    def up(self) -> bool:
        return self.reads_up

    def __init__(self, disk: Disk) -> None:
        super().__init__(disk)
        self.clock = AnsweringClock(disk)

    async def read_answer(self, lot_id: str, code: str, bid_id: str) -> bytes | None:
        return self.disk.lots[lot_id].answers.get((code, bid_id))

    async def read_text(self, lot_id: str, n: int) -> bytes | None:
        return self.disk.lots[lot_id].texts.get(n)


class AnsweringClock(FakeClock):
    answers = True

    @property
    def up(self) -> bool:
        return self.answers


class WebHouse(House):
    engine: ReadingEngine

    def __init__(self, admit: Admit) -> None:
        super().__init__(admit=admit)
        self.engine = ReadingEngine(self.disk)
        self.registration = Registration(self.records, self.engine, self.catalogue, SECRET, admit)
        self.overview = Overview(self.catalogue, self.engine)
        self.operations = Operations(self.records, self.engine, self.catalogue, self.overview, DELAY_MS)


class FakeHub:
    """Says hello and reads one frame of every socket it is given; decides HTTP bids as the engine does."""

    def __init__(self, house: WebHouse) -> None:
        self.house = house
        self.leaving = False
        self.served: list[tuple[str, Identity, int | None, int | None, str | None]] = []
        self.keeps = False
        """Whether sockets are kept when their coroutine returns, as detached ones are."""
        self.kept: list[Any] = []

    def watching(self, lot_id: str) -> int:
        return 3

    async def serve_lot(
        self,
        websocket: WebSocket,
        lot_id: str,
        identity: Identity,
        after: int | None,
        epoch: int | None,
        link: str | None,
        on_lost: Any,
    ) -> None:
        self.served.append((lot_id, identity, after, epoch, link))
        await self._serve(websocket, identity, on_lost)

    async def serve_market(self, websocket: WebSocket, on_lost: Any) -> None:
        await self._serve(websocket, Identity(), on_lost)

    async def _serve(self, websocket: WebSocket, identity: Identity, on_lost: Any) -> None:
        await websocket.accept()
        await websocket.send_text(orjson.dumps({"t": "hello", "role": identity.role, "code": identity.code}).decode())
        if self.keeps:
            self.kept.append(on_lost)
            return
        await websocket.receive()
        on_lost()

    async def bid(self, lot_id: str, identity: Identity, command: PlaceBid) -> Reply:
        return await self.house.engine.place_bid(lot_id, command)


class FakeFeed:
    up = True


class FakeAuditor:
    fault: str | None = None


class World:
    """One house, its site, and clients of every kind."""

    def __init__(self, config: Config | None = None) -> None:
        config = config or Config()
        self.house = WebHouse(config.registration.admit)
        self.hub = FakeHub(self.house)
        self.feed = FakeFeed()
        self.auditor = FakeAuditor()
        self.context = Context(
            config=config,
            store=cast(Any, None),
            engine=self.house.engine,
            feed=cast(Any, self.feed),
            records=self.house.records,
            accounts=self.house.accounts,
            catalogue=self.house.catalogue,
            overview=self.house.overview,
            registration=self.house.registration,
            operations=self.house.operations,
            auctioneer=cast(Any, None),
            auditor=cast(Any, self.auditor),
            hub=cast(Any, self.hub),
        )
        self.site: ASGIApp = build_site(self.context)

    async def session(self, role: AccountRole, name: str | None = None) -> str:
        """The token of a fresh session."""
        session = await self.house.accounts.enter(await self.house.accounts.add(name or f"the {role}", role))
        assert session is not None
        return session.token

    async def bearer(self, role: AccountRole, name: str | None = None) -> dict[str, str]:
        return {"Authorization": f"Bearer {await self.session(role, name)}"}

    async def browser(self, role: AccountRole, name: str | None = None) -> dict[str, str]:
        """What a browser with a session sends from one of our own pages."""
        return {"Cookie": f"outcry_session={await self.session(role, name)}", **OURS}

    def client(self, **options: Any) -> httpx.AsyncClient:
        transport = httpx.ASGITransport(self.site, client=options.pop("client", ("127.0.0.2", 1)))
        return httpx.AsyncClient(transport=transport, base_url=ORIGIN, **options)

    def store_fails(self, error: StoreError) -> None:
        """From now on every reading and deciding fails."""

        async def failing(*args: object, **named: object) -> Any:
            raise error

        for name in ("place_bid", "read_lot", "read_lots", "read_events", "read_answer", "read_text"):
            setattr(self.house.engine, name, failing)
