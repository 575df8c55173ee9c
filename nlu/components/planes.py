"""Planes for many questions at once: least squares, then a squared hinge; conjugate gradients over shared rows."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np

from nlu.components.rows import Rows, Turned

STEPS = 8
FURTHER_STEPS = 4
PARTS_A_THREAD = 4  # the planes of one part are found together; fewer at once take less memory


@dataclass(frozen=True, slots=True)
class Question:
    """`planes` planes over some of the rows: the target of rows[i] is 1 for the plane place[i], -1 for the others.

    A place below zero is -1 for all of them. `weights` tells how much each of these rows counts.
    """

    rows: np.ndarray
    place: np.ndarray
    weights: np.ndarray
    planes: int

    def without(self, unseen: np.ndarray) -> Question:
        """The same, but the rows that are marked here count nothing."""
        return replace(self, weights=np.where(unseen[self.rows], np.float32(0), self.weights))

    def targets(self, count: int) -> np.ndarray:
        """Shape (count, planes)."""
        targets = np.full((count, self.planes), -1, dtype=np.float32)
        met = self.place >= 0
        targets[self.rows[met], self.place[met]] = 1
        return targets

    def weighed(self, count: int) -> np.ndarray:
        """How much each row counts for each plane, nothing where it is not asked; shape (count, planes)."""
        weights = np.zeros((count, self.planes), dtype=np.float32)
        weights[self.rows] = self.weights[:, None]
        return weights


@dataclass(frozen=True, slots=True)
class Planes:
    """Scores are `row @ weights + bias`; shapes (columns, planes) and (planes,)."""

    weights: np.ndarray
    bias: np.ndarray


@dataclass(frozen=True, slots=True)
class System:
    """The rows with what every solving needs: their transpose, the sum of squares of each column, the pull to zero."""

    rows: Rows
    columns: Turned
    squares: np.ndarray
    ridge: float

    @classmethod
    def of(cls, rows: Rows, *, ridge: float) -> System:
        return cls(rows, rows.turned(), np.append(rows.squares(), rows.shape[0]), ridge)

    def with_ridge(self, ridge: float) -> System:
        return replace(self, ridge=ridge)

    @property
    def scale(self) -> np.ndarray:
        """What makes the columns alike to the solver (Jacobi), shape (columns + 1, 1).

        A word that stands in half of the messages and one that stands in two are then learned in as many steps.
        """
        return (1 / (self.squares + self.ridge)).astype(np.float32)[:, None]


def fit(system: System, questions: Sequence[Question], *, threads: int) -> Planes:
    """The planes of all questions side by side. The products give up the interpreter's lock, so threads help.

    Some planes are found together, because what a product costs is the walk over the rows.
    """
    columns = np.cumsum([0, *(one.planes for one in questions)])
    found = Planes(
        np.empty((system.rows.shape[1], columns[-1]), dtype=np.float32), np.empty(columns[-1], dtype=np.float32)
    )

    def solve(part: list[int]) -> None:
        planes = _solve(system, [questions[at] for at in part])
        at = np.concatenate([np.arange(columns[one], columns[one + 1]) for one in part])
        found.weights[:, at], found.bias[at] = planes[:-1], planes[-1]

    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(solve, [part for part in _shared_out(questions, threads * PARTS_A_THREAD) if part]))
    return found


def held_out(
    system: System, questions: Sequence[Question], groups: np.ndarray, *, threads: int, parts: int
) -> tuple[np.ndarray, np.ndarray]:
    """One part in `parts` of the groups (their row numbers), and its scores by planes that saw none of it.

    What is not to be seen weighs nothing: a copy of the rows without it would cost more memory than time.
    """
    names = np.unique(groups)
    chosen = np.random.default_rng(0).permutation(names)[: len(names) // parts]
    inside = np.isin(groups, chosen)
    unseen = np.flatnonzero(inside)
    planes = fit(system, [one.without(inside) for one in questions], threads=threads)
    return unseen, system.rows[unseen] @ planes.weights + planes.bias


def _shared_out(questions: Sequence[Question], count: int) -> list[list[int]]:
    """The numbers of the questions in so many lists, with about as many planes in each."""
    parts: list[list[int]] = [[] for _ in range(count)]
    size = [0] * count
    for at in sorted(range(len(questions)), key=lambda at: -questions[at].planes):
        least = size.index(min(size))
        parts[least].append(at)
        size[least] += questions[at].planes
    return parts


def _solve(system: System, questions: list[Question]) -> np.ndarray:
    """Least squares first; then once more with the rows that are right beyond doubt left out.

    Least squares pulls back what lies beyond 1 on its own side, as if it were wrong. Leaving it out is a step of
    Newton's method for the squared hinge (Keerthi and DeCoste, 2005), which counts only what is wrong or doubtful.
    """
    count = system.rows.shape[0]
    targets = np.hstack([one.targets(count) for one in questions])
    weights = np.hstack([one.weighed(count) for one in questions])
    planes = np.zeros((system.rows.shape[1] + 1, targets.shape[1]), dtype=np.float32)
    scores = np.zeros_like(targets)
    conjugate_gradients(system, targets, weights, planes, scores, steps=STEPS)
    weights *= scores * targets < 1
    conjugate_gradients(system.with_ridge(system.ridge / 2), targets, weights, planes, scores, steps=FURTHER_STEPS)
    return planes


def conjugate_gradients(
    system: System, targets: np.ndarray, weights: np.ndarray, planes: np.ndarray, scores: np.ndarray, *, steps: int
) -> None:
    """Move the planes p towards the minimum of sum(weights * (rows @ p - targets)^2) + ridge * p^2.

    `scores` are rows @ p, and follow. Preconditioned by the scale of the columns (Saad, Iterative Methods for Sparse
    Linear Systems, 9.2). A column of ones, for the bias, stands last in thought: the last row of the planes.
    """
    rows, columns, scale, ridge = system.rows, system.columns, system.scale, np.float32(system.ridge)
    rest, moved = np.empty_like(planes), np.empty_like(planes)
    _summed(columns, (targets - scores) * weights, out=rest)
    rest -= np.multiply(planes, ridge, out=moved)
    step = rest * scale
    left = _products(rest, step)
    for _ in range(steps):
        gained = rows @ step[:-1]
        gained += step[-1]
        _summed(columns, gained * weights, out=moved)
        length = left / np.maximum(_products(step, moved) + ridge * _products(step, step), 1e-20)
        scores += gained * length
        rest -= np.multiply(moved, length, out=moved)
        planes += np.multiply(step, length, out=moved)
        rest -= np.multiply(moved, ridge, out=moved)
        scaled = np.multiply(rest, scale, out=moved)
        now = _products(rest, scaled)
        step *= now / np.maximum(left, 1e-20)
        step += scaled
        left = now


def _summed(columns: Turned, scores: np.ndarray, *, out: np.ndarray) -> None:
    columns.times(scores, out=out[:-1])
    scores.sum(axis=0, out=out[-1])


def _products(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    return np.einsum("ij,ij->j", one, other)
