"""The tables of the rounds: the round, its frame, its sample, its log, and who looked at rows of answers."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from feedback.base import Base


class SurveyRound(Base):
    """One survey: which form, which geography, when, of whom. States: draft, drawn, open, closed.

    `plan` is a SamplePlan, `weighting` a Weighting; `seed` and the frame's hash let anybody draw the sample again.
    `quotas`: [{question, option, most}]; `interviewers`: [{name, areas: [commune codes or village names]}].
    """

    __tablename__ = "survey_round"
    __table_args__ = (
        CheckConstraint("state in ('draft','drawn','open','closed')", name="state"),
        CheckConstraint("frame_kind in ('cases','dossiers','households')", name="frame_kind"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(40), unique=True)
    title: Mapped[str] = mapped_column(String(200))
    questionnaire: Mapped[str] = mapped_column(String(40))
    questionnaire_sha256: Mapped[str] = mapped_column(String(64))
    geo_version: Mapped[str] = mapped_column(String(20))
    opens_on: Mapped[date] = mapped_column(Date)
    closes_on: Mapped[date] = mapped_column(Date)
    frame_kind: Mapped[str] = mapped_column(String(12))
    frame_since: Mapped[date | None] = mapped_column(Date)
    frame_until: Mapped[date | None] = mapped_column(Date)
    frame_size: Mapped[int] = mapped_column(default=0)
    frame_sha256: Mapped[str] = mapped_column(String(64), default="")
    plan: Mapped[dict[str, Any]] = mapped_column(default=dict)
    seed: Mapped[str] = mapped_column(String(60), default="")
    quotas: Mapped[list[Any]] = mapped_column(default=list)
    interviewers: Mapped[list[Any]] = mapped_column(default=list)
    recheck_share: Mapped[float] = mapped_column(default=0.1)
    weighting: Mapped[dict[str, Any]] = mapped_column(default=dict)
    state: Mapped[str] = mapped_column(String(10), default="draft")
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    created_at: Mapped[datetime]
    drawn_at: Mapped[datetime | None]
    opened_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    is_sample: Mapped[bool] = mapped_column(default=False)


class FrameUnit(Base):
    """One line of a round's frame: a person, a dossier or a household. Who was not drawn loses name, phone and address
    with the draw, everybody else when the round closes."""

    __tablename__ = "survey_frame_unit"
    __table_args__ = (UniqueConstraint("round_id", "key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("survey_round.id"))
    key: Mapped[str] = mapped_column(String(80))
    name: Mapped[str | None] = mapped_column(String(120))
    phone: Mapped[str | None] = mapped_column(String(20))
    address: Mapped[str | None] = mapped_column(String(200))
    citizen_id: Mapped[int | None] = mapped_column(ForeignKey("citizen.id"), index=True)
    office_id: Mapped[int | None] = mapped_column(ForeignKey("office.id"))
    province: Mapped[str] = mapped_column(String(2), default="")
    commune: Mapped[str] = mapped_column(String(5), default="")
    village: Mapped[str] = mapped_column(String(120), default="")
    office: Mapped[str] = mapped_column(String(200), default="")
    procedure: Mapped[str] = mapped_column(String(40), default="")
    stratum: Mapped[str] = mapped_column(String(80), default="")
    adults: Mapped[int] = mapped_column(default=1)


class SampleUnit(Base):
    """A drawn unit with its design values. `number` is on its printed form; a reserve is `issued` once it replaces.

    `disposition` is a slug of surveys.rounds.dispositions; that of an answered form carries no time.
    """

    __tablename__ = "survey_sample_unit"
    __table_args__ = (
        UniqueConstraint("round_id", "number"),
        Index("ix_survey_sample_unit_cell", "round_id", "cell", "rank"),
        CheckConstraint("role in ('main','reserve')", name="role"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("survey_round.id"))
    number: Mapped[int]
    frame_unit_id: Mapped[int] = mapped_column(ForeignKey("survey_frame_unit.id"), unique=True)
    role: Mapped[str] = mapped_column(String(8))
    cell: Mapped[str] = mapped_column(String(300))
    rank: Mapped[int]
    stratum: Mapped[str] = mapped_column(String(300))
    cluster: Mapped[str] = mapped_column(String(300))
    fpc: Mapped[int]
    probability: Mapped[float]
    weight: Mapped[float]
    issued: Mapped[bool] = mapped_column(default=False)
    replaces_id: Mapped[int | None] = mapped_column(ForeignKey("survey_sample_unit.id"))
    interviewer: Mapped[str] = mapped_column(String(120), default="")
    recheck: Mapped[bool] = mapped_column(default=False)
    attempts: Mapped[int] = mapped_column(default=0)
    disposition: Mapped[str] = mapped_column(String(24), default="pending")

    frame_unit: Mapped[FrameUnit] = relationship()


class RoundEntry(Base):
    """One line of a round's log, added and never edited: decisions, draws, replacements, and what cleaning changed."""

    __tablename__ = "survey_round_entry"

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("survey_round.id"), index=True)
    at: Mapped[datetime]
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    kind: Mapped[str] = mapped_column(String(20))
    about: Mapped[str] = mapped_column(String(80), default="")
    text: Mapped[str] = mapped_column(Text)


class RowLook(Base):
    """Who took rows of answers out of a round, in which form, and when."""

    __tablename__ = "survey_row_look"

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int | None] = mapped_column(ForeignKey("survey_round.id"), index=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    what: Mapped[str] = mapped_column(String(20))
    rows: Mapped[int]
    at: Mapped[datetime]
