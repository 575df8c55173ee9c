"""All SQL of the system of record. A restricted case comes out only where the caller asks for restricted ones."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, delete, false, func, select, true
from sqlalchemy.orm import Session

from feedback.codes import parse_code
from feedback.models import Answer, Case, CaseEvent, CaseFile, Citizen, Notice, Office, Rating, Staff
from feedback.secrecy_models import RestrictedLook
from feedback.states import ANSWERED_STATES, OPEN_STATES
from nlu.text import fold

PAGE = 50
VIEWS = ("open", "late", "soon", "answered", "all")
RESTRICTED_FALLBACK = "ubnd_tinh"
LARGEST_ID = 2**31 - 1
MOST_WORDS = 10
SHORTEST_PART_OF_CODE = 4
SATISFIED_FROM = 4


def case_by_effect_key(session: Session, effect_key: str) -> Case | None:
    return session.scalars(select(Case).where(Case.effect_key == effect_key)).first()


def answer_by_effect_key(session: Session, effect_key: str) -> Answer | None:
    return session.scalars(select(Answer).where(Answer.effect_key == effect_key)).first()


def new_citizen(session: Session, *, now: datetime) -> Citizen:
    citizen = Citizen(created_at=now)
    session.add(citizen)
    session.flush()
    return citizen


def case_of_citizen(session: Session, case_id: int, citizen_id: int, *, lock: bool = False) -> Case | None:
    """The citizen's own case; a restricted one is not shown here."""
    statement = select(Case).where(Case.id == case_id, Case.citizen_id == citizen_id, Case.restricted.is_(False))
    return session.scalars(_locked(statement) if lock else statement).first()


def _locked(statement: Select[Case]) -> Select[Case]:
    """Wait for whoever is changing the case, then read it as it is now."""
    return statement.with_for_update(of=Case).execution_options(populate_existing=True)


def rating_of_case(session: Session, case_id: int) -> Rating | None:
    return session.scalars(select(Rating).where(Rating.case_id == case_id)).first()


def case_by_code_of_citizen(session: Session, code: str, citizen_id: int) -> Case | None:
    """A case's state is given to its owner only; anyone else learns nothing, nor does anyone of a restricted one."""
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


def drop_loose_files(session: Session, keys: Sequence[str]) -> None:
    """Delete those of these files that belong to no case."""
    if keys:
        session.execute(delete(CaseFile).where(CaseFile.key.in_(keys), CaseFile.case_id.is_(None)))


def file_by_key(session: Session, key: str) -> CaseFile | None:
    return session.scalars(select(CaseFile).where(CaseFile.key == key)).first()


def case_for_staff(session: Session, case_id: int, staff: Staff, *, lock: bool = False) -> Case | None:
    """A case that this person may open: their office's; the whole installation's for managers; never a restricted one
    without the named right."""
    if not 0 < case_id <= LARGEST_ID:
        return None
    statement = select(Case).where(Case.id == case_id, _visible_to(staff))
    return session.scalars(_locked(statement) if lock else statement).first()


def _visible_to(staff: Staff) -> ColumnElement[bool]:
    return _in_queue_of(staff) | _restricted_to(staff)


def _in_queue_of(staff: Staff) -> ColumnElement[bool]:
    """Their office's cases, every office's for those who oversee all; no restricted one."""
    if staff.role in ("manager", "admin"):
        return Case.restricted.is_(False)
    return Case.restricted.is_(False) & (Case.office_id == staff.office_id)


def _restricted_to(staff: Staff) -> ColumnElement[bool]:
    """The restricted cases of their office, for those with the named right.

    A province's readers also take those of offices of the province that have no reader, so that no denunciation lies
    unread; and a body that manages another one stands above it (Luật Tố cáo art. 12-20).
    """
    if not staff.sees_restricted:
        return false()
    mine = Case.office_id == staff.office_id
    if staff.office is not None and staff.office.agency == RESTRICTED_FALLBACK:
        mine |= Case.office_id.in_(_offices_without_reader(staff.office.province_code))
    return Case.restricted.is_(True) & mine


def _offices_without_reader(province_code: str) -> Select[int]:
    reader = select(Staff.id).where(Staff.office_id == Office.id, Staff.sees_restricted, Staff.active)
    return select(Office.id).where(Office.province_code == province_code, ~reader.exists())


@dataclass(frozen=True, slots=True)
class QueueFilter:
    """What a queue page shows. `view`: one of VIEWS. `text` searches with and without marks, each word for itself."""

    view: str = "open"
    text: str = ""
    page: int = 1


def queue(session: Session, staff: Staff, wanted: QueueFilter, *, now: datetime, soon: datetime) -> list[Case]:
    """One page of the office's cases, restricted ones never among them.

    Work to do comes by urgency and deadline, what is answered by the latest answer, all by the latest receipt.
    """
    statement = select(Case).where(_wanted(staff, wanted, now=now, soon=soon)).order_by(*_order(wanted.view))
    return list(session.scalars(statement.limit(PAGE).offset((wanted.page - 1) * PAGE)))


def queue_size(session: Session, staff: Staff, wanted: QueueFilter, *, now: datetime, soon: datetime) -> int:
    """How many cases all pages together hold."""
    statement = select(func.count(Case.id)).where(_wanted(staff, wanted, now=now, soon=soon))
    return session.scalar(statement) or 0


def queue_counts(session: Session, staff: Staff, *, now: datetime, soon: datetime) -> dict[str, int]:
    """How many cases each view of the queue holds."""
    counts = [func.count(Case.id).filter(_in_view(view, now=now, soon=soon)) for view in VIEWS]
    row = session.execute(select(*counts).where(_in_queue_of(staff))).one()
    return dict(zip(VIEWS, row, strict=True))


def _wanted(staff: Staff, wanted: QueueFilter, *, now: datetime, soon: datetime) -> ColumnElement[bool]:
    return _in_queue_of(staff) & _in_view(wanted.view, now=now, soon=soon) & _matches(wanted.text)


def _in_view(view: str, *, now: datetime, soon: datetime) -> ColumnElement[bool]:
    is_open = Case.state.in_(OPEN_STATES)
    if view == "all":
        return true()
    if view == "answered":
        return Case.state.in_(ANSWERED_STATES)
    if view == "late":
        return is_open & (Case.due_at < now)
    if view == "soon":
        return is_open & (Case.due_at >= now) & (Case.due_at <= soon)
    return is_open


def _order(view: str) -> tuple[ColumnElement[Any], ...]:
    if view == "all":
        return Case.received_at.desc(), Case.id.desc()
    if view == "answered":
        return Case.answered_at.is_(None), Case.answered_at.desc(), Case.id.desc()
    return Case.urgent.desc(), Case.due_at.is_(None), Case.due_at.asc(), Case.id.asc()


def _matches(text: str) -> ColumnElement[bool]:
    """The code, also one that was half remembered; else every word, in the citizen's text or in the dossier's code."""
    code = parse_code(text)
    if code is not None:
        return Case.code == code
    return and_(true(), *(_has_word(word) for word in fold(text).split()[:MOST_WORDS]))


def _has_word(word: str) -> ColumnElement[bool]:
    in_text = Case.folded.contains(word, autoescape=True) | func.lower(Case.dossier).contains(word, autoescape=True)
    if len(word) < SHORTEST_PART_OF_CODE:
        return in_text
    return in_text | Case.code.contains(word.upper(), autoescape=True)


def last_event_id(session: Session) -> int:
    """A mark for `arrived_since`."""
    return session.scalar(select(func.max(CaseEvent.id))) or 0


def arrived_since(session: Session, staff: Staff, event_id: int) -> int:
    """How many open cases came into (or back to) this person's queue after the mark."""
    statement = (
        select(func.count(CaseEvent.case_id.distinct()))
        .join(Case, Case.id == CaseEvent.case_id)
        .where(
            CaseEvent.id > event_id,
            CaseEvent.move.in_(("open", "open_waiting", "reopen")),
            Case.state.in_(OPEN_STATES),
            _in_queue_of(staff),
        )
    )
    return session.scalar(statement) or 0


def restricted_queue(session: Session, staff: Staff, *, page: int = 1) -> list[Case]:
    """One page of the restricted list, for a person with the named right, of their own office only."""
    statement = select(Case).where(_restricted_to(staff)).order_by(Case.received_at.desc(), Case.id.desc())
    return list(session.scalars(statement.limit(PAGE).offset((page - 1) * PAGE)))


def restricted_size(session: Session, staff: Staff) -> int:
    """How many cases the restricted list holds."""
    return session.scalar(select(func.count(Case.id)).where(_restricted_to(staff))) or 0


def looks(session: Session, case_id: int) -> list[tuple[str, str, datetime]]:
    """Who looked at a restricted case, at what of it, and when; the latest first."""
    statement = (
        select(Staff.display_name, RestrictedLook.what, RestrictedLook.at)
        .join(Staff, Staff.id == RestrictedLook.staff_id)
        .where(RestrictedLook.case_id == case_id)
        .order_by(RestrictedLook.id.desc())
        .limit(PAGE)
    )
    return [(name, what, at) for name, what, at in session.execute(statement)]


def staff_names(session: Session, staff_ids: Iterable[int]) -> dict[int, str]:
    """The names behind the ids of a history."""
    statement = select(Staff.id, Staff.display_name).where(Staff.id.in_(set(staff_ids)))
    return dict(session.execute(statement).all())


def record_look(
    session: Session, staff: Staff, *, case_id: int | None = None, inbox_id: int | None = None, what: str, now: datetime
) -> None:
    """Each look at something restricted is written down; `what`: one of secrecy_models.LOOKS."""
    session.add(RestrictedLook(case_id=case_id, inbox_id=inbox_id, staff_id=staff.id, what=what, at=now))
    session.flush()


def waiting_notices(session: Session, *, limit: int = 50) -> list[Notice]:
    return list(session.scalars(select(Notice).where(Notice.handled_at.is_(None)).order_by(Notice.id).limit(limit)))


@dataclass(frozen=True, slots=True)
class OfficeFigures:
    """One office's line on the dashboard. Ratings are those given after a case; no survey answer is among them.

    `open` and `late` are as of now; the others are what happened in the period: cases received, answers given
    (`timed`: of cases with a deadline; `on_time`: of those, in time), ratings given (`satisfied`: 4 or 5).
    """

    office_id: int
    agency: str
    name: str
    staffed: bool
    received: int = 0
    open: int = 0
    late: int = 0
    answered: int = 0
    timed: int = 0
    on_time: int = 0
    ratings: int = 0
    satisfied: int = 0
    rating_sum: int = 0


def office_figures(session: Session, *, since: datetime, until: datetime) -> list[OfficeFigures]:
    """Counts by office from `since` to `until`, both included; restricted cases are not counted anywhere here."""
    received, answered = Case.received_at.between(since, until), Case.answered_at.between(since, until)
    rated, is_open = Rating.at.between(since, until), Case.state.in_(OPEN_STATES)
    timed = answered & Case.due_at.is_not(None)
    statement = (
        select(
            Office.id,
            Office.agency,
            Office.name,
            Office.staffed,
            func.count(Case.id).filter(received),
            func.count(Case.id).filter(is_open),
            func.count(Case.id).filter(is_open & (Case.due_at < until)),
            func.count(Case.id).filter(answered),
            func.count(Case.id).filter(timed),
            func.count(Case.id).filter(timed & (Case.answered_at <= Case.due_at)),
            func.count(Rating.id).filter(rated),
            func.count(Rating.id).filter(rated & (Rating.score >= SATISFIED_FROM)),
            func.coalesce(func.sum(Rating.score).filter(rated), 0),
        )
        .join(Case, Case.office_id == Office.id)
        .outerjoin(Rating, Rating.case_id == Case.id)
        .where(Case.restricted.is_(False), received | answered | rated | is_open)
        .group_by(Office.id, Office.agency, Office.name, Office.staffed)
        .order_by(func.count(Case.id).filter(received).desc(), Office.name)
    )
    return [OfficeFigures(*row) for row in session.execute(statement)]


def offices(session: Session, office_ids: Iterable[int]) -> list[Office]:
    return list(session.scalars(select(Office).where(Office.id.in_(set(office_ids))).order_by(Office.name)))
