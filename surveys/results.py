"""The province's own survey figures by office: internal estimates, suppressed where few answered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from sqlalchemy.orm import Session

from surveys import repository
from surveys.chat import AFTER_CASE
from surveys.design import survey_design
from surveys.figures import Figure, IndexOptions
from surveys.indices import compute_index
from surveys.questionnaires import Questionnaire
from surveys.row_estimates import Answers
from surveys.suppression import suppressed


@dataclass(frozen=True, slots=True)
class OfficeResults:
    """The overall index of all offices and of each; a suppressed figure keeps only its place."""

    questionnaire: str
    overall: Figure | None
    offices: Mapping[int, Figure | None]


def by_office(
    session: Session, *, since: date, until: date, threshold: int, questionnaire: str = AFTER_CASE
) -> OfficeResults:
    """Each response is its own cluster: nobody was drawn into this sample, they answered after their case.

    `threshold`: a figure from fewer people is suppressed, and what would give it away with it.
    """
    form = Questionnaire.load(questionnaire)
    rows = repository.responses(session, questionnaire, since=since, until=until)
    if not rows:
        return OfficeResults(form.title, None, {})
    offices = np.array([str(office) for office, _ in rows])
    result = compute_index(
        form,
        _matrix(form, [answers for _, answers in rows]),
        survey_design(len(rows)),
        options=IndexOptions(),
        by=offices,
    )
    shown = suppressed(result, form, threshold=threshold)
    return OfficeResults(
        form.title, shown.total.overall, {int(label): table.overall for label, table in shown.by.items()}
    )


def _matrix(form: Questionnaire, rows: Sequence[Mapping[str, Any]]) -> Answers:
    return np.array([[row.get(code) or 0 for code in form.criteria] for row in rows], dtype=np.int8)
