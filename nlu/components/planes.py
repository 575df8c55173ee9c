"""Planes for many questions at once by least squares: conjugate gradients over one shared sparse matrix."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_matrix

STEPS = 25
CLOSE = 3e-3


@dataclass(frozen=True, slots=True)
class Question:
    """One plane for each column: a row's target is 1 or -1, its weight 0 where the row says nothing about it.

    Both have the shape (rows, planes).
    """

    targets: np.ndarray
    weights: np.ndarray


@dataclass(frozen=True, slots=True)
class Planes:
    """Scores are `row @ weights + bias`; shapes (columns, planes) and (planes,)."""

    weights: np.ndarray
    bias: np.ndarray


def fit(features: csr_matrix, questions: Sequence[Question], *, ridge: float, threads: int) -> list[Planes]:
    """The planes of each question. The products give up the interpreter's lock, so threads help.

    The matrix and its transpose are made once; the planes of a thread are found together, because what a product costs
    is the walk over the matrix.
    """
    columns = features.T.tocsr()
    parts = [part for part in _shared_out(questions, threads) if part]
    with ThreadPoolExecutor(threads) as pool:
        solved = pool.map(lambda part: _solve(features, columns, [questions[at] for at in part], ridge=ridge), parts)
        found = {
            at: one for part, planes in zip(parts, solved, strict=True) for at, one in zip(part, planes, strict=True)
        }
    return [found[at] for at in range(len(questions))]


def held_out(
    features: csr_matrix, questions: Sequence[Question], groups: np.ndarray, *, ridge: float, threads: int, parts: int
) -> tuple[np.ndarray, list[np.ndarray]]:
    """One part in `parts` of the groups (their row numbers), and its scores by planes that saw none of it."""
    names = np.unique(groups)
    chosen = np.random.default_rng(0).permutation(names)[: len(names) // parts]
    inside = np.isin(groups, chosen)
    seen, unseen = np.flatnonzero(~inside), np.flatnonzero(inside)
    taught = [Question(one.targets[seen], one.weights[seen]) for one in questions]
    planes = fit(features[seen], taught, ridge=ridge, threads=threads)
    rest = features[unseen]
    return unseen, [rest @ one.weights + one.bias for one in planes]


def _shared_out(questions: Sequence[Question], threads: int) -> list[list[int]]:
    """The numbers of the questions, one list a thread, with about as many planes in each."""
    parts: list[list[int]] = [[] for _ in range(threads)]
    size = [0] * threads
    for at in sorted(range(len(questions)), key=lambda at: -questions[at].targets.shape[1]):
        least = size.index(min(size))
        parts[least].append(at)
        size[least] += questions[at].targets.shape[1]
    return parts


def _solve(rows: csr_matrix, columns: csr_matrix, questions: list[Question], *, ridge: float) -> Iterator[Planes]:
    targets = np.hstack([one.targets for one in questions])
    weights = np.hstack([one.weights for one in questions])
    planes = conjugate_gradients(rows, columns, targets, weights, ridge=ridge)
    ends = np.cumsum([one.targets.shape[1] for one in questions])[:-1]
    return (Planes(np.ascontiguousarray(part[:-1]), part[-1]) for part in np.split(planes, ends, axis=1))


def conjugate_gradients(
    rows: csr_matrix, columns: csr_matrix, targets: np.ndarray, weights: np.ndarray, *, ridge: float
) -> np.ndarray:
    """Minimum over the planes p of sum(weights * (rows @ p - targets)^2) + ridge * p^2; `columns` is the transpose.

    A column of ones, for the bias, stands last in thought: the last row of the result.
    """
    planes = np.zeros((rows.shape[1] + 1, targets.shape[1]), dtype=np.float32)
    rest = _summed(columns, targets * weights)
    step = rest.copy()
    left = start = _squares(rest)
    for _ in range(STEPS):
        scores = rows @ step[:-1]
        scores += step[-1]
        scores *= weights
        moved = _summed(columns, scores)
        moved += ridge * step
        length = left / np.maximum(np.einsum("ij,ij->j", step, moved), 1e-20)
        moved *= length
        rest -= moved
        planes += np.multiply(step, length, out=moved)
        now = _squares(rest)
        if (now < CLOSE**2 * start).all():
            break
        step *= now / np.maximum(left, 1e-20)
        step += rest
        left = now
    return planes


def _summed(columns: csr_matrix, scores: np.ndarray) -> np.ndarray:
    return np.vstack([columns @ scores, scores.sum(axis=0)])


def _squares(matrix: np.ndarray) -> np.ndarray:
    return np.einsum("ij,ij->j", matrix, matrix)
