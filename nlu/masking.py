"""Takes what points to a person out of a message before it becomes a training example."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

import yaml

from nlu.gazetteer import DATA
from nlu.place_words import context_words
from nlu.text import fold, normalise

NAME = "N"  # stands for a person
_NAMES = DATA / "names.yml"
_EMAIL = re.compile(r"\S+@\S+\.\S+|https?://\S+|www\.\S+")
_DIGIT = re.compile(r"\d")
_AGAIN = re.compile(rf"\b{NAME}(?: {NAME}\b)+")
_UPPER = "".join(c for c in map(chr, range(0x41, 0x1EFF)) if c.isupper() and fold(c).isascii())
_CAPITAL = rf"[{_UPPER}][^\W\d_]*"
_WORD = r"[^\W\d_]+"


def masked(text: str, *, names: Iterable[str] = ()) -> str:
    """Every digit as 0, addresses of the net, the given names and what is written like a person's name as one letter.

    The text comes out normalised (`nlu.text`), as classifiers read it; they read digits as one anyway. Given names go
    in whichever marks they are written. A place or a word that looks like a name may go too, which costs little.
    """
    text = _EMAIL.sub(NAME, normalise(text))
    for name in names:
        text = _without(name, text)
    for pattern in _patterns():
        text = pattern.sub(lambda m: f"{m.groupdict().get('kept') or ''}{NAME}", text)
    return _DIGIT.sub("0", _AGAIN.sub(NAME, text))


def _without(name: str, text: str) -> str:
    """The name, its neighbouring words and its single words go; a middle name that half the country has stays."""
    parts = normalise(name).split()
    for size in range(len(parts), 1, -1):
        for at in range(len(parts) - size + 1):
            text = _cut(rf"\b{re.escape(fold(' '.join(parts[at : at + size])))}\b", text)
    for part in (part for part in parts if part.lower() not in _data()["middles"]):
        text = _cut(rf"\b{re.escape(fold(part))}\b", text, alike=part if len(part) < 3 else None)
    return text


def _cut(folded_pattern: str, text: str, *, alike: str | None = None) -> str:
    """Replace what the pattern finds in the folded text; `alike`: only where no other marks than its are written."""
    for found in reversed(list(re.finditer(folded_pattern, fold(text)))):
        written = text[found.start() : found.end()]
        if alike is None or all(c.lower() in (own.lower(), fold(own)) for c, own in zip(written, alike, strict=True)):
            text = f"{text[: found.start()]}{NAME}{text[found.end() :]}"
    return text


@lru_cache(maxsize=1)
def _patterns() -> tuple[re.Pattern[str], ...]:
    """From sure signs to weak ones; what stands before the name is the group `kept`."""
    title, function, presents = _any("titles"), _any("functions"), _any("presents")
    sign = rf"(?i:{title}|{function}|{presents})"
    surname, middle, other = _any("surnames"), _any("middles"), _any("no_names")
    given = rf"(?!(?i:{_any('no_pairs')})\b)(?i:{_any('given')})\b"
    word, capital = rf"(?!(?i:{other})\b){_WORD}", rf"(?!(?i:{other})\b){_CAPITAL}"
    marked = "|".join(_data()["titles_marked"])
    shapes = (
        rf"(?P<kept>\b(?i:{_any('introduces')})(?: ?[:,-] ?| )){_WORD}(?: {word}){{0,3}}\b",
        rf"(?P<kept>\b(?i:{_any('may_introduce')})(?: ?[:,-] ?| )){word}(?: {word}){{0,3}}\b",
        rf"(?P<kept>\b(?i:{title}) ){_CAPITAL}(?: {_CAPITAL}){{0,3}}",
        rf"(?P<kept>\b(?i:{function}|{presents}) ){capital}(?: {_CAPITAL}){{0,3}}",
        rf"\b(?=[{_UPPER}])(?i:{surname})(?: {_CAPITAL}){{1,4}}",
        rf"\b(?i:{surname}) (?i:{middle})(?: {word}){{1,2}}\b",
        rf"\b(?i:{_any('surnames_only')})(?: {word}){{1,3}}\b",
        rf"(?P<kept>\b(?i:{presents}) )(?i:{surname})(?: {word}){{1,3}}\b",
        rf"(?P<kept>\b{sign} )(?i:{surname})(?: {word}){{0,2}} {given}",
        rf"(?P<kept>\b{sign} ){given}(?: {given})?",
        rf"(?P<kept>\b(?i:{marked}) ){word}\b",
    )
    return tuple(map(re.compile, shapes))


def _any(group: str) -> str:
    """A pattern for each word of a group, with its marks and without them, the longest first."""
    words = set(_data()[group]) | (context_words()["surname"] if group == "surnames" else set())
    return "|".join(sorted(map(re.escape, words | set(map(fold, words))), key=lambda word: (-len(word), word)))


@lru_cache(maxsize=1)
def _data() -> dict[str, list[str]]:
    read = yaml.safe_load(_NAMES.read_text(encoding="utf-8"))
    return {group: words.split() if isinstance(words, str) else words for group, words in read.items()}
