"""A paper or procedure named by itself: "sổ đỏ" asks what about it, "mất căn cước" asks how it is done."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from nlu.text import fold, normalise

_WORD = re.compile(r"[^\W_]+")
_MOST_WORDS = 9


@dataclass(frozen=True, slots=True)
class Subjects:
    """Patterns over the words without marks; made from `subjects` in texts.yml."""

    bare: re.Pattern[str]
    wish: re.Pattern[str]
    trouble: re.Pattern[str]

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> Subjects:
        names, verbs, fillers, trouble = (_either(data[part]) for part in ("names", "verbs", "fillers", "trouble"))
        lead = f"(?:(?:{fillers}) )*"
        return cls(
            bare=re.compile(f"{lead}(?:{names})(?: (?:{fillers}))*"),
            wish=re.compile(rf"{lead}(?:{verbs}) (?:(?:{verbs}|{fillers}) )*(?:{names})\b"),
            trouble=re.compile(rf"\b(?:{trouble})\b"),
        )

    def names_only(self, text: str) -> bool:
        """Nothing but the name of a paper or procedure."""
        return self.bare.fullmatch(_plain(text)) is not None

    def asks_for(self, text: str) -> bool:
        """A short wish for it ("mất căn cước", "xin làm lại sổ đỏ"), in which nothing went wrong at an office."""
        plain = _plain(text)
        short = len(plain.split()) <= _MOST_WORDS
        return short and self.wish.match(plain) is not None and self.trouble.search(plain) is None


def _plain(text: str) -> str:
    return " ".join(_WORD.findall(fold(normalise(text)).lower()))


def _either(phrases: list[str]) -> str:
    return "|".join(sorted((fold(phrase) for phrase in phrases), key=len, reverse=True))
