"""A satisfaction rating in a citizen's own words: "4", "bốn sao", "rất hài lòng", "hổng hài lòng", "⭐⭐⭐⭐"."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from nlu.text import fold, normalise

FILE = Path(__file__).parent / "data" / "rating_words.yml"
WORD_SCALE = 5
"""Words are known for the scale of five levels; on another one only numbers and stars are understood."""
LONGEST = 40
"""Words. A longer message tells a story, and its adjectives are not a rating."""

_FULL_STARS, _EMPTY_STARS = "⭐★🌟", "☆"
_TOKEN = re.compile(r"\d+(?:[.,]\d+)?(?:\s*/\s*\d+)?|[^\W\d_]+")
_NUMBER = re.compile(r"(\d+)(?:\s*/\s*(\d+))?")


@dataclass(frozen=True, slots=True)
class _Piece:
    """A run of words with one role; `level` where the role carries one."""

    role: str
    level: int = 0


def understand(text: str, scale: int = WORD_SCALE) -> int | None:
    """The level 1..scale that the text gives, or None where it gives none, or more than one."""
    stars = sum(text.count(star) for star in _FULL_STARS)
    if stars or _EMPTY_STARS in text:
        return _from_stars(text, stars, scale)
    tokens = _TOKEN.findall(normalise(text.replace("\u20e3", "")).lower())
    if not tokens or len(tokens) > LONGEST or text.rstrip().endswith("?"):
        return None
    pieces = _pieces(tokens, scale)
    if any(piece.role == "contrasts" for piece in pieces):
        return None
    levels = _levels_in_words(pieces) if scale == WORD_SCALE else set()
    levels |= _levels_in_numbers(pieces)
    return levels.pop() if len(levels) == 1 and None not in levels else None


def _from_stars(text: str, stars: int, scale: int) -> int | None:
    has_words = any(c.isalnum() for c in text)
    return stars if 1 <= stars <= scale and not has_words else None


def _levels_in_words(pieces: Sequence[_Piece]) -> set[int | None]:
    """The levels of all expressions; None among them for one that cannot be told, such as a negation of nothing."""
    levels: set[int | None] = {piece.level for piece in pieces if piece.role == "phrases"}
    used: set[int] = set()
    for at, piece in enumerate(pieces):
        if piece.role == "words":
            before = _modifiers_before(pieces, at)
            used.update(before)
            levels.add(_modified(piece.level, [pieces[i].role for i in before], _role_after(pieces, at)))
    dangling = any(piece.role == "negators" for at, piece in enumerate(pieces) if at not in used)
    return levels | {None} if dangling else levels


def _modifiers_before(pieces: Sequence[_Piece], at: int) -> list[int]:
    roles = ("negators", "intensifiers", "softeners", "between")
    start = at
    while start > 0 and pieces[start - 1].role in roles:
        start -= 1
    return list(range(start, at))


def _role_after(pieces: Sequence[_Piece], at: int) -> str:
    return pieces[at + 1].role if at + 1 < len(pieces) else ""


def _modified(level: int, before: Sequence[str], after: str) -> int | None:
    negations = before.count("negators")
    if negations > 1:
        return None
    if negations:
        first = before.index("negators")
        return _negated(level, stressed="intensifiers" in before[:first], after=after)
    if level == 3 or "softeners" in before:
        return level
    strong = "intensifiers" in before or after in ("intensifiers_after", "intensifiers")
    return (5 if level > 3 else 1) if strong else level


def _negated(level: int, *, stressed: bool, after: str) -> int | None:
    """ "không hài lòng" is 2, "rất không hài lòng" and "không hài lòng chút nào" 1, "không tệ" 3."""
    if after == "negators" or level in (1, 3, 5):
        return None
    if level == 2:
        return None if stressed else 3
    return 1 if stressed or after == "none_at_all" else 2


def _levels_in_numbers(pieces: Sequence[_Piece]) -> set[int | None]:
    """Numbers count where nothing but fillers stands beside them, or where a unit follows: "4 ngày" is no rating."""
    known = {"fillers", "units", "number", "between", "softeners"}
    bare = all(piece.role in known or piece.role in ("words", "phrases", "intensifiers") for piece in pieces)
    levels: set[int | None] = set()
    for at, piece in enumerate(pieces):
        if piece.role == "number" and (bare or _role_after(pieces, at) == "units"):
            levels.add(piece.level or None)
    return levels


def _pieces(tokens: Sequence[str], scale: int) -> list[_Piece]:
    """Cut the words into known expressions, the longest first."""
    pieces, at = [], 0
    while at < len(tokens):
        if tokens[at][0].isdigit():
            pieces.append(_Piece("number", _number(tokens[at], scale)))
            at += 1
            continue
        length, piece = _longest_match(tokens[at:])
        pieces.append(piece)
        at += length
    return pieces


def _number(token: str, scale: int) -> int:
    """0 for what is no level of the scale: "4/10", "4,5", "7"."""
    match = _NUMBER.fullmatch(token)
    if not match or (match[2] and int(match[2]) != scale):
        return 0
    return int(match[1]) if 1 <= int(match[1][:9]) <= scale else 0


def _longest_match(tokens: Sequence[str]) -> tuple[int, _Piece]:
    for words, piece in _expressions().get(fold(tokens[0]), ()):
        if len(words) <= len(tokens) and all(_same(token, word) for token, word in zip(tokens, words, strict=False)):
            return len(words), piece
    return 1, _Piece("unknown")


def _same(token: str, word: str) -> bool:
    """Marks may be missing, but none may be another one: "hài long" is "hài lòng", "hái lòng" is not."""
    if word in _only_with_marks():
        return token == word
    return len(token) == len(word) and all(t in (w, fold(w)) for t, w in zip(token, word, strict=True))


@lru_cache(maxsize=1)
def _data() -> Mapping[str, Any]:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    data: Mapping[str, Any] = yaml.load(FILE.read_text(encoding="utf-8"), Loader=loader)  # noqa: S506
    return data


@lru_cache(maxsize=1)
def _only_with_marks() -> frozenset[str]:
    return frozenset(_data()["only_with_marks"])


@lru_cache(maxsize=1)
def _expressions() -> dict[str, list[tuple[tuple[str, ...], _Piece]]]:
    """First bare word -> expressions, longest first; among equals the role that stands earlier in the file."""
    found: dict[str, list[tuple[tuple[str, ...], _Piece]]] = {}
    for role, entries in _data().items():
        if role == "only_with_marks":
            continue
        for level, texts in entries.items() if isinstance(entries, dict) else [(0, entries)]:
            for text in texts:
                words = tuple(normalise(text).lower().split())
                piece = _Piece("number" if role == "numbers" else role, level)
                found.setdefault(fold(words[0]), []).append((words, piece))
    return {first: _longest_first(expressions) for first, expressions in found.items()}


def _longest_first(
    expressions: Iterable[tuple[tuple[str, ...], _Piece]],
) -> list[tuple[tuple[str, ...], _Piece]]:
    return sorted(expressions, key=lambda expression: -len(expression[0]))
