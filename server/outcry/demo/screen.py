"""What the terminal shows of a demo: addresses, how it goes, what came of it."""

import json
import sys
from typing import Any, Final, TextIO

HEAD: Final = "Outcry demo: a live auction house, its robots and an audience. Institutions and debtors are invented.\n"
FOOT: Final = "\nCtrl-C ends it.\n"


class Screen:
    """With ``as_json`` stdout carries the one object of the end, and addresses go to stderr as ``watch URL``."""

    def __init__(self, as_json: bool, out: TextIO | None = None, err: TextIO | None = None) -> None:
        self._as_json = as_json
        self._out = out or sys.stdout
        self._err = err or sys.stderr
        self._has_line = False

    def watch(self, address: str) -> None:
        """The house answers; the robots are on their way."""
        if not self._as_json:
            print(HEAD, file=self._out)
        self._address("watch", f"{address}/")

    def enter(self, address: str) -> None:
        """The lots stand in the catalogue: one may come in."""
        self._address("bid", f"{address}/enter/demo")
        self._address("operate", f"{address}/enter/demo?role=operator")
        if not self._as_json:
            print(FOOT, file=self._out, flush=True)

    def progress(self, figures: dict[str, Any]) -> None:
        """One line, rewritten in place, where somebody looks."""
        if not self._as_json and self._out.isatty():
            print(f"\r\x1b[K{summary(figures)}", end="", file=self._out, flush=True)
            self._has_line = True

    def result(self, figures: dict[str, Any]) -> None:
        if self._as_json:
            print(json.dumps(figures), file=self._out, flush=True)
        else:
            print(("\r\x1b[K" if self._has_line else "") + summary(figures), file=self._out, flush=True)

    def fault(self, text: str) -> None:
        print(f"outcry demo: {text}", file=self._err, flush=True)

    def _address(self, name: str, url: str) -> None:
        if self._as_json:
            print(name, url, file=self._err, flush=True)
        else:
            print(f"  {name:<8}{url}", file=self._out, flush=True)


def summary(figures: dict[str, Any]) -> str:
    """A run in one line of at most some hundred characters."""
    lots, bids = figures["lots"], figures["bids"]
    parts = [
        f"{figures['seconds']:.0f} s", f"{lots['open']} open, {lots['sold']} sold, {lots['passed']} passed",
        f"{bids['accepted']} bids, {bids['refused']} refused", f"up to {figures['watchers']} watching",
        f"decision {_ms(figures['decision_ms'])}", f"spread {_ms(figures['spread_ms'])}",
    ]  # fmt: skip
    lost = figures["gaps"] + figures["out_of_order"]
    return " · ".join(parts + [f"{figures['gaps']} gaps, {figures['out_of_order']} out of order"] if lost else parts)


def _ms(measured: dict[str, float | None]) -> str:
    return "–" if measured["p50"] is None else f"{measured['p50']:.1f} ms"
