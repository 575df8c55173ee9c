"""Planes for many questions at once by least squares: conjugate gradients over the shared rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from nlu.components.rows import Rows, Turned

STEPS = 12
PARTS_A_THREAD = 4  # the planes of one part are found together; fewer at once take less memory


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


@dataclass(frozen=True, slots=True)
class System:
    """The rows with what every solving over them needs: their transpose, the scale of the columns, the pull to zero."""

    rows: Rows
    columns: Turned
    scale: np.ndarray
    ridge: float

    @classmethod
    def of(cls, rows: Rows, *, ridge: float) -> System:
        return cls(rows, rows.turned(), _scale(rows, ridge=ridge), ridge)


def fit(system: System, questions: Sequence[Question], *, threads: int) -> list[Planes]:
    """The planes of each question. The products give up the interpreter's lock, so threads help.

    The planes of a part are found together, because what a product costs is the walk over the matrix.
    """
    parts = [part for part in _shared_out(questions, threads * PARTS_A_THREAD) if part]
    with ThreadPoolExecutor(threads) as pool:
        solved = pool.map(lambda part: _solve(system, [questions[at] for at in part]), parts)
        found = {
            at: one for part, planes in zip(parts, solved, strict=True) for at, one in zip(part, planes, strict=True)
        }
    return [found[at] for at in range(len(questions))]


def held_out(
    system: System, questions: Sequence[Question], groups: np.ndarray, *, threads: int, parts: int
) -> tuple[np.ndarray, list[np.ndarray]]:
    """One part in `parts` of the groups (their row numbers), and its scores by planes that saw none of it.

    What is not to be seen weighs nothing: a copy of the matrix without those rows would cost more memory than time.
    """
    names = np.unique(groups)
    chosen = np.random.default_rng(0).permutation(names)[: len(names) // parts]
    inside = np.isin(groups, chosen)
    unseen = np.flatnonzero(inside)
    taught = [Question(one.targets, np.where(inside[:, None], np.float32(0), one.weights)) for one in questions]
    planes = fit(system, taught, threads=threads)
    rest = system.rows[unseen]
    return unseen, [rest @ one.weights + one.bias for one in planes]


def _shared_out(questions: Sequence[Question], count: int) -> list[list[int]]:
    """The numbers of the questions in so many lists, with about as many planes in each."""
    parts: list[list[int]] = [[] for _ in range(count)]
    size = [0] * count
    for at in sorted(range(len(questions)), key=lambda at: -questions[at].targets.shape[1]):
        least = size.index(min(size))
        parts[least].append(at)
        size[least] += questions[at].targets.shape[1]
    return parts


def _scale(rows: Rows, *, ridge: float) -> np.ndarray:
    """What makes the columns alike to the solver (Jacobi): one over each one's sum of squares; shape (columns + 1, 1).

    A word that stands in half of the messages and one that stands in two are then learned in as many steps.
    """
    squares = np.append(rows.squares(), rows.shape[0])
    return (1 / (squares + ridge)).astype(np.float32)[:, None]


def _solve(system: System, questions: list[Question]) -> Iterator[Planes]:
    targets = np.hstack([one.targets for one in questions])
    weights = np.hstack([one.weights for one in questions])
    planes = conjugate_gradients(system, targets, weights)
    ends = np.cumsum([one.targets.shape[1] for one in questions])[:-1]
    return (Planes(np.ascontiguousarray(part[:-1]), part[-1]) for part in np.split(planes, ends, axis=1))


def conjugate_gradients(system: System, targets: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Minimum over the planes p of sum(weights * (rows @ p - targets)^2) + ridge * p^2.

    Preconditioned by the scale of the columns (Saad, Iterative Methods for Sparse Linear Systems, 9.2). A column of
    ones, for the bias, stands last in thought: the last row of the result.
    """
    rows, columns, scale = system.rows, system.columns, system.scale
    planes = np.zeros((rows.shape[1] + 1, targets.shape[1]), dtype=np.float32)
    rest = _summed(columns, targets * weights)
    step = rest * scale
    left = _products(rest, step)
    for _ in range(STEPS):
        scores = rows @ step[:-1]
        scores += step[-1]
        scores *= weights
        moved = _summed(columns, scores)
        moved += system.ridge * step
        length = left / np.maximum(_products(step, moved), 1e-20)
        moved *= length
        rest -= moved
        planes += np.multiply(step, length, out=moved)
        scaled = np.multiply(rest, scale, out=moved)
        now = _products(rest, scaled)
        step *= now / np.maximum(left, 1e-20)
        step += scaled
        left = now
    return planes


def _summed(columns: Turned, scores: np.ndarray) -> np.ndarray:
    return np.vstack([columns @ scores, scores.sum(axis=0)])


def _products(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    return np.einsum("ij,ij->j", one, other)
