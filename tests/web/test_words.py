"""The two word lists say the same things, and every word that a page asks for is there."""

import re
from pathlib import Path

import orjson
import pytest

from outcry.house.card import CATEGORIES, SELLER_KINDS
from outcry.model.codes import (
    BID_CODES,
    HOUSE_GROUNDS,
    PAUSE_GROUNDS,
    RETRACT_GROUNDS,
    SAID_KINDS,
    STATES,
    WITHDRAW_GROUNDS,
)
from outcry.model.presets import PRESETS
from outcry.resources import static_dir
from outcry.web.render import TEMPLATES
from outcry.web.words import LANGUAGES, Words

STATIC = static_dir()
LISTS: dict[str, dict[str, str]] = {
    language: orjson.loads((STATIC / f"words/{language}.json").read_bytes()) for language in LANGUAGES
}
PLAIN = {language: {key for key in words if "@" not in key} for language, words in LISTS.items()}
SOURCES = [*TEMPLATES.rglob("*.html"), *(STATIC / "js").rglob("*.js"), *TEMPLATES.parent.glob("*.py")]
BUILT = (
    "state.", "ground.", "no.", "err.", "kind.", "category.", "region.", "tab.", "seal.", "error.", "op.",
    "lot.preset.", "lot.self_raise.", "lot.eligibility.", "says.", "protocol.", "band.", "why.",
)  # fmt: skip
"""Words whose keys are put together where they are asked for."""
ASKED = re.compile(r"""\b(?:t|say)\(\s*'([a-z_]+\.[\w.-]+)'(?!\s*[~+])""")
AREAS = "|".join(sorted({key.split(".")[0] for key in PLAIN["en"]}))
NAMED = re.compile(rf"""'((?:{AREAS})\.[a-z_]+)'""")


def values(text: str) -> set[str]:
    return set(re.findall(r"\{(\w+)\}", text))


def test_both_lists_have_the_same_words_with_the_same_values() -> None:
    assert PLAIN["en"] == PLAIN["zh"]
    for key in PLAIN["en"]:
        assert values(LISTS["en"][key]) == values(LISTS["zh"][key]), key


def test_a_court_s_word_replaces_one_that_is_there() -> None:
    for words in LISTS.values():
        for key, text in words.items():
            plain, at, form = key.partition("@")
            assert not at or (form == "judicial" and values(words[plain]) == values(text)), key


def test_a_commercial_sale_is_never_called_an_auction_in_chinese() -> None:
    """拍卖 is a licensed trade."""
    others = {"ground.seller_request", "lot.preset.cn-judicial-2017"}
    assert [key for key in PLAIN["zh"] - others if "拍" in LISTS["zh"][key]] == []


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.name)
def test_every_word_that_is_asked_for_is_there(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    asked = {*ASKED.findall(text), *NAMED.findall(text)}
    assert asked <= PLAIN["en"], asked - PLAIN["en"]


def test_no_word_is_kept_that_nobody_asks_for() -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in SOURCES)
    plain = {key for key in PLAIN["en"] if not key.startswith(BUILT)}
    assert {key for key in plain if f"'{key}'" not in text and f'"{key}"' not in text} == set()


def test_every_code_of_the_house_has_its_words() -> None:
    grounds = {*PAUSE_GROUNDS, *HOUSE_GROUNDS, *WITHDRAW_GROUNDS, *RETRACT_GROUNDS}
    wanted = {
        *(f"state.{state}" for state in STATES),
        *(f"ground.{ground}" for ground in grounds),
        *(f"no.{code}" for code in BID_CODES),
        *(f"says.{kind}" for kind in SAID_KINDS),
        *(f"kind.{kind}" for kind in SELLER_KINDS),
        *(f"category.{category}" for category in CATEGORIES),
        *(f"lot.preset.{preset}" for preset in PRESETS),
    }
    assert wanted <= PLAIN["en"], wanted - PLAIN["en"]


def test_words_are_said_in_the_language_and_trade_of_the_page() -> None:
    words = Words({"en": LISTS["en"], "zh": LISTS["zh"]})
    assert words.say("zh", "lot.start") == "起始价"
    assert words.say("zh", "lot.start", judicial=True) == "起拍价"
    assert words.say("zh", "band.sold_to", judicial=True, code="K7Q2") == "买受人：竞买代码 K7Q2"
    assert words.say("en", "lot.attempt", n=2) == "Attempt 2"
    assert words.region("zh", "ZJ") == "浙江" and words.region("en", "QQ") == "QQ"
    with pytest.raises(KeyError):
        words.say("en", "lot.nonsense")
