"""Terms: what a preset gives, what contradicts the rules, the ladder, the default increment."""

import json
from dataclasses import asdict, fields
from typing import Any

import pytest

from outcry.model.presets import HOUR_MS, MOST_RUNGS, PRESETS, check_terms, read_terms
from outcry.model.terms import MAX_AMOUNT, Terms, default_increment, reserve_hash, text_hash

COMMERCIAL = {"preset": "npl-commercial", "start": 30_000_000_000}
JUDICIAL = {"preset": "cn-judicial-2017", "start": 6_545_490_000}


@pytest.mark.parametrize("preset", PRESETS)
def test_a_preset_and_a_start_are_terms(preset: str) -> None:
    terms = read_terms({"preset": preset, "start": 6_545_490_000})
    assert (terms.duration_ms, terms.window_ms, terms.extension_ms) == (24 * HOUR_MS, 300_000, 300_000)
    assert terms.increment == 20_000_000, "0.5 % of the start is 327,274.50 yuan"
    assert (terms.max_extensions, terms.hard_end, terms.slip_steps) == (None, None, 20)


def test_what_is_given_comes_before_the_preset() -> None:
    terms = read_terms({**COMMERCIAL, "duration_ms": HOUR_MS, "increment": 7, "retract": False})
    assert (terms.duration_ms, terms.increment, terms.retract) == (HOUR_MS, 7, False)


@pytest.mark.parametrize(
    "bound",
    [{"start": 1, "increment": 1}, {"start": MAX_AMOUNT}, {"window_ms": 0}, {"max_extensions": 0}, {"hard_end": 1},
     {"slip_steps": 1}, {"duration_ms": 1, "extension_ms": 1},
     {"ladder": [*([below, 1] for below in range(1, MOST_RUNGS)), [0, MAX_AMOUNT]]}],
)  # fmt: skip
def test_the_bounds_themselves_are_allowed(bound: dict[str, Any]) -> None:
    terms = read_terms({**COMMERCIAL, **bound})
    assert all(json.loads(terms.to_json())[name] == value for name, value in bound.items())


def test_the_presets_differ_in_what_the_law_says() -> None:
    judicial, private = read_terms(JUDICIAL), read_terms({**JUDICIAL, "preset": "cn-private-sale"})
    assert (judicial.retract, judicial.self_raise, judicial.clock_starts) == (False, "never", "opening")
    assert (private.retract, private.self_raise, private.clock_starts) == (False, "never", "first_bid")


def test_terms_read_from_their_own_json_are_the_same() -> None:
    terms = read_terms({**COMMERCIAL, "ladder": [[30_000_000_001, 5], [0, 7]], "dossier": 'é"'})
    assert read_terms(json.loads(terms.to_json())) == terms
    assert terms.to_json().isascii() and list(json.loads(terms.to_json())) == [field.name for field in fields(Terms)]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"preset": "dutch"}, "unknown preset 'dutch': it is one of npl-commercial, cn-judicial-2017, cn-private-sale"),
        ({"preset": None}, "unknown preset"),
        ({"colour": "red"}, "unknown term 'colour'"),
        ({"start": 0}, "start"),
        ({"start": -1}, "start"),
        ({"start": 1.5}, "start"),
        ({"start": 100.0}, "start"),
        ({"start": "100"}, "start"),
        ({"start": True}, "start"),
        ({"start": None}, "start"),
        ({"start": MAX_AMOUNT + 1}, "15 digits"),
        ({"increment": 0}, "increment"),
        ({"increment": MAX_AMOUNT + 1}, "15 digits"),
        ({"duration_ms": 0}, "duration_ms"),
        ({"duration_ms": 10**15}, "duration_ms"),
        ({"extension_ms": 0}, "extension_ms"),
        ({"window_ms": -1}, "window_ms"),
        ({"slip_steps": 0}, "slip_steps"),
        ({"deposit": -1}, "deposit"),
        ({"max_extensions": -1}, "max_extensions"),
        ({"max_extensions": 1.0}, "max_extensions"),
        ({"hard_end": 0}, "hard_end"),
        ({"clock_starts": "noon"}, "clock_starts must be one of opening, first_bid"),
        ({"self_raise": True}, "self_raise"),
        ({"reserve": 5}, "reserve"),
        ({"retract": 1}, "retract"),
        ({"retract": None}, "retract"),
        ({"dossier": 7}, "dossier"),
        ({"ladder": None}, "a ladder is a list"),
        ({"ladder": [1, 2]}, "a ladder is a list"),
        ({"ladder": [[1, 2, 3]]}, "a ladder is a list"),
        ({"ladder": [[5, 1]]}, "below = 0"),
        ({"ladder": [[5, 1], [5, 2], [0, 3]]}, "below = 0"),
        ({"ladder": [[9, 1], [5, 2], [0, 3]]}, "below = 0"),
        ({"ladder": [[0, 1], [0, 3]]}, "below = 0"),
        ({"ladder": [[5, 0], [0, 3]]}, "step"),
        ({"ladder": [[5, 1.5], [0, 3]]}, "step"),
        ({"ladder": [["5", 1], [0, 3]]}, "below"),
        ({"ladder": [[5, 1], [0, 10**15]]}, "15 digits"),
        ({"ladder": [*([below, 1] for below in range(1, MOST_RUNGS + 1)), [0, 1]]}, "at most"),
    ],
)
def test_terms_that_make_no_sense_are_refused_with_a_sentence(change: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        read_terms({**COMMERCIAL, **change})


def test_terms_need_a_start() -> None:
    with pytest.raises(ValueError, match="no start"):
        read_terms({"preset": "npl-commercial"})


def test_terms_that_were_not_read_are_checked_alike() -> None:
    terms = asdict(read_terms(COMMERCIAL))
    with pytest.raises(ValueError, match="unknown preset"):
        check_terms(Terms(**{**terms, "preset": "dutch"}))
    with pytest.raises(ValueError, match="increment"):
        check_terms(Terms(**{**terms, "increment": 0}))


@pytest.mark.parametrize("preset", ["cn-judicial-2017", "cn-private-sale"])
def test_a_judicial_sale_retracts_nothing(preset: str) -> None:
    with pytest.raises(ValueError, match="retracts no bid"):
        read_terms({**JUDICIAL, "preset": preset, "retract": True})


@pytest.mark.parametrize("preset", ["cn-judicial-2017", "cn-private-sale"])
def test_art_10_a_judicial_sale_hides_no_reserve(preset: str) -> None:
    with pytest.raises(ValueError, match="art. 10"):
        read_terms({**JUDICIAL, "preset": preset, "reserve": "hidden"})


@pytest.mark.parametrize(
    ("start", "increment"),
    [
        (1, 1), (199, 1), (200, 1), (400, 2), (999, 2), (1_000, 5), (1_999, 5), (2_000, 10), (4_000, 20), (10_000, 50),
        (293_000_000, 1_000_000), (30_000_000_000, 100_000_000), (MAX_AMOUNT, 2_000_000_000_000),
    ],
)  # fmt: skip
def test_the_default_increment_is_half_a_percent_rounded_down(start: int, increment: int) -> None:
    assert default_increment(start) == increment


@pytest.mark.parametrize(
    ("price", "step"), [(1, 5), (999, 5), (1_000, 25), (2_499, 25), (2_500, 100), (MAX_AMOUNT, 100)]
)
def test_a_ladder_s_step_is_that_of_the_first_rung_not_reached(price: int, step: int) -> None:
    assert read_terms({**COMMERCIAL, "ladder": [[1_000, 5], [2_500, 25], [0, 100]]}).step(price) == step


def test_commitments_are_sha_256_of_salt_and_secret() -> None:
    assert reserve_hash(5, "s") == text_hash("5", "s")
    assert text_hash("债务人", "5a17") == "47ec5731a1155fd79129e2fcb0454c513236d41d4ea7dc4f97cc3611f16069df"
