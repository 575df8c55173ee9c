"""Responses added up to cells, one for each cluster and domain: all that clustered figures and their errors need."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from surveys.calibration import Calibration
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
MOST_NUMBERS = 50_000_000
"""What the sums for a calibration may take; beyond it single rows are gone through again for each domain."""


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
    known: KnownTotals | None

    @classmethod
    def of(cls, rows: RowEstimates, domains: Ints) -> Cells | None:
        """None where there would be too many cells."""
        width = int(domains.max(initial=0)) + 1
        keys = rows.design.cluster * width + domains
        order, firsts = _grouped(keys, rows.order)
        if len(firsts) > MOST_CELLS * len(keys):
            return None
        known = None
        if rows.design.calibration is not None:
            known = KnownTotals.of(rows, rows.design.calibration, domains, width)
            if known is None:
                return None
        criteria = rows.answers.shape[1]
        sums = _added_up(rows, rows.design.weights, order, firsts)
        score, valid, n, people = np.split(sums, [criteria, 2 * criteria, 3 * criteria], axis=1)
        cells = keys[order[firsts]]
        return cls(rows.design, rows.lonely, score, valid, n, people, cells // width, cells % width, known)

    def places(self, domain: int | None) -> Ints:
        """The cells of a domain, None for all."""
        return np.arange(len(self.domain)) if domain is None else np.flatnonzero(self.domain == domain)

    def sums(self, domain: int | None) -> Sums:
        """The sums of a domain, None for the whole sample."""
        places = self.places(domain)
        n, people = (np.rint(counts[places].sum(axis=0)).astype(np.intp) for counts in (self.n, self.people))
        return Sums(self.score[places].sum(axis=0), self.valid[places].sum(axis=0), n, people)

    def variances(self, domain: int | None, forms: LinearForms) -> Floats:
        """Of figures of a domain, over the whole design."""
        places = self.places(domain)
        clusters = self.cluster[places]
        influence = self.score[places] @ forms.on_score + self.valid[places] @ forms.on_valid
        if self.known is not None:
            explained = self.known.explained(domain, forms)
            np.add.at(explained, clusters, -influence)
            clusters, influence = np.arange(self.design.clusters), -explained
        return variances(
            self.design,
            clusters=clusters,
            influence=lambda part: influence[part],
            figures=len(forms.estimate),
            lonely=self.lonely,
        )


@dataclass(frozen=True, slots=True)
class KnownTotals:
    """What a calibration takes out of the clusters' totals, added up as far as it does not depend on the figures.

    score, valid (levels of all margins, domains, criteria) are weighted by the weights before the calibration;
    `clusters` (clusters, levels) holds Σw of the weights after it.
    """

    calibration: Calibration
    score: Floats
    valid: Floats
    clusters: Floats

    @classmethod
    def of(cls, rows: RowEstimates, calibration: Calibration, domains: Ints, width: int) -> KnownTotals | None:
        """None where it would take too much memory."""
        levels = sum(len(margin.totals) for margin in calibration.margins)
        criteria = rows.answers.shape[1]
        if max(2 * levels * width * criteria, rows.design.clusters * levels) > MOST_NUMBERS:
            return None
        score, valid, clusters = [], [], []
        for margin in calibration.margins:
            size = len(margin.totals)
            sums = _dense(rows, calibration.base, margin.codes * width + domains, size * width)
            score.append(sums[:, :criteria].reshape(size, width, criteria))
            valid.append(sums[:, criteria : 2 * criteria].reshape(size, width, criteria))
            pairs = rows.design.cluster * size + margin.codes
            table = np.bincount(pairs, weights=rows.design.weights, minlength=rows.design.clusters * size)
            clusters.append(table.reshape(rows.design.clusters, size))
        return cls(calibration, np.concatenate(score), np.concatenate(valid), np.hstack(clusters))

    def explained(self, domain: int | None, forms: LinearForms) -> Floats:
        """(clusters, figures): what the known totals explain of each cluster's total."""
        score, valid = (sums.sum(axis=1) if domain is None else sums[:, domain, :] for sums in (self.score, self.valid))
        sums = score @ forms.on_score + valid @ forms.on_valid
        explained: Floats = self.clusters @ (self.calibration.inverse @ sums)
        return explained


def _grouped(keys: Ints, order: Ints) -> tuple[Ints, Ints]:
    """The rows in the order of their keys, and where each key begins there. `order` is tried first."""
    sorted_keys = keys[order]
    if (sorted_keys[1:] < sorted_keys[:-1]).any():
        within = np.argsort(sorted_keys, kind="stable")
        order, sorted_keys = order[within], sorted_keys[within]
    return order, np.concatenate(([0], np.flatnonzero(sorted_keys[1:] != sorted_keys[:-1]) + 1))


def _dense(rows: RowEstimates, weights: Floats, keys: Ints, size: int) -> Floats:
    """(size, 3 · criteria + groups): the sums of every key from 0 on."""
    order, firsts = _grouped(keys, rows.order)
    found = _added_up(rows, weights, order, firsts)
    sums = np.zeros((size, found.shape[1]))
    sums[keys[order[firsts]]] = found
    return sums


def _added_up(rows: RowEstimates, weights: Floats, order: Ints, firsts: Ints) -> Floats:
    """(groups of rows, 3 · criteria + groups of criteria): some of the rows at a time, several times at once."""
    criteria, members = rows.answers.shape[1], rows.groups.T.astype(np.float32)
    cells = np.repeat(np.arange(len(firsts)), np.diff(np.append(firsts, len(order))))

    def add_up(bounds: tuple[int, int]) -> Floats:
        first, last = bounds
        begin, end = int(firsts[first]), int(firsts[last]) if last < len(firsts) else len(order)
        sums = np.zeros((last - first, 3 * criteria + len(rows.groups)))
        for start in range(begin, end, CHUNK):
            stop = min(start + CHUNK, end)
            block, cell = order[start:stop], cells[start:stop] - first
            answers, weight = rows.answers[block], weights[block][:, None]
            answered = answers > 0
            values = np.empty((len(block), sums.shape[1]))
            np.multiply(rows.scored(answers), weight, out=values[:, :criteria])
            np.multiply(answered, weight, out=values[:, criteria : 2 * criteria])
            values[:, 2 * criteria : 3 * criteria] = answered
            values[:, 3 * criteria :] = answered @ members > 0
            starts = np.concatenate(([0], np.flatnonzero(cell[1:] != cell[:-1]) + 1))
            sums[cell[0] : cell[-1] + 1] += np.add.reduceat(values, starts)
        return sums

    threads = THREADS if len(order) > SMALL else 1
    edges = np.unique(np.linspace(0, len(firsts), threads + 1).astype(int)).tolist()
    return np.concatenate(each(add_up, list(pairwise(edges))))
