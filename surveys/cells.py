"""Responses added up to cells, one for each cluster and domain: all that clustered figures and their errors need."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from surveys.design import Floats, Ints, SurveyDesign
from surveys.linear_forms import LinearForms, Sums
from surveys.linearization import Lonely, variances
from surveys.parallel import THREADS, each
from surveys.row_estimates import RowEstimates

MOST_CELLS = 0.5
"""Of the rows. With more cells than that, adding up first saves nothing."""
CHUNK = 2**11
"""Rows added up together: what they become stays in the processor's cache."""
SMALL = 2**16
"""Rows that are not worth a second thread."""


@dataclass(frozen=True, slots=True)
class Cells:
    """By cell, in the order of clusters: Σw·score, Σw and the number of the valid answers (cells, criteria), the people
    who answered anything of each group of criteria (cells, groups), the cell's cluster and domain."""

    design: SurveyDesign
    lonely: Lonely
    score: Floats
    valid: Floats
    n: Floats
    people: Floats
    cluster: Ints
    domain: Ints

    @classmethod
    def of(cls, rows: RowEstimates, domains: Ints) -> Cells | None:
        """None where there would be too many cells, or where single rows matter: under a calibration."""
        if rows.design.calibration is not None:
            return None
        order, keys, width = _by_cell(rows, domains)
        firsts = np.concatenate(([0], np.flatnonzero(keys[1:] != keys[:-1]) + 1))
        if len(firsts) > MOST_CELLS * len(keys):
            return None
        criteria = rows.answers.shape[1]
        sums = _sums(rows, order, firsts)
        score, valid, n, people = np.split(sums, [criteria, 2 * criteria, 3 * criteria], axis=1)
        cluster, domain = keys[firsts] // width, keys[firsts] % width
        return cls(rows.design, rows.lonely, score, valid, n, people, cluster, domain)

    def of_domain(self, domain: int) -> Ints:
        """The places of a domain's cells."""
        return np.flatnonzero(self.domain == domain)

    def sums(self, places: Ints | slice) -> Sums:
        """The sums over these cells."""
        n, people = (np.rint(counts[places].sum(axis=0)).astype(np.intp) for counts in (self.n, self.people))
        return Sums(self.score[places].sum(axis=0), self.valid[places].sum(axis=0), n, people)

    def variances(self, places: Ints | slice, forms: LinearForms) -> Floats:
        """Of figures of these cells, over the whole design."""
        influence = self.score[places] @ forms.on_score + self.valid[places] @ forms.on_valid
        return variances(
            self.design,
            clusters=self.cluster[places],
            influence=lambda part: influence[part],
            figures=len(forms.estimate),
            lonely=self.lonely,
        )


def _by_cell(rows: RowEstimates, domains: Ints) -> tuple[Ints, Ints, int]:
    """The rows in the order of cluster and domain, the number of each one's cell, and how many domains there are."""
    width = int(domains.max(initial=0)) + 1
    order = rows.order
    keys = rows.design.cluster[order] * width + domains[order]
    if (keys[1:] < keys[:-1]).any():
        within = np.argsort(keys, kind="stable")
        order, keys = order[within], keys[within]
    return order, keys, width


def _sums(rows: RowEstimates, order: Ints, firsts: Ints) -> Floats:
    """(cells, 3 · criteria + groups): the cells of some rows at a time, several times at once."""
    criteria, members = rows.answers.shape[1], rows.groups.T.astype(np.float32)
    cells = np.repeat(np.arange(len(firsts)), np.diff(np.append(firsts, len(order))))

    def add_up(bounds: tuple[int, int]) -> Floats:
        first, last = bounds
        begin, end = int(firsts[first]), int(firsts[last]) if last < len(firsts) else len(order)
        sums = np.zeros((last - first, 3 * criteria + len(rows.groups)))
        for start in range(begin, end, CHUNK):
            stop = min(start + CHUNK, end)
            block, cell = order[start:stop], cells[start:stop] - first
            answers, weights = rows.answers[block], rows.design.weights[block][:, None]
            answered = answers > 0
            values = np.empty((len(block), sums.shape[1]))
            np.multiply(rows.scored(answers), weights, out=values[:, :criteria])
            np.multiply(answered, weights, out=values[:, criteria : 2 * criteria])
            values[:, 2 * criteria : 3 * criteria] = answered
            values[:, 3 * criteria :] = answered @ members > 0
            starts = np.concatenate(([0], np.flatnonzero(cell[1:] != cell[:-1]) + 1))
            sums[cell[0] : cell[-1] + 1] += np.add.reduceat(values, starts)
        return sums

    threads = THREADS if len(order) > SMALL else 1
    edges = np.unique(np.linspace(0, len(firsts), threads + 1).astype(int)).tolist()
    return np.concatenate(each(add_up, list(pairwise(edges))))
