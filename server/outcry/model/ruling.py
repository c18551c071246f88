"""What every rule needs to speak: the circumstances of a command, and the refusal that ends it."""

from dataclasses import dataclass
from typing import NoReturn

from .commands import Envelope


@dataclass(frozen=True, slots=True)
class Call:
    """When and for whom a command is decided. ``time`` is the store's TIME, ``now`` no less than the lot's last."""

    envelope: Envelope
    time: int
    now: int

    @property
    def run_id(self) -> str:
        return self.envelope.run_id

    @property
    def out_of_bounds(self) -> bool:
        """Decided too early or too late for the sender to be told the truth. TIME counts: he estimated that."""
        return not self.envelope.not_before <= self.time <= self.envelope.not_after


class Refused(Exception):
    """A rule says no. ``more`` are the figures that help the caller on."""

    def __init__(self, code: str, **more: int) -> None:
        super().__init__(code)
        self.code = code
        self.more = more


def refuse(code: str, **more: int) -> NoReturn:
    raise Refused(code, **more)


def check(code: str, refused: bool) -> None:
    """One line of the rules: ``code`` is the answer where ``refused`` holds."""
    if refused:
        refuse(code)
