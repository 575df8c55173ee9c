"""Reminders and escalation: due rows made with each clock, taken once, told to the officer, the head, the next level.

They go out in office hours only, in the console and by e-mail. An e-mail carries the code and a link, nothing of the
matter; of a restricted case no e-mail goes out at all, and only who may see it is told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import Session

from feedback import agencies, covers
from feedback.deadlines import DeadlineSettings, Pause
from feedback.handling_models import CaseClock
from feedback.models import Case, Office, Staff
from feedback.reminder_models import Reminder, StaffAlert, StaffMail
from feedback.reminder_times import Stage, Times, has_reminders, moments, stages, step_name
from feedback.routing_table import load_rules
from feedback.working_calendar import VIETNAM, load_calendar, spoken_date

BATCH = 100
CaseLink = Callable[[int], str]


def plan(
    session: Session, clock: CaseClock, *, pauses: Iterable[Pause], settings: DeadlineSettings, now: datetime
) -> None:
    """Write the due rows of a clock that was just set; of what lies in the past only that it is due or late."""
    if not has_reminders(clock.step):
        return
    times = Times(clock.started_at, clock.due_at, clock.proof, tuple(pauses))
    found = list(moments(times, settings))
    past = [stage.name for stage, moment in found if moment < now and stage.share is None]
    for stage, moment in found:
        if moment >= now or stage.name in past[-1:]:
            session.add(Reminder(case_id=clock.case_id, clock_id=clock.id, stage=stage.name, due_at=moment))
    session.flush()


def drop(session: Session, clock_id: int, *, now: datetime) -> None:
    """The clock has ended: nobody is reminded of it any more."""
    session.execute(
        update(Reminder).where(Reminder.clock_id == clock_id, Reminder.done_at.is_(None)).values(done_at=now)
    )


def take_due(session: Session, *, now: datetime, settings: DeadlineSettings, link: CaseLink, limit: int = BATCH) -> int:
    """Tell of what is due, each reminder once whoever else looks at the same time; nothing outside office hours.

    How many were looked at, `limit` at most: a full batch means that there may be more.
    """
    if not load_calendar(choices=dict(settings.calendar_choices)).in_office_hours(now):
        return 0
    waiting = select(Reminder.id).where(Reminder.done_at.is_(None), Reminder.due_at <= now)
    found = session.scalars(waiting.order_by(Reminder.due_at).limit(limit)).all()
    for reminder_id in found:
        take(session, reminder_id, now=now, link=link)
    return len(found)


def take(session: Session, reminder_id: int, *, now: datetime, link: CaseLink) -> bool:
    """Take one reminder and tell of it; False when another one was first or its clock has ended meanwhile."""
    ours = (Reminder.id == reminder_id, Reminder.done_at.is_(None))
    taken = session.execute(
        update(Reminder).where(*ours).values(done_at=now).execution_options(synchronize_session=False)
    )
    if not taken.rowcount:  # type: ignore[attr-defined]
        return False
    reminder = session.get_one(Reminder, reminder_id, populate_existing=True)
    clock = session.get_one(CaseClock, reminder.clock_id, populate_existing=True)
    case = session.get_one(Case, reminder.case_id, populate_existing=True)
    if clock.ended_at is not None or case.paused_at is not None or case.state == "da_gop":
        return False
    if _later_one_is_due(session, reminder, now=now):
        return False
    stage = next((stage for stage in stages() if stage.name == reminder.stage), None)
    if stage is None:
        return False
    _tell(session, case, clock, reminder, stage, now=now, link=link)
    return True


def _later_one_is_due(session: Session, reminder: Reminder, *, now: datetime) -> bool:
    """After an outage only the latest stage is told, not all at once."""
    later = (Reminder.clock_id == reminder.clock_id, Reminder.due_at > reminder.due_at, Reminder.due_at <= now)
    return session.scalars(select(Reminder.id).where(*later).limit(1)).first() is not None


def _tell(
    session: Session, case: Case, clock: CaseClock, reminder: Reminder, stage: Stage, *, now: datetime, link: CaseLink
) -> None:
    fact = f"Vụ việc {case.code}: {stage.words} {step_name(clock.step)} ({_spoken(clock.due_at)})."
    for person in recipients(session, case, stage, now=now):
        key = f"reminder:{reminder.id}:{person.id}"
        session.add(
            StaffAlert(
                effect_key=key, staff_id=person.id, case_id=case.id, kind=stage.name, text=fact, at=now, read_at=None
            )
        )
        if person.email and not case.restricted:
            session.add(
                StaffMail(
                    effect_key=key,
                    staff_id=person.id,
                    address=person.email,
                    subject=f"Lắng Nghe: {case.code} {stage.words}",
                    text=f"{fact}\n{link(case.id)}\n",
                    created_at=now,
                    due_at=now,
                )
            )
    session.flush()


def recipients(session: Session, case: Case, stage: Stage, *, now: datetime) -> list[Staff]:
    """Who is told, each once, and the deputies of those who are away; of a restricted case only who may see it."""
    found: dict[int, Staff] = {}
    for level in stage.to:
        found.update((person.id, person) for person in _LEVELS[level](session, case))
    found.update((person.id, person) for person in covers.deputies(session, found, now=now))
    return [person for person in found.values() if person.sees_restricted or not case.restricted]


def _officer(session: Session, case: Case) -> list[Staff]:
    """Who the case is assigned to; nobody yet: the head, or everybody where there is none."""
    if case.assignee is not None and case.assignee.active:
        return [case.assignee]
    return _head(session, case)


def _head(session: Session, case: Case) -> list[Staff]:
    return _leaders(session, case.office_id)


def _above(session: Session, case: Case) -> list[Staff]:
    """The leaders of the body one level up; nobody works there: those of the province's coordination desk."""
    desk = load_rules().coordination
    parent = agencies.get(case.office.agency).parent
    for agency in (parent and agencies.get(parent).legal_body, desk):
        office = _office(session, agency, case.office.province_code) if agency else None
        people = _leaders(session, office.id) if office is not None and office.id != case.office_id else []
        if people:
            return people
    return []


_LEVELS: dict[str, Callable[[Session, Case], list[Staff]]] = {"officer": _officer, "head": _head, "above": _above}


def _leaders(session: Session, office_id: int) -> list[Staff]:
    """The leaders of an office, else its managers, else its officers."""
    people = list(session.scalars(select(Staff).where(Staff.office_id == office_id, Staff.active).order_by(Staff.id)))
    for role in ("leader", "manager", "officer"):
        chosen = [person for person in people if person.role == role]
        if chosen:
            return chosen
    return []


def _office(session: Session, agency: str, province_code: str) -> Office | None:
    return session.scalars(select(Office).where(Office.agency == agency, Office.unit == province_code)).first()


def alerts(session: Session, staff: Staff, *, limit: int = 100) -> list[StaffAlert]:
    """What this person was told, the latest first."""
    statement = select(StaffAlert).where(StaffAlert.staff_id == staff.id).order_by(StaffAlert.id.desc())
    return list(session.scalars(statement.limit(limit)))


def unread(session: Session, staff: Staff) -> int:
    """How many of these nobody has read yet."""
    return len(session.scalars(select(StaffAlert.id).where(*_unread(staff)).limit(BATCH)).all())


def mark_read(session: Session, staff: Staff, *, now: datetime) -> None:
    """The person has seen them all."""
    session.execute(update(StaffAlert).where(*_unread(staff)).values(read_at=now))


def _unread(staff: Staff) -> tuple[ColumnElement[bool], ...]:
    return StaffAlert.staff_id == staff.id, StaffAlert.read_at.is_(None)


def _spoken(due_at: datetime) -> str:
    moment = due_at.astimezone(VIETNAM)
    hour = "" if (moment.hour, moment.minute) == (23, 59) else f"{moment:%H:%M} "
    return f"hạn {hour}{spoken_date(moment.date())}"
