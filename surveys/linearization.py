"""Taylor-linearised variances of index figures under a stratified clustered weighted design."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Literal, get_args

import numpy as np

from surveys.design import Floats, Ints, SurveyDesign

Lonely = Literal["adjust", "certainty", "average"]
LONELY_RULES: tuple[str, ...] = get_args(Lonely)

CHUNK = 32_768

InfluenceOfRows = Callable[[slice], Floats]
"""For a slice of the figure's rows their weighted influence on each figure: (rows, figures)."""


def variances(
    design: SurveyDesign, *, clusters: Ints, influence: InfluenceOfRows, figures: int, lonely: Lonely
) -> Floats:
    """Variance of each figure, NaN where `average` finds no stratum to average.

    `clusters` is the cluster of each row that takes part, ascending. All other rows of the design stay in it as zeros:
    V = Σ_h (1 - n_h/N_h) n_h/(n_h - 1) Σ_i (z_hi - z̄_h)², z_hi the cluster's sum of weighted influences, over all n_h
    clusters of the stratum. A stratum of one cluster follows `lonely` as R's options(survey.lonely.psu) does: `adjust`
    centres at the population's mean, which is 0 for an influence; `certainty` adds nothing; `average` adds the mean of
    the strata that have more, counting the strata in which the domain has rows (as R's subset() does).
    """
    if not len(clusters):
        return np.zeros(figures)
    present, totals = _cluster_totals(clusters, influence, figures)
    strata = design.stratum[present]
    starts = _starts(strata)
    squares = _squares(design, strata, starts, totals, lonely)
    return _added_up(design, strata=strata[starts], squares=squares, lonely=lonely)


def _cluster_totals(clusters: Ints, influence: InfluenceOfRows, figures: int) -> tuple[Ints, Floats]:
    firsts = _starts(clusters)
    totals = np.zeros((len(firsts), figures))
    if len(firsts) == len(clusters):
        for rows in _chunks(len(clusters)):
            totals[rows] = influence(rows)
        return clusters, totals
    position = np.cumsum(np.bincount(firsts, minlength=len(clusters))) - 1
    for rows in _chunks(len(clusters)):
        here = position[rows]
        totals[here[0] : here[-1] + 1] += np.add.reduceat(influence(rows), _starts(here))
    return clusters[firsts], totals


def _squares(design: SurveyDesign, strata: Ints, starts: Ints, totals: Floats, lonely: Lonely) -> Floats:
    """By stratum the sum of squared deviations over all its clusters; changes `totals` in place."""
    present = strata[starts]
    sampled = design.sampled[present][:, None]
    means = _sums(totals, starts) / sampled
    centres = np.where((sampled > 1) | (lonely != "adjust"), means, 0.0)
    counts = np.diff(np.append(starts, len(strata)))
    if len(starts) == 1:
        totals -= centres
    else:
        totals -= np.repeat(centres, counts, axis=0)
    np.square(totals, out=totals)
    return _sums(totals, starts) + (sampled - counts[:, None]) * np.square(centres)


def _added_up(design: SurveyDesign, *, strata: Ints, squares: Floats, lonely: Lonely) -> Floats:
    sampled = design.sampled[strata]
    unsampled = design.unsampled_share[strata]
    factors = unsampled * np.where(sampled > 1, sampled / np.maximum(sampled - 1, 1), 1.0)
    total = np.asarray(factors @ squares, dtype=np.float64)
    if lonely != "average":
        return total
    # Lonely strata have no squares around their own mean; one that is the whole population needs no average.
    usable = np.count_nonzero((sampled > 1) | (unsampled < 1e-7))
    return total * len(strata) / usable if usable else np.full_like(total, np.nan)


def _sums(values: Floats, starts: Ints) -> Floats:
    if len(starts) == 1:
        return values.sum(axis=0, keepdims=True)
    sums: Floats = np.add.reduceat(values, starts)
    return sums


def _starts(ascending: Ints) -> Ints:
    """Where each run of equal numbers begins."""
    changes = np.flatnonzero(ascending[1:] != ascending[:-1]) + 1
    return np.concatenate(([0], changes))


def _chunks(rows: int) -> Iterator[slice]:
    return (slice(start, min(start + CHUNK, rows)) for start in range(0, rows, CHUNK))
