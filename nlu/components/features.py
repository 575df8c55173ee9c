"""Three views of a message as one sparse row: words as written, words folded, characters folded."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy.sparse import csr_matrix

from nlu.text import expand, fold

DIGITS = re.compile(r"\d")
WORDS = re.compile(r"\w+|[?!]|[^\w\s\u0000-\u206f]")
VIEWS = ("words", "folded_words", "folded_characters")
LONGEST = 2_000  # characters read of one message: more adds time and no meaning


@dataclass
class NgramSpace:
    """Counts n-grams of each view; each view's part of a row has length one, so that no view drowns another.

    `ngrams` gives the shortest and the longest n-gram of each view; an n-gram is kept when `least_messages` messages
    have it (a message's own copies count once).
    """

    ngrams: dict[str, tuple[int, int]]
    least_messages: int = 2
    columns: dict[str, dict[str, int]] = field(default_factory=dict)
    weights: np.ndarray = field(default_factory=lambda: np.zeros(0, dtype=np.float32))

    @property
    def width(self) -> int:
        return len(self.weights)

    def fit(self, counted: Sequence[dict[str, Counter[str]]], groups: Sequence[int]) -> None:
        """Choose the columns and weigh each by its rarity: ln((1 + N) / (1 + n)) + 1 over N messages."""
        weights: list[float] = []
        total = len(set(groups))
        for view in self.ngrams:
            holders: Counter[str] = Counter()
            by_group: dict[int, set[str]] = {}
            for counts, group in zip(counted, groups, strict=True):
                by_group.setdefault(group, set()).update(counts[view])
            for grams in by_group.values():
                holders.update(grams)
            kept = sorted(gram for gram, n in holders.items() if n >= self.least_messages)
            self.columns[view] = {gram: len(weights) + i for i, gram in enumerate(kept)}
            weights += [math.log((1 + total) / (1 + holders[gram])) + 1 for gram in kept]
        self.weights = np.array(weights, dtype=np.float32)

    def count(self, text: str, words: Iterable[str]) -> dict[str, Counter[str]]:
        """The n-grams of a message in each view; `words` are its words as the tokenizer gave them."""
        folded = DIGITS.sub("0", fold(expand(text[:LONGEST])))
        tokens = {
            "words": [DIGITS.sub("0", word) for word in words],
            "folded_words": WORDS.findall(folded),
        }
        counts = {}
        for view, (shortest, longest) in self.ngrams.items():
            if view == "folded_characters":
                counts[view] = Counter(character_ngrams(tokens["folded_words"], shortest, longest))
            else:
                counts[view] = Counter(word_ngrams(tokens[view], shortest, longest))
        return counts

    def row(self, counts: dict[str, Counter[str]]) -> tuple[np.ndarray, np.ndarray]:
        """Column numbers and values of one message."""
        indices: list[np.ndarray] = []
        values: list[np.ndarray] = []
        for view, columns in self.columns.items():
            known = [(columns[gram], n) for gram, n in counts[view].items() if gram in columns]
            if not known:
                continue
            at = np.array([i for i, _ in known], dtype=np.int32)
            value = (1 + np.log(np.array([n for _, n in known], dtype=np.float32))) * self.weights[at]
            indices.append(at)
            values.append(value / np.linalg.norm(value))
        if not indices:
            return np.zeros(0, dtype=np.int32), np.zeros(0, dtype=np.float32)
        return np.concatenate(indices), np.concatenate(values)

    def matrix(self, counted: Iterable[dict[str, Counter[str]]]) -> csr_matrix:
        """One row for each message, shape (messages, width)."""
        rows = [self.row(counts) for counts in counted]
        starts = np.cumsum([0] + [len(at) for at, _ in rows])
        indices = np.concatenate([at for at, _ in rows])
        values = np.concatenate([value for _, value in rows])
        return csr_matrix((values, indices, starts), shape=(len(rows), self.width), dtype=np.float32)


def word_ngrams(words: Sequence[str], shortest: int, longest: int) -> list[str]:
    return [" ".join(words[i : i + n]) for n in range(shortest, longest + 1) for i in range(len(words) - n + 1)]


def character_ngrams(words: Sequence[str], shortest: int, longest: int) -> list[str]:
    """N-grams within each word, with a space at both of its ends."""
    grams = []
    for word in words:
        padded = f" {word} "
        for n in range(shortest, min(longest, len(padded)) + 1):
            grams += [padded[i : i + n] for i in range(len(padded) - n + 1)]
    return grams
