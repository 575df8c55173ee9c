"""Collects the word pairs of ordinary speech, so that "gia dinh" is not taken for the commune of that name.

python -m nlu.build_common_pairs messages/*.jsonl
"""

import json
import re
import sys
from collections import Counter
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path

from nlu.gazetteer import DATA, TOKEN, Province, gazetteer, key_word
from nlu.text import views

_MIN_COUNT = 4


def common_pairs(messages: Iterable[dict[str, str | None]], *, at_least: int = _MIN_COUNT) -> list[str]:
    """Pairs of neighbouring words, outside place names, that stand in `at_least` messages."""
    seen: Counter[str] = Counter()
    for message in messages:
        seen.update(set(_pairs(message["text"] or "", message.get("place") or "")))
    names = gazetteer().by_name
    provinces = {name for name, entries in names.items() if any(isinstance(entry.unit, Province) for entry in entries)}
    return sorted(pair for pair, count in seen.items() if count >= at_least and pair not in provinces)


def _pairs(text: str, place: str) -> Iterable[str]:
    text = re.sub(re.escape(place), " | ", text) if place else text
    for clause in re.split(r"[|.,;:!?()\"]", views(text).folded):
        words = [key_word(word) for word in TOKEN.findall(clause)]
        yield from (f"{one} {two}" for one, two in pairwise(words))


if __name__ == "__main__":
    lines = [line for path in sys.argv[1:] for line in Path(path).read_text(encoding="utf-8").splitlines()]
    (DATA / "common_pairs.txt").write_text("\n".join(common_pairs(map(json.loads, lines))) + "\n", encoding="utf-8")
