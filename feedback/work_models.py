"""The tables of an office's daily work: drafts, covers for absent leaders, templates, links, checks."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from feedback.base import Base
from feedback.models import Answer, Staff


class AnswerDraft(Base):
    """One wording of an official answer on its way to the leader; a change is a new row."""

    __tablename__ = "answer_draft"

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"), index=True)
    text: Mapped[str] = mapped_column(Text)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    at: Mapped[datetime]


class Cover(Base):
    """Who acts for an absent leader, from the first day to the last, both included; ended early by `ended_at`."""

    __tablename__ = "cover"
    __table_args__ = (
        Index("ix_cover_deputy", "deputy_id", "last_day"),
        CheckConstraint("first_day <= last_day", name="days"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    leader_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    deputy_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    first_day: Mapped[date]
    last_day: Mapped[date]
    made_by_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    leader: Mapped[Staff] = relationship(foreign_keys=[leader_id])
    deputy: Mapped[Staff] = relationship(foreign_keys=[deputy_id])


class AnswerTemplate(Base):
    """Words that an office uses again, with {variables} of the case; a change is a new row, the old one retired."""

    __tablename__ = "answer_template"

    id: Mapped[int] = mapped_column(primary_key=True)
    office_id: Mapped[int] = mapped_column(ForeignKey("office.id"), index=True)
    title: Mapped[str] = mapped_column(String(120))
    text: Mapped[str] = mapped_column(Text)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    at: Mapped[datetime]
    retired_at: Mapped[datetime | None]


class CaseLink(Base):
    """Two cases that belong together. `kind`: split (`other_id` was cut out of `case_id`) or related."""

    __tablename__ = "case_link"
    __table_args__ = (
        UniqueConstraint("case_id", "other_id", "kind"),
        CheckConstraint("kind in ('split','related')", name="kind"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"))
    other_id: Mapped[int] = mapped_column(ForeignKey("case.id"), index=True)
    kind: Mapped[str] = mapped_column(String(10))
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    at: Mapped[datetime]


class AnswerCheck(Base):
    """A quick answer that chance picked for a leader to read afterwards, and the verdict."""

    __tablename__ = "answer_check"
    __table_args__ = (
        Index("ix_answer_check_waiting", "office_id", "checked_at"),
        CheckConstraint("verdict is null or verdict in ('good','poor')", name="verdict"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    answer_id: Mapped[int] = mapped_column(ForeignKey("answer.id"), unique=True)
    office_id: Mapped[int] = mapped_column(ForeignKey("office.id"))
    drawn_at: Mapped[datetime]
    checked_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    checked_at: Mapped[datetime | None]
    verdict: Mapped[str | None] = mapped_column(String(10))
    remark: Mapped[str | None] = mapped_column(Text)

    answer: Mapped[Answer] = relationship()
