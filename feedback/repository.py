"""All SQL of the system of record. A restricted case comes out only where the caller asks for restricted ones."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, delete, false, func, select, true
from sqlalchemy.orm import Session, joinedload, load_only

from feedback.case_lists import BY_ANSWER, BY_RECEIPT, BY_URGENCY, IN_LISTS, IN_RESTRICTED_LIST, IS_ANSWERED, IS_OPEN
from feedback.models import Answer, Case, CaseEvent, CaseFile, Citizen, Notice, Office, Rating, Staff
from feedback.secrecy_models import RestrictedLook

PAGE = 50
VIEWS = ("open", "late", "soon", "answered", "all")
RESTRICTED_FALLBACK = "ubnd_tinh"
LARGEST_ID = 2**31 - 1
WIDE = 1_000
"""How far a list over all offices is counted and turned; further on, search finds it."""
NEWS = 2_000
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


def case_by_code(session: Session, code: str, staff: Staff) -> Case | None:
    """The case with this code, for whoever `case_for_staff` would give it to."""
    return session.scalars(select(Case).where(Case.code == code, _visible_to(staff))).first()


def case_by_code_of_office(session: Session, code: str, staff: Staff) -> Case | None:
    """A case of this person's own office; a restricted one only with the named right."""
    statement = select(Case).where(Case.code == code, Case.office_id == staff.office_id)
    return session.scalars(statement.where(_visible_to(staff))).first()


def _visible_to(staff: Staff) -> ColumnElement[bool]:
    return in_queue_of(staff) | _restricted_to(staff)


def oversees(staff: Staff) -> bool:
    """Whether this person's queue is that of every office."""
    return staff.role in ("manager", "admin")


def in_queue_of(staff: Staff) -> ColumnElement[bool]:
    """Their office's cases, every office's for those who oversee all; no restricted one."""
    return IN_LISTS if oversees(staff) else IN_LISTS & (Case.office_id == staff.office_id)


def _restricted_to(staff: Staff) -> ColumnElement[bool]:
    """The restricted cases of their office, for those with the named right.

    A province's readers also take those of offices of the province that have no reader, so that no denunciation lies
    unread; and a body that manages another one stands above it (Luật Tố cáo art. 12-20).
    """
    if not staff.sees_restricted:
        return false()
    if staff.office is None or staff.office.agency != RESTRICTED_FALLBACK:
        return IN_RESTRICTED_LIST & (Case.office_id == staff.office_id)
    return IN_RESTRICTED_LIST & Case.office_id.in_(_offices_without_reader(staff.office))


def _offices_without_reader(own: Office) -> Select[int]:
    """The own office, and those of its province where nobody reads the restricted list."""
    reader = select(Staff.id).where(Staff.office_id == Office.id, Staff.sees_restricted, Staff.active)
    return select(Office.id).where(
        (Office.id == own.id) | (Office.province_code == own.province_code) & ~reader.exists()
    )


@dataclass(frozen=True, slots=True)
class QueueFilter:
    """What a queue page shows: `view` is one of VIEWS."""

    view: str = "open"
    page: int = 1


@dataclass(frozen=True, slots=True)
class Size:
    """How many cases a list holds, shown as "1.000"; with `more` nobody counted on, shown as "1.000+"."""

    number: int
    more: bool = False

    def __str__(self) -> str:
        return f"{self.number:,}".replace(",", ".") + ("+" if self.more else "")


SHOWN = (
    Case.code,
    Case.kind,
    Case.field,
    Case.urgent,
    Case.restricted,
    Case.is_sample,
    Case.office_id,
    Case.state,
    Case.received_at,
    Case.due_at,
    Case.due_committed,
    Case.paused_at,
    Case.version,
)
"""What a list shows of a case, beside its office and, where it may be shown, its text."""


def queue(session: Session, staff: Staff, wanted: QueueFilter, *, now: datetime, soon: datetime) -> list[Case]:
    """One page of the office's cases, restricted ones never among them.

    Work to do comes by urgency and deadline, what is answered by the latest answer, all by the latest receipt.
    """
    return listed(session, session.scalars(page_of(staff, wanted, now=now, soon=soon)).all())


def page_of(staff: Staff, wanted: QueueFilter, *, now: datetime, soon: datetime) -> Select[int]:
    """The numbers of the cases of one page: all that this reads is in the list's index."""
    mine = in_queue_of(staff) & _in_view(wanted.view, now=now, soon=soon)
    return select(Case.id).where(mine).order_by(*_order(wanted.view)).limit(PAGE).offset((wanted.page - 1) * PAGE)


def listed(
    session: Session, case_ids: Sequence[int], *, within: ColumnElement[bool] | None = None, text: bool = True
) -> list[Case]:
    """These cases with what a list shows, in this order, as far as `within` holds; nothing else of them can be read."""
    shown = load_only(*SHOWN, *([Case.text] if text else []), raiseload=True)
    wanted = Case.id.in_(case_ids) if within is None else Case.id.in_(case_ids) & within
    statement = select(Case).where(wanted).options(shown, joinedload(Case.office))
    found = {case.id: case for case in session.scalars(statement)} if case_ids else {}
    return [found[case_id] for case_id in case_ids if case_id in found]


def queue_counts(session: Session, staff: Staff, *, now: datetime, soon: datetime) -> dict[str, Size]:
    """How many cases each view of the queue holds.

    Exact, but for those who oversee every office: what is not open is counted there up to WIDE only.
    """
    mine = in_queue_of(staff)
    late, near = func.count().filter(Case.due_at < now), func.count().filter(_falls_due(now, soon))
    work = session.execute(select(func.count(), late, near).select_from(Case).where(mine, IS_OPEN)).one()
    return dict(zip(("open", "late", "soon"), map(Size, work), strict=True)) | _other_counts(session, staff)


def _other_counts(session: Session, staff: Staff) -> dict[str, Size]:
    mine = in_queue_of(staff)
    if not oversees(staff):
        both = select(func.count().filter(IS_ANSWERED), func.count()).select_from(Case).where(mine)
        return dict(zip(("answered", "all"), map(Size, session.execute(both).one()), strict=True))
    rows = select(Case.id).where(mine)
    return {
        "answered": _size(session, rows.where(IS_ANSWERED), most=WIDE),
        "all": _size(session, rows, most=WIDE),
    }


def _size(session: Session, rows: Select[int], *, most: int | None = None) -> Size:
    counted = rows.limit(most + 1) if most is not None else rows
    number = session.scalar(select(func.count()).select_from(counted.subquery())) or 0
    return Size(most, more=True) if most is not None and number > most else Size(number)


def _in_view(view: str, *, now: datetime, soon: datetime) -> ColumnElement[bool]:
    if view == "all":
        return true()
    if view == "answered":
        return IS_ANSWERED
    if view == "late":
        return IS_OPEN & (Case.due_at < now)
    if view == "soon":
        return IS_OPEN & _falls_due(now, soon)
    return IS_OPEN


def _falls_due(now: datetime, soon: datetime) -> ColumnElement[bool]:
    return (Case.due_at >= now) & (Case.due_at <= soon)


def _order(view: str) -> tuple[ColumnElement[Any], ...]:
    if view == "all":
        return BY_RECEIPT
    return BY_ANSWER if view == "answered" else BY_URGENCY


def waiting_for_approval(session: Session, staff: Staff) -> list[Case]:
    """The drafts that wait for this person's office to approve, the most pressing first."""
    return list(session.scalars(select(Case).where(_to_approve(staff)).order_by(*BY_URGENCY).limit(PAGE * 2)))


def count_for_approval(session: Session, staff: Staff) -> int:
    """How many drafts wait for this person's office."""
    return session.scalar(select(func.count(Case.id)).where(_to_approve(staff))) or 0


def _to_approve(staff: Staff) -> ColumnElement[bool]:
    seen = IN_LISTS | _restricted_to(staff)
    return IS_OPEN & seen & (Case.office_id == staff.office_id) & (Case.state == "cho_duyet")


def codes_of(session: Session, case_ids: Iterable[int], staff: Staff) -> dict[int, str]:
    """The codes behind the ids, of those cases that this person may know of."""
    mine = Case.id.in_(set(case_ids)) & _visible_to(staff)
    return dict(session.execute(select(Case.id, Case.code).where(mine)).all())


def last_event_id(session: Session) -> int:
    """A mark for `arrived_since`."""
    return session.scalar(select(func.max(CaseEvent.id))) or 0


def arrived_since(session: Session, staff: Staff, event_id: int) -> int:
    """How many open cases came into (or back to) this person's queue after the mark, looking NEWS steps back."""
    statement = (
        select(func.count(CaseEvent.case_id.distinct()))
        .join(Case, Case.id == CaseEvent.case_id)
        .where(
            CaseEvent.id > max(event_id, last_event_id(session) - NEWS),
            CaseEvent.move.in_(("open", "open_waiting", "reopen")),
            IS_OPEN,
            in_queue_of(staff),
        )
    )
    return session.scalar(statement) or 0


def restricted_queue(session: Session, staff: Staff, *, page: int = 1) -> list[Case]:
    """One page of the restricted list, for a person with the named right, of their own office only."""
    statement = select(Case.id).where(_restricted_to(staff)).order_by(*BY_RECEIPT)
    found = session.scalars(statement.limit(PAGE).offset((page - 1) * PAGE)).all()
    return listed(session, found, text=False)


def restricted_size(session: Session, staff: Staff) -> int:
    """How many cases the restricted list holds."""
    return _size(session, select(Case.id).where(_restricted_to(staff))).number


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


def readers_of_restricted(session: Session) -> set[str]:
    """The user names of those who may see restricted cases, or who sent them; also of those who left."""
    return set(session.scalars(select(Staff.username).where(Staff.sees_restricted | Staff.sees_identity)))


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
    rated, is_open = Rating.at.between(since, until), IS_OPEN
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
