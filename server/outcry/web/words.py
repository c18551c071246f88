"""The word lists: one file a language, the same for the templates here and for the browser there.

A key may have a second form, ``key@judicial``: 拍卖 is a licensed trade, so a court's sale and a commercial one are not
called the same.
"""

from collections.abc import Mapping
from typing import Final

import orjson

from .preferences import Language
from .static import Static

LANGUAGES: Final[tuple[Language, ...]] = ("en", "zh")


class Words:
    """All lists, read once. A key that no list holds is a ``KeyError``: a page never shows the name of a word."""

    def __init__(self, lists: Mapping[Language, Mapping[str, str]]) -> None:
        self._lists = lists

    @classmethod
    def read(cls, static: Static) -> "Words":
        return cls({language: orjson.loads(static.read(f"words/{language}.json")) for language in LANGUAGES})

    def say(self, language: Language, key: str, judicial: bool = False, **values: object) -> str:
        """The word of a key with its ``{names}`` filled in."""
        words = self._lists[language]
        text = words[key]
        if judicial:
            text = words.get(f"{key}@judicial", text)
        return text.format(**values) if values else text

    def region(self, language: Language, code: str) -> str:
        """A province by its two letters; a code that we do not know is shown as it is."""
        return self._lists[language].get(f"region.{code}", code)
