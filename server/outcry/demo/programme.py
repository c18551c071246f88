"""When the next run of a lot opens, so that the demo goes on for ever and a hammer falls every 40 to 60 s."""

from typing import Final

from .plans import Plan

SPACING_MS: Final = 42_000
"""Planned ends lie at least this far apart; soft closes stretch it to about 50 s."""
PREVIEW_MS: Final = 20_000
"""How long a new run is announced at the least before it opens."""


class Programme:
    """The planned ends of the lots that are announced or open. Times in ms of the house's clock."""

    def __init__(self) -> None:
        self._ends: dict[str, int] = {}

    def begin(self, plan: Plan, now: int) -> int:
        """When to open a plan's first run: not for the programme to choose."""
        opens_at = now + round(plan.opens_in * 1000)
        self._ends[plan.lot_id(1)] = opens_at + planned_ms(plan, 1)
        return opens_at

    def note(self, lot_id: str, ends_at: int) -> None:
        """A lot that was found on sale."""
        self._ends[lot_id] = ends_at

    def place(self, plan: Plan, run: int, now: int) -> int:
        """When to open a run: the earliest moment whose planned end keeps its distance from all others."""
        end = now + PREVIEW_MS + planned_ms(plan, run)
        for other in sorted(self._ends.values()):
            if abs(other - end) < SPACING_MS:
                end = other + SPACING_MS
        self._ends[plan.lot_id(run)] = end
        return end - planned_ms(plan, run)

    def closed(self, lot_id: str) -> None:
        self._ends.pop(lot_id, None)


def planned_ms(plan: Plan, run: int) -> int:
    """From the opening to the end without extensions; a clock that starts with the first bid waits for the robots."""
    return (plan.waits + plan.length(run)) * 1000
