"""Collects the word pairs of ordinary speech that read like a place when the marks are left out ("hai cháu").

Only writers who set marks and capitals are counted: what they write small is no name. Counted are the pairs that
stand inside the name of a unit ("hai chau") and those of a unit word and how a name may begin ("xã trả", "quán ăn").

python -m nlu.build_ordinary_pairs bot/dialogue/data/nlu/*.yml
"""

import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import pairwise
from pathlib import Path

from nlu.gazetteer import DATA, TOKEN, gazetteer, key_word
from nlu.text import fold, marked_share, normalise
from nlu.training import LabelledMessage, read_rasa

_MIN_INSIDE = 2
_MIN_NAME = 3
_MIN_AFTER_UNIT = 5
_MARKED = 0.3
_UNIT_WORDS = frozenset({"xa", "phuong", "quan", "huyen", "tinh"})


def ordinary_pairs(messages: Iterable[LabelledMessage]) -> list[str]:
    """The pairs as written, with marks; one that is itself a unit's name must be seen more often."""
    seen: Counter[str] = Counter()
    for message in messages:
        seen.update(set(_small_pairs(message)))
    folded: Counter[str] = Counter()
    for pair, count in seen.items():
        folded[_key(pair)] += count
    inside, begins = _name_pairs()
    return sorted(
        pair
        for pair, count in seen.items()
        if (_key(pair) in inside and folded[_key(pair)] >= _MIN_INSIDE and not (_is_name(pair) and count < _MIN_NAME))
        or (_follows_unit_word(_key(pair), begins) and folded[_key(pair)] >= _MIN_AFTER_UNIT)
    )


def _small_pairs(message: LabelledMessage) -> Iterator[str]:
    """Neighbours in small letters, outside the place; a text with no capital at all tells nothing."""
    text = normalise(message.text)
    place = normalise(message.place or "").lower()
    if message.style == "voice" or text.islower() or marked_share(text) < _MARKED:
        return
    for one, two in pairwise(TOKEN.finditer(text)):
        pair = f"{one[0]} {two[0]}"
        small = pair.replace(" ", "").isalpha() and pair.islower()
        if small and text[one.end() : two.start()] == " " and pair not in place:
            yield pair


def _name_pairs() -> tuple[set[str], set[str]]:
    names = [name.split() for name in gazetteer().by_name]
    return {" ".join(pair) for name in names for pair in pairwise(name)}, {name[0] for name in names}


def _follows_unit_word(key: str, begins: set[str]) -> bool:
    unit, first = key.split()
    return unit in _UNIT_WORDS and first in begins


def _is_name(pair: str) -> bool:
    return any(" ".join(entry.words) == pair for entry in gazetteer().by_name.get(_key(pair), ()))


def _key(pair: str) -> str:
    return " ".join(key_word(fold(word)) for word in pair.split())


if __name__ == "__main__":
    told = [message for path in sys.argv[1:] for message in read_rasa(Path(path))]
    (DATA / "ordinary_pairs.txt").write_text("\n".join(ordinary_pairs(told)) + "\n", encoding="utf-8")
