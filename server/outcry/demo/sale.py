"""One run of one lot: announced, its robots seated, its operators at hand, until it is over."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from random import Random

from . import stories
from .api import ApiError, Silent
from .characters import Holder
from .client import LotSocket
from .figures import Figures
from .follower import HouseClock
from .operator import Operators
from .people import Door, robot_names
from .plans import Plan
from .play import play
from .robots import Robot

log = logging.getLogger("outcry.demo")


@dataclass(frozen=True, slots=True)
class House:
    """What every sale shares."""

    door: Door
    operators: Operators
    figures: Figures
    clock: HouseClock
    seed: int


class Sale:
    """``number`` is that of the run. ``scene`` is what the lot's operators see of it.

    ``found``: the lot was on when the demo started, in a data folder used before; its story is not told again.
    """

    def __init__(self, plan: Plan, number: int, opens_at: int, house: House, *, found: bool = False) -> None:
        self.plan = plan
        self.number = number
        self.lot_id = plan.lot_id(number)
        self._found = found
        self._house = house
        self._rng = Random(f"{house.seed} {self.lot_id}")
        socket = LotSocket(house.door.nobody, self.lot_id, house.figures, house.clock, self._rng)
        self.scene = stories.Scene(self.lot_id, opens_at, socket, house.operators, house.clock)

    async def announce(self) -> None:
        if not self._found:
            await self._house.operators.announce(self.plan.card(self.number, self.scene.opens_at))

    async def run(self) -> None:
        """Until the lot is sold, passed or withdrawn."""
        company = [asyncio.create_task(self._excused(act)) for act in self._acts()]
        try:
            await self.scene.socket.run()
        finally:
            for task in company:
                task.cancel()
            await asyncio.gather(*company, return_exceptions=True)
            self._house.figures.spread.forget(self.lot_id)

    def _acts(self) -> list[Callable[[], Awaitable[None]]]:
        robots = self.plan.hire(self.number, self.scene.opens_at, self._rng)
        told = list(stories.ALWAYS)
        if self.number == 1 and not self._found and self.plan.number in stories.FIRST_RUN:
            told.append(stories.FIRST_RUN[self.plan.number])
        seats = [partial(self._seat, robot, name) for robot, name in zip(robots, robot_names(self.plan), strict=False)]
        return seats + [partial(story, self.scene) for story in told]

    async def _seat(self, robot: Robot, name: str) -> None:
        """Register a robot for the lot, a priority purchaser by an operator, and let him play."""
        api = await self._house.door.enter(name)
        if isinstance(robot, Holder):
            await self._house.operators.admit(self.lot_id, name, rank=1)
        else:
            await api.post(f"/api/v1/lots/{self.lot_id}/registrations", {})
        clock = self._house.clock
        await play(robot, LotSocket(api, self.lot_id, self._house.figures, clock, self._rng), clock)

    async def _excused(self, act: Callable[[], Awaitable[None]]) -> None:
        """One who is refused or not answered stays away; the sale goes on."""
        try:
            await act()
        except (ApiError, Silent) as error:
            log.warning("somebody stays away", extra={"lot": self.lot_id, "reason": str(error)})
