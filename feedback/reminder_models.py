"""Reminders that wait for their time, what staff read of them in the console, and the mail that goes out."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from feedback.base import Base, waiting


class Reminder(Base):
    """One stage of one clock, due at a moment within office hours. `done_at` is set by whoever takes it."""

    __tablename__ = "reminder"
    __table_args__ = (
        UniqueConstraint("clock_id", "stage"),
        waiting("ix_reminder_due", "due_at", where="done_at IS NULL"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"), index=True)
    clock_id: Mapped[int] = mapped_column(ForeignKey("case_clock.id"))
    stage: Mapped[str] = mapped_column(String(12))
    due_at: Mapped[datetime]
    done_at: Mapped[datetime | None]


class StaffAlert(Base):
    """What one person is told in the console about one case: code and fact, nothing of the matter."""

    __tablename__ = "staff_alert"
    __table_args__ = (UniqueConstraint("effect_key"), Index("ix_staff_alert_unread", "staff_id", "read_at", "id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    effect_key: Mapped[str] = mapped_column(String(80))
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"))
    kind: Mapped[str] = mapped_column(String(20))
    text: Mapped[str] = mapped_column(String(300))
    at: Mapped[datetime]
    read_at: Mapped[datetime | None]


class StaffMail(Base):
    """An e-mail to a member of staff: code and link only. States: pending, sending, sent, unknown, failed."""

    __tablename__ = "staff_mail"
    __table_args__ = (
        UniqueConstraint("effect_key"),
        Index("ix_staff_mail_due", "state", "due_at"),
        CheckConstraint("state in ('pending','sending','sent','unknown','failed')", name="state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    effect_key: Mapped[str] = mapped_column(String(80))
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    address: Mapped[str] = mapped_column(String(120))
    subject: Mapped[str] = mapped_column(String(200))
    text: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(10), default="pending")
    attempts: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime]
    error: Mapped[str | None] = mapped_column(String(80))
    sent_at: Mapped[datetime | None]
