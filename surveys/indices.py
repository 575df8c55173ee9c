"""Satisfaction indices (SIPAS) of a set of responses with design-based errors: overall, factors, criteria, domains.

A criterion's figure is Σw·score / Σw over its valid answers. A pooled figure over several criteria is one ratio
estimator, Σ_i w_i Σ_c score_ic / Σ_i w_i Σ_c valid_ic: each answer, not each respondent, counts once. A mean of figures
leaves out those that nobody answered. The error of each is that of its linearised form over the whole design.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence

import numpy as np

from surveys.cells import Cells
from surveys.comparisons import Difference, difference
from surveys.design import Floats, Ints, Labels, SurveyDesign, numbered
from surveys.errors import InvalidOption
from surveys.figures import Figure, IndexOptions, IndexResult, IndexTable
from surveys.intervals import confidence_interval
from surveys.linear_forms import Composition, LinearForms, Sums
from surveys.methods import IndexMethod, index_method
from surveys.questionnaires import Questionnaire
from surveys.row_estimates import Answers, RowEstimates

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
    return _Index(questionnaire, answers, design, options).result(by)


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
    rows = dict(_domains(*_named(by), index.rows.order))
    for name in (first, second):
        if name not in rows:
            raise InvalidOption(f"Không có ai trong nhóm “{name}”.")
    return index.differences(rows[first], rows[second])


def _named(by: Labels) -> tuple[list[str], Ints]:
    """The domains in ascending order, and for each row the place of its own."""
    labels, codes = numbered(by)
    return [label.decode() if isinstance(label, bytes) else str(label) for label in labels], codes


def _domains(labels: Sequence[str], codes: Ints, order: Ints) -> Iterator[tuple[str, Ints]]:
    """Each label with its rows, these in the order of their clusters; a blank label is no domain."""
    if not labels:
        return
    if len(labels) < 2**15:
        codes = codes.astype(np.int16)  # NumPy sorts these by radix
    grouped = order[np.argsort(codes[order], kind="stable")]
    ends = np.cumsum(np.bincount(codes, minlength=len(labels)))
    for label, rows in zip(labels, np.split(grouped, ends[:-1]), strict=True):
        if label:
            yield label, rows


class _Index:
    """What is the same for every domain of one computation."""

    def __init__(self, form: Questionnaire, answers: Answers, design: SurveyDesign, options: IndexOptions) -> None:
        self.options = options
        self.degrees_of_freedom = design.degrees_of_freedom
        method = index_method(options.method)
        self.composition = Composition(form, method, _factor_weights(form, method, options))
        scores, groups = method.scores(form.scale), self.composition.members
        self.rows = RowEstimates(answers, design, scores=scores, groups=groups, lonely=options.lonely)

    def result(self, by: Labels | None) -> IndexResult:
        """Clustered designs are added up to cells first; design effects want single rows."""
        labels, codes = ([], np.zeros(self.rows.design.rows, dtype=np.intp)) if by is None else _named(by)
        cells = None if self.options.deff else Cells.of(self.rows, codes)
        if cells is not None:
            total = self._of_cells(cells, None)
            domains = {label: self._of_cells(cells, code) for code, label in enumerate(labels) if label}
        else:
            total = self._of_rows(self.rows.order)
            domains = {label: self._of_rows(rows) for label, rows in _domains(labels, codes, self.rows.order)}
        return IndexResult(self.options, self.rows.design, total=total, by=domains)

    def _of_cells(self, cells: Cells, domain: int | None) -> IndexTable:
        return self._table(cells.sums(domain), lambda forms: cells.variances(domain, forms))

    def _of_rows(self, rows: Ints) -> IndexTable:
        sums = self.rows.sums(rows)
        return self._table(sums, lambda forms: self.rows.variances(rows, forms), rows=rows)

    def _table(self, sums: Sums, variances: Callable[[LinearForms], Floats], *, rows: Ints | None = None) -> IndexTable:
        """The figures of these sums; `rows` are wanted for design effects."""
        forms = self.composition.forms(sums)
        answered = np.flatnonzero(~np.isnan(forms.estimate))
        errors, effects = (np.full(len(forms.estimate), np.nan) for _ in range(2))
        chosen = forms.chosen(answered)
        errors[answered] = np.sqrt(variances(chosen))
        if self.options.deff and rows is not None:
            effects[answered] = errors[answered] ** 2 / self.rows.simple_variances(rows, chosen, answered)
        respondents = np.concatenate([sums.n, sums.people])
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

    def differences(self, first: Ints, second: Ints) -> dict[tuple[str, str], Difference]:
        """What `compare_domains` gives, for the rows of two domains."""
        forms = [self.composition.forms(self.rows.sums(rows)) for rows in (first, second)]
        answered = np.flatnonzero(~np.isnan(forms[0].estimate) & ~np.isnan(forms[1].estimate))
        one, other = (form.chosen(answered) for form in forms)
        errors = np.sqrt(self.rows.variances_of_difference((first, one), (second, other)))
        names = self.composition.names
        return {
            names[position]: difference(
                100 * float(other.estimate[place] - one.estimate[place]),
                None if math.isnan(errors[place]) else 100 * float(errors[place]),
                degrees_of_freedom=self.degrees_of_freedom,
                level=self.options.level,
            )
            for place, position in enumerate(answered.tolist())
        }

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
