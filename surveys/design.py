"""The sampling design of a set of responses: weights, strata, clusters and how many clusters the population has."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from surveys.errors import InvalidDesign

if TYPE_CHECKING:
    from surveys.calibration import Calibration

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
Labels = NDArray[Any]


@dataclass(frozen=True, slots=True)
class SurveyDesign:
    """Clusters are numbered so that those of one stratum follow each other.

    weights           (rows,)      not negative
    cluster           (rows,)      number of the row's cluster
    stratum           (clusters,)  number of the cluster's stratum, ascending
    sampled           (strata,)    clusters in the sample
    population        (strata,)    clusters in the population, infinite without a finite population correction
    calibration       what is remembered of fitting the weights to known totals; None where that was not done
    """

    weights: Floats
    cluster: Ints
    stratum: Ints
    sampled: Ints
    population: Floats
    calibration: Calibration | None = None

    @property
    def rows(self) -> int:
        return len(self.cluster)

    @property
    def clusters(self) -> int:
        return len(self.stratum)

    @property
    def strata(self) -> int:
        return len(self.sampled)

    @property
    def degrees_of_freedom(self) -> int:
        """Clusters less strata, of the whole design, also for a figure of a domain.

        Clusters in which nobody has a weight are in neither, as in R's degf().
        """
        weighted = np.zeros(self.clusters, dtype=np.bool_)
        weighted[self.cluster[self.weights > 0]] = True
        return int(weighted.sum()) - int(np.count_nonzero(np.bincount(self.stratum[weighted])))

    @property
    def unsampled_share(self) -> Floats:
        """By stratum 1 - n/N, the finite population correction."""
        return 1 - self.sampled / self.population


def survey_design(
    rows: int,
    *,
    stratum: Labels | None = None,
    cluster: Labels | None = None,
    weight: Floats | None = None,
    fpc: Floats | None = None,
) -> SurveyDesign:
    """One value a row in each array. Without `cluster` each row is a cluster; a cluster's label counts in its stratum.

    `fpc` is the number of clusters in the stratum's population. With it and without `weight`, a row weighs N/n of its
    stratum, as R's svydesign takes it; without both, 1. Raises InvalidDesign naming the first bad row.
    """
    strata = _numbered(stratum, role="stratum", rows=rows)
    labels = _numbered(cluster, role="cluster", rows=rows) if cluster is not None else None
    row_cluster, cluster_stratum = _clusters(strata, labels)
    sampled = np.bincount(cluster_stratum, minlength=int(strata.max(initial=-1)) + 1)
    population = _population(fpc, strata=strata, sampled=sampled)
    if weight is not None:
        _check_weights(weight)
        weights = np.asarray(weight, dtype=np.float64)
    elif fpc is not None:
        weights = (population / sampled)[strata]
    else:
        weights = np.ones(rows)
    return SurveyDesign(weights, row_cluster, cluster_stratum, sampled.astype(np.intp), population)


def _numbered(labels: Labels | None, *, role: str, rows: int) -> Ints:
    if labels is None:
        return np.zeros(rows, dtype=np.intp)
    if labels.dtype.kind in "US":
        blank = np.flatnonzero(labels == labels.dtype.type())
        if len(blank):
            raise InvalidDesign("để trống", role=role, row=int(blank[0]))
    return numbered(labels)[1]


def numbered(labels: Labels) -> tuple[Labels, Ints]:
    """The distinct labels in ascending order, and for each row the position of its label among them."""
    if labels.dtype.kind == "S" and 0 < labels.dtype.itemsize <= 8:
        words = labels.astype("S8").view(">u8").astype(np.uint64)  # sorting numbers is faster than sorting strings
        distinct, codes = np.unique(words, return_inverse=True)
        return distinct.astype(">u8").view("S8"), codes
    if labels.dtype.kind == "U":
        given = labels.tolist()  # comparing wide text in NumPy costs more than a dictionary
        distinct_names = sorted(set(given))
        at = {name: position for position, name in enumerate(distinct_names)}
        return np.array(distinct_names, dtype=labels.dtype), np.array([at[name] for name in given], dtype=np.intp)
    return np.unique(labels, return_inverse=True)


def _clusters(strata: Ints, labels: Ints | None) -> tuple[Ints, Ints]:
    """For each row its cluster, for each cluster its stratum."""
    if labels is None:
        order = np.argsort(strata, kind="stable")
        row_cluster = np.empty_like(order)
        row_cluster[order] = np.arange(len(order))
        return row_cluster, strata[order]
    width = int(labels.max(initial=0)) + 1
    pairs, row_cluster = np.unique(strata * width + labels, return_inverse=True)
    return row_cluster, pairs // width


def _population(fpc: Floats | None, *, strata: Ints, sampled: Ints) -> Floats:
    if fpc is None:
        return np.full(len(sampled), np.inf)
    _refuse(~np.isfinite(fpc), reason="không phải một số", role="fpc")
    population = np.empty(len(sampled))
    population[strata[::-1]] = fpc[::-1]  # the first row of each stratum wins
    _refuse(fpc != population[strata], reason="khác với dòng trước trong cùng tầng", role="fpc")
    too_small = "nhỏ hơn số cụm của tầng có trong mẫu"
    _refuse(fpc < sampled[strata], reason=too_small, role="fpc")
    return population


def _check_weights(weight: Floats) -> None:
    _refuse(~np.isfinite(weight), reason="không phải một số", role="weight")
    _refuse(weight < 0, reason="trọng số âm", role="weight")


def _refuse(bad: NDArray[np.bool_], *, reason: str, role: str) -> None:
    rows = np.flatnonzero(bad)
    if len(rows):
        raise InvalidDesign(reason, role=role, row=int(rows[0]))
