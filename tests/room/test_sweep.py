"""Pings: everybody in his turn, and who never answers is gone after 45 s."""

from outcry.room.sweep import PING_S, TURNS, TURNS_PER_S, Sweep


class Peer:
    def __init__(self, answers: bool = True) -> None:
        self.heard = True
        self.unanswered = 0
        self.turn = 0
        self.pings: list[int] = []
        self.aborted_at: int | None = None
        self.now = 0
        self._answers = answers

    def ping(self) -> None:
        self.heard = self._answers
        self.pings.append(self.now)

    def abort(self) -> None:
        self.aborted_at = self.aborted_at or self.now


def run(sweep: Sweep, peers: list[Peer], seconds: float) -> None:
    for _ in range(int(seconds * TURNS_PER_S)):
        sweep.step()
        for peer in peers:
            peer.now += 1


def test_each_is_pinged_every_20_seconds_and_all_spread_evenly() -> None:
    sweep, peers = Sweep(), [Peer() for _ in range(TURNS * 3)]
    for peer in peers:
        sweep.add(peer)
    run(sweep, peers, 3 * PING_S)
    assert all(len(peer.pings) == 3 and peer.pings[1] - peer.pings[0] == TURNS for peer in peers)
    assert all(sum(peer.pings[0] == turn for peer in peers) == 3 for turn in range(TURNS))
    assert all(peer.aborted_at is None for peer in peers)


def test_who_sends_nothing_for_45_seconds_is_aborted() -> None:
    sweep, silent = Sweep(), Peer(answers=False)
    sweep.add(silent)
    run(sweep, [silent], 120)
    assert silent.aborted_at is not None
    assert (silent.aborted_at - silent.pings[0]) / TURNS_PER_S == 45


def test_who_speaks_now_and_then_stays() -> None:
    sweep, late = Sweep(), Peer(answers=False)
    sweep.add(late)
    for _ in range(10):
        run(sweep, [late], 30)
        late.heard = True
        run(sweep, [late], 1)
    assert late.aborted_at is None


def test_who_has_left_is_not_pinged() -> None:
    sweep, peer = Sweep(), Peer()
    sweep.add(peer)
    sweep.discard(peer)
    run(sweep, [peer], PING_S)
    assert peer.pings == []
