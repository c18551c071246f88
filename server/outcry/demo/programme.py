"""When the next run of a lot opens, so that the demo goes on for ever and a hammer falls every 40 to 60 s."""

from typing import Final

SPACING_MS: Final = 40_000
"""Planned ends lie at least this far apart; soft closes stretch it to about 50 s."""
PREVIEW_MS: Final = 20_000
"""How long a new run is announced at the least before it opens."""


class Programme:
    """The planned ends of the lots that are announced or open. Times in ms of the house's clock."""

    def __init__(self) -> None:
        self._ends: dict[str, int] = {}

    def note(self, lot_id: str, ends_at: int) -> None:
        """A lot that was put on the programme otherwise."""
        self._ends[lot_id] = ends_at

    def place(self, lot_id: str, now: int, length_ms: int) -> int:
        """The moment to open a lot of this length: the earliest whose planned end is nobody else's."""
        end = now + PREVIEW_MS + length_ms
        for other in sorted(self._ends.values()):
            if abs(other - end) < SPACING_MS:
                end = other + SPACING_MS
        self._ends[lot_id] = end
        return end - length_ms

    def closed(self, lot_id: str) -> None:
        self._ends.pop(lot_id, None)
