"""Labels a message: one row of n-gram features, and a calibrated linear head for each kind of label."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from nlu.components import heads
from nlu.components.features import NgramSpace
from nlu.components.heads import Fit, HeadData, Heads
from nlu.components.planes import Planes
from nlu.components.scope import Neighbours
from nlu.noise import noised
from nlu.noise import placed as with_place
from nlu.text import fold
from nlu.words import Split

ABSENT = ""  # the label that stands for "none of them"
LIKENESS = 0.3  # how much the likeness to learned messages weighs in `scope` beside the probability of being outside

Unit = tuple[str, str]  # a commune with its kind, and its province
Splitter = Callable[[Sequence[tuple[str, bool]]], Iterable[Split]]

NOTHING_LEARNED = Heads(Planes(np.zeros((0, 0)), np.zeros(0)), {})


@dataclass(frozen=True, slots=True)
class HeadSettings:
    """How one head is trained and read; see config.yml.

    ranking          name under which [[label, probability], ...] is set, best first; `top` limits its length
    may_be_absent    no label is a label too: the head may say None
    parts            the head whose labels are parts of this one's (topics of a field): the probability is the mean of
                     this head's and the sum of its parts'; the part that is given lies within the label that is given
    only_for         {other head: [labels]}: the answer is None unless the other head says one of these
    recall_first     {label: precision}: this label wins, though another may be likelier, from the lowest probability on
                     at which it keeps that precision on held-out messages
    rather           {say: [labels], than: [labels], times: n}: where the likeliest label is one of `than`, the one of
                     `say` that is likeliest is given in its place once n times its probability is more; the ranking
                     stays, and `ask` then names the two
    least_precision  makes it a yes/no head; its threshold is the lowest one that keeps this precision, and `ranking`
                     the name under which its probability is set
    ask              {sure: p, apart: p}: sets `unsure` to the two likeliest labels when the first is less likely than
                     `sure`, or less than `apart` likelier than the second; None otherwise
    outside          the label that stands for "none of these"; `scope` then tells how surely a message is inside
    """

    ranking: str | None = None
    top: int | None = None
    may_be_absent: bool = False
    parts: str | None = None
    only_for: dict[str, list[str]] = field(default_factory=dict)
    recall_first: dict[str, float] = field(default_factory=dict)
    least_precision: float | None = None
    ask: dict[str, float] = field(default_factory=dict)
    outside: str | None = None
    rather: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Example:
    """One training text. Copies of one message share its `group`; a `term` has some of the labels only.

    `in_words`: whether underthesea looks for its words. It costs more than all else that is done to a text, so a copy
    that is typed in haste goes without.
    """

    text: str
    labels: dict[str, Any]
    group: int
    term: bool = False
    in_words: bool = True


class MessageModel:
    """Learns all heads at once and reads a message with them."""

    def __init__(self, settings: dict[str, HeadSettings], space: NgramSpace) -> None:
        self.settings = settings
        self.space = space
        self.heads = NOTHING_LEARNED
        self.neighbours = Neighbours()

    def fit(self, examples: Sequence[Example], split: Splitter, *, fit: Fit, threads: int) -> None:
        """`split` is given each example's text and whether its words are looked for, and keeps their order."""
        groups = np.array([example.group for example in examples])
        features = self.space.fit(split([(one.text, one.in_words) for one in examples]), groups.tolist())
        tasks = [self._task(name, examples) for name in self.settings]
        inside = [row for row, example in enumerate(examples) if self._is_inside(example, row, examples)]
        del examples  # the texts are of no more use, and the planes need the room
        self.heads = heads.train(features, tasks, groups=groups, fit=fit, threads=threads)
        self.neighbours.fit(features, np.array(inside, dtype=np.int64))

    def _is_inside(self, example: Example, row: int, examples: Sequence[Example]) -> bool:
        """A message as written (the first of its copies) that has no label of "none of these"."""
        if example.term or (row and examples[row - 1].group == example.group):
            return False
        return all(
            not settings.outside or example.labels.get(name) != settings.outside
            for name, settings in self.settings.items()
        )

    def _task(self, name: str, examples: Sequence[Example]) -> HeadData:
        settings = self.settings[name]
        binary = settings.least_precision is not None
        rows, labels = [], []
        for row, example in enumerate(examples):
            label = example.labels.get(name)
            if example.term and label is None:
                continue
            if binary:
                label = bool(label)
            elif label is None and settings.may_be_absent:
                label = ABSENT
            if label is not None:
                rows.append(row)
                labels.append(label)
        return HeadData(
            name=name,
            rows=np.array(rows),
            labels=np.array(labels),
            judged=np.array([not examples[row].term for row in rows]),
            binary=binary,
            precisions={True: settings.least_precision} if settings.least_precision else settings.recall_first,
            parts=settings.parts,
        )

    def chances(self, splits: Sequence[Split]) -> dict[str, np.ndarray]:
        """The probabilities of each head's labels, a row for each text; cheaper than an answer."""
        return self.heads.probabilities(*self.space.rows(splits))

    def read(self, split: Split) -> dict[str, Any]:
        """Each head's label under its name and its ranking under the ranking's name."""
        indices, values = self.space.row(split)
        found: dict[str, Any] = {}
        given: dict[str, Any] = {}
        chances = self.heads.probabilities(indices, values)
        for name, head in self.heads.heads.items():
            settings, p = self.settings[name], chances[name]
            if settings.least_precision is not None:
                found[name] = bool(p[0] >= head.thresholds.get(True, 0.5))
                if settings.ranking:
                    found[settings.ranking] = round(float(p[0]), 4)
                continue
            if settings.outside in head.labels:
                outside = float(p[head.labels.index(settings.outside)])
                found["scope"] = round(self.neighbours.likeness(indices, values) ** LIKENESS * (1 - outside), 4)
            ranking = sorted(zip(head.labels, p.tolist(), strict=True), key=lambda pair: -pair[1])
            possible = self.heads.possible(name, given)
            given[name] = chosen([pair for pair in ranking if pair[0] in possible], head.thresholds, settings.rather)
            found[name] = given[name] or None
            if settings.ask:
                found["unsure"] = open_choice(ranking, given[name], **settings.ask)
            if settings.ranking:
                found[settings.ranking] = [[label, round(q, 4)] for label, q in ranking if label != ABSENT][
                    : settings.top
                ]
        for name, settings in self.settings.items():
            if any(found[other] not in labels for other, labels in settings.only_for.items()):
                found[name] = None
        return found


def chosen(ranking: Sequence[tuple[str, float]], thresholds: Mapping[str, float], rather: Mapping[str, Any]) -> str:
    """The likeliest label, unless one that must not be missed reaches its own threshold, or one is said rather."""
    for label, p in ranking:
        if p >= thresholds.get(label, 2.0):
            return label
    first, p = ranking[0]
    if rather and first in rather["than"]:
        for label, q in ranking:
            if label in rather["say"] and q * rather["times"] > p:
                return label
    return first


def open_choice(ranking: Sequence[tuple[str, float]], given: str, *, sure: float, apart: float) -> list[str] | None:
    """The two labels to ask about, the likelier first, when it is not clear which is meant.

    They are the two likeliest, or the likeliest and the one that was given in its place.
    """
    (first, p), (second, q) = ranking[:2]
    if given != first:
        return [first, given]
    return None if p >= sure and p - q >= apart else [first, second]


def with_copies(
    text: str, *, rng: random.Random, folded: int, noisy: int, placed: float = 0.0, units: Sequence[Unit] = ()
) -> dict[str, bool]:
    """The text, without its marks, and as it would be typed in haste: what a model must read alike; each once.

    A share `placed` of the messages comes once more, in haste and with one of `units` at its end: where it is tells
    nothing of what it is. With each whether its words are looked for.
    """
    copies = {text: True}
    if folded:
        copies.setdefault(fold(text), True)
    for _ in range(noisy):
        copies.setdefault(noised(text, rng=rng), False)
    if units and rng.random() < placed:
        copies.setdefault(noised(with_place(text, *rng.choice(units), rng=rng), rng=rng), False)
    return copies
