"""Planes for many questions at once: least squares, then a squared hinge; conjugate gradients over shared rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from nlu.components.rows import Rows, Turned

STEPS = 8
FURTHER_STEPS = 4
PARTS_A_THREAD = 4  # the planes of one part are found together


@dataclass(frozen=True, slots=True)
class Question:
    """`planes` planes over some of the rows: the target of rows[i] is 1 for the plane place[i], -1 for the others.

    A place below zero is -1 for all of them. `weights` tells how much each of these rows counts.
    """

    rows: np.ndarray
    place: np.ndarray
    weights: np.ndarray
    planes: int

    def among(self, rows: np.ndarray) -> Question:
        """The same where only these rows are left, ascending, each known by its place among them."""
        kept = np.isin(self.rows, rows)
        at = np.searchsorted(rows, self.rows[kept])
        return replace(self, rows=at, place=self.place[kept], weights=self.weights[kept])

    def targets(self, count: int, planes: range) -> np.ndarray:
        """Of some of its planes, shape (count, planes)."""
        targets = np.full((count, len(planes)), -1, dtype=np.float32)
        met = (self.place >= planes.start) & (self.place < planes.stop)
        targets[self.rows[met], self.place[met] - planes.start] = 1
        return targets

    def weighed(self, count: int, planes: range) -> np.ndarray:
        """How much each row counts for each of them, nothing where it is not asked; shape (count, planes)."""
        weights = np.zeros((count, len(planes)), dtype=np.float32)
        weights[self.rows] = self.weights[:, None]
        return weights


@dataclass(frozen=True, slots=True)
class Planes:
    """Scores are `row @ weights + bias`; shapes (columns, planes) and (planes,).

    The weights are kept as half floats: a score changes by less than 0.001, and a model takes half the room.
    """

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

        A word that stands in half of the messages and one that stands in three are then learned in as many steps.
        """
        return (1 / (self.squares + self.ridge)).astype(np.float32)[:, None]


def fit(system: System, questions: Sequence[Question], *, threads: int) -> Planes:
    """The planes of all questions side by side."""
    columns, total = system.rows.shape[1], sum(one.planes for one in questions)
    found = Planes(np.empty((columns, total), dtype=np.float16), np.empty(total, dtype=np.float32))

    def keep(part: slice, planes: np.ndarray) -> None:
        found.weights[:, part], found.bias[part] = planes[:-1], planes[-1]

    _solve_all(system, questions, threads, keep)
    return found


def _solve_all(
    system: System, questions: Sequence[Question], threads: int, keep: Callable[[slice, np.ndarray], None]
) -> None:
    """`keep` gets the planes of each part, their biases last.

    Some planes are found together, because what a product costs is the walk over the rows; not all, because each has as
    many numbers as there are columns, four times over while it is looked for. The products give up the interpreter's
    lock, so threads help.
    """
    total = sum(one.planes for one in questions)

    def solve(part: range) -> None:
        keep(slice(part.start, part.stop), _solve(system, _planes_of(questions, part)))

    bounds = np.linspace(0, total, threads * PARTS_A_THREAD + 1).astype(int).tolist()
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(solve, [range(*ends) for ends in pairwise(bounds) if ends[0] < ends[1]]))


def _planes_of(questions: Sequence[Question], part: range) -> Iterator[tuple[Question, range]]:
    """The planes that stand in this part, when those of all questions follow each other, by question."""
    start = 0
    for one in questions:
        own = range(max(part.start - start, 0), min(part.stop - start, one.planes))
        if own:
            yield one, own
        start += one.planes


def unseen_scores(
    system: System, questions: Sequence[Question], groups: np.ndarray, *, threads: int, parts: int
) -> tuple[np.ndarray, np.ndarray]:
    """A row of each group, chosen at random, and its scores by planes that saw no row of the group.

    The groups are dealt out into `parts`; the planes that score one part learn from the others.
    """
    order = np.random.default_rng(0).permutation(len(groups))
    names, first = np.unique(groups[order], return_index=True)
    chosen = order[first]
    part_of = np.random.default_rng(1).permutation(len(names)) % parts
    dealt = part_of[np.searchsorted(names, groups)]
    found = np.empty((len(chosen), sum(one.planes for one in questions)), dtype=np.float32)
    for part in range(parts):
        seen, asked = np.flatnonzero(dealt != part), np.flatnonzero(part_of == part)
        rows = system.rows[chosen[asked]]

        def keep(at: slice, planes: np.ndarray, rows: Rows = rows, asked: np.ndarray = asked) -> None:
            found[asked, at] = rows @ planes[:-1] + planes[-1]

        some = System.of(system.rows[seen], ridge=system.ridge)
        _solve_all(some, [one.among(seen) for one in questions], threads, keep)
    return chosen, found


def _solve(system: System, asked: Iterable[tuple[Question, range]]) -> np.ndarray:
    """Least squares first; then once more with the rows that are right beyond doubt left out.

    Least squares pulls back what lies beyond 1 on its own side, as if it were wrong. Leaving it out is a step of
    Newton's method for the squared hinge (Keerthi and DeCoste, 2005), which counts only what is wrong or doubtful.
    """
    count = system.rows.shape[0]
    asked = list(asked)
    targets = np.hstack([one.targets(count, planes) for one, planes in asked])
    weights = np.hstack([one.weighed(count, planes) for one, planes in asked])
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
