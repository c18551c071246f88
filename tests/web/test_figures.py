"""Figures as people read them."""

import pytest

from outcry.web import figures
from outcry.web.preferences import Language

YUAN = 100
AT = 1_700_000_381_208  # 2023-11-15 06:19:41.208 in Shanghai


@pytest.mark.parametrize(
    ("fen", "text"),
    [(312_000_000 * YUAN, "312,000,000"), (1, "0.01"), (100, "1"), (65_454_900 * YUAN + 50, "65,454,900.50")],
)
def test_yuan_are_grouped_and_fen_shown_only_where_there_are_any(fen: int, text: str) -> None:
    assert figures.yuan(fen) == text


@pytest.mark.parametrize(
    ("yuan", "language", "text"),
    [
        (312_000_000, "zh", "3.12 亿"), (320_000_000, "zh", "3.2 亿"), (5_510_000, "zh", "551 万"),
        (9_999, "zh", "9,999 元"),
        (312_000_000, "en", "312 m"), (5_510_000, "en", "5.51 m"), (11_787_511, "en", "11.788 m"),
        (58_000, "en", "58,000"),
    ],
)  # fmt: skip
def test_short_figures_speak_the_language_s_units(yuan: int, language: Language, text: str) -> None:
    assert figures.short(yuan * YUAN, language) == text


@pytest.mark.parametrize(
    ("part", "whole", "text"), [(300, 891, "33.7%"), (1, 3, "33.3%"), (1, 2000, "0.1%"), (7, 7, "100.0%")]
)
def test_shares_are_rounded_half_up_in_integers(part: int, whole: int, text: str) -> None:
    assert figures.percent(part, whole) == text


@pytest.mark.parametrize(
    ("ms", "text"),
    [(0, "00:00"), (-5, "00:00"), (999, "00:00"), (59_999, "00:59"), (3_600_000, "1:00:00"), (90_061_000, "25:01:01")],
)
def test_a_countdown_never_shows_more_than_is_left(ms: int, text: str) -> None:
    assert figures.left(ms) == text


def test_times_are_the_house_s() -> None:
    assert figures.clock(AT, "Asia/Shanghai", millis=True) == "06:19:41.208"
    assert figures.clock(AT, "UTC") == "22:19:41"
    assert figures.moment(AT, AT + 1000, "Asia/Shanghai", "en") == "06:19:41"
    assert figures.moment(AT, AT + 86_400_000, "Asia/Shanghai", "en") == "15 Nov 06:19:41"
    assert figures.moment(AT, AT + 86_400_000, "Asia/Shanghai", "zh") == "11月15日 06:19:41"


def test_zones_are_named() -> None:
    assert figures.zone_name("Asia/Shanghai", AT, "zh") == "北京时间"
    assert figures.zone_name("Asia/Shanghai", AT, "en") == "UTC+8"
    assert figures.zone_name("Asia/Kolkata", AT, "en") == "UTC+5:30"
    assert figures.zone_name("America/New_York", AT, "en") == "UTC-5"


def test_durations_are_whole_hours_minutes_or_seconds() -> None:
    assert [figures.duration(ms, "en") for ms in (86_400_000, 300_000, 480_000, 90_000)] == [
        "24 h",
        "5 min",
        "8 min",
        "90 s",
    ]
    assert figures.duration(300_000, "zh") == "5 分钟"


def test_chinese_in_an_english_text_is_marked_and_markup_is_not_believed() -> None:
    assert figures.mixed("3 debtors (岐纶纺织 <b>)") == '3 debtors (<span lang="zh">岐纶纺织</span> &lt;b&gt;)'
