"""Three views of a message as one sparse row: words as written, words folded, characters folded."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache, reduce
from hashlib import blake2b
from itertools import chain

import numpy as np
from scipy.sparse import csr_matrix, diags

from nlu.components.rows import Rows, written_out
from nlu.words import Split

WORDS, FOLDED_WORDS, CHARACTERS = "words", "folded_words", "folded_characters"
MIX = np.uint64(0x9E3779B97F4A7C15)  # odd, without pattern: keys of neighbouring words shall not meet
EDGE_NGRAMS = 3  # the longest that count as a beginning or an end


@dataclass
class NgramSpace:
    """The n-grams of each view; each view's part of a row has length one, so that no view drowns another.

    `ngrams` gives the shortest and the longest n-gram of each view; an n-gram is kept when `least_messages` messages
    have it (a message's own copies count once). The first and the last `edges` folded words count once more as such:
    how a message begins and ends tells what it wants. An n-gram is known by its key, a 64-bit number made from its
    words or characters; `keys` are those of each view's columns, ascending. The columns of the views follow each other.
    """

    ngrams: dict[str, tuple[int, int]]
    least_messages: int = 2
    edges: int = 0
    keys: dict[str, np.ndarray] = field(default_factory=dict)
    weights: dict[str, np.ndarray] = field(default_factory=dict)

    def fit(self, splits: Iterable[Split], groups: Sequence[int]) -> Rows:
        """Choose the columns and weigh each by its rarity: ln((1 + N) / (1 + n)) + 1 over N messages.

        The rows of the messages, in blocks that stand for the views. `splits` are read once; what is kept of them is
        numbers.
        """
        words, syllables = _Tokens(), _Tokens()
        for split in splits:
            words.add(split.words)
            syllables.add(split.syllables)
        group = np.unique(groups, return_inverse=True)[1]
        return Rows(tuple(self._block(view, words if view == WORDS else syllables, group) for view in self.ngrams))

    def _block(self, view: str, tokens: _Tokens, group: np.ndarray) -> tuple[csr_matrix, ...]:
        if view == CHARACTERS:
            return self._characters(view, tokens, group)
        counts = self._counts(view, tokens)
        counts = counts[:, self._choose(view, _holders((counts,), group), messages=group.max() + 1)]
        counts.data = _damped(counts.data)
        counts.data *= self.weights[view][counts.indices]
        return (_scaled(counts, _lengths([counts])),)

    def _counts(self, view: str, tokens: _Tokens) -> csr_matrix:
        """(messages, n-grams) of those n-grams that stand often enough to be held by `least_messages`; sets `keys`.

        The n-grams are made twice, and counted without being kept: all of them at once are ten times as many numbers
        as the rows that come of them.
        """
        keys, ends = tokens.keys(), tokens.ends()
        often = [_often(parts, self.least_messages) for _, parts in self._ngrams(view, keys, ends)]
        self.keys[view] = np.unique(np.concatenate(often))
        shape = (len(tokens.lengths), len(self.keys[view]))
        counts = csr_matrix(shape, dtype=np.float32)
        for rows, parts in self._ngrams(view, keys, ends):
            columns, known = _places(self.keys[view], parts)
            ones = np.ones(len(columns), np.float32)
            counts = counts + csr_matrix((ones, (rows[known].astype(np.int32), columns)), shape=shape)
        return counts

    def _characters(self, view: str, tokens: _Tokens, group: np.ndarray) -> tuple[csr_matrix, csr_matrix]:
        """(messages, syllables) and (syllables, n-grams): their product has rows of length one."""
        grams = [self._spelling(view, syllable) for syllable in tokens.number]
        self.keys[view], column = np.unique(np.concatenate([*grams, _NO_KEYS]), return_inverse=True)
        syllable = np.repeat(np.arange(len(grams)), [len(one) for one in grams])
        spelling = csr_matrix(
            (np.ones(len(column), np.float32), (syllable, column)), shape=(len(grams), len(self.keys[view]))
        )
        counts = tokens.counts()
        kept = self._choose(view, _holders((counts, spelling), group), messages=group.max() + 1)
        spelling = (spelling[:, kept] @ diags(self.weights[view])).tocsr()
        counts.data = _damped(counts.data)
        return _scaled(counts, _lengths(written_out((counts, spelling)))), spelling

    def _choose(self, view: str, holders: np.ndarray, *, messages: int) -> np.ndarray:
        """The columns that enough messages hold."""
        kept = np.flatnonzero(holders >= self.least_messages)
        self.keys[view] = self.keys[view][kept]
        self.weights[view] = (np.log((1 + messages) / (1 + holders[kept])) + 1).astype(np.float32)
        return kept

    def row(self, split: Split) -> tuple[np.ndarray, np.ndarray]:
        """Column numbers and values of one message."""
        columns, values = self.rows([split])
        return columns, values[0]

    def rows(self, splits: Sequence[Split]) -> tuple[np.ndarray, np.ndarray]:
        """Of a few messages: the columns in which they stand, (columns,), and their values, (messages, columns)."""
        parts, start = [], 0
        for view, keys in self.keys.items():
            if view == CHARACTERS:
                row, column, counts = self._held_by_syllables(view, [split.syllables for split in splits])
            else:
                row, column, counts = self._held(
                    view, [split.words if view == WORDS else split.syllables for split in splits]
                )
            value = counts * self.weights[view][column]
            lengths = np.sqrt(np.bincount(row, weights=value * value, minlength=len(splits)))
            parts.append((row, column + start, value / lengths[row]))
            start += len(keys)
        row, column, value = (np.concatenate(part) for part in zip(*parts, strict=True))
        columns, at = np.unique(column, return_inverse=True)
        values = np.zeros((len(splits), len(columns)), np.float32)
        values[row, at] = value
        return columns, values

    def _held(self, view: str, tokens: Sequence[Sequence[str]]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """(row, column) of a few messages' n-grams, each once, and how much it counts before its weight."""
        ends = np.cumsum([0, *map(len, tokens)])
        parts = self._ngrams(view, keys_of(chain.from_iterable(tokens)), ends)
        rows, keys = (np.concatenate(part) for part in zip(*parts, strict=True))
        column, known = _places(self.keys[view], keys)
        held, counts = np.unique(rows[known] * len(self.keys[view]) + column, return_counts=True)
        return *np.divmod(held, max(1, len(self.keys[view]))), _damped(counts.astype(np.float32))

    def _held_by_syllables(
        self, view: str, syllables: Sequence[Sequence[str]]
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The same of n-grams of characters: each syllable counts once, damped, with all of its n-grams."""
        number: dict[str, int] = {}
        flat = np.array([number.setdefault(one, len(number)) for one in chain.from_iterable(syllables)], np.int64)
        grams = [self._spelling(view, one) for one in number]
        column, known = _places(self.keys[view], np.concatenate([*grams, _NO_KEYS]))
        owner = np.repeat(np.arange(len(grams)), [len(one) for one in grams])[known]
        rows = np.repeat(np.arange(len(syllables)), [len(one) for one in syllables])
        held, counts = np.unique(rows * max(1, len(grams)) + flat, return_counts=True)
        row, syllable = np.divmod(held, max(1, len(grams)))
        first, after = np.searchsorted(owner, syllable), np.searchsorted(owner, syllable, side="right")
        sizes = after - first
        within = np.arange(sizes.sum()) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        each = np.repeat(_damped(counts.astype(np.float32)), sizes)
        code = np.repeat(row, sizes) * len(self.keys[view]) + column[np.repeat(first, sizes) + within]
        held, place = np.unique(code, return_inverse=True)
        summed = np.bincount(place, weights=each, minlength=len(held)).astype(np.float32)
        return *np.divmod(held, max(1, len(self.keys[view]))), summed

    def _ngrams(self, view: str, tokens: np.ndarray, ends: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """(row, key) of every n-gram of a view of words, by sort; row i has the tokens from ends[i] to ends[i + 1]."""
        yield from word_ngrams(tokens, ends, *self.ngrams[view])
        if self.edges and view == FOLDED_WORDS:
            yield from edge_ngrams(tokens, ends, self.edges)

    def _spelling(self, view: str, syllable: str) -> np.ndarray:
        return _spelling(syllable, *self.ngrams[view])


@dataclass
class _Tokens:
    """The tokens of many messages, each by its number: one flat list."""

    number: dict[str, int] = field(default_factory=dict)
    flat: array[int] = field(default_factory=lambda: array("i"))
    lengths: list[int] = field(default_factory=list)

    def add(self, tokens: Sequence[str]) -> None:
        number = self.number
        self.flat.extend([number.setdefault(token, len(number)) for token in tokens])
        self.lengths.append(len(tokens))

    def ends(self) -> np.ndarray:
        return np.concatenate([[0], np.cumsum(self.lengths)]).astype(np.int64)

    def keys(self) -> np.ndarray:
        return keys_of(self.number)[np.frombuffer(self.flat, np.int32)]

    def counts(self) -> csr_matrix:
        """(messages, tokens)"""
        found = csr_matrix(
            (np.ones(len(self.flat), np.float32), np.frombuffer(self.flat, np.int32), self.ends()),
            shape=(len(self.lengths), len(self.number)),
        )
        found.sum_duplicates()
        return found


_NO_KEYS = np.zeros(0, np.uint64)


@lru_cache(maxsize=100_000)
def _key(token: str) -> int:
    return int.from_bytes(blake2b(token.encode(), digest_size=8).digest(), "little")


BEGINNING, END = (np.array([_key(sign)], np.uint64) for sign in "^$")


def keys_of(tokens: Iterable[str]) -> np.ndarray:
    return np.fromiter(map(_key, tokens), np.uint64)


def joined(*keys: np.ndarray) -> np.ndarray:
    """One key for a sequence of keys, the same for the same sequence only: an n-gram's from its words'."""
    return reduce(lambda before, key: before * MIX + key, keys)


def word_ngrams(
    tokens: np.ndarray, ends: np.ndarray, shortest: int, longest: int
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """(row, key) of the n-grams of each length within each row."""
    row = np.repeat(np.arange(len(ends) - 1), np.diff(ends))
    for n in range(shortest, longest + 1):
        whole = np.flatnonzero(row[: max(0, len(row) - n + 1)] == row[n - 1 :])
        yield row[whole], joined(*(tokens[whole + i] for i in range(n)))


def edge_ngrams(tokens: np.ndarray, ends: np.ndarray, edges: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """The first and last words one by one, and the two and three words at each end; marked by the end they stand at."""
    row = np.repeat(np.arange(len(ends) - 1), np.diff(ends))
    at = np.arange(len(tokens))
    first, last = at - ends[row] < edges, ends[row + 1] - at <= edges
    yield row[first], joined(BEGINNING, tokens[first])
    yield row[last], joined(tokens[last], END)
    for n in range(2, EDGE_NGRAMS + 1):
        rows = np.flatnonzero(np.diff(ends) >= n)
        yield rows, joined(BEGINNING, *(tokens[ends[rows] + i] for i in range(n)))
        yield rows, joined(*(tokens[ends[rows + 1] - n + i] for i in range(n)), END)


def character_ngrams(word: str, shortest: int, longest: int) -> list[str]:
    """N-grams within a word, with a space at both of its ends."""
    padded = f" {word} "
    sizes = range(shortest, min(longest, len(padded)) + 1)
    return [padded[i : i + n] for n in sizes for i in range(len(padded) - n + 1)]


@lru_cache(maxsize=20_000)
def _spelling(syllable: str, shortest: int, longest: int) -> np.ndarray:
    """The keys of a syllable's n-grams; Vietnamese has few syllables, and they come again and again."""
    return keys_of(character_ngrams(syllable, shortest, longest))


def _often(keys: np.ndarray, times: int) -> np.ndarray:
    """The keys that stand so many times or more, ascending."""
    ordered = np.sort(keys)
    starts = np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]])[: len(ordered)])
    return ordered[starts[np.diff(starts, append=len(ordered)) >= times]]


def _places(keys: np.ndarray, asked: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where those that are among the keys stand there, and which they are."""
    at = np.searchsorted(keys, asked)
    known = at < len(keys)
    known[known] = keys[at[known]] == asked[known]
    return at[known], known


def _damped(counts: np.ndarray) -> np.ndarray:
    return 1 + np.log(counts)


def _holders(block: tuple[csr_matrix, ...], group: np.ndarray) -> np.ndarray:
    """How many groups (messages with their copies) hold each column of a block."""
    ones = np.ones(len(group), np.float32)
    members = csr_matrix((ones, (group, np.arange(len(group)))), shape=(group.max() + 1, len(group)))
    parts = written_out((members, *block))
    return np.asarray(sum(np.bincount(part.indices, minlength=part.shape[1]) for part in parts))


def _lengths(parts: Iterable[csr_matrix]) -> np.ndarray:
    """The length of each row of a matrix that is given some rows at a time."""
    return np.sqrt(np.concatenate([np.asarray(part.multiply(part).sum(axis=1)).ravel() for part in parts]))


def _scaled(rows: csr_matrix, lengths: np.ndarray) -> csr_matrix:
    rows.data *= np.repeat(1 / np.where(lengths > 0, lengths, 1), np.diff(rows.indptr))
    return rows
