"""One bid each interval, a burst at once, over all processes: and whatever the store's clock does."""

import pytest

from .auction import T0, Auction, opened


def flood(auction: Auction, count: int, at: int, every: int = 0, first: int = 0) -> list[str]:
    """Verdicts of ``count`` bids of one bidder, each under a new id; those that pass are below the ask."""
    return [
        auction.at(at + i * every).bid("ANNE", 1, id=f"f{first + i}", interval_ms=200, burst=3)["code"]
        for i in range(count)
    ]


def test_a_burst_passes_and_the_rest_waits() -> None:
    assert flood(opened(), 5, 0) == ["below_ask"] * 3 + ["rate_limited"] * 2


def test_one_each_interval_is_never_refused() -> None:
    assert set(flood(opened(), 30, 0, every=200)) == {"below_ask"}


@pytest.mark.parametrize("step_ms", [-60_000, 3_600_000])
def test_a_step_of_the_clock_starves_nobody(step_ms: int) -> None:
    auction = opened(duration_ms=7_200_000)
    flood(auction, 5, 90_000)
    after = flood(auction, 30, 90_000 + step_ms, every=1_000, first=100)
    assert "rate_limited" not in after[1:]


def test_a_clock_that_was_ahead_leaves_no_debt() -> None:
    auction = opened(duration_ms=7_200_000)
    flood(auction, 3, 3_600_000)
    assert auction.view["last"] == T0, "a refusal dates nothing"
    after = flood(auction, 10, 60_000, every=1_000, first=100)
    assert "rate_limited" not in after[1:]
