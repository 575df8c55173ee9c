"""The words under which a case is found, as numbers, and how a searcher's words are read: pure rules."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from nlu.text import fold
from nlu.text import words as written_words

MOST_WORDS = 10
SHORTEST_BEGINNING = 4


def words_of_case(text: str, *, code: str, dossier: str | None) -> set[str]:
    """Each distinct word of the text as written and without marks, and the parts of both codes.

    A part of the dossier's code is also found by its beginning, from four characters on: the date that somebody
    remembers only half.
    """
    found = set(written_words(text))
    found |= {fold(word) for word in found} | set(written_words(code))
    for part in written_words(dossier or ""):
        found |= {part, *(part[:end] for end in range(SHORTEST_BEGINNING, len(part)))}
    return found


def wanted_words(query: str) -> Iterator[tuple[str, ...]]:
    """What a searcher asks for, the best reading first: the words as they were typed, then without their marks.

    Nothing where the query holds no word at all.
    """
    typed = tuple(written_words(query)[:MOST_WORDS])
    bare = tuple(fold(word) for word in typed)
    if typed:
        yield typed
    if bare != typed:
        yield bare


def numbers(words: Iterable[str]) -> list[int]:
    """Each word as a signed number of 32 bits, sorted: a quarter of the space, and nothing that could be read."""
    return sorted({zlib.crc32(word.encode()) - 2**31 for word in words})


def office_word(office_id: int) -> str:
    """A word that no text has: every case of one office is filed under it."""
    return f"@{office_id}"


def month_word(moment: datetime) -> str:
    """A word that no text has: every case received in one month, by UTC, is filed under it."""
    return f"#{moment.astimezone(UTC):%Y%m}"
