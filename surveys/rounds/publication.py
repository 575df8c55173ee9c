"""What a closed round publishes: one object from which pages, API, reports and open data take every figure.

Each table is suppressed by itself (n < threshold, with complementary cells). Then all tables are tried together: a
table with which a hidden cell of few people could be worked out from the published ones is withheld.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from sqlalchemy.orm import Session

from surveys import repository
from surveys.comparisons import Difference, between_rounds, tiers
from surveys.figures import IndexOptions, IndexTable
from surveys.indices import compute_index
from surveys.keeping import MODES
from surveys.models import IndexResult
from surveys.questionnaire_files import load, parse_text, questionnaire_ids, questionnaire_text
from surveys.questionnaires import Question, Questionnaire
from surveys.rounds import repository as round_repository
from surveys.rounds.disclosure import ShownTable, figures_of, gives_away, hidden_codes
from surveys.rounds.dispositions import response_rates
from surveys.rounds.models import SurveyRound
from surveys.rounds.place_names import commune_name
from surveys.rounds.public_figures import Breakdown, DesignFacts, OptionShare, Publication, QuestionShares
from surveys.rounds.rows import Rows, rows_of
from surveys.suppression import suppressed

__all__ = ["Breakdown", "Publication", "QuestionShares", "compute", "publication_of", "publish"]

MOST_DOMAINS = 400


def publish(
    session: Session, survey: SurveyRound, *, threshold: int, options: IndexOptions | None = None
) -> Publication | None:
    """None before the round is closed, and without any response.

    The figures that were kept when the round was closed; computed only where there are none, or others are wanted.
    """
    if survey.state != "closed":
        return None
    if options is None:
        kept = repository.index_result_of_round(session, survey.id)
        if kept is not None and kept.document["threshold"] == threshold:
            return publication_of(session, survey, kept)
    return compute(session, survey, threshold=threshold, options=options)


def publication_of(session: Session, survey: SurveyRound, kept: IndexResult) -> Publication:
    """The publication that was kept so."""
    before = kept.document["earlier"]
    return Publication.from_document(
        kept.document,
        survey=survey,
        form=form_of(kept),
        earlier=round_repository.round_by_code(session, before) if before else None,
    )


def form_of(kept: IndexResult) -> Questionnaire:
    """The questionnaire as it was when the result was kept."""
    shipped = str(kept.document["questionnaire"])
    if shipped in questionnaire_ids() and questionnaire_text(shipped) == kept.rule_text:
        return load(shipped)
    return parse_text(kept.rule_text)


def compute(
    session: Session,
    survey: SurveyRound,
    *,
    threshold: int,
    options: IndexOptions | None = None,
    rows: Rows | None = None,
) -> Publication | None:
    """All figures of a round from its rows, as they would be published; None without any response."""
    rows = rows or rows_of(session, survey)
    if rows is None:
        return None
    before = round_repository.round_before(session, survey)
    form = load(survey.questionnaire)
    return computed(session, survey, threshold=threshold, options=options, form=form, rows=rows, before=before)


def computed(
    session: Session,
    survey: SurveyRound,
    *,
    threshold: int,
    form: Questionnaire,
    rows: Rows,
    before: SurveyRound | None,
    options: IndexOptions | None = None,
) -> Publication:
    """As `compute`, under this form and beside this earlier round."""
    chosen = options or IndexOptions(deff=True)
    total = _total(form, rows, threshold=threshold, options=chosen)
    design = DesignFacts.of(rows.design)
    earlier = _of_earlier(session, before, threshold=threshold, options=options) if before else None
    return Publication(
        survey=survey,
        form=form,
        options=chosen,
        threshold=threshold,
        responses=len(rows.responses),
        design=design,
        weights=rows.weighted.facts,
        total=total,
        breakdowns=_breakdowns(form, rows, total, options=chosen, threshold=threshold),
        shares=_all_shares(form, rows, threshold),
        rates=response_rates(round_repository.dispositions(session, survey.id)),
        modes=_modes(rows, threshold),
        released_on=repository.released_on(session, survey.id),
        earlier=before if earlier else None,
        changes=_changes((total, design), earlier) if earlier else {},
    )


def _total(form: Questionnaire, rows: Rows, *, threshold: int, options: IndexOptions) -> IndexTable:
    whole = compute_index(form, rows.answers, rows.design, options=options)
    return suppressed(whole, form, threshold=threshold).total


def _of_earlier(
    session: Session, before: SurveyRound, *, threshold: int, options: IndexOptions | None
) -> tuple[IndexTable, DesignFacts] | None:
    """What the closed round before with the same form published; another form's figures are not comparable."""
    kept = repository.index_result_of_round(session, before.id) if options is None else None
    if kept is not None and kept.document["threshold"] == threshold:
        found = publication_of(session, before, kept)
        return found.total, found.design
    rows = rows_of(session, before)
    if rows is None:
        return None
    form, chosen = load(before.questionnaire), options or IndexOptions(deff=True)
    return _total(form, rows, threshold=threshold, options=chosen), DesignFacts.of(rows.design)


def _changes(
    later: tuple[IndexTable, DesignFacts], earlier: tuple[IndexTable, DesignFacts]
) -> dict[str, Difference | None]:
    freedom = later[1].degrees_of_freedom + earlier[1].degrees_of_freedom
    now, before = figures_of(later[0]), figures_of(earlier[0])
    return {code: between_rounds(before.get(code), figure, degrees_of_freedom=freedom) for code, figure in now.items()}


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


def _breakdowns(
    form: Questionnaire, rows: Rows, total: IndexTable, *, options: IndexOptions, threshold: int
) -> tuple[Breakdown, ...]:
    """All tables where they may stand together; else in the order of their importance, a later one giving way."""
    found = [_Candidate.of(form, rows, one, options=options, threshold=threshold) for one in _variables(form, rows)]
    fitting = [one for one in found if hidden_codes(one.total) == hidden_codes(total)]

    def betrays(candidates: Sequence[_Candidate]) -> bool:
        shown = [one.shown for one in candidates]
        return bool(shown) and gives_away(form, rows.answers, shown, total, threshold=threshold)

    kept = fitting
    if betrays(fitting):
        kept = []
        for one in fitting:
            kept = kept if betrays([*kept, one]) else [*kept, one]
    return tuple(one.breakdown(withheld=one not in kept) for one in found)


@dataclass(frozen=True, slots=True, eq=False)
class _Candidate:
    """A suppressed table that may be published."""

    code: str
    title: str
    total: IndexTable
    shown: ShownTable

    @classmethod
    def of(
        cls,
        form: Questionnaire,
        rows: Rows,
        variable: tuple[str, str, list[str]],
        *,
        options: IndexOptions,
        threshold: int,
    ) -> _Candidate:
        code, title, labels = variable
        plain = replace(options, deff=False)
        computed = compute_index(form, rows.answers, rows.design, options=plain, by=np.array(labels))
        result = suppressed(computed, form, threshold=threshold)
        return cls(code, title, result.total, ShownTable.of(labels, result.by))

    def breakdown(self, *, withheld: bool) -> Breakdown:
        if withheld:
            return Breakdown(self.code, self.title, {}, withheld=True)
        overall = {label: table.overall for label, table in self.shown.tables.items()}
        return Breakdown(self.code, self.title, self.shown.tables, tuple(tiers(overall)))


# ---- other questions


def _all_shares(form: Questionnaire, rows: Rows, threshold: int) -> tuple[QuestionShares, ...]:
    gates = {factor.gate.code for factor in form.factors if factor.gate}
    shares = (_shares(question, rows, threshold) for question in form.questions if question.kind != "scale")
    return tuple(_covered(one) if one.question.code in gates else one for one in shares)


def _covered(shares: QuestionShares) -> QuestionShares:
    """Of a gate question all or nothing: who passed it answers the factor behind it, whose published number of people
    would tell from the gate's own number, or from a share that is left, how many did not."""
    hidden = any(option.percent is None for option in shares.options)
    return _nothing(shares.question) if hidden else shares


def _nothing(question: Question) -> QuestionShares:
    return QuestionShares(question, None, tuple(OptionShare(label, None) for label in question.options.values()))


def _shares(question: Question, rows: Rows, threshold: int) -> QuestionShares:
    given = [one.answers.get(question.code) for one in rows.responses]
    answered = np.array([value is not None for value in given])
    n = int(answered.sum())
    if n < threshold:
        return _nothing(question)
    chosen = {code: np.array([_gave(value, code) for value in given]) for code in question.options}
    counts = {code: int(mask.sum()) for code, mask in chosen.items()}
    hidden = _hidden_options(counts, threshold)
    if question.kind == "choices":  # of several answers each option is a figure of its own, and so are those without it
        hidden = {code for code, count in counts.items() if 0 < count < threshold or 0 < n - count < threshold}
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
    counted = Counter(one.mode for one in rows.responses)
    counts: dict[str, int] = {mode: counted[mode] for mode in MODES if counted[mode]}
    return counts if all(count >= threshold for count in counts.values()) else {}
