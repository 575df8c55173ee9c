"""Linear heads over one shared row of features, fitted by least squares, each with calibrated probabilities."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.sparse import csr_matrix, hstack
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold

FOLDS = 3
STEPS = 25
CLOSE = 1e-3


@dataclass(frozen=True, slots=True)
class Fit:
    """How planes are fitted: `ridge` pulls weights to zero; each label weighs (1 / its messages) ** `balance`."""

    ridge: float = 2.0
    balance: float = 0.5


@dataclass
class HeadData:
    """What a head learns from: `rows` of the feature matrix, a label each; `judged` marks those that calibrate it.

    A head of which only the likeliest label is read needs no calibration, which costs two thirds of the training.
    """

    name: str
    rows: np.ndarray
    labels: np.ndarray
    groups: np.ndarray
    judged: np.ndarray
    binary: bool = False
    least_precision: float | None = None
    probabilities_read: bool = True


@dataclass
class Head:
    """One linear classifier: scores are `row @ weights + bias`, probabilities come from the calibrated scores.

    `scale` and `shift` map scores to logits; `threshold`, of a binary head only, is the probability from which it says
    yes.
    """

    labels: list[Any]
    weights: np.ndarray
    bias: np.ndarray
    scale: float = 1.0
    shift: float = 0.0
    threshold: float = 0.5
    figures: dict[str, float] = field(default_factory=dict)

    def probabilities(self, indices: np.ndarray, values: np.ndarray) -> np.ndarray:
        """One probability for each label; for a binary head, one number: that it is true."""
        scores = values @ self.weights[indices] + self.bias
        return calibrated(scores, scale=self.scale, shift=self.shift)


def calibrated(scores: np.ndarray, *, scale: float, shift: float) -> np.ndarray:
    """Softmax over the labels, or a logistic curve where there is one score only."""
    logits = scores * scale + shift
    if logits.shape[-1] == 1:
        return np.asarray(1 / (1 + np.exp(-logits)))
    logits = logits - logits.max(axis=-1, keepdims=True)
    powers = np.exp(logits)
    return np.asarray(powers / powers.sum(axis=-1, keepdims=True))


def train(features: csr_matrix, tasks: list[HeadData], *, fit: Fit, threads: int) -> dict[str, Head]:
    """Train each head; the sparse products give up the interpreter's lock, so threads help."""
    with ThreadPoolExecutor(threads) as pool:
        heads = pool.map(lambda task: _trained(features, task, fit=fit), tasks)
        return {task.name: head for task, head in zip(tasks, heads, strict=True)}


def _trained(features: csr_matrix, task: HeadData, *, fit: Fit) -> Head:
    labels = np.unique(task.labels)
    planes = fitted(features[task.rows], task.labels, labels=labels, fit=fit)
    weights, bias = _of_binary(planes) if task.binary else planes
    head = Head(labels=labels.tolist(), weights=np.ascontiguousarray(weights), bias=bias)
    if not task.probabilities_read:
        return head
    scores = _scores_out_of_fold(features, task, labels=labels, fit=fit)
    judged, truth = scores[task.judged], task.labels[task.judged]
    if task.binary:
        _calibrate_binary(head, judged, truth, least_precision=task.least_precision)
    else:
        _calibrate(head, judged, truth)
    return head


def fitted(features: csr_matrix, truth: np.ndarray, *, labels: np.ndarray, fit: Fit) -> tuple[np.ndarray, np.ndarray]:
    """(weights, bias): a plane for each label, near 1 on its own messages and -1 on the others.

    All planes are found together by conjugate gradients: the products with the sparse matrix are shared.
    """
    place = np.searchsorted(labels, truth)
    count = np.bincount(place, minlength=len(labels))
    weigh = (len(truth) / (len(labels) * np.maximum(count, 1))) ** fit.balance
    row_weights = weigh[place].astype(np.float32)[:, None]
    targets = np.full((len(truth), len(labels)), -1, dtype=np.float32)
    targets[np.arange(len(truth)), place] = 1
    rows = hstack([features, np.ones((features.shape[0], 1), dtype=np.float32)]).tocsr()
    columns = rows.T.tocsr()
    planes = np.zeros((rows.shape[1], len(labels)), dtype=np.float32)
    rest = columns @ (targets * row_weights)
    step = rest.copy()
    left = start = (rest * rest).sum(axis=0)
    for _ in range(STEPS):
        moved = columns @ ((rows @ step) * row_weights) + fit.ridge * step
        length = left / np.maximum((step * moved).sum(axis=0), 1e-20)
        planes += length * step
        rest -= length * moved
        now = (rest * rest).sum(axis=0)
        if (now < CLOSE**2 * start).all():
            break
        step = rest + (now / np.maximum(left, 1e-20)) * step
        left = now
    return planes[:-1], planes[-1]


def _of_binary(planes: tuple[np.ndarray, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """The plane of "true" alone; with one label only, a plane that always says the same."""
    weights, bias = planes
    return weights[:, -1:], bias[-1:]


def _scores_out_of_fold(features: csr_matrix, task: HeadData, *, labels: np.ndarray, fit: Fit) -> np.ndarray:
    """Scores of each row by a model that saw neither it nor a copy of its message."""
    scores = np.full((len(task.rows), 1 if task.binary else len(labels)), -1.0, dtype=np.float32)
    for seen, unseen in GroupKFold(FOLDS).split(task.rows, groups=task.groups):
        planes = fitted(features[task.rows[seen]], task.labels[seen], labels=labels, fit=fit)
        weights, bias = _of_binary(planes) if task.binary else planes
        scores[unseen] = features[task.rows[unseen]] @ weights + bias
    return scores


def _calibrate(head: Head, scores: np.ndarray, truth: np.ndarray) -> None:
    """One temperature for all labels, the one with the smallest log loss."""
    right = np.searchsorted(np.array(head.labels), truth)

    def loss(log_scale: float) -> float:
        p = calibrated(scores, scale=float(np.exp(log_scale)), shift=0.0)
        return float(-np.log(p[np.arange(len(right)), right] + 1e-12).mean())

    head.scale = float(np.exp(minimize_scalar(loss, bounds=(-1.0, 4.0), method="bounded").x))
    p = calibrated(scores, scale=head.scale, shift=0.0)
    head.figures = {"accuracy": float((p.argmax(axis=1) == right).mean())}


def _calibrate_binary(head: Head, scores: np.ndarray, truth: np.ndarray, *, least_precision: float | None) -> None:
    """A logistic curve, and the lowest threshold at which the precision is still what is asked for."""
    curve = LogisticRegression(C=1e3).fit(scores, truth)
    head.scale, head.shift = float(curve.coef_[0, 0]), float(curve.intercept_[0])
    p = calibrated(scores, scale=head.scale, shift=head.shift)[:, 0]
    order = np.argsort(-p)
    hits = np.cumsum(truth[order])
    precision, recall = hits / np.arange(1, len(order) + 1), hits / max(1, truth.sum())
    good = np.flatnonzero(precision >= (least_precision or 0.5))
    at = int(good[-1]) if len(good) else 0
    head.threshold = float(p[order][at])
    head.figures = {"precision": float(precision[at]), "recall": float(recall[at])}
