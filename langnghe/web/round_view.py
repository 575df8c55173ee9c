"""What a round's page shows: its design with both sample sizes, how far the field work is, what it publishes."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from surveys import repository as survey_repository
from surveys.questionnaire_files import load
from surveys.rounds import repository
from surveys.rounds.dispositions import ENTERED, TITLES, response_rates
from surveys.rounds.kept_results import result_of
from surveys.rounds.models import SurveyRound
from surveys.rounds.plans import SamplePlan
from surveys.rounds.publication import publish
from surveys.rounds.reports import number, weight_lines, words_of
from surveys.rounds.sizes import sample_sizes
from surveys.rounds.steps import FRAME_KINDS, STATES
from surveys.rounds.weighting import CLASSES, Weighting

PLACES = {
    "province": "Tỉnh",
    "commune": "Xã, phường",
    "village": "Thôn, tổ dân phố",
    "office": "Cơ quan",
    "procedure": "Thủ tục",
    "stratum": "Tầng (cột riêng)",
}
ALLOCATIONS = {"proportional": "theo tỷ lệ", "equal": "đều nhau", "neyman": "tối ưu (Neyman)"}
KINDS = {"simple": "Ngẫu nhiên đơn", "stratified": "Phân tầng", "multistage": "Nhiều giai đoạn"}
MOST_ENTRIES = 30


def empty_plan() -> dict[str, str]:
    """What the planning form is opened with."""
    return {
        "code": "", "title": "", "questionnaire": "qd2640", "opens_on": "", "closes_on": "", "frame_kind": "households",
        "frame_since": "", "frame_until": "", "kind": "simple", "size": "400", "strata": "commune",
        "allocation": "proportional", "stages": "xã; thôn 3 theo quy mô", "reserve": "20", "one_adult": "",
        "margin": "5", "design_effect": "1.5", "response_rate": "70", "recheck": "10", "quotas": "",
    }  # fmt: skip


def round_context(session: Session, survey: SurveyRound, *, least: int) -> dict[str, Any]:
    """Everything that the page needs, read in one transaction; no name of anybody."""
    plan = SamplePlan.from_data(survey.plan)
    entries = repository.entries(session, survey.id)
    invited, links = survey_repository.invitation_counts(session, survey.id)
    return {
        "survey": survey,
        "form": load(survey.questionnaire),
        "state": STATES[survey.state],
        "kind": FRAME_KINDS[survey.frame_kind],
        "plan": plan,
        "plan_kind": KINDS[plan.kind],
        "places": PLACES,
        "allocations": ALLOCATIONS,
        "sizes": sample_sizes(survey.frame_size, plan.precision) if survey.frame_size else None,
        "weighting": Weighting.from_data(survey.weighting),
        "classes": CLASSES,
        "rates": response_rates(repository.dispositions(session, survey.id)),
        "titles": TITLES,
        "entered": {slug: TITLES[slug] for slug in ENTERED},
        "invited": invited,
        "links": links,
        "entries": entries[-MOST_ENTRIES:][::-1],
        "looks": repository.looks(session, survey.id),
        "found": publish(session, survey, threshold=least) if survey.state == "closed" else None,
        "kept": result_of(session, survey) if survey.state == "closed" else None,
        "words_of": words_of,
        "weight_lines": weight_lines,
        "number": number,
    }
