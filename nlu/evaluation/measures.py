"""Counts over labels and answers: precision and recall by class, calibration, trade-offs, percentiles."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

BINS = 10
SIMULATIONS = 200


@dataclass(frozen=True, slots=True)
class ClassFigures:
    """One label: `support` messages have it, `found` were given it."""

    support: int
    found: int
    right: int

    @property
    def precision(self) -> float:
        return self.right / self.found if self.found else 0.0

    @property
    def recall(self) -> float:
        return self.right / self.support if self.support else 0.0

    @property
    def f1(self) -> float:
        return 2 * self.right / (self.support + self.found) if self.support + self.found else 0.0


@dataclass(frozen=True, slots=True)
class Bin:
    """Messages of like confidence: the mean confidence, and the share that was right."""

    count: int
    confidence: float
    accuracy: float


@dataclass(frozen=True, slots=True)
class Calibration:
    """`error` is the mean gap between confidence and accuracy over equal-mass bins; `expected` is what a perfectly
    calibrated model would show on as many messages with these confidences, by chance alone."""

    error: float
    expected: float
    bins: tuple[Bin, ...]


@dataclass(frozen=True, slots=True)
class TradeOff:
    threshold: float
    precision: float
    recall: float


def share(right: int, total: int) -> float | None:
    return right / total if total else None


def accuracy(pairs: Sequence[tuple[Hashable, Hashable]]) -> float | None:
    """Share of (true, found) pairs that agree; None without pairs."""
    return share(sum(true == found for true, found in pairs), len(pairs))


def by_class(pairs: Iterable[tuple[str | None, str | None]]) -> dict[str, ClassFigures]:
    """Figures of each label that stands in the truth or was found, by support."""
    support: Counter[str] = Counter()
    found: Counter[str] = Counter()
    right: Counter[str] = Counter()
    for true, given in pairs:
        if true is not None:
            support[true] += 1
        if given is not None:
            found[given] += 1
        if true is not None and true == given:
            right[true] += 1
    labels = sorted(support | found, key=lambda label: (-support[label], label))
    return {label: ClassFigures(support[label], found[label], right[label]) for label in labels}


def macro_f1(pairs: Iterable[tuple[str | None, str | None]]) -> float | None:
    """Mean F1 over the labels that stand in the truth."""
    figures = [one.f1 for one in by_class(pairs).values() if one.support]
    return sum(figures) / len(figures) if figures else None


def confusion(pairs: Iterable[tuple[str | None, str | None]]) -> dict[tuple[str, str], int]:
    """How often each true label was given each label; "-" stands for none."""
    return dict(Counter((true or "-", found or "-") for true, found in pairs))


def set_f1(pairs: Iterable[tuple[set[str], set[str]]]) -> dict[str, float] | None:
    """Precision, recall and F1 over (true, found) sets of values, micro-averaged; None where no value is true."""
    true_count = found_count = right = 0
    for true, found in pairs:
        true_count += len(true)
        found_count += len(found)
        right += len(true & found)
    if not true_count:
        return None
    figures = ClassFigures(true_count, found_count, right)
    return {"precision": figures.precision, "recall": figures.recall, "f1": figures.f1, "count": true_count}


def calibration(judged: Sequence[tuple[float, bool]], *, seed: int = 0) -> Calibration | None:
    """`judged`: (confidence, was right) of each message. None for fewer messages than bins."""
    if len(judged) < BINS:
        return None
    ordered = sorted(judged)
    bins = _bins(ordered)
    rng = random.Random(seed)  # noqa: S311 - repeatable, not secret
    confidences = [p for p, _ in ordered]
    drawn = [_error(_bins([(p, rng.random() < p) for p in confidences])) for _ in range(SIMULATIONS)]
    return Calibration(_error(bins), sum(drawn) / len(drawn), bins)


def _bins(ordered: Sequence[tuple[float, bool]]) -> tuple[Bin, ...]:
    edges = [round(len(ordered) * i / BINS) for i in range(BINS + 1)]
    parts = [ordered[start:end] for start, end in pairwise(edges)]
    return tuple(
        Bin(len(part), sum(p for p, _ in part) / len(part), sum(ok for _, ok in part) / len(part)) for part in parts
    )


def _error(bins: Sequence[Bin]) -> float:
    total = sum(one.count for one in bins)
    return sum(one.count * abs(one.confidence - one.accuracy) for one in bins) / total


def trade_off(scored: Sequence[tuple[float, bool]]) -> list[TradeOff]:
    """Precision and recall at each threshold, falling; `scored`: (probability of the label, has it)."""
    positives = sum(has for _, has in scored)
    if not positives:
        return []
    curve: list[TradeOff] = []
    right = 0
    ordered = sorted(scored, reverse=True)
    for count, (p, has) in enumerate(ordered, start=1):
        right += has
        if count == len(ordered) or ordered[count][0] < p:
            curve.append(TradeOff(p, right / count, right / positives))
    return curve


def best_recall(curve: Iterable[TradeOff], *, least_precision: float) -> float | None:
    return max((point.recall for point in curve if point.precision >= least_precision), default=None)


def kept_threshold(scores: Sequence[float], *, kept: float) -> float:
    """The score that this share of `scores` reaches."""
    ordered = sorted(scores, reverse=True)
    return ordered[min(len(ordered) - 1, max(0, round(kept * len(ordered)) - 1))]


def percentile(values: Sequence[float], at: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(at * len(ordered)))]
