"""The newest frames of a lot, in the order in which every socket gets them, and the positions they lie between.

A *mark* tells how far one socket has been served: ``n << 8`` after event n, plus one for each unnumbered frame (a text)
that followed it. Marks only grow, so one whole number per socket says what it lacks.
"""

from bisect import bisect_left, bisect_right
from typing import Final, NamedTuple

from ..model.view import LotView

EXTRAS: Final = 255
"""Unnumbered frames behind one event; what comes after is fetched by HTTP."""


class Entry(NamedTuple):
    """``frame``: ready for the wire. ``epoch``, ``link``: of the position after it."""

    mark: int
    frame: bytes
    epoch: int
    link: str

    @property
    def n(self) -> int:
        return self.mark >> 8


class Ring:
    """At least the newest ``size`` frames after ``base``, the position before the oldest of them."""

    def __init__(self, size: int, view: LotView) -> None:
        self.size = size
        self.base = Entry(view.n << 8, b"", view.epoch, view.link)
        self._entries: list[Entry] = []

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def head(self) -> int:
        """The mark of a socket that has everything."""
        return self._last.mark

    @property
    def epoch(self) -> int:
        return self._last.epoch

    @property
    def _last(self) -> Entry:
        return self._entries[-1] if self._entries else self.base

    def add_event(self, n: int, frame: bytes, epoch: int, link: str) -> None:
        self._add(Entry(n << 8, frame, epoch, link))

    def add_extra(self, frame: bytes) -> None:
        """An unnumbered frame: it belongs behind the newest event."""
        last = self._last
        if last.mark & EXTRAS < EXTRAS:
            self._add(Entry(last.mark + 1, frame, last.epoch, last.link))

    def since(self, mark: int) -> list[bytes] | None:
        """The frames after a mark, or None where some of them have left the ring."""
        if mark < self.base.mark:
            return None
        return [entry.frame for entry in self._entries[bisect_right(self._entries, mark, key=_mark) :]]

    def prove(self, epoch: int, n: int, link: str) -> int | None:
        """The mark of a client's position, or None where this history has no such position. Only from ``base`` on.

        A client may know its position from event n + 1, which carries the link, and then states that event's epoch.
        """
        if n == self.base.n:
            found = self.base
        else:
            index = bisect_left(self._entries, n << 8, key=_mark)
            if index == len(self._entries) or self._entries[index].n != n:
                return None
            found = self._entries[index]
        following = bisect_left(self._entries, (n + 1) << 8, key=_mark)
        epochs = {found.epoch, *(entry.epoch for entry in self._entries[following : following + 1])}
        return found.mark if link == found.link and epoch in epochs else None

    def prepend(self, base: Entry, entries: list[Entry]) -> None:
        """Puts older history in front, if it ends exactly where the ring begins."""
        last = entries[-1] if entries else base
        if last.n == self.base.n and last.link == self.base.link:
            self.base = base
            self._entries[:0] = entries

    def _add(self, entry: Entry) -> None:
        self._entries.append(entry)
        if len(self._entries) >= 2 * self.size:
            # By half at once: a list that loses one at its front with each event would move all the others each time.
            cut = len(self._entries) - self.size
            self.base = self._entries[cut - 1]._replace(frame=b"")
            del self._entries[:cut]


def _mark(entry: Entry) -> int:
    return entry.mark
