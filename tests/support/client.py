"""A strict client of the public protocol, over real sockets. It uses none of the house's own code."""

import asyncio
import contextlib
import json
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self

import httpx
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException

from .transcript import Frame, Position, Transcript
from .wait import until

COME_BACK = range(4000, 4100)
"""Close codes after which a client comes back; the hundred after them mean that it must not."""


class Client:
    """One visitor of one lot's room, as an ``async with``; what it was told wrongly is raised when it is left.

    ``comes_back``: when cut off it connects again and states its position. ``closed``: code and reason of the last end.
    """

    def __init__(
        self,
        url: str,
        lot_id: str,
        token: str | None = None,
        *,
        position: Position | None = None,
        comes_back: bool = False,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.lot_id = lot_id
        self.heard = Transcript(position)
        self.connections = 0
        self.closed: tuple[int, str] | None = None
        self._address = f"{url.replace('http', 'ws', 1)}/ws/lots/{lot_id}"
        self._headers = {**({"Authorization": f"Bearer {token}"} if token else {}), **(headers or {})}
        self._comes_back = comes_back
        self._socket: ClientConnection | None = None
        self._asked: dict[str, asyncio.Future[Frame]] = {}
        self._bids = 0
        self._fetching: asyncio.Task[None] | None = None
        self._url = url

    async def __aenter__(self) -> Self:
        await self._connect()
        self._runner = asyncio.create_task(self._run())
        await until(lambda: self.heard.told("snapshot") or self.closed, f"a snapshot of {self.lot_id}")
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        for task in (self._runner, self._fetching):
            if task is not None:
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
        if self._socket is not None:
            await self._socket.close()
        if kind is None:
            self.check()

    def check(self) -> None:
        assert not self.heard.faults, f"{self.lot_id}: {self.heard.faults[:3]}"

    @property
    def hello(self) -> Frame:
        return self.heard.told("hello")[-1]

    @property
    def connected(self) -> bool:
        return self._socket is not None

    async def bid(self, amount: int, bid_id: str | None = None, confirm: int | None = None) -> Frame:
        """Send a bid and wait for its decision, or for the error that answers it."""
        self._bids += 1
        frame: Frame = {"t": "bid", "id": bid_id or f"b{self._bids}", "amount": amount}
        return await self.ask(frame if confirm is None else {**frame, "confirm": confirm})

    async def ask(self, frame: Frame, within_s: float = 10.0) -> Frame:
        """Send a frame with an id and wait for the answer to it; ``ConnectionError`` if the socket is lost first."""
        answer: asyncio.Future[Frame] = asyncio.get_running_loop().create_future()
        self._asked[frame["id"]] = answer
        await self.send_frame(frame)
        async with asyncio.timeout(within_s):
            return await answer

    async def send(self, raw: str | bytes) -> None:
        if self._socket is None:
            raise ConnectionError("not connected")
        try:
            await self._socket.send(raw)
        except ConnectionClosed as error:
            raise ConnectionError(str(error)) from error

    async def send_frame(self, frame: Frame) -> None:
        await self.send(json.dumps(frame))

    @property
    def answer_headers(self) -> Mapping[str, str]:
        """Of the handshake's answer."""
        assert self._socket is not None and self._socket.response is not None
        return self._socket.response.headers

    async def pong(self, c: str) -> Frame:
        """The answer to a ping; whatever was sent before it has been dealt with by then."""
        await self.send_frame({"t": "ping", "c": c})

        def answers() -> list[Frame]:
            return [pong for pong in self.heard.told("pong") if pong["c"] == c]

        await until(lambda: answers() or self.closed, f"pong {c}")
        assert answers(), f"closed with {self.closed}"
        return answers()[0]

    async def ended(self) -> tuple[int, str]:
        """Code and reason, once the house has closed the socket."""
        await until(lambda: self.closed, "the end of the socket")
        assert self.closed is not None
        return self.closed

    async def reaches(self, n: int, within_s: float = 5.0) -> None:
        """Waits until every event up to n is here."""

        def here() -> bool:
            return bool(self.heard.faults) or (self.heard.n >= n and not self.heard.holes)

        await until(here, f"event {n} of {self.lot_id}", within_s)
        self.check()

    async def transcript(self) -> list[bytes]:
        """Every event from the first: what was told since joining, and by HTTP what was the past then."""
        await self.reaches(self.heard.n)
        await self._fetch(range(1, self.heard.offset + 1))
        return self.heard.whole()

    async def _connect(self) -> None:
        query = ""
        if self.heard.joined:
            query = "?" + "&".join(f"{name}={part}" for name, part in self.heard.position._asdict().items())
        self._socket = await connect(
            self._address + query, additional_headers=self._headers, compression=None, max_size=None,
            ping_interval=None, proxy=None, open_timeout=10, close_timeout=1,
        )  # fmt: skip
        self.connections += 1
        self.closed = None

    async def _run(self) -> None:
        while self._socket is not None:
            with contextlib.suppress(ConnectionClosed):
                async for raw in self._socket:
                    self._hear(raw)
            code, reason = self._socket.close_code or 1006, self._socket.close_reason or ""
            self._socket, self.closed = None, (code, reason)
            self._give_up_asking(code)
            while self._comes_back and self._socket is None and (code < 4000 or code in COME_BACK):
                await asyncio.sleep(0.05)
                with contextlib.suppress(OSError, TimeoutError, WebSocketException):
                    await self._connect()

    def _hear(self, raw: str | bytes) -> None:
        frame = self.heard.heard(raw.encode() if isinstance(raw, str) else raw)
        if frame["t"] in ("decision", "error"):
            answer = self._asked.pop(frame.get("id", ""), None)
            if answer is not None and not answer.done():
                answer.set_result(frame)
        if self.heard.holes and (self._fetching is None or self._fetching.done()):
            self._fetching = asyncio.create_task(self._fill())

    def _give_up_asking(self, code: int) -> None:
        for answer in self._asked.values():
            if not answer.done():
                answer.set_exception(ConnectionError(f"closed with {code}"))
                answer.exception()  # seen: perhaps nobody waits for it any more
        self._asked.clear()

    async def _fill(self) -> None:
        while self.heard.holes:
            hole = self.heard.holes[0]
            try:
                await self._fetch(hole)
            except httpx.HTTPError:
                await asyncio.sleep(0.05)  # the house or its store is away: a page asks again too
                continue
            if hole in self.heard.holes:
                self.heard.holes.remove(hole)

    async def _fetch(self, missing: range) -> None:
        """What was not told, by HTTP, as every page fetches it."""
        after = missing.start - 1
        if after + 1 == missing.stop:
            return
        async with browser(self._url) as http:
            while after + 1 < missing.stop:
                query = {"after": after, "limit": min(1_000, missing.stop - 1 - after)}
                answer = await http.get(f"/api/v1/lots/{self.lot_id}/events", params=query)
                events = answer.raise_for_status().json()["events"]
                if not events:
                    self.heard.faults.append(f"events after {after} cannot be fetched: {answer.text[:200]}")
                    return
                for event in events:
                    after = event["n"]
                    self.heard.keep(after, json.dumps(event, separators=(",", ":")).encode())


def browser(url: str) -> httpx.AsyncClient:
    """HTTP to a house. Without TLS, whose mere preparation costs 20 ms a client."""
    return httpx.AsyncClient(base_url=url, timeout=10, trust_env=False, verify=False)


async def handshake(url: str, lot_id: str = "lot-1", **options: Any) -> int:
    """The HTTP status of a handshake: 101, or that of its refusal."""
    try:
        async with Client(url, lot_id, **options):
            return 101
    except InvalidStatus as refusal:
        return refusal.response.status_code
