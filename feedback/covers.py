"""Absence cover: a deputy of the same office acts for an absent leader between two days, and the ledger says so."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from feedback.errors import CaseNotFound, InvalidInput, NotAllowed
from feedback.models import Staff
from feedback.work_models import Cover
from feedback.working_calendar import VIETNAM

LONGEST_DAYS = 92


@dataclass(frozen=True, slots=True)
class Absence:
    """From the first day to the last, both included."""

    leader_id: int
    deputy_id: int
    first_day: date
    last_day: date


def arrange(session: Session, absence: Absence, *, staff: Staff, now: datetime) -> Cover:
    """Set up a cover: by the leader, who is covered or of the same office, or by who administers the installation.

    Raises NotAllowed, InvalidInput.
    """
    leader, deputy = session.get(Staff, absence.leader_id), session.get(Staff, absence.deputy_id)
    if leader is None or deputy is None or leader.role != "leader" or deputy.role not in ("officer", "leader"):
        raise InvalidInput("Chọn một lãnh đạo và một người của cùng cơ quan làm thay.")
    if not (staff.role in ("manager", "admin") or (staff.role == "leader" and staff.office_id == leader.office_id)):
        raise NotAllowed()
    if deputy.id == leader.id or deputy.office_id != leader.office_id or not deputy.active:
        raise InvalidInput("Người làm thay phải là người khác, đang làm việc tại cùng cơ quan.")
    if absence.last_day < max(absence.first_day, now.astimezone(VIETNAM).date()):
        raise InvalidInput("Ngày cuối phải từ ngày đầu trở đi và chưa qua.")
    if (absence.last_day - absence.first_day).days > LONGEST_DAYS:
        raise InvalidInput(f"Một lần ủy quyền không quá {LONGEST_DAYS} ngày.")
    cover = Cover(
        leader_id=leader.id,
        deputy_id=deputy.id,
        first_day=absence.first_day,
        last_day=absence.last_day,
        made_by_id=staff.id,
        at=now,
    )
    session.add(cover)
    session.flush()
    return cover


def end(session: Session, cover_id: int, *, staff: Staff, now: datetime) -> Cover:
    """The leader is back early; ending twice is once."""
    cover = session.get(Cover, cover_id)
    if cover is None or not (staff.role in ("manager", "admin") or cover.leader.office_id == staff.office_id):
        raise CaseNotFound("Không tìm thấy lần ủy quyền này.")
    if staff.role not in ("manager", "admin", "leader"):
        raise NotAllowed()
    if cover.ended_at is None:
        cover.ended_at = now
        session.flush()
    return cover


def apply(session: Session, staff: Staff, *, now: datetime) -> Staff:
    """The person with what they are today: `acts_for` set while a cover of theirs is in force."""
    found = select(Cover.leader_id).where(Cover.deputy_id == staff.id, *_in_force(now)).order_by(Cover.id.desc())
    staff.acts_for = session.scalars(found.limit(1)).first() if staff.role == "officer" else None
    return staff


def deputies(session: Session, leaders: Iterable[int], *, now: datetime) -> list[Staff]:
    """Who acts today for one of these leaders (ids of Staff), each once, in order of id."""
    acting = select(Cover.deputy_id).where(Cover.leader_id.in_(tuple(leaders)), *_in_force(now))
    return list(session.scalars(select(Staff).where(Staff.id.in_(acting), Staff.active).order_by(Staff.id)))


def _in_force(now: datetime) -> tuple[ColumnElement[bool], ...]:
    today = now.astimezone(VIETNAM).date()
    return Cover.first_day <= today, Cover.last_day >= today, Cover.ended_at.is_(None)


def of_office(session: Session, staff: Staff) -> list[Cover]:
    """The covers of this person's office, the latest first; all of them for who oversees."""
    statement = select(Cover).join(Staff, Staff.id == Cover.leader_id).order_by(Cover.id.desc()).limit(100)
    if staff.role not in ("manager", "admin"):
        statement = statement.where(Staff.office_id == staff.office_id)
    return list(session.scalars(statement))
