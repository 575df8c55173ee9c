"""The tables that moves write beside the case itself: clocks, pauses, what was said, letters, corrected routes."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from feedback.base import Base


class CaseClock(Base):
    """One deadline of one step as it was set; a pause or an extension adds a row that replaces it.

    `because`: the event that set it (received, lodged, accepted, transferred, reopened, answered, resumed, extended).
    `outcome`: done, stopped or replaced, once `ended_at` is set. `proof`: each day, counted or not, and why.
    """

    __tablename__ = "case_clock"
    __table_args__ = (
        Index("ix_case_clock_case", "case_id", "id"),
        Index("ix_case_clock_running", "ended_at", "due_at"),
        CheckConstraint("outcome is null or outcome in ('done','stopped','replaced')", name="outcome"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"))
    step: Mapped[str] = mapped_column(String(20))
    rule: Mapped[str] = mapped_column(String(80))
    committed: Mapped[bool]
    because: Mapped[str] = mapped_column(String(12))
    office_id: Mapped[int] = mapped_column(ForeignKey("office.id"))
    started_at: Mapped[datetime]
    due_at: Mapped[datetime]
    proof: Mapped[list[Any]] = mapped_column(default=list)
    set_at: Mapped[datetime]
    replaces_id: Mapped[int | None] = mapped_column(ForeignKey("case_clock.id"))
    ended_at: Mapped[datetime | None]
    outcome: Mapped[str | None] = mapped_column(String(10))


class CasePause(Base):
    """The clock stands still from the question to the citizen until the answer; open while `to_at` is null."""

    __tablename__ = "case_pause"

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"), index=True)
    from_at: Mapped[datetime]
    to_at: Mapped[datetime | None]


class CaseRemark(Base):
    """What a move carried in words: a reason, a question, what was added. The ledger holds its id, never the words."""

    __tablename__ = "case_remark"

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"), index=True)
    kind: Mapped[str] = mapped_column(String(12))
    text: Mapped[str] = mapped_column(Text)
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    at: Mapped[datetime]


class CaseLetter(Base):
    """A paper letter between the coordination desk and a body that works by letter: transfer, chase or reply."""

    __tablename__ = "case_letter"
    __table_args__ = (CheckConstraint("kind in ('transfer','chase','reply')", name="kind"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"), index=True)
    kind: Mapped[str] = mapped_column(String(10))
    body: Mapped[str] = mapped_column(String(200))
    number: Mapped[str] = mapped_column(String(60))
    dated: Mapped[date]
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    at: Mapped[datetime]


class RouteCorrection(Base):
    """A route that staff put right: the facts and both bodies, kept as a labelled example for the rule table."""

    __tablename__ = "route_correction"

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"), index=True)
    facts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    from_agency: Mapped[str] = mapped_column(String(40))
    from_unit: Mapped[str] = mapped_column(String(5))
    to_agency: Mapped[str] = mapped_column(String(40))
    to_unit: Mapped[str] = mapped_column(String(5))
    remark_id: Mapped[int] = mapped_column(ForeignKey("case_remark.id"))
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    at: Mapped[datetime]


class LabelCorrection(Base):
    """Labels that staff put right: before and after, kept as a labelled example; the words stay with the case."""

    __tablename__ = "label_correction"

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"), index=True)
    before: Mapped[dict[str, Any]] = mapped_column(default=dict)
    after: Mapped[dict[str, Any]] = mapped_column(default=dict)
    remark_id: Mapped[int] = mapped_column(ForeignKey("case_remark.id"))
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    at: Mapped[datetime]
