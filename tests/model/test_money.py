"""Money in digits, in 万 and 亿, in millions, and in the capital characters of a document."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outcry.model.money import NUMERALS, format_capitals, format_short, format_wan, format_yuan, parse_fen
from outcry.model.terms import MAX_AMOUNT


@pytest.mark.parametrize(("text", "fen"), [("1", 1), ("32000000000", 32_000_000_000), ("9" * 15, MAX_AMOUNT)])
def test_an_amount_is_digits(text: str, fen: int) -> None:
    assert parse_fen(text) == fen


@pytest.mark.parametrize(
    "text",
    ["", "0", "01", "-1", "+1", "1.0", "1e3", "1_000", "1,000", " 1", "1 ", "1\n", "¥1", "0x1", "nan", "inf", "1" * 16,
     "١٢", "１２", "²", "一"],
)  # fmt: skip
def test_anything_else_is_no_amount(text: str) -> None:
    with pytest.raises(ValueError):
        parse_fen(text)


@pytest.mark.parametrize(
    ("fen", "yuan", "zh", "wan", "en"),
    [
        (32_000_000_000, "¥320,000,000.00", "3.2亿", "32,000万", "320.0 m"),
        (32_050_000_000, "¥320,500,000.00", "3.205亿", "32,050万", "320.5 m"),
        (6_545_490_000, "¥65,454,900.00", "6,545.49万", "6,545.49万", "65.45 m"),
        (551_000_000, "¥5,510,000.00", "551万", "551万", "5.51 m"),
        (1_178_751_100, "¥11,787,511.00", "1,178.75万", "1,178.75万", "11.78 m"),
        (9_999_999_999, "¥99,999,999.99", "9,999.99万", "9,999.99万", "99.99 m"),
        (10_000_000_000, "¥100,000,000.00", "1亿", "10,000万", "100.0 m"),
        (999_999, "¥9,999.99", "9,999.99元", "0.99万", "9,999.99"),
        (100_000_000, "¥1,000,000.00", "100万", "100万", "1.0 m"),
        (99_999_999, "¥999,999.99", "99.99万", "99.99万", "999,999.99"),
        (1_000_000, "¥10,000.00", "1万", "1万", "10,000"),
        (5_000_000, "¥50,000.00", "5万", "5万", "50,000"),
        (1, "¥0.01", "0.01元", "0万", "0.01"),
        (0, "¥0.00", "0元", "0万", "0"),
    ],
)
def test_figures(fen: int, yuan: str, zh: str, wan: str, en: str) -> None:
    assert (format_yuan(fen), format_short(fen, "zh"), format_wan(fen), format_short(fen, "en")) == (yuan, zh, wan, en)


@pytest.mark.parametrize(
    ("fen", "capitals"),
    [
        (32_000_000_000, "叁亿贰仟万元整"),
        (168_032, "壹仟陆佰捌拾元叁角贰分"),
        (10_700_053, "壹拾万柒仟元伍角叁分"),
        (1_640_902, "壹万陆仟肆佰零玖元零贰分"),
        (32_504, "叁佰贰拾伍元零肆分"),
        (140_950, "壹仟肆佰零玖元伍角整"),
        (600_714, "陆仟零柒元壹角肆分"),
        (1_000_000_100, "壹仟万零壹元整"),
        (10_000_100_000, "壹亿零壹仟元整"),
        (10_010_000_000, "壹亿零壹拾万元整"),
        (11_000_000_000, "壹亿壹仟万元整"),
        (10_000_000_500, "壹亿零伍元整"),
        (100_000_000_000_000, "壹万亿元整"),
        (100_500_000_000_000, "壹万零伍拾亿元整"),
        (999_999_999_999_999, "玖万玖仟玖佰玖拾玖亿玖仟玖佰玖拾玖万玖仟玖佰玖拾玖元玖角玖分"),
        (100, "壹元整"),
        (50, "伍角整"),
        (5, "伍分"),
        (55, "伍角伍分"),
        (0, "零元整"),
    ],
)
def test_capital_amounts(fen: int, capitals: str) -> None:
    assert format_capitals(fen) == capitals


@pytest.mark.parametrize("fen", [-1, MAX_AMOUNT + 1])
def test_no_capitals_for_what_is_no_amount(fen: int) -> None:
    with pytest.raises(ValueError):
        format_capitals(fen)


@given(st.integers(0, MAX_AMOUNT))
def test_capitals_say_the_amount_and_nothing_twice(fen: int) -> None:
    words = format_capitals(fen)
    assert "零零" not in words
    assert _read_capitals(words) == fen


def _read_capitals(words: str) -> int:
    """The amount again, by the plain way of reading: digit times place, 万 and 亿 times all before."""
    total = section = digit = 0
    for letter in words:
        if letter in NUMERALS:
            digit = NUMERALS.index(letter)
        elif letter in "拾佰仟":
            section += digit * 10 ** ("拾佰仟".index(letter) + 1)
            digit = 0
        elif letter == "万":
            section, digit = (section + digit) * 10_000, 0
        elif letter == "亿":
            total, section, digit = (total + section + digit) * 100_000_000, 0, 0
        elif letter == "元":
            total, section, digit = (total + section + digit) * 100, 0, 0
        elif letter in "角分":
            total, digit = total + digit * (10 if letter == "角" else 1), 0
    return total
