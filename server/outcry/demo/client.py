"""A client of one lot's room, by the public protocol only: it joins, follows, resumes, bids, and asks again."""

import asyncio
import secrets
from collections.abc import Callable
from random import Random
from time import monotonic
from typing import Any, Final
from urllib.parse import urlencode

import orjson
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus

from ..model.codes import FINAL_STATES
from ..model.view import LotView
from .api import Api, ApiError, Silent
from .figures import Figures
from .follower import Follower, HouseClock

STALE_S: Final = 12.0
"""A room pulses every 5 s; after this much silence the line is dead, whatever TCP thinks."""
DECISION_S: Final = 2.5
ASKED_AT_MOST: Final = 8
RESUME_S: Final = {True: 0.25, False: 5.0}
"""Bidders come back within this, watchers spread over this (by: is it a bidder?)."""
SLOWEST_RETRY_S: Final = 5.0
PAGE: Final = 1000

Heard = Callable[[dict[str, Any], float], None]
"""Told of every frame, with the monotonic second of its arrival, after the view was brought up to it."""
Lost = Callable[[], None]
"""Told that the connection is gone."""


class LotSocket:
    """One socket, over all its connections; ``run`` it in a task of its own.

    ``view`` is the lot as last heard, ``code`` the bidder's once he is in, ``over`` set when there is nothing left to
    hear; ``linger_s``: how long at most he then stays in the room.
    """

    def __init__(
        self, api: Api, lot_id: str, figures: Figures, clock: HouseClock, rng: Random, *,
        heard: Heard | None = None, lost: Lost | None = None, linger_s: float = 0.0,
    ) -> None:  # fmt: skip
        self.api = api
        self.lot_id = lot_id
        self.code: str | None = None
        self.over = False
        self._figures = figures
        self._clock = clock
        self._rng = rng
        self._heard = heard
        self._lost = lost
        self._linger_s = linger_s
        self._follower = Follower(figures)
        self._socket: ClientConnection | None = None
        self._news = asyncio.Event()
        self._answers: dict[str, asyncio.Future[dict[str, Any]]] = {}
        self._away_until = 0.0
        self._fetching: set[asyncio.Task[None]] = set()

    @property
    def view(self) -> LotView:
        return self._follower.view

    @property
    def joined(self) -> bool:
        """Whether the room's state is known, on the connection that stands now."""
        return self._socket is not None and self._follower.joined

    async def run(self) -> None:
        """Follow the lot until it is over; a lost line is resumed from where it broke."""
        failures = 0
        while not self.over:
            retry_s: float | None = None
            try:
                async with connect(self._address(), **self._options()) as socket:
                    failures = 0
                    self._socket = socket
                    await self._listen(socket)
                    await asyncio.sleep(self._rng.uniform(0, self._linger_s))
            except ConnectionClosed as closed:
                retry_s = self._closed(closed)
            except InvalidStatus as refused:
                self.over = refused.response.status_code in (401, 403, 404)
            except (OSError, TimeoutError, InvalidHandshake, EOFError):
                pass
            finally:
                self._forget_line()
            if not self.over:
                failures += 1
                await asyncio.sleep(self._pause(failures, retry_s))
        self._tell()

    async def changed(self, timeout_s: float | None = None) -> bool:
        """Wait for the next news; False where none came in time."""
        try:
            async with asyncio.timeout(timeout_s):
                await self._news.wait()
        except TimeoutError:
            return False
        return True

    async def bid(self, amount: int, copies: int = 1) -> dict[str, Any] | None:
        """The decision on a bid; None where even asking again, with the same id, brought none.

        "Unknown" and a broken line mean that nobody told us, not that nothing was decided: the same id gets the truth.
        """
        bid_id = secrets.token_hex(8)
        bid = {"id": bid_id, "amount": amount}
        for attempt in range(ASKED_AT_MOST):
            sent_at = monotonic()
            answer = await self._ask(bid, copies if attempt == 0 else 1)
            if answer is not None and answer["t"] == "decision":
                self._figures.decided(answer["ok"], None if attempt else (monotonic() - sent_at) * 1000)
                if answer["ok"]:
                    self._figures.spread.known(self.lot_id, answer["n"], monotonic())
                return answer
            if self.over:
                break
            await asyncio.sleep(0.2 * (attempt + 1))
        return None

    async def drop(self, ms: int) -> None:
        """Lose the connection and stay away for so long."""
        self._away_until = monotonic() + ms / 1000
        if self._socket is not None:
            self._socket.transport.abort()
        await asyncio.sleep(ms / 1000)

    async def _ask(self, bid: dict[str, Any], copies: int) -> dict[str, Any] | None:
        """One question, by the socket or, where that is down, by HTTP; None where no answer came."""
        socket = self._socket
        if socket is None:
            return await self._ask_by_http(bid)
        answer: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._answers[bid["id"]] = answer
        frame = orjson.dumps({"t": "bid", **bid}).decode()
        try:
            async with asyncio.timeout(DECISION_S):
                for _ in range(copies):
                    await socket.send(frame)
                return await answer
        except (TimeoutError, ConnectionClosed):
            return None
        finally:
            self._answers.pop(bid["id"], None)

    async def _ask_by_http(self, bid: dict[str, Any]) -> dict[str, Any] | None:
        try:
            answer: dict[str, Any] = await self.api.post(f"/api/v1/lots/{self.lot_id}/bids", bid)
        except ApiError as refused:
            return refused.answer if refused.answer.get("t") == "decision" else None
        except Silent:
            return None
        return answer

    def _address(self) -> str:
        position = self._follower.position
        query = (
            "" if position is None else "?" + urlencode(dict(zip(("epoch", "after", "link"), position, strict=True)))
        )
        return f"ws://{self.api.host}:{self.api.port}/ws/lots/{self.lot_id}{query}"

    def _options(self) -> dict[str, Any]:
        token = self.api.token
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        return {
            "additional_headers": headers, "compression": None, "proxy": None, "open_timeout": 5.0,
            "close_timeout": 0.5, "ping_interval": None, "max_size": 1 << 20,
        }  # fmt: skip

    async def _listen(self, socket: ClientConnection) -> None:
        while not self.over:
            async with asyncio.timeout(STALE_S):
                raw = await socket.recv(decode=False)
            at = monotonic()
            frame: dict[str, Any] = orjson.loads(raw)
            if "now" in frame:
                self._clock.note(frame["now"], at)
            match frame.get("t"):
                case "hello":
                    self.code = frame["code"]
                case "decision" | "error":
                    self._answered(frame)
                case _:
                    self._follow(frame, raw, at)
            if self._heard is not None:
                self._heard(frame, at)

    def _follow(self, frame: dict[str, Any], raw: bytes, at: float) -> None:
        self._follower.take(frame, raw)
        if frame["t"] == "bid":
            self._figures.spread.known(self.lot_id, frame["n"], at)
        for hole in self._follower.holes:
            task = asyncio.create_task(self._fetch(*hole))
            self._fetching.add(task)
            task.add_done_callback(self._fetching.discard)
        self._follower.holes.clear()
        self.over = self.view.state in FINAL_STATES
        self._tell()

    def _tell(self) -> None:
        """Wake everybody who waits for news; who asks from now on waits for the next."""
        self._news.set()
        self._news = asyncio.Event()

    async def _fetch(self, first: int, last: int) -> None:
        """The events of a declared hole, by HTTP; watchers take their time, so that they do not all come at once."""
        await asyncio.sleep(0 if self.code else self._rng.uniform(0, 1))
        events: list[dict[str, Any]] = []
        path = f"/api/v1/lots/{self.lot_id}/events"
        while (after := first - 1 + len(events)) < last:
            try:
                page = await self.api.get(
                    f"{path}?after={after}&limit={min(PAGE, last - after)}&epoch={self.view.epoch}"
                )
            except (ApiError, Silent):
                break
            if not page["events"]:
                break
            events += page["events"]
        self._follower.filled(first, last, events)

    def _answered(self, frame: dict[str, Any]) -> None:
        waiting = self._answers.get(frame.get("id", ""))
        if waiting is not None and not waiting.done():
            waiting.set_result(frame)

    def _closed(self, closed: ConnectionClosed) -> float | None:
        """When a closed socket may come back; codes from 4100 on say never."""
        if closed.rcvd is None:
            return None
        self.over = 4100 <= closed.rcvd.code < 4200
        try:
            return float(orjson.loads(closed.rcvd.reason)["retry_ms"]) / 1000
        except (ValueError, KeyError, TypeError):
            return None

    def _forget_line(self) -> None:
        if self._socket is not None and self._lost is not None:
            self._lost()
        self._socket = None
        for waiting in self._answers.values():
            if not waiting.done():
                waiting.set_result({"t": "error", "code": "unknown"})

    def _pause(self, failures: int, retry_s: float | None) -> float:
        """How long to stay away: what the house said, else a moment drawn at random, longer each time it fails."""
        away = self._away_until - monotonic()
        if away > 0:
            return away
        if retry_s is not None:
            return retry_s
        jitter = self._rng.uniform(0, RESUME_S[self.code is not None])
        return jitter if failures == 1 else jitter + min(SLOWEST_RETRY_S, 0.2 * 2.0 ** min(failures, 10))
