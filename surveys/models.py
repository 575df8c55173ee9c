"""The tables of the surveys: who is being asked, and the anonymous responses."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Date, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from feedback.base import Base


class SurveyInvitation(Base):
    """One person asked to fill in one form. States: invited, running, done, declined.

    `answers` holds what was answered so far and is emptied, together with the links to case and office, when the form
    is done: from then on nothing leads from the person to the response.
    """

    __tablename__ = "survey_invitation"
    __table_args__ = (Index("ix_survey_invitation_citizen", "citizen_id", "state"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    citizen_id: Mapped[int] = mapped_column(ForeignKey("citizen.id"))
    case_id: Mapped[int | None] = mapped_column(ForeignKey("case.id"), unique=True)
    office_id: Mapped[int | None] = mapped_column(ForeignKey("office.id"))
    questionnaire: Mapped[str] = mapped_column(String(40))
    state: Mapped[str] = mapped_column(String(10), default="invited")
    answers: Mapped[dict[str, Any]] = mapped_column(default=dict)
    invited_at: Mapped[datetime]
    expires_at: Mapped[datetime]


class SurveyResponse(Base):
    """A filled-in form without its person: a random id, the day, the office that it is about, the answers."""

    __tablename__ = "survey_response"
    __table_args__ = (Index("ix_survey_response_form", "questionnaire", "answered_on"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    questionnaire: Mapped[str] = mapped_column(String(40))
    office_id: Mapped[int] = mapped_column(ForeignKey("office.id"))
    answered_on: Mapped[date] = mapped_column(Date)
    mode: Mapped[str] = mapped_column(String(10))
    answers: Mapped[dict[str, Any]]
    is_sample: Mapped[bool] = mapped_column(default=False)
