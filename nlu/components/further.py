"""A second matter in the same message: where it begins, and how surely it is one.

A message may be cut in two between any of its words (every few words first, then those beside the likeliest place).
Both parts of a cut and the whole are read by the planes, and boosted trees over what they say, and over the signs that
stand at the cut, tell whether the parts are two matters: each surely something, and something else than the other.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from pathlib import Path

import numpy as np
from sklearn.ensemble import GradientBoostingClassifier

from nlu.joins import Joins
from nlu.text import views
from nlu.words import Split, split_given

LEAST_WORDS = 4  # on either side of a cut, those with a digit not counted: fewer say no matter
MOST_WORDS = 150  # of a message: a longer one tells one matter at length
MOST_CUTS = 40  # that are looked at in one message, those with a sign first; fewer of a long one:
MOST_READ = 2_000  # words in all parts together
STEP = 4  # where nothing tells of a cut, every so many words first; then the words beside the best
WORTH_IT = 0.1  # how likely the best must be for that
TREES = {"n_estimators": 400, "max_depth": 3, "learning_rate": 0.05, "subsample": 0.5, "max_features": "sqrt"}
LEAST_CUTS = 20  # in a leaf
_WORD = re.compile(r"\S+")
_DIGIT = re.compile(r"\d")

Chances = Callable[[Sequence[Split]], Mapping[str, np.ndarray]]


@dataclass(frozen=True, slots=True)
class Cut:
    """Before the word with the number `word`; the characters from `start` to `end` stand between the parts."""

    word: int
    start: int
    end: int
    signs: frozenset[str]


@dataclass(frozen=True, slots=True)
class Written:
    """A message and where the words of the tokenizer stand in it."""

    text: str
    tokens: Sequence[tuple[int, int]]

    @property
    def whole(self) -> Split:
        return self._between(0, len(self.text))

    def parts(self, cut: Cut) -> tuple[Split, Split]:
        return self._between(0, cut.start), self._between(cut.end, len(self.text))

    def _between(self, start: int, end: int) -> Split:
        inside = [self.text[a:b] for a, b in self.tokens if start <= a and b <= end]
        return split_given(self.text[start:end], inside)

    def parts_roughly(self, cuts: Sequence[Cut]) -> list[Split]:
        """The first and the second part of each cut, one after the other.

        Each word is split by itself, once for all cuts; an abbreviation of two words is then not known as one.
        """
        words = [_split(word[0]) for word in _WORD.finditer(self.text)]
        tokens = [(end, _split(self.text[start:end]).words) for start, end in self.tokens]
        parts = []
        for cut in cuts:
            sides = words[: cut.word], words[cut.word :]
            marked = [one for end, one in tokens if end <= cut.start], [one for end, one in tokens if end > cut.start]
            for side, token in zip(sides, marked, strict=True):
                syllables = list(chain.from_iterable(one.syllables for one in side))
                parts.append(Split(list(chain.from_iterable(token)), syllables))
        return parts


@lru_cache(maxsize=16_384)
def _split(word: str) -> Split:
    return split_given(word, [word])


def read_examples(file: Path) -> list[tuple[str, int | None]]:
    """Messages, one a line, and where the second matter begins: at a `||`, which is taken out; "\\n" breaks a line."""
    examples: list[tuple[str, int | None]] = []
    for line in file.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            first, *second = re.split(r"\s*\|\|\s*", line.replace("\\n", "\n"), maxsplit=1)
            examples.append((" ".join([first, *second]), len(first) + 1 if second else None))
    return examples


@dataclass
class Further:
    """`name` and `apart` are heads by which the parts are told apart; the first of `apart` names the matter.

    Two matters are said from the probability `sure` on, never where a part's label of `name` is one of `never`. A
    message of which the heads are surer than `doubt` is not cut at all: the entropies of `name` and of the first of
    `apart`, in nats, added up. Nothing is found before it has learned.
    """

    joins: Joins
    name: str
    apart: Sequence[str]
    sure: float
    doubt: float = 0.0
    never: Sequence[str] = ()
    learned: GradientBoostingClassifier | None = None

    def learn(self, examples: Sequence[tuple[Written, int | None]], chances: Chances) -> None:
        """From messages with where their second matter begins; None where there is one matter only.

        Of two matters the cuts elsewhere are neither right nor wrong.
        """
        signs, is_cut = [], []
        for message, begins in examples:
            cuts = [cut for cut in self.cuts(message.text) if begins is None or cut.start <= begins <= cut.end]
            if cuts:
                signs.append(self._signs(message, cuts, chances([message.whole]), chances))
                is_cut += [begins is not None] * len(cuts)
        if len(set(is_cut)) > 1:
            self.learned = GradientBoostingClassifier(**TREES, min_samples_leaf=LEAST_CUTS, random_state=0).fit(
                np.concatenate(signs), is_cut
            )

    def find(self, message: Written, chances: Chances) -> Cut | None:
        """The likeliest cut between two matters, where it is sure enough."""
        chance, cut = self.likely(message, chances)
        return cut if chance >= self.sure else None

    def likely(self, message: Written, chances: Chances) -> tuple[float, Cut | None]:
        """How likely there are two matters, and the likeliest cut between them."""
        if self.learned is None or not (cuts := self.cuts(message.text)):
            return 0.0, None
        whole = chances([message.whole])
        if sum(_entropy(whole[head]) for head in (self.name, self.apart[0])) < self.doubt:
            return 0.0, None
        signed = [cut for cut in cuts if cut.signs or cut.word % STEP == 0] or cuts
        chance, best = self._best(message, signed, whole, chances)
        beside = [cut for cut in cuts if cut not in signed and abs(cut.word - best.word) < STEP]
        if not beside or chance < WORTH_IT:
            return chance, best
        return max((chance, best), self._best(message, beside, whole, chances), key=lambda pair: pair[0])

    def _best(
        self, message: Written, cuts: Sequence[Cut], whole: Mapping[str, np.ndarray], chances: Chances
    ) -> tuple[float, Cut]:
        likely = self.learned.predict_proba(self._signs(message, cuts, whole, chances))[:, 1]
        return float(likely.max()), cuts[likely.argmax()]

    def cuts(self, text: str) -> list[Cut]:
        """Where the message may be cut in two, in the order of the text."""
        words = list(_WORD.finditer(text))
        if not 2 * LEAST_WORDS <= len(words) <= MOST_WORDS:
            return []
        seen = views(text)
        starts = {sign: {start for start, _ in seen.find(patterns)} for sign, patterns in self.joins.begins.items()}
        plain = np.cumsum([not _DIGIT.search(word[0]) for word in words])
        cuts = []
        for at in range(1, len(words)):
            if min(plain[at - 1], plain[-1] - plain[at - 1]) < LEAST_WORDS:
                continue
            start, end = words[at - 1].end(), words[at].start()
            signs = {sign for sign, found in starts.items() if end in found}
            signs |= {sign for sign, pattern in self.joins.ends.items() if pattern.search(words[at - 1][0])}
            signs |= {"line"} if "\n" in text[start:end] else set()
            cuts.append(Cut(at, start, end, frozenset(signs)))
        kept = sorted(cuts, key=lambda cut: not cut.signs)[: min(MOST_CUTS, MOST_READ // len(words))]
        return sorted(kept, key=lambda cut: cut.word)

    def _signs(
        self, message: Written, cuts: Sequence[Cut], whole: Mapping[str, np.ndarray], chances: Chances
    ) -> np.ndarray:
        """What tells two matters from one, a row for each cut: the parts are sure and differ, and what stands there."""
        parts = message.parts_roughly(cuts)
        read = chances(parts)
        names = [*self.joins.begins, *self.joins.ends, "line"]
        columns = [np.array([[name in cut.signs for name in names] for cut in cuts])]
        columns += [np.log([[len(part.syllables) + 1] for part in parts[side::2]]) for side in (0, 1)]
        rows = np.arange(len(cuts))
        for head in (self.name, *self.apart):
            one, other, both = read[head][::2], read[head][1::2], whole[head][0]
            first, second = one.argmax(axis=1), other.argmax(axis=1)
            columns += [one[rows, first], other[rows, second], np.minimum(one, other).sum(axis=1), first == second]
            columns += [both[first], both[second], np.repeat(both.max(), len(cuts))]
        columns += [read[self.name][::2], read[self.name][1::2]]
        return np.hstack([np.asarray(column, dtype=float).reshape(len(cuts), -1) for column in columns])


def _entropy(chances: np.ndarray) -> float:
    return float(-(chances * np.log(np.maximum(chances, 1e-9))).sum())
