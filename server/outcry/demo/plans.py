"""What a demo lot is: its plan, the card that announces one run of it, and who comes to bid."""

from dataclasses import dataclass
from decimal import Decimal
from random import Random
from typing import Any, Final

from ..model.presets import read_terms
from .characters import CHARACTERS
from .robots import Robot, draw_value

Words = dict[str, str]
"""One text in both languages: ``{"en": …, "zh": …}``."""

WINDOW_MS: Final = 20_000
FEN: Final = 100
MILLION: Final = 1_000_000 * FEN
REAL_TIME: Final = {480: ("24 h", "24 小时"), 300: ("6 h", "6 小时"), 120: ("1 h", "1 小时")}
"""What the demo's clock stands for, by the seconds of a sale."""
RIVALRY: Final = 1.05
"""What a contested lot is worth to two bidders at least, by its start."""
LAST_ARRIVAL: Final = 0.6
EARLY_ARRIVAL: Final = 0.05
"""In which part of the sale the last robot arrives; to a contested one he comes early."""


def words(en: str, zh: str) -> Words:
    return {"en": en, "zh": zh}


def millions(figure: str) -> int:
    """Fen of a figure in millions of yuan, exactly; ``ValueError`` where it does not come out even."""
    fen = Decimal(figure) * MILLION
    if fen != int(fen):
        raise ValueError(f"{figure} million is no whole number of fen")
    return int(fen)


def yuan(amount: int) -> int:
    return amount * FEN


@dataclass(frozen=True, slots=True)
class Institution:
    """A seller. All of them are invented."""

    name: Words
    kind: str


@dataclass(frozen=True, slots=True)
class Plan:
    """One of the demo's lots, run after run. Money in fen, times in s.

    ``opens_in``: how long after the house the first run opens. ``first_seconds``: the length of the first run where
    that differs from ``seconds``, and ``first_robots`` who comes to it; under 20 s it has no closing window.
    ``quiet``: no robot comes to the later runs that leave this remainder by 3. ``waits``: how long the robots hold
    back after the opening.
    """

    number: int
    title: Words
    seller: Institution
    region: str
    category: str
    start: int
    deposit: int
    increment: int
    seconds: int
    robots: tuple[str, ...] = ()
    claim: int | None = None
    principal: int | None = None
    appraisal: int | None = None
    debtors: int | None = None
    base_date: str | None = None
    notes: tuple[Words, ...] = ()
    preset: str = "npl-commercial"
    attempt: int = 1
    previous: str | None = None
    eligibility: str = "open"
    reserve: int | None = None
    reminders: int = 0
    opens_in: float = 0.0
    first_seconds: int | None = None
    first_robots: tuple[str, ...] | None = None
    quiet: int | None = None
    waits: int = 0
    contested: bool = False

    def lot_id(self, run: int) -> str:
        return f"lot-{self.number}" if run == 1 else f"lot-{self.number}-{run}"

    def length(self, run: int) -> int:
        return self.first_seconds if run == 1 and self.first_seconds is not None else self.seconds

    def terms(self, run: int) -> dict[str, Any]:
        """The terms as they are posted; the preset adds the rest."""
        length = self.length(run)
        terms = {
            "preset": self.preset, "start": self.start, "increment": self.increment, "deposit": self.deposit,
            "duration_ms": length * 1000, "window_ms": WINDOW_MS if length >= 20 else 0, "extension_ms": WINDOW_MS,
        }  # fmt: skip
        return terms if self.reserve is None else {**terms, "reserve": "hidden"}

    def card(self, run: int, opens_at: int) -> dict[str, Any]:
        """The body of ``POST /api/v1/lots``; ``opens_at`` in ms of the house's clock."""
        return {
            "id": self.lot_id(run), "title": self.title, "seller": self.seller.name, "seller_kind": self.seller.kind,
            "category": self.category, "region": self.region, "attempt": self.attempt, "debtors": self.debtors,
            "claim": self.claim, "principal": self.principal, "appraisal": self.appraisal, "base_date": self.base_date,
            "notes": list(self.notes), "reminders": self.reminders if run == 1 else 0, "previous": self.previous,
            "eligibility": self.eligibility, "opens_at": opens_at, "reserve": self.reserve,
            "clock_note": self.clock_note(run), "terms": self.terms(run),
        }  # fmt: skip

    def clock_note(self, run: int) -> Words:
        """What the demo does to time, said on the lot's page."""
        length = self.length(run)
        if length in REAL_TIME:
            en, zh = REAL_TIME[length]
            return words(
                f"Demo clock: {en} last {length} s here, closing window and extension 20 s.",
                f"演示时钟：{zh}压缩为 {length} 秒，延时窗口与每次延时均为 20 秒。",
            )
        if length < 20:
            return words(
                f"Demo clock: this sale ran for {length} s without a closing window, to show a result.",
                f"演示时钟：本场仅进行 {length} 秒，不设延时窗口，用于展示结果。",
            )
        return words(
            f"Demo clock: this sale lasts {length} s, closing window and extension 20 s.",
            f"演示时钟：本场 {length} 秒，延时窗口与每次延时均为 20 秒。",
        )

    def cast(self, run: int) -> tuple[str, ...]:
        """The characters that come to a run; every fourth lot gets none."""
        if run == 1:
            return self.robots if self.first_robots is None else self.first_robots
        return () if run % 3 == self.quiet else self.robots

    def hire(self, run: int, opens_at: int, rng: Random) -> list[Robot]:
        """The robots of a run, their values drawn. They come one after another, the first at the opening."""
        terms = read_terms(self.terms(run))
        cast = self.cast(run)
        robots = []
        for place, (name, value) in enumerate(zip(cast, self._values(len(cast), rng), strict=True)):
            part = EARLY_ARRIVAL if self.contested else LAST_ARRIVAL
            latest = terms.duration_ms * part * place / max(1, len(cast) - 1)
            arrives_at = opens_at + self.waits * 1000 + round(rng.uniform(0, latest))
            robots.append(CHARACTERS[name](terms, rng, value=value, arrives_at=arrives_at))
        return robots

    def _values(self, number: int, rng: Random) -> list[int]:
        """Private values. Of two bidders one often finds the start too dear: a contested lot draws until two do not."""
        while True:
            values = [draw_value(self.start, rng) for _ in range(number)]
            if not self.contested or sorted(values)[-2] >= self.start * RIVALRY:
                return values
