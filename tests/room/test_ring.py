"""Marks and positions: what a socket lacks, and whether a client was here."""

import pytest

from outcry.model.view import LotView
from outcry.room.ring import EXTRAS, Entry, Ring


def link(n: int) -> str:
    return f"{n:040x}" if n else ""


def ring_of(events: int, *, start: int = 0, size: int = 8, adopted: int | None = None) -> Ring:
    """Events ``start + 1 …`` in epoch 1, from ``adopted`` on in epoch 2."""
    ring = Ring(size, LotView(n=start, epoch=1 if start else 0, link=link(start)))
    for n in range(start + 1, start + events + 1):
        ring.add_event(n, b"%d " % n, 2 if adopted is not None and n >= adopted else 1, link(n))
    return ring


def test_a_young_ring_has_nothing_and_knows_where_it_is() -> None:
    ring = ring_of(0, start=5)
    assert (ring.head, ring.epoch, len(ring)) == (5 << 8, 1, 0)
    assert ring.since(5 << 8) == []
    assert ring.since(4 << 8) is None
    assert ring.prove(1, 5, link(5)) == 5 << 8


def test_what_comes_after_a_mark() -> None:
    ring = ring_of(3)
    assert ring.since(0) == [b"1 ", b"2 ", b"3 "]
    assert ring.since(2 << 8) == [b"3 "]
    assert ring.since(ring.head) == []


def test_texts_follow_their_event_and_are_told_once() -> None:
    ring = ring_of(2)
    had_event = ring.head
    ring.add_extra(b"text 2 ")
    had_text = ring.head
    ring.add_event(3, b"3 ", 1, link(3))
    assert ring.since(1 << 8) == [b"2 ", b"text 2 ", b"3 "]
    assert ring.since(had_event) == [b"text 2 ", b"3 "]
    assert ring.since(had_text) == [b"3 "]
    assert ring.prove(1, 2, link(2)) == had_event


def test_a_text_may_be_the_first_that_a_ring_gets() -> None:
    ring = ring_of(0, start=5)
    ring.add_extra(b"text 5 ")
    assert ring.since(5 << 8) == [b"text 5 "]
    assert ring.prove(1, 5, link(5)) == 5 << 8


def test_more_texts_than_marks_are_left_to_http() -> None:
    ring = ring_of(1, size=1_000)
    for _ in range(EXTRAS + 10):
        ring.add_extra(b"text")
    assert ring.head == (1 << 8) + EXTRAS


def test_it_forgets_by_halves_and_keeps_at_least_its_size() -> None:
    ring = ring_of(100, size=8)
    assert 8 <= len(ring) < 16
    first = ring.base.n
    assert ring.since(first << 8) is not None
    assert ring.since((first - 1) << 8) is None
    assert ring.prove(1, first, link(first)) == first << 8


def test_the_oldest_position_is_proven_though_its_text_was_kept_longer() -> None:
    ring = Ring(2, LotView(n=1, epoch=1, link=link(1)))
    ring.add_event(2, b"2 ", 1, link(2))
    ring.add_extra(b"text 2 ")
    ring.add_event(3, b"3 ", 1, link(3))
    ring.add_event(4, b"4 ", 1, link(4))
    assert ring.base.n == 2
    assert ring.prove(1, 2, link(2)) == (2 << 8) + 1


@pytest.mark.parametrize(
    ("epoch", "n", "stated", "proven"),
    [
        (1, 3, link(3), True),
        (1, 6, link(6), True),
        (1, 3, link(4), False),
        (1, 3, "", False),
        (0, 3, link(3), False),
        (2, 3, link(3), False),
        (1, 7, link(7), False),
        (1, 0, "", True),
        (0, 0, "", True),
        (2, 0, "", False),
    ],
)
def test_a_position_is_proven_by_epoch_and_link(epoch: int, n: int, stated: str, proven: bool) -> None:
    """Before the first event a client may state epoch 0, as it was told then, or 1, as event 1 tells."""
    assert (ring_of(6).prove(epoch, n, stated) is not None) is proven


@pytest.mark.parametrize(
    ("epoch", "n", "proven"), [(1, 3, True), (2, 3, True), (1, 2, True), (2, 2, False), (1, 4, False)]
)
def test_around_an_adoption_both_epochs_may_be_stated(epoch: int, n: int, proven: bool) -> None:
    """Who has the position before event 4 from event 4 itself knows only the new epoch."""
    assert (ring_of(6, adopted=4).prove(epoch, n, link(n)) is not None) is proven


def test_older_history_is_put_in_front_only_where_it_fits() -> None:
    ring = ring_of(2, start=5)
    base = Entry(3 << 8, b"", 1, link(3))
    older = [Entry(n << 8, b"%d " % n, 1, link(n)) for n in (4, 5)]
    ring.prepend(base, [*older[:1], older[1]._replace(link=link(99))])
    ring.prepend(base, older[:1])
    assert ring.base.n == 5
    ring.prepend(base, older)
    assert ring.since(3 << 8) == [b"4 ", b"5 ", b"6 ", b"7 "]
    assert ring.prove(1, 4, link(4)) == 4 << 8
