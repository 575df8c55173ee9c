"""Finds a commune whose name, after a unit word, is one slip of the keyboard away from the name as written."""

from collections.abc import Set
from functools import lru_cache
from typing import NamedTuple

from nlu.gazetteer import Commune, gazetteer, key_word, name_words
from nlu.mentions import Reading
from nlu.place_words import Token, breaks_name, name_goes_on, unit_word
from nlu.text import fold

_COMMUNE_TYPES = frozenset({"phường", "xã", "đặc khu", "thị trấn"})
_LONGEST = 4
_MIN_LETTERS = 6


class Slip(NamedTuple):
    """`start` and `end` count tokens, the unit word included."""

    start: int
    end: int
    units: tuple[Commune, ...]


def find_slip(reading: Reading, codes: Set[str] | None) -> Slip | None:
    """The first misspelt commune name; among `codes`, or among all when the name is written with capitals."""
    sure = [mention for mention in reading.mentions if mention.prefixed or mention.end - mention.start > 1]
    taken = {at for mention in sure for at in range(mention.start, mention.end)}
    for at in range(len(reading.tokens) - 1):
        types, name_at = unit_word(list(reading.tokens), at)
        if not types & _COMMUNE_TYPES or at in taken or name_at in taken:
            continue
        for length in range(_LONGEST, 1, -1):
            words = reading.tokens[name_at : name_at + length]
            if name_goes_on(list(reading.tokens), name_at + length):
                continue  # "chủ tịch xã Tống Văn Thìn" is a person
            if len(words) == length and _may_be_name(words, titled=codes is None):
                units = _near("".join(token.key for token in words), codes)
                if units:
                    return Slip(at, name_at + length, units)
    return None


def _may_be_name(words: tuple[Token, ...], *, titled: bool) -> bool:
    if any(breaks_name(token.gap) for token in words[1:]) or (titled and not all(token.title for token in words)):
        return False
    return sum(len(token.key) for token in words) >= _MIN_LETTERS


@lru_cache(maxsize=1)
def _names() -> list[tuple[str, Commune]]:
    units = gazetteer().communes.values()
    return [("".join(key_word(fold(word)) for word in name_words(unit.name)), unit) for unit in units]


def _near(written: str, codes: Set[str] | None) -> tuple[Commune, ...]:
    return tuple(
        unit
        for name, unit in _names()
        if (codes is None or unit.code in codes) and abs(len(name) - len(written)) < 2 and one_slip(written, name)
    )


def one_slip(one: str, two: str) -> bool:
    """One letter added, left out or replaced, or two neighbours swapped."""
    if one == two or abs(len(one) - len(two)) > 1:
        return False
    same = next((at for at, (a, b) in enumerate(zip(one, two, strict=False)) if a != b), min(len(one), len(two)))
    rest_one, rest_two = one[same:], two[same:]
    if len(one) != len(two):
        longer, shorter = sorted((rest_one, rest_two), key=len, reverse=True)
        return longer[1:] == shorter
    swapped = len(rest_one) > 1 and rest_one[:2] == rest_two[1::-1] and rest_one[2:] == rest_two[2:]
    return rest_one[1:] == rest_two[1:] or swapped
