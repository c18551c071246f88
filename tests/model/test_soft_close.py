"""When a lot ends: the soft close and its caps, the clock that the first bid starts, outages, pauses."""

import pytest

from outcry.model.terms import reserve_hash

from .auction import SALT, T0, opened

MINUTE = 60_000


@pytest.mark.parametrize(
    ("at", "ends_at"),
    [(0, 100_000), (69_999, 100_000), (70_000, 100_000), (70_001, 100_001), (85_000, 115_000), (99_999, 129_999)],
)
def test_a_bid_in_the_window_moves_the_end(at: int, ends_at: int) -> None:
    auction = opened()
    answer = auction.at(at).bid("ANNE", 1_000)
    assert answer["ends_at"] == T0 + ends_at == auction.events[-1]["ends_at"]
    assert auction.view["extensions"] == (ends_at > 100_000)


@pytest.mark.parametrize(("at", "ends_at"), [(89_999, 100_000), (90_000, 120_000)])
def test_the_window_begins_with_its_first_millisecond(at: int, ends_at: int) -> None:
    assert opened(window_ms=10_000).at(at).bid("ANNE", 1_000)["ends_at"] == T0 + ends_at


def test_now_at_the_end_is_closed() -> None:
    auction = opened()
    assert auction.at(99_999).bid("ANNE", 1_000)["ok"]
    assert auction.at(129_999).bid("BERT", 1_100)["code"] == "late"


@pytest.mark.parametrize("amount", [900, 1_001, 99_900])
def test_a_refused_bid_never_extends(amount: int) -> None:
    auction = opened()
    assert not auction.at(99_999).bid("ANNE", amount)["ok"]
    assert auction.ends_at == 100_000


def test_the_end_never_moves_back() -> None:
    auction = opened(extension_ms=1_000)
    assert auction.at(80_000).bid("ANNE", 1_000)["ends_at"] == T0 + 100_000
    assert auction.view["extensions"] == 0
    assert auction.at(99_500).bid("BERT", 1_100)["ends_at"] == T0 + 100_500


def test_extensions_can_be_counted_out() -> None:
    auction = opened(max_extensions=2)
    ends = [auction.at(at).bid(code, amount)["ends_at"] - T0 for at, code, amount in _duel(90_000, 110_000, 130_000)]
    assert ends == [120_000, 140_000, 140_000]
    assert auction.view["extensions"] == 2


@pytest.mark.parametrize(
    ("hard_end", "ends"),
    [(125_000, [120_000, 125_000, 125_000]), (100_000, [100_000]), (50_000, [100_000])],
)
def test_a_hard_end_caps_extensions_and_cuts_nothing(hard_end: int, ends: list[int]) -> None:
    auction = opened(hard_end=T0 + hard_end)
    bids = list(_duel(90_000, 110_000, 124_999))[: len(ends)]
    assert [auction.at(at).bid(code, amount)["ends_at"] - T0 for at, code, amount in bids] == ends
    assert auction.view["extensions"] == len({100_000, *ends}) - 1


def test_art_20_the_last_five_minutes() -> None:
    """法释〔2016〕18号, 20: at least 24 h; a bid in the last five minutes gives five minutes from its own time."""
    day = 24 * 60 * MINUTE
    auction = opened(
        preset="cn-judicial-2017", duration_ms=day, window_ms=5 * MINUTE, extension_ms=5 * MINUTE, retract=False
    )
    assert auction.at(day - 5 * MINUTE - 1).bid("ANNE", 1_000)["ends_at"] == T0 + day
    assert auction.at(day - 1).bid("BERT", 1_100)["ends_at"] == T0 + day - 1 + 5 * MINUTE


def test_the_first_bid_starts_the_clock_where_the_terms_say_so() -> None:
    auction = opened(clock_starts="first_bid")
    assert auction.ends_at is None
    assert auction.at(900_000).close()["code"] == "not_due"
    assert auction.bid("ANNE", 1_000)["ends_at"] == T0 + 1_000_000
    assert auction.view["extensions"] == 0


def test_a_clock_that_did_not_start_is_paused_and_resumed_unstarted() -> None:
    auction = opened(clock_starts="first_bid")
    assert auction.at(500).pause()["remaining_ms"] is None
    assert auction.resume_at_once()["ends_at"] is None
    assert auction.at(1_000).bid("ANNE", 1_000)["ends_at"] == T0 + 101_000


# Closing


@pytest.mark.parametrize(
    ("reserve", "bid", "result"),
    [
        (None, None, "passed"), (None, 1_000, "sold"), (1_200, None, "passed"), (1_200, 1_100, "passed"),
        (1_200, 1_200, "sold"), (1_200, 1_300, "sold"),
    ],
)  # fmt: skip
def test_a_lot_is_sold_if_its_reserve_is_met(reserve: int | None, bid: int | None, result: str) -> None:
    auction = opened(reserve)
    if bid is not None:
        auction.bid("ANNE", bid)
    assert auction.at(99_999).close()["code"] == "not_due"
    answer = auction.at(100_000).close()
    assert answer == {"ok": True, "n": len(auction.events), "result": result, "ends_at": T0 + 100_000}
    event = auction.events[-1]
    assert (event["result"], event["price"], event["leader"]) == (result, bid, bid and "ANNE")
    assert (event["reserve"], event["salt"]) == (reserve, reserve and SALT)
    assert auction.view["ask"] is None and auction.ends_at == 100_000
    assert auction.close()["code"] == "closed"


def test_the_reserve_that_is_opened_is_the_one_that_was_committed() -> None:
    auction = opened(1_200)
    auction.at(100_000).close()
    opening, closing = auction.events
    assert opening["reserve_hash"] == reserve_hash(closing["reserve"], closing["salt"])


# Outages


def test_who_was_in_touch_for_ten_seconds_before_the_end_closes() -> None:
    auction = opened()
    assert auction.at(100_000).close(in_touch_since=90_001)["code"] == "not_in_touch"
    assert auction.close(in_touch_since=90_000)["result"] == "passed"


def test_who_was_in_touch_since_the_opening_of_a_short_lot_closes() -> None:
    auction = opened(duration_ms=5_000)
    assert auction.at(5_000).close(in_touch_since=1)["code"] == "not_in_touch"
    assert auction.close(in_touch_since=0)["result"] == "passed"


def test_who_was_in_touch_since_the_resumption_closes() -> None:
    auction = opened(window_ms=1_000)
    auction.at(99_000).pause()
    auction.at(300_000).resume_at_once()
    assert auction.at(301_000).close(in_touch_since=300_001)["code"] == "not_in_touch"
    assert auction.close(in_touch_since=300_000)["result"] == "passed"


def test_after_all_were_away_the_lot_is_extended_and_not_closed() -> None:
    auction = opened()
    assert auction.at(102_999).close(in_touch_since=102_000)["code"] == "not_in_touch"
    answer = auction.at(103_000).close(in_touch_since=102_000)
    assert (answer["result"], answer["ends_at"]) == ("extended", T0 + 133_000)
    assert auction.events[-1]["reason"] == "outage"
    assert auction.view["extensions"] == 0, "only bids are counted"
    assert auction.at(104_000).bid("ANNE", 1_000)["ok"]


def test_an_outage_gives_ten_seconds_at_least() -> None:
    auction = opened(window_ms=500)
    assert auction.at(103_000).close(in_touch_since=102_000)["ends_at"] == T0 + 113_000


@pytest.mark.parametrize(
    ("at", "waited", "outage"),
    [
        (100_000, 1_000, False), (100_000, 1_001, True), (100_500, 1_001, True),
        (101_500, 1_500, False), (101_500, 1_501, True),
    ],
)  # fmt: skip
def test_a_bid_that_came_in_time_and_waited_notes_an_outage(at: int, waited: int, outage: bool) -> None:
    auction = opened()
    assert auction.at(at).bid("ANNE", 1_000, waited=waited)["code"] == "late"
    assert auction.view["outage"] is outage
    assert auction.at(102_000).close()["ok"] is not outage


def test_a_noted_outage_keeps_even_him_who_was_in_touch_from_closing() -> None:
    auction = opened()
    auction.at(100_500).bid("ANNE", 1_000, waited=1_500)
    assert auction.at(102_999).close()["code"] == "not_in_touch"
    assert auction.at(103_000).close()["result"] == "extended"
    assert auction.view["outage"] is False
    assert auction.at(133_000).close()["result"] == "passed"


def test_late_is_said_before_the_bounds_are_looked_at() -> None:
    """A bid that waited in a frozen store is out of its bounds, and is what tells of the outage."""
    auction = opened()
    auction.at(110_000)
    assert auction.bid("ANNE", 1_000, waited=20_000)["code"] == "late"
    assert auction.view["outage"] is True


# Pauses


@pytest.mark.parametrize(("at", "remaining"), [(10_000, 90_000), (99_999, 1), (100_000, 0), (150_000, 0)])
def test_a_pause_stores_what_remained(at: int, remaining: int) -> None:
    auction = opened()
    answer = auction.at(at).pause("court_order")
    assert (answer["remaining_ms"], auction.view["remaining_ms"], auction.ends_at) == (remaining, remaining, None)
    assert auction.view["ground"] == "court_order"


@pytest.mark.parametrize(("at", "left"), [(10_000, 90_000), (69_999, 30_001), (70_000, 30_000), (99_999, 30_000)])
def test_a_resumption_leaves_a_full_window_at_least(at: int, left: int) -> None:
    auction = opened()
    auction.at(at).pause()
    assert auction.at(500_000).resume_at_once()["ends_at"] == T0 + 500_000 + left
    view = auction.view
    assert (view["state"], view["remaining_ms"], view["resumes_at"], view["ground"]) == ("open", None, None, None)
    assert view["since"] == T0 + 500_000


def test_a_resumption_is_announced_ahead_and_can_be_announced_anew() -> None:
    auction = opened()
    auction.at(10_000).pause()
    assert auction.resume()["code"] == "not_due"
    assert auction.resume(10_000)["resumes_at"] == T0 + 20_000
    assert auction.at(15_000).resume(30_000)["resumes_at"] == T0 + 45_000
    assert auction.at(44_999).resume()["code"] == "not_due"
    assert auction.at(45_000).resume()["ok"]
    assert [event["t"] for event in auction.events] == ["opened", "paused", "resuming", "resuming", "resumed"]


def test_a_resumption_forgets_an_outage() -> None:
    auction = opened()
    auction.at(100_500).bid("ANNE", 1_000, waited=1_500)
    auction.pause()
    auction.resume_at_once()
    assert auction.view["outage"] is False


def test_pauses_are_not_nested_and_only_a_pause_ends() -> None:
    auction = opened()
    assert auction.resume(0)["code"] == "not_paused"
    auction.pause()
    assert auction.pause()["code"] == "paused"
    assert auction.close()["code"] == "paused"


def test_registration_continues_while_paused() -> None:
    auction = opened()
    auction.pause()
    assert auction.at(900_000).admit("CARL")["ok"]


def test_after_a_clock_step_the_rest_counts_from_the_old_estimate_and_no_bounds_hold() -> None:
    auction = opened()
    auction.at(3_600_000)
    assert auction.pause("clock", as_of=T0 + 60_000)["remaining_ms"] == 40_000
    assert auction.events[-1]["at"] == T0 + 60_000, "the stepped clock is not made the lot's own"


def _duel(*times: int) -> "list[tuple[int, str, int]]":
    """Anne and Bert in turn, a step higher each time."""
    return [(at, ("ANNE", "BERT")[turn % 2], 1_000 + 100 * turn) for turn, at in enumerate(times)]
