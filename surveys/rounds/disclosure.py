"""Whether tables of one set of people, each suppressed by itself, give figures of few people away together.

People who share all labels are one kind. What is not known of them is their part in a figure; a published figure is the
sum over its kinds. A group of few people is given away when its own sum is a combination of published ones, or when a
published figure lies in another one, or two others in it, but for few people. Tried are the kinds, the groups by every
pair of variables, and every hidden cell; for each criterion, each factor and the whole.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise

import numpy as np

from surveys.design import Floats, Ints, numbered
from surveys.figures import Figure, IndexTable
from surveys.questionnaires import Questionnaire
from surveys.row_estimates import Answers

EXACT = 1e-7
"""Of a group's squared length: what is left of it beside the published sums is nothing but rounding."""


@dataclass(frozen=True, slots=True)
class ShownTable:
    """A suppressed table with the number of each row's label among the `names`."""

    names: tuple[str, ...]
    codes: Ints
    tables: Mapping[str, IndexTable]

    @classmethod
    def of(cls, labels: Sequence[str], tables: Mapping[str, IndexTable]) -> ShownTable:
        names, codes = numbered(np.array(labels))
        return cls(tuple(str(name) for name in names), codes, tables)


def figures_of(table: IndexTable) -> dict[str, Figure | None]:
    return {"overall": table.overall, **table.parts, **table.factors, **table.criteria}


def hidden_codes(table: IndexTable) -> set[str]:
    return {code for code, figure in figures_of(table).items() if figure is not None and figure.suppressed}


def gives_away(
    form: Questionnaire, answers: Answers, shown: Sequence[ShownTable], total: IndexTable, *, threshold: int
) -> bool:
    """Whether the tables `shown` and the `total` may not be published together."""
    people = _People.of(shown)
    at = {code: position for position, code in enumerate(form.criteria)}
    groups = {code: [code] for code in form.criteria} | {factor.code: list(factor.criteria) for factor in form.factors}
    groups |= {part.code: [c for factor in part.factors for c in groups[factor]] for part in form.parts}
    groups["overall"] = list(form.criteria)
    for code, criteria in groups.items():
        answered = (answers[:, [at[one] for one in criteria]] > 0).any(axis=1)
        counts = np.bincount(people.kind_of[answered], minlength=len(people.labels))
        if ((counts > 0) & (counts < threshold)).any() and _of_figure(code, people, counts, shown, total, threshold):
            return True
    return False


@dataclass(frozen=True, slots=True)
class _People:
    """The kinds of people: for each its label number by variable (kinds, variables), the last one being the same for
    all; for each row its kind; the groups by single variables, pairs and all: the group of each kind."""

    labels: Ints
    sizes: tuple[int, ...]
    kind_of: Ints
    groups: tuple[Ints, ...]

    @classmethod
    def of(cls, shown: Sequence[ShownTable]) -> _People:
        keys = np.zeros(len(shown[0].codes), dtype=np.intp)
        for one in shown:
            keys = np.unique(keys * len(one.names) + one.codes, return_inverse=True)[1].reshape(-1)
        first = np.unique(keys, return_index=True)[1]
        labels = np.column_stack([*(one.codes[first] for one in shown), np.zeros(len(first), dtype=np.intp)])
        sizes = (*(len(one.names) for one in shown), 1)
        variables = range(len(shown))
        chosen = [*((v,) for v in variables), *combinations(variables, 2)]
        groups = tuple(_joined(labels[:, list(some)]) for some in chosen)
        return cls(labels, sizes, keys, (*groups, np.arange(len(first))))


def _joined(labels: Ints) -> Ints:
    """The group of each kind by some of its labels."""
    keys = np.zeros(len(labels), dtype=np.intp)
    for column in labels.T:
        keys = np.unique(keys * (int(column.max()) + 1) + column, return_inverse=True)[1].reshape(-1)
    return keys


def _of_figure(
    code: str, people: _People, counts: Ints, shown: Sequence[ShownTable], total: IndexTable, threshold: int
) -> bool:
    """Of one figure; `counts`: how many of each kind answered it."""
    published = np.array(list(_published(code, shown, total)), dtype=np.bool_)
    there = np.flatnonzero(counts)
    labels, known = people.labels[there], counts[there]
    both = _together(labels, people.sizes, known.astype(np.float64))
    cells = np.flatnonzero(published & (np.diag(both) > 0))
    if not len(cells):
        return False
    if _nested_but_for_few(both[np.ix_(cells, cells)], threshold):
        return True
    span = _Span.of(labels, people.sizes, cells)
    return any(
        span.holds_any(*few) for group in people.groups if (few := _few(group[there], known, threshold)) is not None
    )


def _published(code: str, shown: Sequence[ShownTable], total: IndexTable) -> Iterator[bool]:
    """For each label of each variable, and for all people together, whether this figure is published."""
    for one in shown:
        for name in one.names:
            figure = figures_of(one.tables[name]).get(code) if name in one.tables else None
            yield figure is not None and not figure.suppressed
    whole = figures_of(total).get(code)
    yield whole is not None and not whole.suppressed


def _few(group: Ints, known: Ints, threshold: int) -> tuple[Ints, Ints] | None:
    """The kinds that are in groups of few people, and the number of the group of each; None without any."""
    people = np.bincount(group, weights=known)
    members = np.flatnonzero((people < threshold)[group])
    if not len(members):
        return None
    return members, np.unique(group[members], return_inverse=True)[1].reshape(-1)


def _together(labels: Ints, sizes: Sequence[int], weights: Floats) -> Floats:
    """(all labels)²: the weight of the kinds that have both. `labels` (kinds, variables) count within the variable."""
    starts = np.concatenate(([0], np.cumsum(sizes)))
    found = np.zeros((starts[-1], starts[-1]))
    for one, size in enumerate(sizes):
        for other in range(one, len(sizes)):
            pairs = labels[:, one] * sizes[other] + labels[:, other]
            block = np.bincount(pairs, weights=weights, minlength=size * sizes[other]).reshape(size, sizes[other])
            found[starts[one] : starts[one + 1], starts[other] : starts[other + 1]] = block
            found[starts[other] : starts[other + 1], starts[one] : starts[one + 1]] = block.T
    return found


def _nested_but_for_few(both: Floats, threshold: int) -> bool:
    """Whether one figure less another one that lies in it, or two others, leaves between 1 and `threshold` - 1.

    `both` (figures, figures): how many people are in both.
    """
    sizes = np.diag(both)
    for whole in range(len(both)):
        parts = np.flatnonzero((both[whole] == sizes) & (sizes < sizes[whole]))
        left = sizes[whole] - sizes[parts]
        apart = both[np.ix_(parts, parts)] == 0
        left_of_two = np.where(apart, left[:, None] - sizes[parts][None, :], 0.0)
        if ((left > 0) & (left < threshold)).any() or ((left_of_two > 0) & (left_of_two < threshold)).any():
            return True
    return False


@dataclass(frozen=True, slots=True)
class _Span:
    """The sums that follow from the published ones. The labels of the largest variable stand apart from each other, so
    that only what the others add to them needs to be decomposed.

    labels (kinds, variables) count among all labels; `own` (all labels): the kinds of a label of the largest variable,
    0 if not published; `shared` (all labels, others): its kinds in each other figure, as shares; `basis` (others,
    rank): the directions that the others add.
    """

    labels: Ints
    own: Floats
    shared: Floats
    others: Ints
    basis: Floats

    @classmethod
    def of(cls, local: Ints, sizes: Sequence[int], cells: Ints) -> _Span:
        both, starts = _together(local, sizes, np.ones(len(local))), np.concatenate(([0], np.cumsum(sizes)))
        labels, size = local + starts[:-1], len(both)
        of_variable = [cells[(first <= cells) & (cells < last)] for first, last in pairwise(starts.tolist())]
        largest = max(of_variable, key=len)
        others = np.setdiff1d(cells, largest)
        own, shared = np.zeros(size), np.zeros((size, len(others)))
        own[largest] = np.diag(both)[largest]
        shared[largest] = both[np.ix_(largest, others)] / own[largest][:, None]
        left = both[np.ix_(others, others)] - both[np.ix_(others, largest)] @ shared[largest]
        values, vectors = np.linalg.eigh(left) if len(others) else (np.zeros(0), np.zeros((0, 0)))
        kept = values > 1e-9 * max(1.0, float(values.max(initial=0.0)))
        return cls(labels, own, shared, others, vectors[:, kept] / np.sqrt(values[kept]))

    def holds_any(self, members: Ints, group: Ints) -> bool:
        """Whether the sum over one of these groups of kinds follows; `group` is the number of each member's group."""
        number, size = int(group.max()) + 1, len(self.own)
        length = np.bincount(group, minlength=number).astype(np.float64)
        columns = self.labels[members]
        pairs = (group[:, None] * size + columns).reshape(-1)
        keys, times = np.unique(pairs, return_counts=True)
        at, label = keys // size, keys % size
        inside = self.own[label] > 0
        squares = np.zeros(len(keys))
        squares[inside] = times[inside] ** 2 / self.own[label[inside]]
        explained = np.bincount(at, weights=squares, minlength=number)
        beside = np.zeros((number, len(self.others)))
        position = np.full(size, -1)
        position[self.others] = np.arange(len(self.others))
        direct = position[label] >= 0
        np.add.at(beside, (at[direct], position[label[direct]]), times[direct])
        if len(self.others):
            np.subtract.at(beside, at[inside], times[inside][:, None] * self.shared[label[inside]])
            explained += np.square(beside @ self.basis).sum(axis=1)
        return bool((length - explained < EXACT * length).any())
