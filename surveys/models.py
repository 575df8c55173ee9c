"""The tables of the surveys: who is being asked, and the anonymous responses."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Date, ForeignKey, Index, String, Text
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


class IndexResult(Base):
    """A computed index as it was published: what was asked, by which method and rule, from which inputs, the figures.

    `rule_text` is the rule or the questionnaire as it was, so that the result can be computed again after a change of
    the shipped data. Rows are added and never edited.
    """

    __tablename__ = "index_result"

    id: Mapped[int] = mapped_column(primary_key=True)
    index: Mapped[str] = mapped_column(String(12))
    method: Mapped[str] = mapped_column(String(40))
    rule: Mapped[str] = mapped_column(String(80))
    rule_sha256: Mapped[str] = mapped_column(String(64))
    rule_text: Mapped[str] = mapped_column(Text)
    request: Mapped[dict[str, Any]]
    inputs: Mapped[dict[str, Any]]
    inputs_sha256: Mapped[str] = mapped_column(String(64))
    document: Mapped[dict[str, Any]]
    program: Mapped[str] = mapped_column(String(20))
    created_at: Mapped[datetime]
