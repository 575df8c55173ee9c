"""Satisfaction indices (SIPAS) of a set of responses with design-based errors: overall, factors, criteria, domains.

A criterion's figure is Σw·score / Σw over its valid answers. A pooled figure over several criteria is one ratio
estimator, Σ_i w_i Σ_c score_ic / Σ_i w_i Σ_c valid_ic: each answer, not each respondent, counts once. A mean of figures
leaves out those that nobody answered. The error of each is that of its linearised form over the whole design.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from surveys.design import Floats, Ints, Labels, SurveyDesign, numbered
from surveys.errors import InvalidOption
from surveys.intervals import INTERVALS, Interval, confidence_interval
from surveys.linearization import CHUNK, LONELY_RULES, Lonely, variances
from surveys.methods import IndexMethod, index_method
from surveys.questionnaires import Questionnaire

Answers = NDArray[np.int8]
"""(rows, criteria): the level that was answered, 0 where the answer is blank."""

ROUNDING = 1e-10
"""Percent. Errors below it, and distances from 0 or 100, are what adding up floats leaves of an exact zero."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One index in percent. `n` counts valid answers, `respondents` the people who gave them.

    `se` is None where the lonely-PSU rule leaves no stratum to take it from, the bounds also where df is 0.
    A suppressed figure keeps only its place.
    """

    estimate: float | None
    se: float | None
    ci_low: float | None
    ci_high: float | None
    n: int | None
    respondents: int | None
    suppressed: bool = False

    def as_json(self) -> dict[str, Any]:
        shown: dict[str, Any] = {name: getattr(self, name) for name in ("estimate", "se", "ci_low", "ci_high", "n")}
        return shown | {"suppressed": True} if self.suppressed else shown


SUPPRESSED = Figure(None, None, None, None, None, None, suppressed=True)


@dataclass(frozen=True, slots=True)
class IndexTable:
    """The figures of one domain; None where nobody answered."""

    overall: Figure | None
    factors: Mapping[str, Figure | None]
    criteria: Mapping[str, Figure | None]

    def as_json(self) -> dict[str, Any]:
        return {
            "overall": _shown(self.overall),
            "factors": {code: _shown(figure) for code, figure in self.factors.items()},
            "criteria": {code: _shown(figure) for code, figure in self.criteria.items()},
        }


@dataclass(frozen=True, slots=True)
class IndexOptions:
    """How to compute. `factor_weights` overrides those of the questionnaire for the method `weighted`."""

    method: str = "pooled"
    lonely: Lonely = "adjust"
    interval: Interval = "logit_t"
    level: float = 0.95
    factor_weights: Mapping[str, float] | None = None

    @classmethod
    def checked(
        cls, *, method: str, lonely: str, interval: str, factor_weights: Mapping[str, float] | None = None
    ) -> IndexOptions:
        """Raises InvalidOption for a name that does not exist."""
        index_method(method)
        for value, known in ((lonely, LONELY_RULES), (interval, INTERVALS)):
            if value not in known:
                raise InvalidOption(f"Không có lựa chọn “{value}”. Chọn một trong: {', '.join(known)}.")
        return cls(method, cast(Lonely, lonely), cast(Interval, interval), factor_weights=factor_weights)


@dataclass(frozen=True, slots=True)
class IndexResult:
    options: IndexOptions
    design: SurveyDesign
    total: IndexTable
    by: Mapping[str, IndexTable]
    """Label of the domain -> its figures. Rows with a blank label are in no domain."""


@dataclass(frozen=True, slots=True)
class _Figures:
    """Figures as linear forms: row i moves figure f by w_i (score_i · on_score[:, f] + valid_i · on_valid[:, f]).

    estimate, n, (figures,); on_score, on_valid (criteria, figures). The estimate is NaN where nobody answered.
    """

    estimate: Floats
    n: Ints
    on_score: Floats
    on_valid: Floats

    def combined(self, weights: Floats) -> _Figures:
        """One figure: the mean, by `weights`, of those figures that have answers."""
        answered = ~np.isnan(self.estimate) & (weights > 0)
        shares = np.where(answered, weights, 0.0)
        if not answered.any():
            return _Figures(np.array([np.nan]), self.n.sum(keepdims=True), self.on_score[:, :1], self.on_valid[:, :1])
        shares /= shares.sum()
        return _Figures(
            estimate=np.array([shares[answered] @ self.estimate[answered]]),
            n=self.n[answered].sum(keepdims=True),
            on_score=self.on_score @ shares[:, None],
            on_valid=self.on_valid @ shares[:, None],
        )

    def chosen(self, positions: Sequence[int]) -> _Figures:
        return _Figures(
            self.estimate[positions], self.n[positions], self.on_score[:, positions], self.on_valid[:, positions]
        )


@dataclass(frozen=True, slots=True)
class _Sums:
    """By criterion: Σw·score, Σw over valid answers, their number; and the respondents of each figure."""

    score: Floats
    valid: Floats
    n: Ints
    respondents: Ints


def compute_index(
    questionnaire: Questionnaire,
    answers: Answers,
    design: SurveyDesign,
    *,
    options: IndexOptions,
    by: Labels | None = None,
) -> IndexResult:
    """All figures of the sample and of each domain of `by`. Answers must be within the scale; columns as `criteria`."""
    index = _Index(questionnaire, answers, design, options)
    order = np.argsort(design.cluster, kind="stable") if _is_unordered(design.cluster) else np.arange(design.rows)
    domains = {} if by is None else {label: index.table(rows) for label, rows in _domains(by, order)}
    return IndexResult(options, design, total=index.table(order), by=domains)


def _is_unordered(clusters: Ints) -> bool:
    return bool((clusters[1:] < clusters[:-1]).any())


def _domains(by: Labels, order: Ints) -> Iterator[tuple[str, Ints]]:
    """Each label with its rows, these in the order of their clusters."""
    labels, codes = numbered(by)
    if len(labels) < 2**15:
        codes = codes.astype(np.int16)  # NumPy sorts these by radix
    grouped = order[np.argsort(codes[order], kind="stable")]
    ends = np.cumsum(np.bincount(codes, minlength=len(labels)))
    for label, rows in zip(labels, np.split(grouped, ends[:-1]), strict=True):
        name = label.decode() if isinstance(label, bytes) else str(label)
        if name:
            yield name, rows


class _Index:
    """What is the same for every domain of one computation."""

    def __init__(self, form: Questionnaire, answers: Answers, design: SurveyDesign, options: IndexOptions) -> None:
        self.form = form
        self.answers = answers
        self.design = design
        self.options = options
        self.method: IndexMethod = index_method(options.method)
        self.scores = self.method.scores(form.scale)
        self.is_step = bool(np.isin(self.scores, (0.0, 1.0)).all())
        self.members = _memberships(form)
        self.factor_weights = _factor_weights(form, self.method, options)

    def table(self, rows: Ints) -> IndexTable:
        sums = self._sums(rows)
        figures = self._figures(sums)
        errors = self._errors(rows, figures)
        shown = [self._figure(figures, errors, sums, f) for f in range(len(figures.estimate))]
        codes, factors = self.form.criteria, [factor.code for factor in self.form.factors]
        return IndexTable(
            overall=shown[-1],
            factors=dict(zip(factors, shown[len(codes) : -1], strict=True)),
            criteria=dict(zip(codes, shown[: len(codes)], strict=True)),
        )

    def _sums(self, rows: Ints) -> _Sums:
        """Adds up block by block; the blocks only bound the memory."""
        criteria = len(self.form.criteria)
        score, valid, n = np.zeros(criteria), np.zeros(criteria), np.zeros(criteria, dtype=np.intp)
        respondents = np.zeros(len(self.members) + criteria, dtype=np.intp)
        for start in range(0, len(rows), CHUNK):
            block = rows[start : start + CHUNK]
            weights, answers = self.design.weights[block], self.answers[block]
            answered = answers > 0
            score += weights @ self._scored(answers)
            valid += weights @ answered
            n += np.count_nonzero(answered, axis=0)
            respondents[criteria:] += np.count_nonzero(answered @ self.members.T.astype(np.float32), axis=0)
        respondents[:criteria] = n
        return _Sums(score, valid, n, respondents)

    def _scored(self, answers: Answers) -> Floats:
        if self.is_step:
            return (answers >= int(np.argmax(self.scores))).astype(np.float64)
        return np.take(self.scores, answers)

    def _figures(self, sums: _Sums) -> _Figures:
        """Criteria, factors and overall, in this order."""
        criteria = _joined([_ratio(sums, member) for member in np.eye(len(sums.n), dtype=bool)])
        factors = _joined([self._factor(sums, criteria, member) for member in self.members[:-1]])
        return _joined([criteria, factors, self._overall(sums, criteria, factors)])

    def _factor(self, sums: _Sums, criteria: _Figures, member: NDArray[np.bool_]) -> _Figures:
        return _ratio(sums, member) if self.method.factor == "pooled" else criteria.combined(member.astype(np.float64))

    def _overall(self, sums: _Sums, criteria: _Figures, factors: _Figures) -> _Figures:
        if self.method.overall == "pooled":
            return _ratio(sums, self.members[-1])
        if self.method.overall == "criteria":
            return criteria.combined(np.ones(len(sums.n)))
        return factors.combined(self.factor_weights)

    def _errors(self, rows: Ints, figures: _Figures) -> Floats:
        """Standard errors of those figures that have answers, NaN elsewhere."""
        answered = np.flatnonzero(~np.isnan(figures.estimate))
        chosen = figures.chosen(cast(Sequence[int], answered))

        def influence(part: slice) -> Floats:
            block = rows[part]
            answers = self.answers[block]
            linear = self._scored(answers) @ chosen.on_score + (answers > 0).astype(np.float64) @ chosen.on_valid
            linear *= self.design.weights[block][:, None]
            return linear

        clusters = self.design.cluster[rows]
        errors = np.full(len(figures.estimate), np.nan)
        squared = variances(
            self.design, clusters=clusters, influence=influence, figures=len(answered), lonely=self.options.lonely
        )
        errors[answered] = np.sqrt(squared)
        return errors

    def _figure(self, figures: _Figures, errors: Floats, sums: _Sums, position: int) -> Figure | None:
        share = float(figures.estimate[position])
        if math.isnan(share):
            return None
        estimate, se = _exact(100 * share), 100 * float(errors[position])
        n, people = int(figures.n[position]), int(sums.respondents[position])
        if math.isnan(se):
            return Figure(estimate, None, None, None, n, people)
        se = 0.0 if se < ROUNDING else se
        bounds = confidence_interval(
            estimate,
            se,
            interval=self.options.interval,
            degrees_of_freedom=self.design.degrees_of_freedom,
            level=self.options.level,
        )
        low, high = bounds or (None, None)
        return Figure(estimate, se, low, high, n, people)


def _memberships(form: Questionnaire) -> NDArray[np.bool_]:
    """One row a factor and a last one for all: which criteria belong to it."""
    rows = [[code in factor.criteria for code in form.criteria] for factor in form.factors]
    return np.array([*rows, [True] * len(form.criteria)])


def _factor_weights(form: Questionnaire, method: IndexMethod, options: IndexOptions) -> Floats:
    codes = [factor.code for factor in form.factors]
    if method.overall != "weighted":
        return np.ones(len(codes))
    values = options.factor_weights or (form.factor_weights.values if form.factor_weights else None)
    if values is None or set(values) != set(codes):
        raise InvalidOption(f"Cách tính weighted cần trọng số của đủ các yếu tố: {', '.join(codes)}.")
    if not all(math.isfinite(value) and value >= 0 for value in values.values()) or sum(values.values()) <= 0:
        raise InvalidOption("Trọng số yếu tố phải là số không âm, và không cùng bằng 0.")
    return np.array([values[code] for code in codes], dtype=np.float64)


def _ratio(sums: _Sums, member: NDArray[np.bool_]) -> _Figures:
    """Σw·score / Σw over the answers of the member criteria, and its derivatives."""
    valid = sums.valid[member].sum()
    share = sums.score[member].sum() / valid if valid > 0 else np.nan
    on_score = np.where(member, 1 / valid, 0.0) if valid > 0 else np.zeros(len(member))
    n = sums.n[member].sum(keepdims=True)
    return _Figures(np.array([share]), n, on_score[:, None], -np.nan_to_num(share) * on_score[:, None])


def _joined(parts: Sequence[_Figures]) -> _Figures:
    return _Figures(
        estimate=np.concatenate([part.estimate for part in parts]),
        n=np.concatenate([part.n for part in parts]),
        on_score=np.hstack([part.on_score for part in parts]),
        on_valid=np.hstack([part.on_valid for part in parts]),
    )


def _exact(estimate: float) -> float:
    if estimate < ROUNDING:
        return 0.0
    return 100.0 if estimate > 100 - ROUNDING else estimate


def _shown(figure: Figure | None) -> dict[str, Any] | None:
    return None if figure is None else figure.as_json()
