"""Takes what points to a person out of a message before it becomes a training example."""

from __future__ import annotations

import re
from collections.abc import Iterable

from nlu.place_words import context_words
from nlu.text import fold

NAME = "N"  # stands for a person
_EMAIL = re.compile(r"\S+@\S+\.\S+|https?://\S+|www\.\S+")
_DIGIT = re.compile(r"\d")
_TITLES = "ông bà anh chị cô chú bác cậu thầy em con cháu cụ dì mợ thím dượng tên đồng chí"
_UPPER = "".join(c for c in map(chr, range(0x41, 0x1EFF)) if c.isupper() and fold(c).isascii())
_NAME_WORD = rf"[{_UPPER}][^\W\d_]*"
_TITLED = re.compile(rf"\b(?P<title>(?i:{'|'.join(_TITLES.split())}))(?: {_NAME_WORD}){{1,4}}")
_CAPITALS = re.compile(rf"\b{_NAME_WORD}(?: {_NAME_WORD}){{1,4}}")


def masked(text: str, *, names: Iterable[str] = ()) -> str:
    """Every digit as 0, addresses of the net, the given names and what is written like a person's name as one letter.

    Classifiers read digits as one anyway; a place whose name begins like a surname may go too, which costs little.
    """
    text = _EMAIL.sub(NAME, text)
    for name in names:
        for part in (name, *[word for word in name.split() if len(word) > 2]):
            text = re.sub(rf"\b{re.escape(part)}\b", NAME, text, flags=re.IGNORECASE) if part.strip() else text
    text = _TITLED.sub(lambda m: f"{m['title']} {NAME}", text)
    text = _CAPITALS.sub(lambda m: _without_person(m[0]), text)
    return _DIGIT.sub("0", text)


def _without_person(words: str) -> str:
    """Capitalised words from the first surname on that another word follows: "Đường Trần Phú" is "Đường N"."""
    surnames = context_words()["surname"]
    known = surnames | frozenset(map(fold, surnames))
    run = words.split()
    at = next((i for i, word in enumerate(run[:-1]) if word.lower() in known), None)
    return words if at is None else " ".join([*run[:at], NAME])
