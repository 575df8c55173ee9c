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
    row_strata = design.stratum[clusters]
    starts = _starts(row_strata)
    if len(starts) == 1 and design.clusters == design.rows:
        squares = _squares_around_zero(influence, rows=len(clusters), figures=figures)
    else:
        blocks = [
            _squares(design, clusters, rows, influence, figures, lonely) for rows in _blocks(starts, len(clusters))
        ]
        squares = np.concatenate(blocks)
    return _added_up(design, strata=row_strata[starts], squares=squares, lonely=lonely)


def _squares_around_zero(influence: InfluenceOfRows, *, rows: int, figures: int) -> Floats:
    """Rows as clusters, all in one stratum: their influences add up to 0, so 0 is their mean."""
    total = np.zeros((1, figures))
    for part in _chunks(0, rows):
        values = influence(part)
        total += np.einsum("ij,ij->j", values, values)
    return total


def _blocks(starts: Ints, rows: int) -> Iterator[slice]:
    """Slices of rows that hold whole strata, of about CHUNK rows: small arrays are reused, large ones paged in anew."""
    begin = 0
    for end in [*starts[1:].tolist(), rows]:
        if end - begin >= CHUNK or end == rows:
            yield slice(begin, end)
            begin = end


def _squares(
    design: SurveyDesign, clusters: Ints, rows: slice, influence: InfluenceOfRows, figures: int, lonely: Lonely
) -> Floats:
    """By stratum of these rows the sum of squared deviations over all its clusters, absent ones being 0."""
    present, totals = _cluster_totals(clusters, rows, influence, figures)
    strata = design.stratum[present]
    starts = _starts(strata)
    sampled = design.sampled[strata[starts]][:, None]
    means = _sums(totals, starts) / sampled
    centres = np.where((sampled > 1) | (lonely != "adjust"), means, 0.0)
    counts = np.diff(np.append(starts, len(strata)))
    totals -= centres if len(starts) == 1 else np.repeat(centres, counts, axis=0)
    np.square(totals, out=totals)
    return _sums(totals, starts) + (sampled - counts[:, None]) * np.square(centres)


def _cluster_totals(clusters: Ints, rows: slice, influence: InfluenceOfRows, figures: int) -> tuple[Ints, Floats]:
    mine = clusters[rows]
    firsts = _starts(mine)
    totals = np.zeros((len(firsts), figures))
    position = np.cumsum(np.bincount(firsts, minlength=len(mine))) - 1
    for part in _chunks(rows.start, rows.stop):
        here = position[part.start - rows.start : part.stop - rows.start]
        values = influence(part)
        totals[here[0] : here[-1] + 1] += (
            values if here[-1] - here[0] + 1 == len(here) else np.add.reduceat(values, _starts(here))
        )
    return mine[firsts], totals


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
    sums: Floats = values.sum(axis=0, keepdims=True) if len(starts) == 1 else np.add.reduceat(values, starts)
    return sums


def _starts(ascending: Ints) -> Ints:
    """Where each run of equal numbers begins."""
    changes = np.flatnonzero(ascending[1:] != ascending[:-1]) + 1
    return np.concatenate(([0], changes))


def _chunks(begin: int, end: int) -> Iterator[slice]:
    return (slice(start, min(start + CHUNK, end)) for start in range(begin, end, CHUNK))
