"""Phrases as data: whole words, with marks or without as the message was written, and gaps between them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from nlu.text import fold, marked_share, normalise

_MARKED = 0.2
_WORD = re.compile(r"\w+")
_GAP = r"(?:\w+ ){0,4}"


@dataclass(frozen=True, slots=True)
class Said:
    """The words of a message in lower case with one space between them; folded when it was written without marks."""

    words: str
    without_marks: bool

    @classmethod
    def of(cls, text: str) -> Said:
        plain = normalise(text).lower()
        bare = marked_share(text) < _MARKED
        return cls(" ".join(_WORD.findall(fold(plain) if bare else plain)), bare)


@dataclass(frozen=True, slots=True)
class Phrases:
    """Patterns for a message with marks, and those that also hold for one written without."""

    marked: re.Pattern[str] | None
    unmarked: re.Pattern[str] | None

    @classmethod
    def of(cls, phrases: Sequence[str]) -> Phrases:
        """From phrases written with marks. "…" stands for up to four words; after "=" only a text with marks has it."""
        marked = [phrase.removeprefix("=") for phrase in phrases]
        unmarked = [fold(phrase) for phrase in phrases if not phrase.startswith("=")]
        return cls(_pattern(marked), _pattern(unmarked))

    def stand_in(self, said: Said) -> bool:
        pattern = self.unmarked if said.without_marks else self.marked
        return pattern is not None and pattern.search(said.words) is not None


def _pattern(phrases: Sequence[str]) -> re.Pattern[str] | None:
    if not phrases:
        return None
    alternatives = (normalise(phrase).lower().replace("… ", _GAP) for phrase in phrases)
    return re.compile(r"(?<!\w)(?:" + "|".join(alternatives) + r")(?!\w)")
