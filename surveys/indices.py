"""Satisfaction indices (SIPAS) of a set of responses with design-based errors: overall, factors, criteria, domains.

A criterion's figure is Σw·score / Σw over its valid answers. A pooled figure over several criteria is one ratio
estimator, Σ_i w_i Σ_c score_ic / Σ_i w_i Σ_c valid_ic: each answer, not each respondent, counts once. A mean of figures
leaves out those that nobody answered. The error of each is that of its linearised form over the whole design.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from surveys.comparisons import Difference, difference
from surveys.design import Floats, Ints, Labels, SurveyDesign, numbered
from surveys.errors import InvalidOption
from surveys.figures import Figure, IndexOptions, IndexResult, IndexTable
from surveys.intervals import confidence_interval
from surveys.linear_forms import Composition, LinearForms, Sums
from surveys.linearization import CHUNK, variances
from surveys.methods import IndexMethod, index_method
from surveys.questionnaires import Questionnaire

Answers = NDArray[np.int8]
"""(rows, criteria): the level that was answered, 0 where the answer is blank."""

ROUNDING = 1e-10
"""Percent. Errors below it, and distances from 0 or 100, are what adding up floats leaves of an exact zero."""


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
    domains = {} if by is None else {label: index.table(rows) for label, rows in _domains(by, index.order)}
    return IndexResult(options, design, total=index.table(index.order), by=domains)


def compare_domains(
    questionnaire: Questionnaire,
    answers: Answers,
    design: SurveyDesign,
    *,
    options: IndexOptions,
    by: Labels,
    first: str,
    second: str,
) -> dict[tuple[str, str], Difference]:
    """(level, code) -> the second domain's figure less the first's, where both have one.

    Domains of one sample share its clusters, so that their figures move together: the error is that of the difference
    itself. Raises InvalidOption for a domain that nobody is in.
    """
    index = _Index(questionnaire, answers, design, options)
    rows = dict(_domains(by, index.order))
    for name in (first, second):
        if name not in rows:
            raise InvalidOption(f"Không có ai trong nhóm “{name}”.")
    return index.differences(rows[first], rows[second])


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
    """What is the same for every domain of one computation. `order` holds the rows in the order of their clusters."""

    def __init__(self, form: Questionnaire, answers: Answers, design: SurveyDesign, options: IndexOptions) -> None:
        self.answers = answers
        self.design = design
        self.options = options
        self.degrees_of_freedom = design.degrees_of_freedom
        method = index_method(options.method)
        self.scores = method.scores(form.scale)
        self.is_step = bool(np.isin(self.scores, (0.0, 1.0)).all())
        self.composition = Composition(form, method, _factor_weights(form, method, options))
        clusters = design.cluster
        unordered = bool((clusters[1:] < clusters[:-1]).any())
        self.order: Ints = np.argsort(clusters, kind="stable") if unordered else np.arange(design.rows)

    def table(self, rows: Ints) -> IndexTable:
        """The figures of these rows, which follow the order of their clusters."""
        sums, respondents = self._sums(rows)
        forms = self.composition.forms(sums)
        answered = np.flatnonzero(~np.isnan(forms.estimate))
        errors, effects = (np.full(len(forms.estimate), np.nan) for _ in range(2))
        chosen = forms.chosen(answered)
        errors[answered] = np.sqrt(self._variances(rows, chosen))
        if self.options.deff:
            effects[answered] = errors[answered] ** 2 / self._simple_variances(rows, chosen, answered)
        figures: dict[str, dict[str, Figure | None]] = {
            level: {} for level in ("criteria", "factors", "parts", "overall")
        }
        for position, (level, code) in enumerate(self.composition.names):
            people = int(respondents[position])
            figures[level][code] = self._figure(forms, errors, effects, people, position)
        return IndexTable(
            overall=figures["overall"][""],
            factors=figures["factors"],
            criteria=figures["criteria"],
            parts=figures["parts"],
        )

    def _sums(self, rows: Ints) -> tuple[Sums, Ints]:
        """The sums, and the respondents of each figure. Added up block by block; the blocks only bound the memory."""
        members = self.composition.members
        criteria = self.answers.shape[1]
        score, valid, n = np.zeros(criteria), np.zeros(criteria), np.zeros(criteria, dtype=np.intp)
        people = np.zeros(len(members), dtype=np.intp)
        for start in range(0, len(rows), CHUNK):
            block = rows[start : start + CHUNK]
            weights, answers = self.design.weights[block], self.answers[block]
            answered = answers > 0
            score += weights @ self._scored(answers)
            valid += weights @ answered
            n += np.count_nonzero(answered, axis=0)
            people += np.count_nonzero(answered @ members.T.astype(np.float32), axis=0)
        return Sums(score, valid, n), np.concatenate([n, people])

    def _scored(self, answers: Answers) -> Floats:
        if self.is_step:
            return (answers >= int(np.argmax(self.scores))).astype(np.float64)
        return np.take(self.scores, answers)

    def _linear(self, block: Ints, forms: LinearForms) -> Floats:
        """(rows, figures): how each row moves each figure, before its weight."""
        answers = self.answers[block]
        return self._scored(answers) @ forms.on_score + (answers > 0).astype(np.float64) @ forms.on_valid

    def _variances(self, rows: Ints, forms: LinearForms) -> Floats:
        """Of figures of these rows, which follow the order of their clusters."""
        if self.design.calibration is None:
            return self._variances_of(rows, lambda block: self._linear(block, forms), figures=len(forms.estimate))
        inside = np.zeros(self.design.rows, dtype=np.bool_)
        inside[rows] = True

        def linear(block: Ints) -> Floats:
            return np.where(inside[block][:, None], self._linear(block, forms), 0.0)

        return self._variances_of(self.order, linear, figures=len(forms.estimate))

    def _variances_of(self, rows: Ints, linear: Callable[[Ints], Floats], *, figures: int) -> Floats:
        """`linear` gives for a block of rows how each moves each figure, before its weight. For a calibrated design
        `rows` are all rows: each counts less what the known totals explain of it."""
        calibration, weights = self.design.calibration, self.design.weights
        if calibration is None:
            residual = linear
        else:
            blocks = ((rows[part], linear(rows[part])) for part in _blocks(len(rows)))
            explained = calibration.regression(blocks, figures=figures)

            def residual(block: Ints) -> Floats:
                return linear(block) - calibration.fitted(explained, block)

        def influence(part: slice) -> Floats:
            block = rows[part]
            values = residual(block)
            values *= weights[block][:, None]
            return values

        clusters = self.design.cluster[rows]
        return variances(
            self.design, clusters=clusters, influence=influence, figures=figures, lonely=self.options.lonely
        )

    def differences(self, first: Ints, second: Ints) -> dict[tuple[str, str], Difference]:
        """What `compare_domains` gives, for the rows of two domains."""
        forms = [self.composition.forms(self._sums(rows)[0]) for rows in (first, second)]
        answered = np.flatnonzero(~np.isnan(forms[0].estimate) & ~np.isnan(forms[1].estimate))
        chosen = [form.chosen(answered) for form in forms]
        side = np.zeros(self.design.rows, dtype=np.int8)
        side[first], side[second] = 1, 2

        def linear(block: Ints) -> Floats:
            parts = [np.where((side[block] == n)[:, None], self._linear(block, chosen[n - 1]), 0.0) for n in (1, 2)]
            return parts[1] - parts[0]

        order = self.order if self.design.calibration is not None else self.order[side[self.order] > 0]
        errors = np.sqrt(self._variances_of(order, linear, figures=len(answered)))
        names = self.composition.names
        return {
            names[position]: difference(
                100 * float(chosen[1].estimate[place] - chosen[0].estimate[place]),
                None if math.isnan(errors[place]) else 100 * float(errors[place]),
                degrees_of_freedom=self.degrees_of_freedom,
                level=self.options.level,
            )
            for place, position in enumerate(answered.tolist())
        }

    def _simple_variances(self, rows: Ints, forms: LinearForms, positions: Ints) -> Floats:
        """The variance that as many respondents drawn one by one with replacement would give: Σw·z²·Σw/(n-1).

        n and Σw are over those who answered anything of the figure and have a weight, as R's svymean takes them.
        """
        criteria = self.answers.shape[1]
        members = np.vstack([np.eye(criteria, dtype=np.bool_), self.composition.members])[positions].T.astype(
            np.float32
        )
        squares, total, people = (np.zeros(len(positions)) for _ in range(3))
        for part in _blocks(len(rows)):
            block = rows[part]
            weights = self.design.weights[block]
            answered = ((self.answers[block] > 0) @ members > 0) & (weights > 0)[:, None]
            squares += weights @ np.square(self._linear(block, forms))
            total += weights @ answered
            people += np.count_nonzero(answered, axis=0)
        with np.errstate(invalid="ignore", divide="ignore"):
            simple: Floats = squares * total / (people - 1)
        return np.where(simple > (ROUNDING / 100) ** 2, simple, np.nan)

    def _figure(self, forms: LinearForms, errors: Floats, effects: Floats, people: int, position: int) -> Figure | None:
        share = float(forms.estimate[position])
        if math.isnan(share):
            return None
        estimate, se, n = _exact(100 * share), 100 * float(errors[position]), int(forms.n[position])
        if math.isnan(se):
            return Figure(estimate, None, None, None, n, people)
        se = 0.0 if se < ROUNDING else se
        bounds = confidence_interval(
            estimate,
            se,
            interval=self.options.interval,
            degrees_of_freedom=self.degrees_of_freedom,
            level=self.options.level,
        )
        low, high = bounds or (None, None)
        effect = float(effects[position])
        return Figure(estimate, se, low, high, n, people, deff=None if math.isnan(effect) else effect)


def _blocks(rows: int) -> Iterator[slice]:
    return (slice(start, min(start + CHUNK, rows)) for start in range(0, rows, CHUNK))


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


def _exact(estimate: float) -> float:
    if estimate < ROUNDING:
        return 0.0
    return 100.0 if estimate > 100 - ROUNDING else estimate
