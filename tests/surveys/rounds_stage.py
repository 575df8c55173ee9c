"""Rounds for tests: planned, drawn and opened as the services do it, with invented households."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from surveys.models import SurveyBatch, SurveyResponse
from surveys.rounds import steps
from surveys.rounds.frames import FrameLine
from surveys.rounds.models import SurveyRound
from surveys.rounds.plans import SamplePlan, Stage
from surveys.rounds.steps import RoundDraft
from tests.factories import HAC_THANH, HAM_RONG, MONDAY

MULTI = SamplePlan(
    kind="multistage", size=3, stages=(Stage("commune"), Stage("village", 2)), reserve=0.4, one_adult=False
)


def a_round(session: Session, code: str = "SIPAS-2026", **parts: object) -> SurveyRound:
    values: dict[str, object] = {
        "code": code,
        "title": "Khảo sát thử",
        "questionnaire": "qd2640",
        "opens_on": date(2026, 11, 1),
        "closes_on": date(2026, 12, 31),
        "frame_kind": "households",
        "plan": MULTI,
    } | parts
    return steps.plan_round(session, RoundDraft(**values), staff=None, now=MONDAY)  # type: ignore[arg-type]


def households(villages: int = 4, people: int = 10) -> list[FrameLine]:
    """Two communes with some villages each; people are invented."""
    return [
        FrameLine(
            key=f"H{commune}{village}{person:03d}",
            name=f"Người Mẫu {person}",
            phone=f"095{village}{person:06d}",
            address="Số nhà mẫu",
            province="38",
            commune=commune,
            village=f"Thôn {village}",
            adults=1 + person % 3,
        )
        for commune in (HAC_THANH, HAM_RONG)
        for village in range(1, villages + 1)
        for person in range(people)
    ]


def drawn_round(session: Session, code: str = "SIPAS-2026", **parts: object) -> SurveyRound:
    survey = a_round(session, code, **parts)
    steps.take_frame(session, survey.id, households(), staff=None, now=MONDAY)
    steps.draw_sample(session, survey.id, seed="24/11/2026", staff=None, now=MONDAY)
    return survey


def open_round(session: Session, code: str = "SIPAS-2026", **parts: object) -> SurveyRound:
    return steps.open_round(session, drawn_round(session, code, **parts).id, staff=None, now=MONDAY)


def release_by_day(session: Session) -> None:
    """As if each response had been released on its own day, whatever their number."""
    session.flush()
    for response in session.scalars(select(SurveyResponse).where(SurveyResponse.batch_id.is_(None))).all():
        batch = SurveyBatch(questionnaire=response.questionnaire, released_on=response.answered_on, responses=1)
        session.add(batch)
        session.flush()
        response.batch_id = batch.id
    session.flush()
