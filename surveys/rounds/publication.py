"""What a closed round publishes: one object from which pages, API, reports and open data take every figure.

Each table is suppressed by itself (n < threshold, with complementary cells). Then all tables are tried together: a
table with which a hidden cell of few people could be worked out from the published ones is withheld.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from sqlalchemy.orm import Session

from nlu import places
from surveys import repository
from surveys.comparisons import Difference, Tier, between_rounds, tiers
from surveys.design import Floats, Ints, Labels, SurveyDesign
from surveys.figures import Figure, IndexOptions, IndexTable
from surveys.indices import compute_index
from surveys.keeping import MODES
from surveys.questionnaire_files import load
from surveys.questionnaires import Question, Questionnaire
from surveys.rounds import repository as round_repository
from surveys.rounds.dispositions import ResponseRates, response_rates
from surveys.rounds.models import SurveyRound
from surveys.rounds.rows import Rows, rows_of
from surveys.rounds.weighting import WeightFacts
from surveys.suppression import suppressed

MOST_DOMAINS = 400
UNKNOWN = "Không rõ"


@dataclass(frozen=True, slots=True)
class Breakdown:
    """The figures of the groups of one variable; `withheld`: they would give away figures of few people."""

    code: str
    title: str
    tables: Mapping[str, IndexTable]
    tiers: tuple[Tier, ...] = ()
    withheld: bool = False


@dataclass(frozen=True, slots=True)
class OptionShare:
    """How many chose an option: percent of those who answered, by weight; None where it is hidden."""

    label: str
    percent: float | None


@dataclass(frozen=True, slots=True)
class QuestionShares:
    """The answers to a question that is no criterion; `n` is None where all of it is hidden."""

    question: Question
    n: int | None
    options: tuple[OptionShare, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """Figures of a round that may be read by everybody; `change` is against the round before, by criterion code."""

    survey: SurveyRound
    form: Questionnaire
    options: IndexOptions
    threshold: int
    responses: int
    design: SurveyDesign
    weights: WeightFacts
    total: IndexTable
    breakdowns: tuple[Breakdown, ...]
    shares: tuple[QuestionShares, ...]
    rates: ResponseRates
    modes: Mapping[str, int]
    released_on: date | None
    earlier: SurveyRound | None = None
    changes: Mapping[str, Difference | None]


def publish(
    session: Session, survey: SurveyRound, *, threshold: int, options: IndexOptions | None = None
) -> Publication | None:
    """None before the round is closed, and without any response."""
    rows = rows_of(session, survey)
    if survey.state != "closed" or rows is None:
        return None
    form, chosen = load(survey.questionnaire), options or IndexOptions(deff=True)
    whole = compute_index(form, rows.answers, rows.design, options=chosen)
    total = suppressed(whole, form, threshold=threshold).total
    earlier = _earlier(session, survey, form, threshold=threshold, options=chosen)
    return Publication(
        survey=survey,
        form=form,
        options=chosen,
        threshold=threshold,
        responses=len(rows.responses),
        design=rows.design,
        weights=rows.weighted.facts,
        total=total,
        breakdowns=_breakdowns(form, rows, total, options=chosen, threshold=threshold),
        shares=tuple(_shares(question, rows, threshold) for question in form.questions if question.kind != "scale"),
        rates=response_rates(round_repository.dispositions(session, survey.id)),
        modes=_modes(rows, threshold),
        released_on=repository.released_on(session, survey.id),
        earlier=earlier[0] if earlier else None,
        changes=_changes(total, rows.design, earlier[1:]) if earlier else {},
    )


def _earlier(
    session: Session, survey: SurveyRound, form: Questionnaire, *, threshold: int, options: IndexOptions
) -> tuple[SurveyRound, IndexTable, SurveyDesign] | None:
    """The closed round before with the same form: another form's figures are not comparable."""
    before = round_repository.round_before(session, survey)
    rows = rows_of(session, before) if before is not None else None
    if before is None or rows is None:
        return None
    whole = compute_index(form, rows.answers, rows.design, options=options)
    return before, suppressed(whole, form, threshold=threshold).total, rows.design


def _changes(
    total: IndexTable, design: SurveyDesign, earlier: tuple[IndexTable, SurveyDesign]
) -> dict[str, Difference | None]:
    table, other = earlier
    freedom = design.degrees_of_freedom + other.degrees_of_freedom
    now, before = _figures(total), _figures(table)
    return {code: between_rounds(before.get(code), figure, degrees_of_freedom=freedom) for code, figure in now.items()}


def _figures(table: IndexTable) -> dict[str, Figure | None]:
    return {"overall": table.overall, **table.parts, **table.factors, **table.criteria}


# ---- breakdowns


def _variables(form: Questionnaire, rows: Rows) -> list[tuple[str, str, list[str]]]:
    """(code, title, label of each row): the place, the way of answering, and what the form asks about the person.

    One variable of place only: offices lie in communes.
    """
    found = []
    communes = [one.commune for one in rows.responses]
    if len(set(communes)) > 1:
        found.append(("commune", "Theo xã, phường", [commune_name(code) for code in communes]))
    elif len({one.office_id for one in rows.responses}) > 1:
        found.append(("office", "Theo cơ quan", [str(one.office_id or "") for one in rows.responses]))
    found.append(("mode", "Theo hình thức trả lời", [dict(MODES)[one.mode] for one in rows.responses]))  # type: ignore[index]
    for block in form.before:
        for question in block.questions if block.role == "person" and not block.several else ():
            labels = [str(question.options.get(str(one.answers.get(question.code)), "")) for one in rows.responses]
            found.append((question.code, f"Theo: {question.text}", labels))
    return [one for one in found if 1 < len(set(one[2]) - {""}) <= MOST_DOMAINS]


def commune_name(code: str) -> str:
    commune = places.commune(code)
    return f"{commune.type} {commune.name}" if commune else UNKNOWN


def province_name(code: str) -> str:
    province = places.province(code)
    return province.name if province else UNKNOWN


def _breakdowns(
    form: Questionnaire, rows: Rows, total: IndexTable, *, options: IndexOptions, threshold: int
) -> tuple[Breakdown, ...]:
    """In the order of their importance: a later table gives way to an earlier one."""
    kept: list[_Shown] = []
    found = []
    for code, title, labels in _variables(form, rows):
        by = np.array(labels)
        result = suppressed(
            compute_index(form, rows.answers, rows.design, options=options, by=by), form, threshold=threshold
        )
        candidate = [*kept, _Shown(by, result.by)]
        if _hidden(result.total) != _hidden(total) or _gives_away(form, rows, candidate, total, threshold):
            found.append(Breakdown(code, title, {}, withheld=True))
            continue
        kept = candidate
        overall = {label: table.overall for label, table in result.by.items()}
        found.append(Breakdown(code, title, result.by, tuple(tiers(overall))))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class _Shown:
    """A suppressed table with the label of each row."""

    labels: Labels
    tables: Mapping[str, IndexTable]


def _hidden(table: IndexTable) -> set[str]:
    return {code for code, figure in _figures(table).items() if figure is not None and figure.suppressed}


def _gives_away(form: Questionnaire, rows: Rows, shown: Sequence[_Shown], total: IndexTable, threshold: int) -> bool:
    """Whether figures of fewer than `threshold` people follow from all published ones together.

    People who share all labels are one unknown; a published figure is the sum over its people. Of few people's figures
    each hidden one and each such unknown is tried: it follows when its own sum is a combination of published ones. And
    no published figure may lie within another one but for few people. Tried for each criterion, factor and the whole.
    """
    codes = np.column_stack([np.unique(one.labels, return_inverse=True)[1] for one in shown])
    kinds, kind_of = np.unique(codes, axis=0, return_inverse=True)
    kind_of = kind_of.reshape(-1)
    at = {code: position for position, code in enumerate(form.criteria)}
    groups = {code: [code] for code in form.criteria} | {factor.code: list(factor.criteria) for factor in form.factors}
    groups["overall"] = list(form.criteria)
    for code, criteria in groups.items():
        answered = (rows.answers[:, [at[one] for one in criteria]] > 0).any(axis=1)
        people = np.bincount(kind_of[answered], minlength=len(kinds))
        if _follows(code, kinds, people, shown, total, threshold):
            return True
    return False


def _follows(code: str, kinds: Ints, people: Ints, shown: Sequence[_Shown], total: IndexTable, threshold: int) -> bool:
    """`kinds` (kinds, variables): the label numbers of each kind of person; `people`: how many of it answered."""
    there = people > 0
    few = there & (people < threshold)
    whole = _figures(total).get(code)
    published = [there.astype(np.float64)] if whole is not None and not whole.suppressed else []
    secret = [np.arange(len(people)) == number for number in np.flatnonzero(few)] if len(shown) > 1 else []
    for variable, one in enumerate(shown):
        for number, label in enumerate(np.unique(one.labels)):
            inside = there & (kinds[:, variable] == number)
            table = one.tables.get(str(label))
            figure = _figures(table).get(code) if table is not None else None
            if figure is None or not inside.any():
                continue
            if not figure.suppressed:
                published.append(inside.astype(np.float64))
            elif people[inside].sum() < threshold:
                secret.append(inside)
    if not published:
        return False
    cells = np.array(published)
    return _nested_but_for_few(cells, people, threshold) or _any_in_span(np.array(secret, dtype=np.float64), cells)


def _nested_but_for_few(cells: Floats, people: Ints, threshold: int) -> bool:
    """Whether one figure less another one that lies in it, or two others, leaves between 1 and `threshold` - 1."""
    sizes = cells @ people
    inside = (cells @ (cells * people).T) == sizes  # [a, b]: all of b lies in a
    for whole in range(len(cells)):
        parts = np.flatnonzero(inside[whole] & (sizes < sizes[whole]))
        left = sizes[whole] - sizes[parts]
        apart = (cells[parts] @ (cells[parts] * people).T) == 0
        left_of_two = np.where(apart, left[:, None] - sizes[parts][None, :], 0.0)
        if ((left > 0) & (left < threshold)).any() or ((left_of_two > 0) & (left_of_two < threshold)).any():
            return True
    return False


def _any_in_span(secret: Floats, published: Floats) -> bool:
    basis = np.linalg.svd(published, full_matrices=False)
    kept = basis.Vh[1e-9 * max(1.0, float(basis.S.max(initial=0.0))) < basis.S]
    if not len(secret):
        return False
    rest = secret - (secret @ kept.T) @ kept
    return bool((np.abs(rest).max(axis=1) < 1e-7).any())


# ---- other questions


def _shares(question: Question, rows: Rows, threshold: int) -> QuestionShares:
    given = [one.answers.get(question.code) for one in rows.responses]
    answered = np.array([value is not None for value in given])
    n = int(answered.sum())
    nothing = QuestionShares(question, None, tuple(OptionShare(label, None) for label in question.options.values()))
    if n < threshold:
        return nothing
    chosen = {code: np.array([_gave(value, code) for value in given]) for code in question.options}
    hidden = _hidden_options({code: int(mask.sum()) for code, mask in chosen.items()}, threshold)
    whole = float(rows.weights[answered].sum())
    options = tuple(
        OptionShare(question.options[code], None if code in hidden else 100 * float(rows.weights[mask].sum()) / whole)
        for code, mask in chosen.items()
    )
    return QuestionShares(question, n, options)


def _gave(value: Any, code: str) -> bool:
    return code in value if isinstance(value, list) else str(value) == code


def _hidden_options(counts: Mapping[str, int], threshold: int) -> set[str]:
    """Options of few people, and the next smallest until together they are as many as the threshold asks for."""
    hidden = {code for code, count in counts.items() if 0 < count < threshold}
    rest = sorted((code for code in counts if code not in hidden and counts[code]), key=lambda code: counts[code])
    while hidden and rest and (len(hidden) < 2 or sum(counts[code] for code in hidden) < threshold):
        hidden.add(rest.pop(0))
    return hidden


def _modes(rows: Rows, threshold: int) -> dict[str, int]:
    """How many answered in which way; empty where one of the ways has few people."""
    counts: dict[str, int] = {}
    for one in rows.responses:
        counts[one.mode] = counts.get(one.mode, 0) + 1
    return counts if all(count >= threshold for count in counts.values()) else {}
