"""Three views of a message as one sparse row: words as written, words folded, characters folded."""

from __future__ import annotations

import re
from array import array
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
from scipy.sparse import csr_matrix, hstack

from nlu.text import expand, fold
from nlu.words import SYLLABLES

DIGITS = re.compile(r"\d")
VIEWS = ("words", "folded_words", "folded_characters")
LONGEST = 2_000  # characters read of one message: more adds time and no meaning


@dataclass
class NgramSpace:
    """Counts n-grams of each view; each view's part of a row has length one, so that no view drowns another.

    `ngrams` gives the shortest and the longest n-gram of each view; an n-gram is kept when `least_messages` messages
    have it (a message's own copies count once). The first and the last `edges` folded words count once more as such:
    how a message begins and ends tells what it wants.
    """

    ngrams: dict[str, tuple[int, int]]
    least_messages: int = 2
    edges: int = 0
    columns: dict[str, dict[str, int]] = field(default_factory=dict)
    weights: np.ndarray = field(default_factory=lambda: np.zeros(0, dtype=np.float32))

    @property
    def width(self) -> int:
        return len(self.weights)

    @property
    def last_view(self) -> str:
        return list(self.ngrams)[-1]

    def columns_of(self, view: str) -> range:
        """Where the columns of a view stand: they follow each other."""
        columns = self.columns[view].values()
        return range(min(columns, default=0), max(columns, default=-1) + 1)

    def fit(self, counted: Iterable[dict[str, Counter[str]]], groups: Sequence[int]) -> csr_matrix:
        """Choose the columns and weigh each by its rarity: ln((1 + N) / (1 + n)) + 1 over N messages.

        The matrix of the messages counted, shape (messages, width). They are read once and kept as numbers: their
        n-grams as words would take ten times the memory.
        """
        views = {view: _Numbers() for view in self.ngrams}
        for counts in counted:
            for view, numbers in views.items():
                numbers.add(counts[view])
        number_of_group = np.unique(groups, return_inverse=True)[1]
        total, start = len(set(groups)), 0
        weights, blocks = [np.zeros(0, dtype=np.float32)], []
        for view, numbers in views.items():
            matrix = numbers.matrix()
            holders = _holders(matrix, number_of_group)
            kept = np.flatnonzero(holders >= self.least_messages)
            weights.append((np.log((1 + total) / (1 + holders[kept])) + 1).astype(np.float32))
            grams = list(numbers.ids)
            self.columns[view] = {grams[at]: start + column for column, at in enumerate(kept.tolist())}
            blocks.append(_weighted(matrix[:, kept], weights[-1]))
            start += len(kept)
        self.weights = np.concatenate(weights)
        return hstack(blocks).tocsr()

    def count(self, text: str, words: Iterable[str]) -> dict[str, Counter[str]]:
        """The n-grams of a message in each view; `words` are its words as the tokenizer gave them."""
        folded = DIGITS.sub("0", fold(expand(text[:LONGEST])))
        tokens = {
            "words": [DIGITS.sub("0", word) for word in words],
            "folded_words": SYLLABLES.findall(folded),
        }
        counts = {}
        for view, (shortest, longest) in self.ngrams.items():
            if view == "folded_characters":
                counts[view] = Counter(character_ngrams(tokens["folded_words"], shortest, longest))
            else:
                counts[view] = Counter(word_ngrams(tokens[view], shortest, longest))
        if self.edges and "folded_words" in counts:
            counts["folded_words"].update(edge_ngrams(tokens["folded_words"], self.edges))
        return counts

    def row(self, counts: dict[str, Counter[str]]) -> tuple[np.ndarray, np.ndarray]:
        """Column numbers and values of one message."""
        views = []
        for view, columns in self.columns.items():
            known = [(columns[gram], n) for gram, n in counts[view].items() if gram in columns]
            at = np.array([column for column, _ in known], dtype=np.int32)
            views.append((at, np.array([n for _, n in known], dtype=np.float32)))
        return self._values(views)

    def _values(self, views: Iterable[tuple[np.ndarray, np.ndarray]]) -> tuple[np.ndarray, np.ndarray]:
        """The columns and counts of each view as one row, each view's part of length one."""
        indices, values = [np.zeros(0, dtype=np.int32)], [np.zeros(0, dtype=np.float32)]
        for at, counts in views:
            if len(at):
                value = (1 + np.log(counts)) * self.weights[at]
                indices.append(at)
                values.append(value / np.linalg.norm(value))
        return np.concatenate(indices), np.concatenate(values)


@dataclass
class _Numbers:
    """The n-grams of one view by number, row after row, in flat arrays: many small ones would not be given back."""

    ids: dict[str, int] = field(default_factory=dict)
    at: array[int] = field(default_factory=lambda: array("i"))
    counts: array[float] = field(default_factory=lambda: array("f"))
    ends: list[int] = field(default_factory=lambda: [0])

    def add(self, counts: Counter[str]) -> None:
        ids = self.ids
        self.at.extend(ids.setdefault(gram, len(ids)) for gram in counts)
        self.counts.extend(counts.values())
        self.ends.append(len(self.at))

    def matrix(self) -> csr_matrix:
        parts = (np.frombuffer(self.counts, np.float32), np.frombuffer(self.at, np.int32), self.ends)
        return csr_matrix(parts, shape=(len(self.ends) - 1, len(self.ids)))


def _holders(matrix: csr_matrix, number_of_group: np.ndarray) -> np.ndarray:
    """How many groups (messages with their copies) hold each n-gram."""
    group = np.repeat(number_of_group, np.diff(matrix.indptr)).astype(np.int64)
    pairs = np.unique(group * matrix.shape[1] + matrix.indices)
    return np.bincount(pairs % matrix.shape[1], minlength=matrix.shape[1])


def _weighted(matrix: csr_matrix, weights: np.ndarray) -> csr_matrix:
    """Each count as (1 + ln n) times its column's weight, each row of length one."""
    row = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
    data = (1 + np.log(matrix.data)) * weights[matrix.indices]
    length = np.sqrt(np.bincount(row, weights=data**2, minlength=matrix.shape[0])).astype(np.float32)
    return csr_matrix((data / length[row], matrix.indices, matrix.indptr), shape=matrix.shape)


def word_ngrams(words: Sequence[str], shortest: int, longest: int) -> list[str]:
    return [" ".join(words[i : i + n]) for n in range(shortest, longest + 1) for i in range(len(words) - n + 1)]


def edge_ngrams(words: Sequence[str], edges: int) -> list[str]:
    """The first and last words one by one, and the two and three words at each end; marked by the end they stand at."""
    grams = [f"^{word}" for word in words[:edges]] + [f"{word}$" for word in words[-edges:]]
    for n in (2, 3):
        if len(words) >= n:
            grams += ["^" + " ".join(words[:n]), " ".join(words[-n:]) + "$"]
    return grams


def character_ngrams(words: Sequence[str], shortest: int, longest: int) -> list[str]:
    """N-grams within each word, with a space at both of its ends."""
    grams: list[str] = []
    for word in words:
        grams += _inside(word, shortest, longest)
    return grams


@lru_cache(maxsize=20_000)
def _inside(word: str, shortest: int, longest: int) -> tuple[str, ...]:
    """Of one word; Vietnamese has few syllables, and they come again and again."""
    padded = f" {word} "
    sizes = range(shortest, min(longest, len(padded)) + 1)
    return tuple(padded[i : i + n] for n in sizes for i in range(len(padded) - n + 1))
