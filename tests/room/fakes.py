"""An honest engine and feed in memory: lots decided by the oracle, events told a loop turn later, as by the real."""

import asyncio
from collections.abc import Iterable

import orjson

from outcry.engine.errors import Unavailable
from outcry.model.commands import AdmitBidder, AdoptLot, Command, Envelope, OpenLot, PlaceBid, Reply, Say, Text
from outcry.model.oracle import Oracle
from outcry.model.terms import Terms
from outcry.model.view import LotView
from outcry.room.ports import Sink

T0 = 1_760_000_000_000
RUN = "a" * 40
TERMS = Terms(
    "npl-commercial", start=1_000, increment=100, duration_ms=3_600_000, window_ms=60_000, extension_ms=60_000
)
CODES = ("ANNE", "BERT")


class FakeClock:
    """Store time stands still until a test moves it."""

    def __init__(self) -> None:
        self.time = T0
        self.up = True

    def now(self) -> int:
        return self.time


class FakeEngine:
    """``reads`` names each read, in order. ``away``: reads fail; ``failure``: bids do; ``stale``: to be adopted."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.run_id = RUN
        self.lots: dict[str, Oracle] = {}
        self.feed = FakeFeed(self)
        self.reads: list[str] = []
        self.away = False
        self.failure: Exception | None = None
        self.stale: set[str] = set()

    def decide(self, lot_id: str, command: Command) -> Reply:
        """Any command, at once; what it caused is published."""
        oracle = self.lots.setdefault(lot_id, Oracle())
        told, texts = len(oracle.events), set(oracle.texts)
        now = self.clock.now()
        reply = oracle.decide(command, Envelope(self.run_id, now - 1_000, now + 2_000), now)
        for event in oracle.events[told:]:
            self.feed.publish(lot_id, event)
        for n in sorted(set(oracle.texts) - texts):
            self.feed.publish(lot_id, b'{"t":"text","n":%d,%b' % (n, oracle.texts[n][1:]))
        return reply

    def open_lot(self, lot_id: str, codes: Iterable[str] = CODES) -> None:
        for code in codes:
            assert self.decide(lot_id, AdmitBidder(code)).ok
        assert self.decide(lot_id, OpenLot(TERMS, T0)).ok

    def bids(self, lot_id: str, count: int) -> None:
        """So many accepted bids, one step each, by two bidders in turn."""
        for _ in range(count):
            view = self.view(lot_id)
            code = CODES[view.leader == CODES[0]]
            assert view.ask is not None
            assert self.decide(lot_id, PlaceBid(code, f"b{view.n}", view.ask, self.clock.now(), interval_ms=0)).ok

    def say(self, lot_id: str, text: str) -> None:
        assert self.decide(lot_id, Say("announcement", Text(text, "5a17"))).ok

    def adopt(self, lot_id: str) -> None:
        """The store was restarted under another ``run_id``."""
        lot = self.lots[lot_id].lot
        old, self.run_id = self.run_id, "b" * 40
        assert self.decide(lot_id, AdoptLot(old, lot.n)).ok

    def view(self, lot_id: str) -> LotView:
        return LotView(**self.lots.setdefault(lot_id, Oracle()).view(), now=self.clock.now())

    def events(self, lot_id: str) -> list[bytes]:
        return self.lots[lot_id].events

    # What a room asks

    def bid(self, lot_id: str, command: PlaceBid) -> asyncio.Future[Reply]:
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Reply] = loop.create_future()

        def answer() -> None:
            if self.failure is not None:
                future.set_exception(self.failure)
            elif lot_id in self.stale:
                future.set_result(Reply("stale_store", b'{"t":"decision","ok":false,"code":"stale_store"}', T0))
            else:
                future.set_result(self.decide(lot_id, command))

        loop.call_soon(answer)
        return future

    async def place_bid(self, lot_id: str, command: PlaceBid) -> Reply:
        self.stale.discard(lot_id)  # adopted on the way
        return await self.bid(lot_id, command)

    async def read_lot(self, lot_id: str) -> LotView:
        await self._read(f"lot {lot_id}")
        return self.view(lot_id)

    async def read_lots(self, lot_ids: Iterable[str]) -> list[LotView]:
        asked = list(lot_ids)
        await self._read(f"lots {' '.join(asked)}")
        return [self.view(lot_id) for lot_id in asked]

    async def read_events(self, lot_id: str, after: int, limit: int) -> list[bytes]:
        await self._read(f"events {lot_id} {after} {limit}")
        return self.events(lot_id)[after : after + limit]

    async def _read(self, what: str) -> None:
        self.reads.append(what)
        await asyncio.sleep(0)
        if self.away:
            raise Unavailable("the store is away")


class FakeFeed:
    """Publishes to sinks a turn later, all that came meanwhile together.

    ``confirm`` holds a subscription back, ``hand_over`` the view that was read.
    """

    def __init__(self, engine: FakeEngine) -> None:
        self.up = True
        self.watched: list[str] = []
        self.unwatched: list[str] = []
        self.confirm = asyncio.Event()
        self.confirm.set()
        self.hand_over = asyncio.Event()
        self.hand_over.set()
        self._held = False
        self._engine = engine
        self._sinks: dict[str, Sink] = {}
        self._published: dict[str, list[bytes]] = {}

    async def watch(self, lot_id: str, sink: Sink) -> LotView:
        """What comes after the subscription is told, also before the view is read or returned."""
        self.watched.append(lot_id)
        await self.confirm.wait()
        self._sinks[lot_id] = sink
        try:
            view = await self._engine.read_lot(lot_id)
        except BaseException:
            del self._sinks[lot_id]
            raise
        await self.hand_over.wait()
        return view

    async def unwatch(self, lot_id: str) -> None:
        self.unwatched.append(lot_id)
        self._sinks.pop(lot_id, None)
        await asyncio.sleep(0)

    def hold(self) -> None:
        """What is published from here on comes only with ``release``."""
        self._held = True

    def release(self) -> None:
        self._held = False
        self._tell()

    @property
    def pending(self) -> bool:
        """Whether something was published that is not yet told."""
        return bool(self._published)

    def publish(self, lot_id: str, payload: bytes) -> None:
        if not self._published and not self._held:
            asyncio.get_running_loop().call_soon(self._tell)
        self._published.setdefault(lot_id, []).append(payload)

    def reset(self, lot_id: str) -> None:
        """The store came back with another history."""
        self._sinks[lot_id].reset(self._engine.view(lot_id))

    def counted(self, lot_id: str) -> None:
        self._sinks[lot_id].counted(self._engine.view(lot_id).registered)

    def _tell(self) -> None:
        published, self._published = self._published, {}
        for lot_id, payloads in published.items():
            sink = self._sinks.get(lot_id)
            events: list[bytes] = []
            for payload in payloads if sink is not None else ():
                assert sink is not None
                if orjson.loads(payload).get("n") and payload.startswith(b'{"n":'):
                    events.append(payload)
                    continue
                if events:
                    sink.events(events)
                events = []
                sink.frame(payload)
            if events and sink is not None:
                sink.events(events)


class FakeRecords:
    """One hash of small documents, in memory."""

    def __init__(self) -> None:
        self.kept: dict[str, dict[str, bytes]] = {}

    async def fields(self, key: str) -> dict[str, bytes]:
        return dict(self.kept.get(key, {}))

    async def set_field(self, key: str, field: str, value: bytes) -> None:
        self.kept.setdefault(key, {})[field] = value

    async def drop_field(self, key: str, field: str) -> None:
        self.kept.get(key, {}).pop(field, None)
