"""Finds listed phrases in a message as whole words; a diacritic left out is forgiven, a different one is not."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

from nlu.text import fold, normalise

_WORD = re.compile(r"[^\W_]+")


class Words:
    """The words of a text, for many phrase searches. "tuy" may be read as "túy", but "tùy" may not."""

    def __init__(self, text: str) -> None:
        self._marked = [word.lower() for word in _WORD.findall(normalise(text))]
        self._folded = f" {' '.join(fold(word) for word in self._marked)} "

    def spans(self, phrase: str) -> Iterator[tuple[int, int]]:
        """Where the phrase stands: half-open ranges of word numbers."""
        wanted, folded = _phrase(phrase)
        at = self._folded.find(folded)
        while at >= 0:
            first = self._folded.count(" ", 0, at)
            if all(map(_could_be, self._marked[first : first + len(wanted)], wanted)):
                yield first, first + len(wanted)
            at = self._folded.find(folded, at + 1)

    def has(self, phrase: str) -> bool:
        return next(self.spans(phrase), None) is not None

    def stands_before(self, place: int, phrase: str) -> bool:
        """Whether the phrase ends just before word number `place`, with at most one word ("ông", "bà") between."""
        return any(end in (place, place - 1) for _, end in self.spans(phrase))


@lru_cache(maxsize=4096)
def _phrase(phrase: str) -> tuple[tuple[str, ...], str]:
    wanted = tuple(word.lower() for word in _WORD.findall(normalise(phrase)))
    return wanted, f" {' '.join(fold(word) for word in wanted)} "


@lru_cache(maxsize=16384)
def _could_be(written: str, meant: str) -> bool:
    """Whether `written` is `meant`, perhaps with some marks left out; both fold to the same letters."""
    pairs = zip(_letters(written), _letters(meant), strict=False)
    return all(marks <= meant_marks for marks, meant_marks in pairs)


def _letters(word: str) -> list[frozenset[str]]:
    """The marks of each letter, the bar of đ among them."""
    letters: list[set[str]] = []
    for char in unicodedata.normalize("NFD", word):
        if unicodedata.combining(char):
            letters[-1].add(char)
        else:
            letters.append({"-"} if char == "đ" else set())
    return [frozenset(marks) for marks in letters]
