"""One head for each question: planes over the shared row of features, then a look at the scores of all questions.

The first step is least squares over many n-grams. The second is a small logistic regression over the scores that the
first step gives to messages which it did not see: there the field hears of the topic and the problem of the kind, and
there the probabilities are made. Where the labels of one head are parts of another's, as topics are of fields, both are
asked, and the answer is the mean of what they say.
"""

from __future__ import annotations

import gc
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold, cross_val_predict

from nlu.components.planes import Planes, Question, System, unseen_scores
from nlu.components.planes import fit as fit_planes
from nlu.components.rows import Rows

PARTS = 2  # so many times the planes are learned for the second step, each time from the other messages
FOLDS = 3  # for thresholds
NEVER = -20.0  # bias of a label that the second step has not met


@dataclass(frozen=True, slots=True)
class Fit:
    """`ridge` pulls the planes to zero; each label weighs (1 / its messages) ** `balance`.

    `trust` is how far the second step follows its data (the inverse strength of its own pull to zero), and a head
    trusts its own scores (and those of its parts, or of what it is a part of) `own` ** 2 times as much as those of the
    other questions; `one_width` leaves the scores in their own proportion, which very rare labels need.
    """

    ridge: float = 2.0
    balance: float = 0.5
    trust: float = 0.03
    own: float = 1.0
    one_width: bool = False


@dataclass(frozen=True, slots=True)
class HeadData:
    """What a head learns from: `rows` of the feature matrix, a label each; `judged` marks those of real messages.

    `precisions` gives the least precision for which a label gets a threshold of its own; `parts` names the head whose
    labels are parts of this one's.
    """

    name: str
    rows: np.ndarray
    labels: np.ndarray
    judged: np.ndarray
    binary: bool = False
    precisions: Mapping[Any, float] = field(default_factory=dict)
    parts: str | None = None


@dataclass
class Head:
    """Logits are `scores @ weights + bias`, over the scores of all questions.

    `thresholds`: the probability from which a label that must not be missed is given. `figures` were counted on
    held-out messages.
    """

    labels: list[Any]
    weights: np.ndarray
    bias: np.ndarray
    thresholds: dict[Any, float] = field(default_factory=dict)
    figures: dict[str, float] = field(default_factory=dict)

    def probabilities(self, scores: np.ndarray) -> np.ndarray:
        """One probability for each label; for a binary head, one number: that it is true."""
        return chances(scores @ self.weights + self.bias)


@dataclass(frozen=True, slots=True)
class Whole:
    """What the labels of the head `part` are parts of: of[part's label, own label] is 1, all others 0."""

    part: str
    of: np.ndarray

    def mean(self, own: np.ndarray, parts: np.ndarray) -> np.ndarray:
        """Of a head's own probabilities and what those of its parts add up to."""
        return (own + parts @ self.of) / 2


@dataclass
class Heads:
    """The planes of all questions side by side, the heads that read their scores, and the heads that have parts."""

    planes: Planes
    heads: dict[str, Head]
    wholes: dict[str, Whole] = field(default_factory=dict)

    def probabilities(self, indices: np.ndarray, values: np.ndarray) -> dict[str, np.ndarray]:
        """Of a row (or some) given by its columns and values, by head."""
        scores = values @ self.planes.weights[indices] + self.planes.bias
        found = {name: head.probabilities(scores) for name, head in self.heads.items()}
        return found | {name: whole.mean(found[name], found[whole.part]) for name, whole in self.wholes.items()}

    def possible(self, name: str, chosen: Mapping[str, Any]) -> list[Any]:
        """The labels of a head beside those that were chosen for others: of a part, those within the whole's."""
        labels = self.heads[name].labels
        for above, whole in self.wholes.items():
            if whole.part == name and above in chosen:
                within = whole.of[:, self.heads[above].labels.index(chosen[above])] > 0
                return [label for label, is_within in zip(labels, within, strict=True) if is_within] or labels
        return labels


def chances(logits: np.ndarray) -> np.ndarray:
    """Softmax over the labels, or a logistic curve where there is one number only."""
    if logits.shape[-1] == 1:
        return np.asarray(1 / (1 + np.exp(-logits)))
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=-1, keepdims=True))


def train(features: Rows, tasks: Sequence[HeadData], *, groups: np.ndarray, fit: Fit, threads: int) -> Heads:
    """Train all heads at once; `groups` gives each row of the features the number of its message."""
    questions = [question(task, balance=fit.balance) for task in tasks]
    system = System.of(features, ridge=fit.ridge)
    unseen, scores = unseen_scores(system, questions, groups, threads=threads, parts=PARTS)
    starts = np.cumsum([0, *(one.planes for one in questions)])
    columns = {task.name: np.arange(*starts[at : at + 2]) for at, task in enumerate(tasks)}
    wholes = {task.name: _whole(task, part) for task in tasks for part in tasks if part.name == task.parts}
    kin = {task.name: {task.name} for task in tasks}
    for name, whole in wholes.items():
        kin[name].add(whole.part)
        kin[whole.part].add(name)
    own = {name: np.concatenate([columns[one] for one in sorted(names)]) for name, names in kin.items()}
    heads = {task.name: _second(task, unseen, scores, own=own[task.name], groups=groups, fit=fit) for task in tasks}
    gc.collect()  # the search for thresholds leaves 150 MB in cycles
    return Heads(fit_planes(system, questions, threads=threads), heads, wholes)


def _whole(task: HeadData, part: HeadData) -> Whole:
    """Each label of the part belongs to the label of the whole beside which it stands most often."""
    ours, theirs = np.unique(task.labels), np.unique(part.labels)
    _, at, beside = np.intersect1d(task.rows, part.rows, return_indices=True)
    together = np.zeros((len(theirs), len(ours)))
    np.add.at(together, (np.searchsorted(theirs, part.labels[beside]), np.searchsorted(ours, task.labels[at])), 1)
    return Whole(part.name, np.eye(len(ours))[together.argmax(axis=1)])


def question(task: HeadData, *, balance: float) -> Question:
    """A plane for each label, or for "true" alone; near 1 on its own messages and -1 on the others."""
    labels = np.unique(task.labels)
    place = np.searchsorted(labels, task.labels)
    count = np.bincount(place, minlength=len(labels))
    weigh = (len(place) / (len(labels) * np.maximum(count, 1))) ** balance
    weights = weigh[place].astype(np.float32)
    if task.binary:
        return Question(task.rows, place - (len(labels) - 1), weights, 1)
    return Question(task.rows, place, weights, len(labels))


def _second(
    task: HeadData, unseen: np.ndarray, scores: np.ndarray, *, own: np.ndarray, groups: np.ndarray, fit: Fit
) -> Head:
    """The second step of one head, on the held-out messages that have a label of it; `own` are its own columns."""
    label_of = dict(zip(task.rows[task.judged].tolist(), task.labels[task.judged].tolist(), strict=True))
    known = [at for at, row in enumerate(unseen.tolist()) if row in label_of]
    truth = np.array([label_of[row] for row in unseen[known].tolist()])
    rows, labels = scores[known], np.unique(task.labels).tolist()
    middle, width = _middle_and_width(rows, own, fit)
    scaled = (rows - middle) / width
    head = _head(labels, scaled, truth, middle=middle, width=width, trust=fit.trust, binary=task.binary)
    if task.precisions:
        _set_thresholds(head, scaled, truth, groups[unseen[known]], task, trust=fit.trust)
    return head


def _middle_and_width(rows: np.ndarray, own: np.ndarray, fit: Fit) -> tuple[np.ndarray, np.ndarray]:
    """How the scores are brought to one scale, on which its own are the larger ones and so pulled to zero less."""
    middle, width = rows.mean(axis=0), rows.std(axis=0) + 1e-6
    if fit.one_width:
        width = np.full_like(width, rows.std())
    width[own] /= fit.own
    return middle, width


def _head(
    labels: list[Any],
    scaled: np.ndarray,
    truth: np.ndarray,
    *,
    middle: np.ndarray,
    width: np.ndarray,
    trust: float,
    binary: bool,
) -> Head:
    width_out = 1 if binary else len(labels)
    weights = np.zeros((scaled.shape[1], width_out), dtype=np.float32)
    bias = np.full(width_out, NEVER, dtype=np.float32)
    met = [0] if binary else np.flatnonzero(np.isin(labels, truth))
    if len(np.unique(truth)) > 1:
        model = _regression(trust).fit(scaled, truth)
        slopes = model.coef_.T / width[:, None]
        shift = model.intercept_ - middle @ slopes
        if len(met) == 2 and slopes.shape[1] == 1:  # two labels: one plane, seen from both sides
            slopes, shift = np.hstack([-slopes, slopes]) / 2, np.concatenate([-shift, shift]) / 2
        weights[:, met], bias[met] = slopes, shift
    elif len(truth):
        bias[met] = -NEVER if not binary or truth[0] else NEVER
    return Head(labels, weights, bias)


def _regression(trust: float) -> LogisticRegression:
    return LogisticRegression(C=trust, max_iter=60, tol=1e-3)


def _set_thresholds(
    head: Head, scaled: np.ndarray, truth: np.ndarray, groups: np.ndarray, task: HeadData, *, trust: float
) -> None:
    """For each label of `precisions` the lowest probability at which its precision is still what is asked for."""
    if len(set(groups.tolist())) < FOLDS or len(np.unique(truth)) < 2:
        return
    folds = list(GroupKFold(FOLDS).split(scaled, truth, groups))
    if any(len(np.unique(truth[seen])) < len(np.unique(truth)) for seen, _ in folds):
        return
    found = cross_val_predict(_regression(trust), scaled, truth, cv=folds, method="predict_proba")
    met = np.unique(truth).tolist()
    for label, precision in task.precisions.items():
        if label in met:
            p, right = found[:, met.index(label)], truth == label
            threshold, figures = lowest_threshold(p, right, least_precision=precision)
            head.thresholds[label] = threshold
            head.figures |= {f"{label}_{name}": value for name, value in figures.items()}


def lowest_threshold(
    chance: np.ndarray, right: np.ndarray, *, least_precision: float
) -> tuple[float, dict[str, float]]:
    """The lowest probability at which the precision is still what is asked for, with precision and recall there."""
    order = np.argsort(-chance)
    hits = np.cumsum(right[order])
    precision, recall = hits / np.arange(1, len(order) + 1), hits / max(1, right.sum())
    good = np.flatnonzero(precision >= least_precision)
    at = int(good[-1]) if len(good) else 0
    return float(chance[order][at]), {"precision": float(precision[at]), "recall": float(recall[at])}
