"""The strict client's judgement itself: what the promises rule out must be found, or no journey could fail."""

import json

import pytest

from .transcript import Position, Transcript, link_of


def log(count: int) -> list[bytes]:
    """So many bids, each linked to the one before."""
    events: list[bytes] = []
    for n in range(1, count + 1):
        link = link_of(events[-1]) if events else ""
        events.append(json.dumps({"n": n, "t": "bid", "at": n, "link": link}, separators=(",", ":")).encode())
    return events


def frame(**fields: object) -> bytes:
    return json.dumps(fields).encode()


def snapshot(n: int, link: str, why: str = "joined", epoch: int = 1) -> bytes:
    return frame(t="snapshot", why=why, n=n, epoch=epoch, link=link)


def tick(first: int, last: int) -> bytes:
    return frame(t="tick", **{"from": first}, n=last, link=link_of(E[last - 1]))


def heard(*frames: bytes, position: Position | None = None) -> Transcript:
    transcript = Transcript(position)
    for raw in frames:
        transcript.heard(raw)
    return transcript


E = log(9)
JOINED = snapshot(2, link_of(E[1]))


def test_an_honest_room_has_no_faults() -> None:
    told = heard(JOINED, E[2], frame(t="pulse", n=3), E[3])
    told.keep(1, E[0])
    told.keep(2, E[1])
    assert told.whole() == E[:4]
    assert told.position == Position(4, 1, link_of(E[3]))


@pytest.mark.parametrize(
    "frames",
    [
        pytest.param([E[0]], id="an event before the snapshot"),
        pytest.param([JOINED, E[3]], id="a gap"),
        pytest.param([JOINED, E[2], E[2]], id="an event twice"),
        pytest.param([JOINED, E[2], E[1]], id="an event of the past"),
        pytest.param([JOINED, E[2].replace(b'"link":"', b'"link":"f', 1)], id="a fork"),
        pytest.param([JOINED, tick(4, 6)], id="a tick that leaves out an event"),
        pytest.param([JOINED, tick(3, 4), E[5]], id="a gap behind a tick"),
        pytest.param([JOINED, tick(3, 4).replace(b'"link": "', b'"link": "f'), E[4]], id="a tick into another history"),
        pytest.param([JOINED, JOINED], id="joined again without a word"),
        pytest.param([JOINED, E[2], snapshot(2, link_of(E[1]), "resumed")], id="resumed in the past"),
        pytest.param([JOINED, E[2], snapshot(3, "0" * 40, "resumed")], id="resumed in another history"),
        pytest.param([JOINED, frame(t="rumour")], id="a frame that nobody declared"),
    ],
)
def test_what_is_ruled_out_is_found(frames: list[bytes]) -> None:
    assert heard(*frames).faults


def test_a_declared_hole_is_no_gap_but_must_be_filled() -> None:
    told = heard(JOINED, tick(3, 6), E[6])
    assert told.holes == [range(3, 7)] and not told.faults
    for n in (1, 2, 3, 4, 5):
        told.keep(n, E[n - 1])
    with pytest.raises(AssertionError, match="holes"):
        told.whole()
    told.keep(6, E[5])
    assert told.whole() == E[:7]


def test_what_is_fetched_must_be_what_was_told() -> None:
    told = heard(JOINED, E[2])
    told.keep(3, E[3])
    assert told.faults == ["two events 3"]


def test_a_changed_history_is_counted_and_forgets_the_old_one() -> None:
    told = heard(JOINED, E[2], snapshot(1, link_of(E[0]), "history_changed", epoch=2))
    assert (told.histories, told.log, told.n) == (1, {}, 1)


def test_who_comes_back_goes_on_from_his_position() -> None:
    here = Position(3, 1, link_of(E[2]))
    assert heard(E[3], position=here).faults == []
    assert heard(E[4], position=here).faults
