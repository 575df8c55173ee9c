"""Linear heads over one shared row of features, each with calibrated probabilities."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression, RidgeClassifier
from sklearn.model_selection import GroupKFold
from sklearn.svm import LinearSVC

FOLDS = 3


@dataclass
class HeadData:
    """What a head learns from: `rows` of the feature matrix, a label each; `judged` marks those that calibrate it.

    A head of which only the likeliest label is read needs no calibration, which costs three quarters of the training.
    """

    name: str
    rows: np.ndarray
    labels: np.ndarray
    groups: np.ndarray
    judged: np.ndarray
    binary: bool = False
    balanced: bool = False
    c: float | None = None
    least_squares: bool = False
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


def train(features: csr_matrix, tasks: list[HeadData], *, c: float, threads: int) -> dict[str, Head]:
    """Train each head, with `c` where it has none of its own; the solvers give up the interpreter's lock."""
    with ThreadPoolExecutor(threads) as pool:
        heads = pool.map(lambda task: _trained(features, task, c=c), tasks)
        return {task.name: head for task, head in zip(tasks, heads, strict=True)}


def _trained(features: csr_matrix, task: HeadData, *, c: float) -> Head:
    model = _fitted(features[task.rows], task.labels, task=task, c=c)
    weights, bias = _planes(model, binary=task.binary)
    head = Head(labels=model.classes_.tolist(), weights=weights, bias=bias)
    if not task.probabilities_read:
        return head
    scores = _scores_out_of_fold(features, task, c=c)
    judged, truth = scores[task.judged], task.labels[task.judged]
    if task.binary:
        _calibrate_binary(head, judged, truth, least_precision=task.least_precision)
    else:
        _calibrate(head, judged, truth)
    return head


def _fitted(features: csr_matrix, labels: np.ndarray, *, task: HeadData, c: float) -> LinearSVC | RidgeClassifier:
    weight = "balanced" if task.balanced else None
    if task.least_squares:
        strength = 1 / (task.c or c)
        return RidgeClassifier(alpha=strength, class_weight=weight, solver="sparse_cg", tol=1e-2).fit(features, labels)
    return LinearSVC(C=task.c or c, class_weight=weight, tol=1e-2, random_state=0).fit(features, labels)


def _planes(model: LinearSVC, *, binary: bool) -> tuple[np.ndarray, np.ndarray]:
    """A weight column and a bias for each label; a binary head keeps the one of "true"."""
    weights = np.ascontiguousarray(model.coef_.T, dtype=np.float32)
    bias = model.intercept_.astype(np.float32)
    if weights.shape[1] == 1 and not binary:  # scikit-learn gives two labels one column
        return np.hstack([-weights, weights]), np.concatenate([-bias, bias])
    return weights, bias


def _scores_out_of_fold(features: csr_matrix, task: HeadData, *, c: float) -> np.ndarray:
    """Scores of each row by a model that saw neither it nor a copy of its message."""
    labels = np.unique(task.labels)
    scores = np.full((len(task.rows), 1 if task.binary else len(labels)), -1.0, dtype=np.float32)
    for seen, unseen in GroupKFold(FOLDS).split(task.rows, groups=task.groups):
        model = _fitted(features[task.rows[seen]], task.labels[seen], task=task, c=c)
        weights, bias = _planes(model, binary=task.binary)
        columns = [0] if task.binary else np.searchsorted(labels, model.classes_)
        scores[np.ix_(unseen, columns)] = features[task.rows[unseen]] @ weights + bias
    return scores


def _calibrate(head: Head, scores: np.ndarray, truth: np.ndarray) -> None:
    """One temperature for all labels, the one with the smallest log loss."""
    right = np.searchsorted(np.array(head.labels), truth)

    def loss(log_scale: float) -> float:
        p = calibrated(scores, scale=float(np.exp(log_scale)), shift=0.0)
        return float(-np.log(p[np.arange(len(right)), right] + 1e-12).mean())

    head.scale = float(np.exp(minimize_scalar(loss, bounds=(-1.0, 3.5), method="bounded").x))
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
