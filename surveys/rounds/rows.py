"""The responses of a round as arrays, with the design and the weights that its results are computed with."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sqlalchemy.orm import Session

from surveys import repository
from surveys.design import Floats, SurveyDesign, survey_design
from surveys.questionnaire_files import load
from surveys.questionnaires import Questionnaire
from surveys.repository import ResponseRow
from surveys.rounds import repository as round_repository
from surveys.rounds.models import SurveyRound
from surveys.rounds.plans import SamplePlan
from surveys.rounds.weighting import RoundWeights, Weighting, weigh
from surveys.row_estimates import Answers


@dataclass(frozen=True, slots=True)
class Rows:
    """One response a row, in the order of their random ids."""

    responses: Sequence[ResponseRow]
    answers: Answers
    weighted: RoundWeights

    @property
    def design(self) -> SurveyDesign:
        return self.weighted.design

    @property
    def weights(self) -> Floats:
        return self.design.weights


def rows_of(session: Session, survey: SurveyRound, *, form: Questionnaire | None = None) -> Rows | None:
    """All responses of the round with their design and weights; None without any.

    `form`: whose criteria the columns are; None: the round's form as it is shipped today.

    Raises InvalidOption where the sample does not fit the known totals of the round's weighting.
    """
    responses = repository.response_rows(session, survey.id)
    if not responses:
        return None
    weighting = Weighting.from_data(survey.weighting)
    units = round_repository.classes_of_units(session, survey.id, weighting.classes)
    weighted = weigh(_design(survey, responses), responses, units, weighting)
    return Rows(responses, _answers(form or load(survey.questionnaire), responses), weighted)


def _answers(form: Questionnaire, responses: Sequence[ResponseRow]) -> Answers:
    codes = form.criteria
    return np.array([[one.answers.get(code) or 0 for code in codes] for one in responses], dtype=np.int8)


def _design(survey: SurveyRound, responses: Sequence[ResponseRow]) -> SurveyDesign:
    """Who answered, in their clusters and strata.

    The finite population correction takes the clusters that answered, not those that were drawn: what nobody answered
    for is not known. There is none where clusters were chosen by size: it does not hold there.
    """
    plan = SamplePlan.from_data(survey.plan)
    by_size = any(stage.by == "pps" and stage.take is not None for stage in plan.group_stages())
    return survey_design(
        len(responses),
        stratum=np.array([one.stratum or "-" for one in responses]),
        cluster=np.array([one.cluster or one.id for one in responses]),
        weight=np.array([one.weight for one in responses], dtype=np.float64),
        fpc=None if by_size else _populations(responses),
    )


def _populations(responses: Sequence[ResponseRow]) -> Floats | None:
    found = [one.fpc for one in responses]
    return None if None in found else np.array(found, dtype=np.float64)


def rows_sha256(form: Questionnaire, rows: Rows) -> str:
    """A hash of all that the figures are computed from, in the order of the random ids.

    Of the sample it takes the weight of each class as the responses carry it, to nine digits: sums of a database may
    differ in the last ones.
    """
    codes = set(form.criteria)
    others = [question.code for question in form.questions if question.code not in codes]
    digest = hashlib.sha256(np.ascontiguousarray(rows.answers).tobytes())
    for one, weight in zip(rows.responses, rows.weighted.adjusted.tolist(), strict=True):
        about = (one.id, one.mode, one.province, one.commune, one.office_id, one.procedure)
        design = (*about, one.stratum, one.cluster, one.fpc, one.weight)
        digest.update(repr((design, [one.answers.get(code) for code in others], f"{weight:.9g}")).encode())
    return digest.hexdigest()
