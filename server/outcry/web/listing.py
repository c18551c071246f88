"""The catalogue as a page shows it: so many rows of each tab, what ended last first, and a way to the rest."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import Any, Final

from ..house.card import Card
from ..house.overview import Listed
from .context import Context
from .showing import FILTERS, TABS, Lot, matches, order, searchable, tab

ROWS: Final = 50
"""Of each tab, at most: a page costs the same in a house of ten years as in one of ten days."""

Fits = Callable[[Card], bool]


def _every(card: Card) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Listing:
    """``rows`` in the order of the list; ``counts``: how many fit, by tab; ``last``: by tab, the last row's id where
    there are more of them; ``part``: the tabs of which some lots are not here, for whatever reason."""

    rows: list[Lot]
    counts: Mapping[str, int]
    last: Mapping[str, str]
    part: tuple[str, ...]


class Listings:
    """Of an overview that was looked at just now."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self._texts: dict[str, str] = {}
        self._choices: dict[str, set[str]] = {name: set() for name in FILTERS}
        self._chosen_from = 0

    def current(self, fits: Fits = _every) -> list[dict[str, Any]]:
        """What has not ended, as everybody sees it, in the order of the list."""
        lots = self._ctx.overview.current
        return sorted((self._public(lot) for lot in lots if fits(lot.card)), key=order)

    def listing(self, wanted: Mapping[str, str]) -> Listing:
        """``wanted``: the filters, ``q``, ``state`` (a tab) and ``after``, the lot behind which that tab goes on."""
        filtered = any(wanted[name] for name in (*FILTERS, "q"))
        fits: Fits = partial(self._fits, wanted) if filtered else _every
        tabs: dict[str, list[Lot]] = {name: [] for name in TABS if name != "all"}
        for lot in self.current(fits):
            tabs[tab(lot)].append(lot)
        counts = {name: len(lots) for name, lots in tabs.items()}
        counts["closed"] += self._ended_fitting(fits) if filtered else self._ctx.overview.ended_count
        counts["all"] = sum(counts.values())

        after = wanted["after"] if wanted["state"] in tabs else ""
        rows: list[Lot] = []
        last: dict[str, str] = {}
        for name in [wanted["state"]] if after else tabs:
            found = list(islice(self._run(name, tabs[name], after, fits), ROWS + 1))
            rows += found[:ROWS]
            if len(found) > ROWS:
                last[name] = found[ROWS - 1]["id"]
        return Listing(sorted(rows, key=order), counts, last, tuple(tabs if filtered or after else last))

    def choices(self) -> dict[str, list[str]]:
        """What the filters may be set to: whatever any lot is."""
        overview = self._ctx.overview
        if overview.count != self._chosen_from:
            for lot in (*overview.current, *overview.ended()):
                for name, values in self._choices.items():
                    values.add(getattr(lot.card, name))
            self._chosen_from = overview.count
        return {name: sorted(values) for name, values in self._choices.items()}

    def _run(self, name: str, lots: list[Lot], after: str, fits: Fits) -> Iterator[Lot]:
        """A tab's lots in their order, from behind ``after`` on; from the first where that is not among them."""
        place = next((place for place, lot in enumerate(lots, 1) if lot["id"] == after), 0)
        if place or not after or name != "closed":
            yield from lots[place:]
        if name == "closed":
            ended = self._ctx.overview.ended(None if place else after)
            yield from (self._public(lot) for lot in ended if fits(lot.card))

    def _ended_fitting(self, fits: Fits) -> int:
        return sum(fits(lot.card) for lot in self._ctx.overview.ended())

    def _public(self, lot: Listed) -> dict[str, Any]:
        ctx, now = self._ctx, self._ctx.engine.clock.now()
        return ctx.catalogue.public(lot.card, lot.view, ctx.hub.watching(lot.card.id), now) | {"last": lot.view.last}

    def _fits(self, wanted: Mapping[str, str], card: Card) -> bool:
        public = self._ctx.catalogue.public_card(card)
        if (text := self._texts.get(card.id)) is None:
            text = self._texts[card.id] = searchable(public)
        return matches(public, wanted, text)
