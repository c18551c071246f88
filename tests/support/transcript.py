"""What a room tells one client, and what must be true of it. Pure: it is fed frames and keeps faults."""

import hashlib
import json
from typing import Any, NamedTuple

Frame = dict[str, Any]


class Position(NamedTuple):
    """What a client that comes back states: the number of its last event, the epoch, and the SHA-1 of its bytes."""

    after: int = 0
    epoch: int = 0
    link: str = ""


class Transcript:
    """The frames of one room as one client heard them, over all its connections.

    ``log``: the bytes of every event by its number, from ``offset`` + 1 on. ``histories``: how often the client was
    told that history changed. ``faults``: what the promises rule out and yet was heard.
    """

    def __init__(self, position: Position | None = None) -> None:
        self.position = position or Position()
        self.joined = position is not None
        self.log: dict[int, bytes] = {}
        self.offset = self.position.after
        self.histories = 0
        self.holes: list[range] = []
        """Events declared and not sent: to be fetched."""
        self.faults: list[str] = []
        self.frames: dict[str, list[Frame]] = {}
        self.standing: Frame = {}
        """The newest frame that says what the next bid must be: a snapshot, a tick or an event."""

    @property
    def n(self) -> int:
        """The newest event known of."""
        return self.position.after

    def told(self, kind: str) -> list[Frame]:
        """The unnumbered frames of a type, in order."""
        return self.frames.get(kind, [])

    def heard(self, raw: bytes) -> Frame:
        """Take in one frame as it came from the socket; its decoded form."""
        frame: Frame = json.loads(raw)
        if "ask" in frame and frame["t"] != "decision":
            self.standing = frame
        if raw.startswith(b'{"n":'):
            self._event(frame, raw)
            return frame
        self.frames.setdefault(frame["t"], []).append(frame)
        match frame["t"]:
            case "snapshot":
                self._snapshot(frame)
            case "tick":
                self._expect(frame["from"] == self.n + 1, f"tick from {frame['from']} after {self.n}")
                self.holes.append(range(frame["from"], frame["n"] + 1))
                self.position = Position(frame["n"], self.position.epoch, frame["link"])
            case "hello" | "pulse" | "text" | "decision" | "error" | "pong" | "checkpoint":
                pass
            case other:
                self._expect(False, f"unknown frame {other}")
        return frame

    def keep(self, n: int, raw: bytes) -> None:
        """An event, told or fetched: whoever has it already has the same bytes."""
        self._expect(self.log.setdefault(n, raw) == raw, f"two events {n}")

    def whole(self) -> list[bytes]:
        """Every event from the first, once the past and the holes were fetched: 1..n, each following the one before."""
        assert not self.faults, self.faults[:3]
        assert sorted(self.log) == list(range(1, self.n + 1)), f"holes in 1..{self.n}: have {len(self.log)}"
        events = [self.log[n] for n in range(1, self.n + 1)]
        before = ""
        for n, event in enumerate(events, 1):
            assert json.loads(event)["link"] == before, f"event {n} does not follow event {n - 1}"
            before = link_of(event)
        return events

    def _event(self, event: Frame, raw: bytes) -> None:
        n, position = event["n"], self.position
        self._expect(self.joined, f"event {n} before the snapshot")
        self._expect(n == position.after + 1, f"event {n} after {position.after}")
        self._expect(event["link"] == position.link, f"event {n} does not follow event {position.after}")
        self.keep(n, raw)
        epoch = event["epoch"] if event["t"] in ("opened", "adopted") else position.epoch
        self.position = Position(n, epoch, link_of(raw))

    def _snapshot(self, frame: Frame) -> None:
        told = Position(frame["n"], frame["epoch"], frame["link"])
        why = frame["why"]
        if why == "joined":
            self._expect(not self.joined, "joined anew, although a position was stated")
            self.offset = told.after
        elif why == "resumed":
            self._expect(told.after >= self.n, f"resumed at {told.after}, behind {self.n}")
            if told.after == self.n:
                self._expect(told.link == self.position.link, f"resumed at {told.after} of another history")
            else:
                self.holes.append(range(self.n + 1, told.after + 1))
        elif why == "history_changed":
            self.histories += 1
            self.log, self.holes, self.offset = {}, [], told.after
        else:
            self._expect(False, f"a snapshot because of {why}")
        self.joined = True
        self.position = told

    def _expect(self, so: bool, otherwise: str) -> None:
        if not so:
            self.faults.append(otherwise)


def link_of(event: bytes) -> str:
    return hashlib.sha1(event).hexdigest()
