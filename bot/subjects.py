"""A paper or procedure named by itself: "sổ đỏ" asks what about it, "mất căn cước" asks how it is done."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from nlu.text import fold, normalise

_WORD = re.compile(r"[^\W_]+")
_MOST_WORDS = 9
_LONGEST = 200  # letters; a longer message tells more than a name or a wish, and is not looked at

_Phrases = frozenset[tuple[str, ...]]  # words


@dataclass(frozen=True, slots=True)
class Subjects:
    """Phrases as words without marks; made from `subjects` in texts.yml.

    They overlap ("cho", "hỏi", "cho hỏi"), so that a pattern would try every way to cut a message: the places that
    a phrase can end at are followed instead, once for each word.
    """

    names: _Phrases
    verbs: _Phrases
    fillers: _Phrases
    trouble: re.Pattern[str]

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> Subjects:
        names, verbs, fillers = (_phrases(data[part]) for part in ("names", "verbs", "fillers"))
        trouble = "|".join(sorted((fold(phrase) for phrase in data["trouble"]), key=len, reverse=True))
        return cls(names=names, verbs=verbs, fillers=fillers, trouble=re.compile(rf"\b(?:{trouble})\b"))

    def names_only(self, text: str) -> bool:
        """Nothing but the name of a paper or procedure."""
        words = _words(text)
        named = _ends(words, _ends_of_any(words, {0}, self.fillers), self.names)
        return len(words) in _ends_of_any(words, named, self.fillers)

    def asks_for(self, text: str) -> bool:
        """A short wish for it ("mất căn cước", "xin làm lại sổ đỏ"), in which nothing went wrong at an office."""
        words = _words(text)
        if not words or len(words) > _MOST_WORDS or self.trouble.search(" ".join(words)):
            return False
        wished = _ends(words, _ends_of_any(words, {0}, self.fillers), self.verbs)
        return bool(_ends(words, _ends_of_any(words, wished, self.verbs | self.fillers), self.names))


def _words(text: str) -> list[str]:
    """The words without marks; none of a message that is too long for a name or a wish."""
    return _WORD.findall(fold(normalise(text)).lower()) if len(text) <= _LONGEST else []


def _ends(words: list[str], starts: set[int], phrases: _Phrases) -> set[int]:
    """Where one of the phrases ends that begins at one of the starts."""
    longest = max(map(len, phrases))
    return {
        end
        for start in starts
        for end in range(start + 1, min(start + longest, len(words)) + 1)
        if tuple(words[start:end]) in phrases
    }


def _ends_of_any(words: list[str], starts: set[int], phrases: _Phrases) -> set[int]:
    """Where any number of the phrases in a row end, none of them included."""
    reached, fresh = set(starts), set(starts)
    while fresh:
        fresh = _ends(words, fresh, phrases) - reached
        reached |= fresh
    return reached


def _phrases(phrases: list[str]) -> _Phrases:
    return frozenset(tuple(fold(phrase).split()) for phrase in phrases)
