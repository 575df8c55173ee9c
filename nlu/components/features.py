"""Three views of a message as one sparse row: words as written, words folded, characters folded."""

from __future__ import annotations

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
        ids: dict[str, dict[str, int]] = {view: {} for view in self.ngrams}
        rows = [[_numbered(counts[view], ids[view]) for view in self.ngrams] for counts in counted]
        weights: list[np.ndarray] = []
        columns_of: list[np.ndarray] = []
        total, start = len(set(groups)), 0
        for number, view in enumerate(self.ngrams):
            holders = _holders([row[number][0] for row in rows], groups, size=len(ids[view]))
            kept = holders >= self.least_messages
            columns_of.append(np.where(kept, np.cumsum(kept) - 1 + start, -1).astype(np.int32))
            self.columns[view] = {gram: int(columns_of[-1][at]) for gram, at in ids[view].items() if kept[at]}
            weights.append(np.log((1 + total) / (1 + holders[kept])) + 1)
            start += int(kept.sum())
        self.weights = np.concatenate(weights).astype(np.float32)
        return self._matrix(
            [(columns[at], n) for (at, n), columns in zip(row, columns_of, strict=True)] for row in rows
        )

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
        views = []
        for view, columns in self.columns.items():
            known = [(columns[gram], n) for gram, n in counts[view].items() if gram in columns]
            at = np.array([column for column, _ in known], dtype=np.int32)
            views.append((at, np.array([n for _, n in known], dtype=np.float32)))
        return self._values(views)

    def _values(self, views: Iterable[tuple[np.ndarray, np.ndarray]]) -> tuple[np.ndarray, np.ndarray]:
        """The columns (-1: not kept) and counts of each view as one row, each view's part of length one."""
        indices, values = [np.zeros(0, dtype=np.int32)], [np.zeros(0, dtype=np.float32)]
        for columns, counts in views:
            kept = columns >= 0
            at = columns[kept]
            if len(at):
                value = (1 + np.log(counts[kept])) * self.weights[at]
                indices.append(at)
                values.append(value / np.linalg.norm(value))
        return np.concatenate(indices), np.concatenate(values)

    def _matrix(self, rows: Iterable[list[tuple[np.ndarray, np.ndarray]]]) -> csr_matrix:
        made = [self._values(views) for views in rows]
        starts = np.cumsum([0] + [len(at) for at, _ in made])
        indices = np.concatenate([at for at, _ in made])
        values = np.concatenate([value for _, value in made])
        return csr_matrix((values, indices, starts), shape=(len(made), self.width), dtype=np.float32)


def _numbered(counts: Counter[str], ids: dict[str, int]) -> tuple[np.ndarray, np.ndarray]:
    """The n-grams of one view by number, new ones numbered on, and how often each stands."""
    at = np.fromiter((ids.setdefault(gram, len(ids)) for gram in counts), dtype=np.int32, count=len(counts))
    return at, np.fromiter(counts.values(), dtype=np.float32, count=len(counts))


def _holders(rows: Sequence[np.ndarray], groups: Sequence[int], *, size: int) -> np.ndarray:
    """How many groups (messages with their copies) hold each n-gram."""
    by_group: dict[int, list[np.ndarray]] = {}
    for at, group in zip(rows, groups, strict=True):
        by_group.setdefault(group, []).append(at)
    holders = np.zeros(size, dtype=np.int32)
    for parts in by_group.values():
        holders[np.unique(np.concatenate(parts))] += 1
    return holders


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
