"""Figures as people read them: money, shares, times and durations. The browser's twins are in ``static/js/core``.

Money in fen, times in ms since 1970, durations in ms.
"""

import re
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from markupsafe import Markup, escape

from .preferences import Language

_UNITS: Final[dict[Language, tuple[tuple[int, int, str], ...]]] = {
    "zh": ((10**10, 4, "亿"), (10**6, 2, "万")),
    "en": ((10**8, 3, "m"),),
}
"""Per language: from how many fen on, decimals kept, the unit's name."""

_CHINESE: Final = re.compile(r"[\u2e80-\u9fff\uf900-\ufaff\u3000-\u303f\uff00-\uffef]+(?:[·\s][\u2e80-\u9fff]+)*")


def yuan(fen: int) -> str:
    """``312,000,000``; fen only where there are any."""
    whole, rest = divmod(fen, 100)
    return f"{whole:,}.{rest:02d}" if rest else f"{whole:,}"


def short(fen: int, language: Language) -> str:
    """``3.12 亿``, ``312 m``: a help for the eye, always beside the exact figure."""
    for unit, decimals, name in _UNITS[language]:
        if fen >= unit:
            scale = 10**decimals
            scaled = (fen * scale + unit // 2) // unit
            text = f"{scaled // scale:,}.{scaled % scale:0{decimals}d}".rstrip("0").rstrip(".")
            return f"{text} {name}"
    return f"{yuan(fen)} 元" if language == "zh" else yuan(fen)


def percent(part: int, whole: int) -> str:
    """One decimal, rounded half up, in integers."""
    tenths = (part * 2000 + whole) // (2 * whole)
    return f"{tenths // 10}.{tenths % 10}%"


def clock(at: int, zone: str, millis: bool = False) -> str:
    """``14:59:41`` or ``14:59:41.208`` in the house's zone."""
    moment = datetime.fromtimestamp(at // 1000, ZoneInfo(zone))
    return f"{moment:%H:%M:%S}.{at % 1000:03d}" if millis else f"{moment:%H:%M:%S}"


def moment(at: int, now: int, zone: str, language: Language) -> str:
    """The clock alone for the same civil day, else with its date."""
    there, here = (datetime.fromtimestamp(ms // 1000, ZoneInfo(zone)) for ms in (at, now))
    if there.date() == here.date():
        return f"{there:%H:%M:%S}"
    date = f"{there.month}月{there.day}日" if language == "zh" else f"{there.day} {there:%b}"
    return f"{date} {there:%H:%M:%S}"


def zone_name(zone: str, at: int, language: Language) -> str:
    """``北京时间`` or ``UTC+8``."""
    if language == "zh" and zone in ("Asia/Shanghai", "Asia/Chongqing", "PRC"):
        return "北京时间"
    offset = datetime.fromtimestamp(at // 1000, ZoneInfo(zone)).utcoffset()
    minutes = int(offset.total_seconds()) // 60 if offset is not None else 0
    hours, rest = divmod(abs(minutes), 60)
    return f"UTC{'-' if minutes < 0 else '+'}{hours}" + (f":{rest:02d}" if rest else "")


def left(ms: int) -> str:
    """A countdown at whole seconds: ``05:12``, ``49:00:00``. It never shows more than is left."""
    seconds = max(0, ms // 1000)
    hours, rest = divmod(seconds, 3600)
    text = f"{rest // 60:02d}:{rest % 60:02d}"
    return f"{hours}:{text}" if hours else text


def duration(ms: int, language: Language) -> str:
    """``24 h``, ``5 min``, ``20 s``; ``24 小时``, ``5 分钟``, ``20 秒``."""
    names = {"en": ("h", "min", "s"), "zh": ("小时", "分钟", "秒")}[language]
    seconds = ms // 1000
    for size, name in zip((3600, 60), names, strict=False):
        if seconds >= size and seconds % size == 0:
            return f"{seconds // size} {name}"
    return f"{seconds} {names[2]}"


def mixed(text: str) -> Markup:
    """Marks the Chinese inside an English page, so that it is read and drawn as Chinese."""
    parts, last = [], 0
    for found in _CHINESE.finditer(text):
        parts += [escape(text[last : found.start()]), Markup('<span lang="zh">{}</span>').format(found.group())]
        last = found.end()
    return Markup("").join([*parts, escape(text[last:])])
