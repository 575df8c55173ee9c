"""Messages about the conversation itself: questions on who reads this, insults, a language that is not understood."""

from __future__ import annotations

import re

from bot.phrases import Said
from bot.texts import Common, Texts
from nlu.text import normalise

_LETTER = re.compile(r"[^\W\d_]")
_LATIN = re.compile(r"[A-Za-z\u00c0-\u024f\u1e00-\u1eff]")
_ENGLISH_WORDS = """
i want please hello report near house live with are you have this that for help need how what where street road
ward is and of my your government office complaint hi thanks thank can speak english language would like
"""
_ENGLISH = frozenset(_ENGLISH_WORDS.split())
_WORD = re.compile(r"[^\W\d_]+")
_MOST_WORDS = 14


def is_foreign(text: str) -> bool:
    """Whether the message is in another script, or in English; unmarked Vietnamese is neither."""
    letters = _LETTER.findall(text)
    if letters and sum(not _LATIN.match(letter) for letter in letters) * 2 > len(letters):
        return True
    words = [word.lower() for word in _WORD.findall(text)]
    known = sum(word in _ENGLISH for word in words)
    return text.isascii() and known >= 3 and known * 3 >= len(words)


def common_answer(text: str, texts: Texts) -> Common | None:
    """The approved answer to a question that is the same for everybody, where a short message asks one."""
    said = Said.of(text)
    if len(said.words.split()) > _MOST_WORDS:
        return None
    fitting = (entry for entry in texts.common if entry.phrases.stand_in(said) and not entry.unless.stand_in(said))
    return next(fitting, None)


def without_insults(text: str, texts: Texts) -> str | None:
    """What the message says beside its abuse; None when it holds none."""
    marked = f" {' '.join(_WORD.findall(normalise(text).lower()))} "
    rest = marked
    for phrase in texts.insults:
        rest = rest.replace(f" {phrase} ", "  ")
    return None if rest == marked else rest
