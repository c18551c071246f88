"""Money for human eyes. Inside the house it is an integer of fen; these are the forms in which people read it."""

import re

from .terms import MAX_AMOUNT

FEN = 100
WAN = 10_000
YI = 100_000_000
MILLION = 1_000_000

DIGITS = re.compile(r"[1-9][0-9]{0,14}")
NUMERALS = "零壹贰叁肆伍陆柒捌玖"
PLACES = ("仟", "佰", "拾", "")


def parse_fen(text: str) -> int:
    """The amount that a border takes: 1 to 15 ASCII digits, no zero in front, nothing else; else ``ValueError``."""
    if DIGITS.fullmatch(text) is None:
        raise ValueError("an amount is 1 to 15 digits of fen, without a leading zero")
    return int(text)


def format_yuan(fen: int) -> str:
    """The exact figure: ``¥320,000,000.00``."""
    return f"¥{fen // FEN:,}.{fen % FEN:02}"


def format_short(fen: int, language: str) -> str:
    """A figure to glance at: ``3.2亿`` in ``zh``, ``320.0 m`` in ``en``. Cut: no price may look higher than it is."""
    yuan = fen // FEN
    if language == "zh":
        if yuan >= YI:
            return f"{_cut(fen, YI, 4)}亿"
        return format_wan(fen) if yuan >= WAN else f"{_cut(fen, 1, 2)}元"
    return f"{_cut(fen, MILLION, 2, least=1)} m" if yuan >= MILLION else _cut(fen, 1, 2)


def format_wan(fen: int) -> str:
    """In ten thousands, as Chinese notices count: ``32,000万``, to the hundredth of one."""
    return f"{_cut(fen, WAN, 2)}万"


def format_capitals(fen: int) -> str:
    """The capital amount of a Chinese document, which nobody can alter: ``叁亿贰仟万元整``.

    ``整`` closes every amount that ends with whole 元 or 角. ``ValueError`` outside 0 … 15 digits.
    """
    if not 0 <= fen <= MAX_AMOUNT:
        raise ValueError("an amount has at most 15 digits")
    yuan, jiao, cents = fen // FEN, fen // 10 % 10, fen % 10
    words = f"{_capital_number(yuan)}元" if yuan or not fen else ""
    if jiao:
        words += f"{NUMERALS[jiao]}角"
    elif yuan and cents:
        words += NUMERALS[0]
    return words + (f"{NUMERALS[cents]}分" if cents else "整")


def _cut(fen: int, unit: int, places: int, least: int = 0) -> str:
    """``fen`` in units of so many yuan, cut to ``places`` decimals, of which ``least`` stay though zero."""
    scaled = fen * 10**places // (unit * FEN)
    decimals = f"{scaled % 10**places:0{places}}".rstrip("0").ljust(least, "0")
    whole = f"{scaled // 10**places:,}"
    return f"{whole}.{decimals}" if decimals else whole


def _capital_number(number: int) -> str:
    """A zero is said once where places are missing in between, and never at the end."""
    for unit, word in ((YI, "亿"), (WAN, "万")):
        if number >= unit:
            rest = number % unit
            gap = NUMERALS[0] if 0 < rest < unit // 10 else ""
            return _capital_number(number // unit) + word + gap + (_capital_number(rest) if rest else "")
    words = ""
    for digit, place in zip(f"{number:04}", PLACES, strict=True):
        if digit != "0":
            words += NUMERALS[int(digit)] + place
        elif words and not words.endswith(NUMERALS[0]):
            words += NUMERALS[0]
    return words.rstrip(NUMERALS[0]) or NUMERALS[0]
