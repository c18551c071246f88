"""The process of the robots: everybody in the demo who is not the house, each a client of the public protocol.

``outcry demo`` starts it as ``python -m outcry.demo.crowd`` and gives it one line of JSON on stdin, the brief::

    {"host", "port", "seed", "watchers": mean, "guests": N, "tickets": {account name: one-time ticket}}

It answers on stdout, a JSON object a line: ``{"ready": true}`` when the lots stand in the catalogue, ``{"guests":
[{"lot", "code", "token"}…]}`` when these may bid, ``{"figures": {…}}`` every two seconds and, when stdin ends, for
the last time. That it ends with stdin is also how it dies with its parent, however that went.
"""

import asyncio
import contextlib
import json
import logging
import os
import re
import sys
from collections.abc import Iterable
from random import Random
from time import monotonic
from typing import Any, Final

from ..log import setup
from ..model.codes import FINAL_STATES
from ..model.view import LotView
from . import stories
from .api import Api, ApiError, Silent
from .figures import Figures
from .follower import HouseClock
from .lots import GUESTS, LOTS
from .people import Door
from .plans import Plan
from .programme import Programme, planned_ms
from .sale import House, Sale
from .watchers import Watchers

REPORT_S: Final = 2.0
ANSWER_S: Final = 2.0
REVIEW_EVERY_S: Final = 600.0
FIRST_REVIEW_S: Final = 240.0
AFTER_TROUBLE_S: Final = 2.0
GUEST_S: Final = 0.02
"""What it takes to let one guest in, generously; their lot opens when all are there."""

log = logging.getLogger("outcry.demo")


class Crowd:
    """All robots, operators and watchers of one demo."""

    def __init__(self, brief: dict[str, Any]) -> None:
        self._brief = brief
        self._nobody = Api(brief["host"], brief["port"])
        self._rng = Random(brief["seed"])
        self._figures = Figures()
        self._clock = HouseClock()
        self._programme = Programme()
        self._sales: dict[str, Sale] = {}
        self._ended: list[str] = []
        self._began = monotonic()

    async def run(self) -> None:
        """For ever; cancelled when the demo ends."""
        door = Door(self._nobody, self._brief["tickets"])
        house = House(door, await door.operators(), self._figures, self._clock, self._brief["seed"])
        listing = await self._nobody.get("/api/v1/lots")
        self._clock.note(listing["now"])
        audience = Watchers(self._nobody, self._figures, self._clock, self._rng, self._brief["watchers"], self._on_show)
        async with asyncio.TaskGroup() as group:
            for plan in LOTS:
                group.create_task(self._keep(await self._first(plan, house, listing["lots"]), house))
            tell(ready=True)
            self._began = monotonic()
            group.create_task(house.operators.confirm_proposals())
            group.create_task(audience.run())
            group.create_task(self._review())
            group.create_task(self._report())
            if self._brief["guests"]:
                group.create_task(self._invite(house, listing["lots"]))

    def figures(self, states: Iterable[str] | None = None) -> dict[str, Any]:
        """What was measured so far. ``states``: of the house's lots, by default of those that were sold here."""
        if states is None:
            states = [*self._ended, *(sale.scene.view.state for sale in self._sales.values())]
        return self._figures.as_json(monotonic() - self._began, states)

    async def last_figures(self) -> dict[str, Any]:
        """The same, with the house's own list of its lots if it still answers."""
        try:
            async with asyncio.timeout(ANSWER_S):
                listing = await self._nobody.get("/api/v1/lots")
        except (ApiError, Silent, TimeoutError) as error:
            log.warning("the house did not list its lots at the end", extra={"reason": str(error)})
            return self.figures()
        return self.figures(lot["state"] for lot in listing["lots"])

    async def _first(self, plan: Plan, house: House, lots: list[dict[str, Any]]) -> Sale:
        """A plan's first sale, announced; in a data folder that was used before, the one that is on or the next."""
        runs = {run: lot for lot in lots if (run := run_of(plan, lot["id"])) is not None}
        newest = max(runs, default=0)
        if newest and runs[newest]["state"] in FINAL_STATES:
            return await self._next(plan, newest + 1, house)
        if newest == 0:
            return await self._announced(Sale(plan, 1, self._programme.begin(plan, self._clock.now()), house))
        found = runs[newest]
        ends_at = found["ends_at"] or max(found["opens_at"], self._clock.now()) + planned_ms(plan, newest)
        self._programme.note(found["id"], ends_at)
        return await self._announced(Sale(plan, newest, found["opens_at"], house, found=True))

    async def _next(self, plan: Plan, run: int, house: House) -> Sale:
        """The next run of a plan, announced for its place on the programme; tried until the house takes it."""
        while True:
            opens_at = self._programme.place(plan, run, self._clock.now())
            try:
                return await self._announced(Sale(plan, run, opens_at, house))
            except (ApiError, Silent) as error:
                log.warning("no next sale yet", extra={"lot": plan.lot_id(run), "reason": str(error)})
                await asyncio.sleep(AFTER_TROUBLE_S)

    async def _announced(self, sale: Sale) -> Sale:
        await sale.announce()
        self._sales[sale.lot_id] = sale
        return sale

    async def _keep(self, sale: Sale, house: House) -> None:
        """One sale after another of the same plan, for ever."""
        while True:
            await sale.run()
            del self._sales[sale.lot_id]
            self._programme.closed(sale.lot_id)
            self._ended.append(sale.scene.view.state)
            sale = await self._next(sale.plan, sale.number + 1, house)

    async def _invite(self, house: House, lots: list[dict[str, Any]]) -> None:
        """The lot of ``--bidders``, once: it opens when all guests are admitted."""
        run = 1 + max((run_of(GUESTS, lot["id"]) or 0 for lot in lots), default=0)
        opens_at = self._clock.now() + round((1 + self._brief["guests"] * GUEST_S) * 1000)
        sale = Sale(GUESTS, run, opens_at, house)
        await sale.announce()
        opening = asyncio.create_task(sale.run())
        guests = await house.door.guests(sale.lot_id)
        await sale.scene.until(lambda view: view.state == "open")
        tell(guests=guests)
        await opening

    async def _review(self) -> None:
        """One reasoned pause in ten minutes."""
        await asyncio.sleep(FIRST_REVIEW_S)
        while True:
            scenes = [sale.scene for sale in self._sales.values()]
            self._rng.shuffle(scenes)
            for scene in scenes:
                if await stories.review(scene):
                    break
            await asyncio.sleep(REVIEW_EVERY_S)

    async def _report(self) -> None:
        while True:
            await asyncio.sleep(REPORT_S)
            tell(figures=self.figures())

    def _on_show(self) -> Iterable[tuple[str, LotView]]:
        return [(lot_id, sale.scene.view) for lot_id, sale in self._sales.items() if not sale.scene.socket.over]


def run_of(plan: Plan, lot_id: str) -> int | None:
    """Which run of a plan a lot is; None where it is none: ``lot-1`` is run 1, ``lot-1-2`` run 2."""
    found = re.fullmatch(rf"lot-{plan.number}(?:-([1-9][0-9]*))?", lot_id)
    return int(found[1] or 1) if found else None


def tell(**message: Any) -> None:
    """A line to the parent. One who is gone hears nothing; the end of stdin is about to say so."""
    try:
        print(json.dumps(message), flush=True)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


async def main() -> None:
    setup("warning")
    loop = asyncio.get_running_loop()
    stdin = asyncio.StreamReader(limit=1 << 26)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(stdin), sys.stdin)
    line = await stdin.readline()
    if not line:
        return
    crowd = Crowd(json.loads(line))
    running = asyncio.create_task(crowd.run())
    ended = asyncio.create_task(stdin.read())
    await asyncio.wait((running, ended), return_when=asyncio.FIRST_COMPLETED)
    if running.done():
        running.result()
    tell(figures=await crowd.last_figures())
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running


if __name__ == "__main__":
    asyncio.run(main())
