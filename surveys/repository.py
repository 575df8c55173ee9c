"""All SQL of the surveys."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from feedback.models import Case, CaseEvent, Office, Rating
from surveys.models import IndexResult, SurveyInvitation, SurveyOptOut, SurveyResponse
from surveys.questionnaires import Answer


def running_invitation(
    session: Session, citizen_id: int, *, now: datetime, lock: bool = False
) -> SurveyInvitation | None:
    """The form that this person is filling in, if its time is not over."""
    statement = (
        select(SurveyInvitation)
        .where(
            SurveyInvitation.citizen_id == citizen_id,
            SurveyInvitation.state == "running",
            SurveyInvitation.expires_at > now,
        )
        .order_by(SurveyInvitation.id.desc())
        .limit(1)
    )
    return session.scalars(statement.with_for_update() if lock else statement).first()


def invitation_of_case(session: Session, case_id: int) -> SurveyInvitation | None:
    return session.scalars(select(SurveyInvitation).where(SurveyInvitation.case_id == case_id)).first()


def invitation_of_citizen(session: Session, invitation_id: int, citizen_id: int) -> SurveyInvitation | None:
    """An invitation, for the person who was invited only."""
    return session.scalars(
        select(SurveyInvitation)
        .where(SurveyInvitation.id == invitation_id, SurveyInvitation.citizen_id == citizen_id)
        .with_for_update()
    ).first()


def is_opted_out(session: Session, citizen_id: int) -> bool:
    return session.get(SurveyOptOut, citizen_id) is not None


def open_invitations(session: Session, citizen_id: int) -> list[SurveyInvitation]:
    """What this person was asked and has neither answered nor declined, locked."""
    mine = (SurveyInvitation.citizen_id == citizen_id, SurveyInvitation.state.in_(("waiting", "invited", "running")))
    return list(session.scalars(select(SurveyInvitation).where(*mine).with_for_update()))


def invitation_by_token(session: Session, token_hash: str, *, lock: bool = False) -> SurveyInvitation | None:
    """The invitation of a one-time link."""
    statement = select(SurveyInvitation).where(SurveyInvitation.token_hash == token_hash)
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    return session.scalars(statement).first()


def responses_with(session: Session, round_id: int, code: str, answer: Answer) -> int:
    """How many responses of a round gave this answer."""
    column = SurveyResponse.answers[code]
    same = column.as_integer() == answer if isinstance(answer, int) else column.as_string() == str(answer)
    statement = select(func.count()).select_from(SurveyResponse).where(SurveyResponse.round_id == round_id, same)
    return session.scalar(statement) or 0


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


@dataclass(frozen=True, slots=True)
class CaseStep:
    """One row of a case's history, with what the indices need of the case. No text, no person."""

    case: str
    regime: str
    received_at: datetime
    agency: str
    move: str
    at: datetime
    is_sample: bool


def case_steps(session: Session, *, regimes: Sequence[str], until: datetime) -> Sequence[CaseStep]:
    """The history of all cases of these regimes up to a moment, case by case; restricted ones are not among them."""
    statement = (
        select(Case.code, Case.regime, Case.received_at, Office.agency, CaseEvent.move, CaseEvent.at, Case.is_sample)
        .join(CaseEvent, CaseEvent.case_id == Case.id)
        .join(Office, Office.id == CaseEvent.office_id)
        .where(Case.regime.in_(regimes), Case.restricted.is_(False), Case.received_at <= until, CaseEvent.at <= until)
        .order_by(Case.code, CaseEvent.seq)
    )
    return [CaseStep(*row) for row in session.execute(statement)]


def case_scores(session: Session, *, regimes: Sequence[str], until: datetime) -> dict[str, int]:
    """Case code -> the citizen's 1-5 that was given by that moment."""
    statement = (
        select(Case.code, Rating.score)
        .join(Rating, Rating.case_id == Case.id)
        .where(Case.regime.in_(regimes), Case.restricted.is_(False), Rating.at <= until)
    )
    return dict(session.execute(statement).all())


def index_result(session: Session, result_id: int) -> IndexResult | None:
    return session.get(IndexResult, result_id)


def index_results(session: Session, *, limit: int = 200) -> list[IndexResult]:
    """The latest results that were kept, the newest first."""
    return list(session.scalars(select(IndexResult).order_by(IndexResult.id.desc()).limit(limit)))
