"""All SQL of the system of record. A restricted case comes out only where the caller asks for restricted ones."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session

from feedback.models import Answer, Case, CaseFile, Citizen, Notice, Office, Rating, RestrictedLook, Staff
from feedback.states import OPEN_STATES
from nlu.text import fold

PAGE = 50


def case_by_effect_key(session: Session, effect_key: str) -> Case | None:
    return session.scalars(select(Case).where(Case.effect_key == effect_key)).first()


def answer_by_effect_key(session: Session, effect_key: str) -> Answer | None:
    return session.scalars(select(Answer).where(Answer.effect_key == effect_key)).first()


def new_citizen(session: Session, *, now: datetime) -> Citizen:
    citizen = Citizen(created_at=now)
    session.add(citizen)
    session.flush()
    return citizen


def case_of_citizen(session: Session, case_id: int, citizen_id: int) -> Case | None:
    """The citizen's own case; a restricted one is not shown here."""
    return session.scalars(
        select(Case).where(Case.id == case_id, Case.citizen_id == citizen_id, Case.restricted.is_(False))
    ).first()


def case_by_code_of_citizen(session: Session, code: str, citizen_id: int) -> Case | None:
    """The state of a case is given to its owner only; anyone else learns nothing, nor does anyone of a restricted one."""
    return session.scalars(
        select(Case).where(Case.code == code, Case.citizen_id == citizen_id, Case.restricted.is_(False))
    ).first()


def cases_of_citizen(session: Session, citizen_id: int, *, limit: int = 5) -> list[Case]:
    """The citizen's latest cases, restricted ones left out."""
    return list(
        session.scalars(
            select(Case)
            .where(Case.citizen_id == citizen_id, Case.restricted.is_(False))
            .order_by(Case.received_at.desc())
            .limit(limit)
        )
    )


def loose_files(session: Session, citizen_id: int) -> list[CaseFile]:
    return list(session.scalars(select(CaseFile).where(CaseFile.citizen_id == citizen_id, CaseFile.case_id.is_(None))))


def file_by_key(session: Session, key: str) -> CaseFile | None:
    return session.scalars(select(CaseFile).where(CaseFile.key == key)).first()


def case_for_staff(session: Session, case_id: int, staff: Staff, *, lock: bool = False) -> Case | None:
    """A case that this person may open: their office's; the whole installation's for managers; never a restricted one
    without the named right."""
    statement = select(Case).where(Case.id == case_id, _visible_to(staff))
    if lock:
        statement = statement.with_for_update(of=Case)
    return session.scalars(statement.execution_options(populate_existing=lock)).first()


def _visible_to(staff: Staff) -> ColumnElement[bool]:
    open_list = Case.restricted.is_(False)
    if staff.role not in ("manager", "admin"):
        open_list &= Case.office_id == staff.office_id
    if not staff.sees_restricted:
        return open_list
    return open_list | (Case.restricted.is_(True) & (Case.office_id == staff.office_id))


@dataclass(frozen=True, slots=True)
class QueueFilter:
    """What a queue page shows. `view`: open | late | soon | answered | all. `text` searches with and without marks."""

    view: str = "open"
    text: str = ""
    page: int = 1


def queue(session: Session, staff: Staff, wanted: QueueFilter, *, now: datetime, soon: datetime) -> list[Case]:
    """One page of the office's cases, soonest deadline first; restricted ones are never among them."""
    statement = _queue_statement(staff, wanted, now=now, soon=soon)
    ordered = statement.order_by(Case.urgent.desc(), Case.due_at.is_(None), Case.due_at, Case.id)
    return list(session.scalars(ordered.limit(PAGE).offset((wanted.page - 1) * PAGE)))


def queue_counts(session: Session, staff: Staff, *, now: datetime, soon: datetime) -> dict[str, int]:
    """How many cases each view of the queue holds."""
    views = ("open", "late", "soon", "answered", "all")
    counts = {}
    for view in views:
        statement = _queue_statement(staff, QueueFilter(view=view), now=now, soon=soon)
        counts[view] = session.scalar(select(func.count()).select_from(statement.with_only_columns(Case.id).subquery())) or 0
    return counts


def _queue_statement(staff: Staff, wanted: QueueFilter, *, now: datetime, soon: datetime) -> Select[tuple[Case]]:
    statement = select(Case).where(Case.restricted.is_(False))
    if staff.role not in ("manager", "admin"):
        statement = statement.where(Case.office_id == staff.office_id)
    if wanted.view in ("open", "late", "soon"):
        statement = statement.where(Case.state.in_(OPEN_STATES))
    if wanted.view == "late":
        statement = statement.where(Case.due_at < now)
    if wanted.view == "soon":
        statement = statement.where(Case.due_at >= now, Case.due_at <= soon)
    if wanted.view == "answered":
        statement = statement.where(Case.state.in_(("da_tra_loi", "da_dong")))
    if wanted.text:
        needle = fold(wanted.text.strip())
        statement = statement.where(Case.folded.contains(needle, autoescape=True) | (Case.code == wanted.text.strip().upper()))
    return statement


def restricted_queue(session: Session, staff: Staff) -> list[Case]:
    """The restricted list, for a person with the named right, of their own office only."""
    if not staff.sees_restricted:
        return []
    return list(
        session.scalars(
            select(Case)
            .where(Case.restricted.is_(True), Case.office_id == staff.office_id)
            .order_by(Case.received_at.desc())
            .limit(PAGE)
        )
    )


def record_look(session: Session, case_id: int, staff: Staff, *, now: datetime) -> None:
    """Each look at a restricted case is written down."""
    session.add(RestrictedLook(case_id=case_id, staff_id=staff.id, at=now))
    session.flush()


def waiting_notices(session: Session, *, limit: int = 50) -> list[Notice]:
    return list(session.scalars(select(Notice).where(Notice.handled_at.is_(None)).order_by(Notice.id).limit(limit)))


@dataclass(frozen=True, slots=True)
class OfficeFigures:
    """One office's line on the dashboard. Ratings are those given after a case; no survey answer is among them."""

    office_id: int
    agency: str
    name: str
    cases: int
    open: int
    late: int
    answered: int
    answered_on_time: int
    ratings: int
    satisfied: int
    rating_sum: int


def office_figures(session: Session, *, since: datetime, until: datetime, now: datetime) -> list[OfficeFigures]:
    """Counts by office of the cases received in the period; restricted cases are not counted anywhere here."""
    is_open = Case.state.in_(OPEN_STATES)
    late = is_open & (Case.due_at < now)
    on_time = Case.answered_at.is_not(None) & (Case.due_at.is_(None) | (Case.answered_at <= Case.due_at))
    statement = (
        select(
            Office.id,
            Office.agency,
            Office.name,
            func.count(Case.id),
            func.count(Case.id).filter(is_open),
            func.count(Case.id).filter(late),
            func.count(Case.id).filter(Case.answered_at.is_not(None)),
            func.count(Case.id).filter(on_time),
            func.count(Rating.id),
            func.count(Rating.id).filter(Rating.score >= 4),
            func.coalesce(func.sum(Rating.score), 0),
        )
        .join(Case, Case.office_id == Office.id)
        .outerjoin(Rating, Rating.case_id == Case.id)
        .where(Case.restricted.is_(False), Case.received_at >= since, Case.received_at < until)
        .group_by(Office.id, Office.agency, Office.name)
        .order_by(func.count(Case.id).desc(), Office.name)
    )
    return [OfficeFigures(*row) for row in session.execute(statement).tuples()]
