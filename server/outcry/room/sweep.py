"""Pings for all sockets of a process, spread evenly over time, instead of two timers each."""

from itertools import cycle
from typing import Final, Protocol

PING_S: Final = 20.0
PATIENCE_S: Final = 5.0
TURNS_PER_S: Final = 4
UNANSWERED: Final = 3
"""Pings 20 s apart, each given 5 s: whoever sent nothing for 45 s is gone."""
TURNS: Final = int(PING_S * TURNS_PER_S)


class Pinged(Protocol):
    """``Detached``, as the sweep sees it."""

    heard: bool
    unanswered: int
    turn: int

    def ping(self) -> None: ...
    def abort(self) -> None: ...


class Sweep:
    """``step`` is called four times a second; every socket has its turn once in 20 s."""

    def __init__(self) -> None:
        self._turns: list[set[Pinged]] = [set() for _ in range(TURNS)]
        self._places = cycle(range(TURNS))
        self._now = 0

    def add(self, socket: Pinged) -> None:
        socket.turn = next(self._places)
        self._turns[socket.turn].add(socket)

    def discard(self, socket: Pinged) -> None:
        self._turns[socket.turn].discard(socket)

    def step(self) -> None:
        for socket in list(self._turns[self._now]):
            if socket.heard:
                socket.unanswered = 0
            socket.ping()
        for socket in list(self._turns[self._now - int(PATIENCE_S * TURNS_PER_S)]):
            self._judge(socket)
        self._now = (self._now + 1) % TURNS

    def _judge(self, socket: Pinged) -> None:
        if not socket.heard:
            socket.unanswered += 1
            if socket.unanswered == UNANSWERED:
                socket.abort()
