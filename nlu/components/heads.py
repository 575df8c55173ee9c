"""Linear heads over one shared row of features, fitted by least squares, each with calibrated probabilities."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression

from nlu.components.planes import Planes, Question, out_of_fold
from nlu.components.planes import fit as fit_planes

FOLDS = 3


@dataclass(frozen=True, slots=True)
class Fit:
    """How planes are fitted: `ridge` pulls weights to zero; each label weighs (1 / its messages) ** `balance`."""

    ridge: float = 2.0
    balance: float = 0.5


@dataclass
class HeadData:
    """What a head learns from: `rows` of the feature matrix, a label each; `judged` marks those that calibrate it.

    A head of which only the likeliest label is read needs no calibration, which costs most of the training.
    """

    name: str
    rows: np.ndarray
    labels: np.ndarray
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


def train(
    features: csr_matrix, tasks: list[HeadData], *, groups: np.ndarray, fit: Fit, threads: int
) -> dict[str, Head]:
    """Train all heads at once; `groups` gives each row of the features the number of its message."""
    questions = [question(task, rows=features.shape[0], balance=fit.balance) for task in tasks]
    planes = fit_planes(features, questions, ridge=fit.ridge, threads=threads)
    judged = [at for at, task in enumerate(tasks) if task.probabilities_read]
    scores = out_of_fold(
        features, [questions[at] for at in judged], groups, ridge=fit.ridge, threads=threads, folds=FOLDS
    )
    heads = {task.name: _head(task, found) for task, found in zip(tasks, planes, strict=True)}
    for at, unseen in zip(judged, scores, strict=True):
        _calibrated_head(heads[tasks[at].name], tasks[at], unseen)
    return heads


def question(task: HeadData, *, rows: int, balance: float) -> Question:
    """A plane for each label, or for "true" alone; near 1 on its own messages and -1 on the others."""
    labels = np.unique(task.labels)
    place = np.searchsorted(labels, task.labels)
    count = np.bincount(place, minlength=len(labels))
    weigh = (len(place) / (len(labels) * np.maximum(count, 1))) ** balance
    targets = np.full((rows, len(labels)), -1, dtype=np.float32)
    targets[task.rows, place] = 1
    weights = np.zeros((rows, len(labels)), dtype=np.float32)
    weights[task.rows] = weigh[place].astype(np.float32)[:, None]
    kept = slice(-1, None) if task.binary else slice(None)
    return Question(targets[:, kept], weights[:, kept])


def _head(task: HeadData, planes: Planes) -> Head:
    return Head(labels=np.unique(task.labels).tolist(), weights=planes.weights, bias=planes.bias)


def _calibrated_head(head: Head, task: HeadData, scores: np.ndarray) -> None:
    judged, truth = scores[task.rows][task.judged], task.labels[task.judged]
    if task.binary:
        _calibrate_binary(head, judged, truth, least_precision=task.least_precision)
    else:
        _calibrate(head, judged, truth)


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
