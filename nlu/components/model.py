"""Labels a message: one row of n-gram features, and a calibrated linear head for each kind of label."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from nlu.components import heads
from nlu.components.features import NgramSpace
from nlu.components.heads import Head, HeadData
from nlu.noise import noised
from nlu.text import fold

ABSENT = ""  # the label that stands for "none of them"

Segment = Callable[[str], list[str]]


@dataclass(frozen=True, slots=True)
class HeadSettings:
    """How one head is trained and read; see config.yml.

    ranking          name under which [[label, probability], ...] is set, best first; `top` limits its length
    may_be_absent    no label is a label too: the head may say None
    only_for         {other head: [labels]}: the answer is None unless the other head says one of these
    recall_first     {label: threshold}: this label wins from that probability on, though another may be likelier
    least_precision  makes it a yes/no head; its threshold is the lowest one that keeps this precision
    balanced         rare labels count as much as common ones while it learns
    c                its own inverse strength of regularisation
    least_squares    fitted by least squares instead of margins: better where many labels have few messages each
    """

    ranking: str | None = None
    top: int | None = None
    may_be_absent: bool = False
    only_for: dict[str, list[str]] = field(default_factory=dict)
    recall_first: dict[str, float] = field(default_factory=dict)
    least_precision: float | None = None
    balanced: bool = False
    c: float | None = None
    least_squares: bool = False


@dataclass(frozen=True, slots=True)
class Example:
    """One training text. Copies of one message share its `group`; a `term` has some of the labels only."""

    text: str
    labels: dict[str, Any]
    group: int
    term: bool = False


class MessageModel:
    """Learns all heads at once and reads a message with them."""

    def __init__(self, settings: dict[str, HeadSettings], space: NgramSpace) -> None:
        self.settings = settings
        self.space = space
        self.heads: dict[str, Head] = {}

    def fit(self, examples: Sequence[Example], segment: Segment, *, c: float, threads: int) -> None:
        counted = (self.space.count(example.text, segment(example.text)) for example in examples)
        features = self.space.fit(counted, [example.group for example in examples])
        tasks = [self._task(name, examples) for name in self.settings]
        self.heads = heads.train(features, tasks, c=c, threads=threads)

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
            groups=np.array([examples[row].group for row in rows]),
            judged=np.array([not examples[row].term for row in rows]),
            binary=binary,
            balanced=binary or settings.balanced,
            c=settings.c,
            least_squares=settings.least_squares,
            least_precision=settings.least_precision,
            probabilities_read=bool(binary or settings.ranking or settings.recall_first),
        )

    def read(self, text: str, words: list[str]) -> dict[str, Any]:
        """Each head's label under its name and its ranking under the ranking's name."""
        indices, values = self.space.row(self.space.count(text, words))
        found: dict[str, Any] = {}
        for name, head in self.heads.items():
            settings = self.settings[name]
            p = head.probabilities(indices, values)
            if settings.least_precision is not None:
                found[name] = bool(p[0] >= head.threshold)
                continue
            ranking = sorted(zip(head.labels, p.tolist(), strict=True), key=lambda pair: -pair[1])
            found[name] = chosen(ranking, settings)
            if settings.ranking:
                found[settings.ranking] = [[label, round(q, 4)] for label, q in ranking if label != ABSENT][
                    : settings.top
                ]
        for name, settings in self.settings.items():
            if any(found[other] not in labels for other, labels in settings.only_for.items()):
                found[name] = None
        return found


def chosen(ranking: Sequence[tuple[str, float]], settings: HeadSettings) -> str | None:
    """The likeliest label, unless one that must not be missed reaches its own threshold."""
    for label, p in ranking:
        if p >= settings.recall_first.get(label, 2.0):
            return label
    return ranking[0][0] or None


def with_copies(text: str, *, rng: random.Random, folded: int, noisy: int) -> Iterable[str]:
    """The text, without its marks, and as it would be typed in haste: what a model must read alike."""
    return [text, *[fold(text)] * folded, *(noised(text, rng=rng) for _ in range(noisy))]
