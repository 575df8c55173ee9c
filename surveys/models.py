"""The tables of the surveys: who is being asked, and the anonymous responses."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Date, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from feedback.base import Base


class SurveyInvitation(Base):
    """One person asked to fill in one form. States: waiting, invited, running, done, declined, expired, over_quota.

    `answers` holds what was answered so far and is emptied, together with the links to case and office, when the form
    is done: from then on nothing leads from the person to the response. `token_hash` is of the one-time link, gone with
    its use. `due_at` is when the next message about it is due; `asked` counts the invitation and its reminders.
    """

    __tablename__ = "survey_invitation"
    __table_args__ = (
        Index("ix_survey_invitation_citizen", "citizen_id", "state"),
        Index("ix_survey_invitation_due", "due_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    citizen_id: Mapped[int | None] = mapped_column(ForeignKey("citizen.id"))
    case_id: Mapped[int | None] = mapped_column(ForeignKey("case.id"), unique=True)
    office_id: Mapped[int | None] = mapped_column(ForeignKey("office.id"))
    round_id: Mapped[int | None] = mapped_column(ForeignKey("survey_round.id"), index=True)
    sample_unit_id: Mapped[int | None] = mapped_column(ForeignKey("survey_sample_unit.id"), unique=True)
    questionnaire: Mapped[str] = mapped_column(String(40))
    state: Mapped[str] = mapped_column(String(10), default="invited")
    answers: Mapped[dict[str, Any]] = mapped_column(default=dict)
    token_hash: Mapped[str | None] = mapped_column(String(64), unique=True)
    asked: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime | None]
    invited_at: Mapped[datetime]
    expires_at: Mapped[datetime]


class SurveyOptOut(Base):
    """Somebody who does not want to be asked for surveys again, ever."""

    __tablename__ = "survey_opt_out"

    citizen_id: Mapped[int] = mapped_column(ForeignKey("citizen.id"), primary_key=True)
    at: Mapped[datetime]


class SurveyBatch(Base):
    """Responses that were released together: figures count whole batches only (docs/adr/0006-released-batches.md)."""

    __tablename__ = "survey_batch"

    id: Mapped[int] = mapped_column(primary_key=True)
    questionnaire: Mapped[str] = mapped_column(String(40))
    round_id: Mapped[int | None] = mapped_column(ForeignKey("survey_round.id"), index=True)
    released_on: Mapped[date] = mapped_column(Date)
    responses: Mapped[int]


class SurveyResponse(Base):
    """A filled-in form without its person: a random id, the day, the office or place that it is about, the answers.

    Of a drawn sample also the design: stratum, cluster, clusters in the stratum's population, weight. A person who was
    drawn alone is named by no cluster. Rows lie in the order of their random ids, not in that of their coming.
    """

    __tablename__ = "survey_response"
    __table_args__ = (
        Index("ix_survey_response_form", "questionnaire", "answered_on"),
        Index("ix_survey_response_round", "round_id"),
        Index("ix_survey_response_batch", "batch_id"),
        {"sqlite_with_rowid": False},
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    questionnaire: Mapped[str] = mapped_column(String(40))
    round_id: Mapped[int | None] = mapped_column(ForeignKey("survey_round.id"))
    office_id: Mapped[int | None] = mapped_column(ForeignKey("office.id"))
    answered_on: Mapped[date] = mapped_column(Date)
    mode: Mapped[str] = mapped_column(String(10))
    answers: Mapped[dict[str, Any]]
    province: Mapped[str] = mapped_column(String(2), default="")
    commune: Mapped[str] = mapped_column(String(5), default="")
    procedure: Mapped[str] = mapped_column(String(40), default="")
    stratum: Mapped[str] = mapped_column(String(300), default="")
    cluster: Mapped[str] = mapped_column(String(300), default="")
    fpc: Mapped[int | None]
    weight: Mapped[float] = mapped_column(default=1.0)
    batch_id: Mapped[int | None] = mapped_column(ForeignKey("survey_batch.id"))
    is_sample: Mapped[bool] = mapped_column(default=False)


class IndexResult(Base):
    """A computed index as it was published: what was asked, by which method and rule, from which inputs, the figures.

    `round_id`: the survey round whose publication it is, written when the round closes, and read by every page from
    then on. `rule_text` is the rule or the questionnaire as it was, so that the result can be computed again after a
    change of the shipped data. Rows are added and never edited.
    """

    __tablename__ = "index_result"

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int | None] = mapped_column(ForeignKey("survey_round.id"), index=True)
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


class OfficialIndex(Base):
    """A figure that the Ministry published and somebody entered here; `unit` is a province's code, 00 the country.

    The only satisfaction figure that gives PAR INDEX points. A later import of the same year replaces the value.
    """

    __tablename__ = "official_index"
    __table_args__ = (UniqueConstraint("index", "year", "unit"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    index: Mapped[str] = mapped_column(String(12))
    year: Mapped[int]
    unit: Mapped[str] = mapped_column(String(5))
    value: Mapped[float]
    source: Mapped[str] = mapped_column(String(300))
    entered_at: Mapped[datetime]
