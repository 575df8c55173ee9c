"""All SQL of the surveys."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from surveys.models import SurveyInvitation, SurveyResponse


def running_invitation(session: Session, citizen_id: int, *, now: datetime) -> SurveyInvitation | None:
    """The form that this person is filling in, if its time is not over."""
    return session.scalars(
        select(SurveyInvitation)
        .where(
            SurveyInvitation.citizen_id == citizen_id,
            SurveyInvitation.state == "running",
            SurveyInvitation.expires_at > now,
        )
        .order_by(SurveyInvitation.id.desc())
        .limit(1)
    ).first()


def invitation_of_case(session: Session, case_id: int) -> SurveyInvitation | None:
    return session.scalars(select(SurveyInvitation).where(SurveyInvitation.case_id == case_id)).first()


def invitation_of_citizen(session: Session, invitation_id: int, citizen_id: int) -> SurveyInvitation | None:
    """An invitation, for the person who was invited only."""
    return session.scalars(
        select(SurveyInvitation).where(SurveyInvitation.id == invitation_id, SurveyInvitation.citizen_id == citizen_id)
    ).first()


def responses(
    session: Session, questionnaire: str, *, since: date, until: date
) -> Sequence[tuple[int, dict[str, Any]]]:
    """(office, answers) of the responses from `since` to `until`, both included, in the order of their random ids."""
    statement = (
        select(SurveyResponse.office_id, SurveyResponse.answers)
        .where(
            SurveyResponse.questionnaire == questionnaire,
            SurveyResponse.answered_on >= since,
            SurveyResponse.answered_on <= until,
        )
        .order_by(SurveyResponse.id)
    )
    return [(office, answers) for office, answers in session.execute(statement)]
