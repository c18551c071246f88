"""Everybody who has an account in the demo, and how they come in."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from .api import Api
from .lots import LOTS
from .operator import Operators
from .plans import Plan

OPERATORS: Final = ("robot-operator-1", "robot-operator-2")
AT_ONCE: Final = 8
"""Calls in flight while many accounts come in."""


@dataclass(frozen=True, slots=True)
class Person:
    """An account to be made: ``Accounts.add(name, role, amc)``. ``amc``: may buy what only asset managers may."""

    name: str
    role: Literal["bidder", "operator"]
    amc: bool = False


def robot_names(plan: Plan) -> list[str]:
    """The accounts that bid on a lot, the same ones in every run: enough for its largest cast."""
    most = max(len(plan.robots), len(plan.first_robots or ()))
    return [f"robot-{plan.number}-{place}" for place in range(1, most + 1)]


def people(guests: int) -> list[Person]:
    """The robots, their operators, and the guests of ``--bidders``."""
    operators = [Person(name, "operator") for name in OPERATORS]
    robots = [Person(name, "bidder", plan.eligibility == "amc_only") for plan in LOTS for name in robot_names(plan)]
    return operators + robots + [Person(f"guest-{place}", "bidder") for place in range(1, guests + 1)]


class Door:
    """Spends tickets, each when its owner is needed, and keeps what they opened."""

    def __init__(self, nobody: Api, tickets: Mapping[str, str]) -> None:
        self.nobody = nobody
        self._tickets = dict(tickets)
        self._inside: dict[str, Api] = {}
        self._few = asyncio.Semaphore(AT_ONCE)

    async def enter(self, name: str) -> Api:
        """The house's interface under this account."""
        if name not in self._inside:
            async with self._few:
                self._inside[name] = await self.nobody.enter(self._tickets.pop(name))
        return self._inside[name]

    async def operators(self) -> Operators:
        first, second = await asyncio.gather(*map(self.enter, OPERATORS))
        return Operators(first, second)

    async def guests(self, lot_id: str) -> list[dict[str, Any]]:
        """The guests, registered for a lot: ``[{"lot", "code", "token"}, …]``."""
        names = [name for name in self._tickets if name.startswith("guest-")]
        return list(await asyncio.gather(*(self._guest(name, lot_id) for name in names)))

    async def _guest(self, name: str, lot_id: str) -> dict[str, Any]:
        api = await self.enter(name)
        async with self._few:
            admission = await api.post(f"/api/v1/lots/{lot_id}/registrations", {})
        return {"lot": lot_id, "code": admission["code"], "token": api.token}
