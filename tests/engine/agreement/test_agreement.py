"""The scripts and the oracle answer the same commands with the same bytes, whatever comes."""

import json
from collections import Counter, defaultdict
from itertools import count
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from outcry.engine.keys import keys_of
from outcry.engine.scripts import NAMES
from outcry.model.codes import BID_CODES, EVENT_TYPES, REFUSALS_KEPT, REJECT_CODES
from tests.support.store import StoreProcess

from . import profiles
from .histories import KIND_WEIGHTS, History, played, random_history, storm
from .moves import DIALS, ENVELOPES, WAITS, Move
from .stage import Stage

SEED = 2015
STEPS = 50_000
LEAST_OF_EACH_EVENT = 100

HEAD = {"ok", "schema"}
KEYED = HEAD | {"stale_store", "id_reused", "closed", "clock", "wrong_head"}
REACHED = {
    "open_lot": HEAD | {"exists", "closed", "clock", "not_due"},
    "admit_bidder": HEAD | {"stale_store", "closed", "late", "clock", "already_admitted"},
    "dismiss_bidder": HEAD | {"stale_store", "clock", "not_admitted", "is_leader", "has_bids"},
    "place_bid": {"ok", *BID_CODES},
    "close_lot": HEAD | {"stale_store", "not_open", "closed", "paused", "clock", "not_due", "not_in_touch"},
    "pause_lot": KEYED | {"not_open", "paused"},
    "resume_lot": KEYED | {"not_open", "not_paused", "not_due"},
    "withdraw_lot": KEYED | {"not_allowed"},
    "retract_bid": KEYED | {"not_open", "not_paused", "not_allowed", "wrong_target"},
    "say": KEYED | {"not_open"},
    "adopt_lot": HEAD | {"not_open", "closed", "clock", "not_stale", "wrong_head"},
}
"""Every verdict of every script; random histories must meet all of them and no other."""


def test_fifty_thousand_random_steps(stage: Stage) -> None:
    verdicts: dict[str, set[str]] = defaultdict(set)
    replayed: Counter[str] = Counter()
    events: Counter[str] = Counter()
    steps = 0
    for number in count():
        history = random_history(number, SEED)
        assert not (difference := stage.differences(history)), "\n".join(difference)
        for step, reply in zip(history.steps, history.replies, strict=True):
            name = NAMES[type(step.command)]
            verdicts[name].add(reply.verdict)
            replayed[name] += reply.replayed
        events.update(json.loads(event)["t"] for event in history.oracle.events)
        steps += len(history.steps)
        if steps >= STEPS:
            break
    assert verdicts == REACHED
    assert set.union(*REACHED.values()) == REJECT_CODES | {"ok"}
    assert set(events) == set(EVENT_TYPES)
    assert min(events.values()) >= LEAST_OF_EACH_EVENT, events
    assert {name for name in replayed if replayed[name]} == {name for name in REACHED if "id_reused" in REACHED[name]}


def test_every_kind_of_store_decides_alike(any_store: StoreProcess) -> None:
    stage = Stage(any_store.client)
    for number in range(3 * len(profiles.KINDS)):
        assert not (difference := stage.differences(random_history(number, SEED))), "\n".join(difference)


def test_more_refusals_than_are_kept(stage: Stage) -> None:
    """What fell out of the ring is decided anew, what is in it is answered again."""
    for number in range(4):
        history = storm(number, SEED)
        assert not (difference := stage.differences(history)), "\n".join(difference)
        refused = history.oracle.lot.bidders["ABCD"].refused
        assert len(refused) == REFUSALS_KEPT
        assert len(history.oracle.answers) == REFUSALS_KEPT + 1


MOVES = st.builds(
    Move,
    kind=st.sampled_from(sorted(set.union(*map(set, KIND_WEIGHTS.values())))),
    wait=st.sampled_from(list(WAITS)),
    envelope=st.sampled_from([*["good"] * 5, *ENVELOPES]),
    who=st.integers(0, DIALS - 1),
    x=st.integers(0, DIALS - 1),
    y=st.integers(0, DIALS - 1),
    z=st.integers(0, DIALS - 1),
)
OPENING = [*(Move("admit", who=who) for who in range(5)), Move("open", "opening")]
lots = count()


@settings(max_examples=300, deadline=None, database=None)
@given(
    name=st.sampled_from(list(profiles.KINDS)),
    random=st.randoms(use_true_random=False),
    opened=st.booleans(),
    moves=st.lists(MOVES, max_size=60),
)
def test_any_moves(stage: Stage, name: str, random: Random, opened: bool, moves: list[Move]) -> None:
    """The same alphabet without weights; what fails here, shrinks."""
    profile = profiles.profile_of(name, random)
    history = played(f"any-{next(lots)}", profile, (OPENING if opened else []) + moves)
    assert not (difference := stage.differences(history)), "\n".join(difference)


def test_the_channel_carries_the_log(stage: Stage) -> None:
    """What is published is what is kept, byte for byte and in order, each text after its event."""
    for number in range(30):
        history = random_history(number, SEED + 1)
        channel = keys_of(history.lot_id)[5]
        with stage.client.pubsub() as feed:
            feed.ssubscribe(channel)
            assert feed.get_message(timeout=5)["type"] == "ssubscribe"
            assert not stage.differences(history)
            frames = _frames(history)
            assert [feed.get_message(timeout=5)["data"] for _ in frames] == frames


def _frames(history: History) -> list[bytes]:
    frames = []
    for n, event in enumerate(history.oracle.events, start=1):
        frames.append(event)
        if text := history.oracle.texts.get(n):
            frames.append(b'{"t":"text","n":%d,' % n + text[1:])
    return frames
