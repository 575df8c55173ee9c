"""Who holds a case, since when: the time at each desk read from the ledger, an approver's apart from an officer's."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from feedback.case_lists import IN_LISTS, IS_OPEN
from feedback.models import Case, CaseEvent, Office, Staff
from feedback.states import OPEN_STATES
from feedback.working_calendar import VIETNAM, WorkingCalendar, load_calendar

DESKS = {
    "intake": "Chờ phân công, tiếp nhận",
    "officer": "Cán bộ xử lý",
    "approver": "Lãnh đạo duyệt",
    "signing": "Chờ ký, phát hành",
    "body": "Cơ quan nhận văn bản",
    "citizen": "Công dân (bổ sung, nộp đơn)",
}
"""Where a case can lie, in the order of its way."""

_DESK_OF = {
    "moi": "intake",
    "mo_lai": "intake",
    "da_chuyen": "intake",
    "tra_lai": "intake",
    "cho_duyet": "approver",
    "da_duyet": "signing",
    "cho_van_ban": "body",
    "cho_bo_sung": "citizen",
    "cho_nop_don": "citizen",
}
MOST_SAMPLED = 2_000


def desk_of(state: str) -> str:
    """At whose desk an open case in this state lies."""
    return _DESK_OF.get(state, "officer")


@dataclass(frozen=True, slots=True)
class Stretch:
    """One stay at a desk. `staff_id`: who had it there, None for nobody in person; `until` None: it is there still."""

    desk: str
    office_id: int
    staff_id: int | None
    since: datetime
    until: datetime | None
    working_days: int
    calendar: timedelta


def stretches(events: Sequence[CaseEvent], *, now: datetime) -> list[Stretch]:
    """The stays of one case in order, neighbours at the same desk with the same person joined.

    Time after an answer or an ending lies with nobody and is left out.
    """
    raw: list[tuple[str, int, int | None, datetime, datetime | None]] = []
    holder: int | None = None
    for at, event in enumerate(events):
        holder = _holder(event, holder)
        until = events[at + 1].at if at + 1 < len(events) else None
        if event.to_state not in OPEN_STATES:
            continue
        desk = desk_of(event.to_state)
        who = holder if desk in ("officer", "signing") else _decided_by(events, at) if desk == "approver" else None
        if raw and raw[-1][:3] == (desk, event.office_id, who) and raw[-1][4] == event.at:
            raw[-1] = (*raw[-1][:4], until)
        else:
            raw.append((desk, event.office_id, who, event.at, until))
    calendar = load_calendar()
    return [
        Stretch(desk, office, who, since, until, working_days(calendar, since, until or now), (until or now) - since)
        for desk, office, who, since, until in raw
    ]


def of_case(session: Session, case: Case, *, now: datetime) -> list[Stretch]:
    """The stays of a stored case."""
    return stretches(list(case.events), now=now)


def totals(stays: Iterable[Stretch]) -> dict[str, tuple[timedelta, int]]:
    """Desk -> (time, working days) of one case."""
    found: dict[str, tuple[timedelta, int]] = {}
    for stay in stays:
        time, days = found.get(stay.desk, (timedelta(), 0))
        found[stay.desk] = (time + stay.calendar, days + stay.working_days)
    return found


def working_days(calendar: WorkingCalendar, since: datetime, until: datetime) -> int:
    """Working days after the first day up to and with the last, by Vietnam's dates, as deadlines are counted."""
    day, last = since.astimezone(VIETNAM).date(), until.astimezone(VIETNAM).date()
    count = 0
    while day < last:
        day += timedelta(days=1)
        count += calendar.is_working(day)
    return count


@dataclass(slots=True)
class DeskLine:
    """What lies at one kind of desk now: how many, how many past their time, the longest stay."""

    desk: str
    open: int = 0
    late: int = 0
    oldest: datetime | None = None
    oldest_case: int | None = None


@dataclass(slots=True)
class PersonLine:
    """What one person has in hand now, and what of it is past its time."""

    staff_id: int | None
    name: str
    open: int = 0
    late: int = 0
    oldest: datetime | None = None


@dataclass(frozen=True, slots=True)
class OfficeHolding:
    """Where an office's open cases lie now, with whom, and how long each desk took in cases answered lately.

    `taken`: desk -> (cases, mean working days, the nine-in-ten value); restricted cases are in none of it.
    """

    desks: list[DeskLine]
    people: list[PersonLine]
    taken: dict[str, tuple[int, float, int]] = field(default_factory=dict)


def of_office(session: Session, office_id: int, *, since: datetime, now: datetime) -> OfficeHolding:
    """The office's holding now, and the times of the cases that it answered since."""
    last = (
        select(CaseEvent.case_id, func.max(CaseEvent.at).label("at"))
        .join(Case, Case.id == CaseEvent.case_id)
        .where(
            IS_OPEN, IN_LISTS, Case.office_id == office_id, CaseEvent.from_state.is_distinct_from(CaseEvent.to_state)
        )
        .group_by(CaseEvent.case_id)
        .subquery()
    )
    statement = (
        select(Case.id, Case.state, Case.due_at, Case.assignee_id, Staff.display_name, last.c.at)
        .join(last, last.c.case_id == Case.id)
        .outerjoin(Staff, Staff.id == Case.assignee_id)
        .where(IS_OPEN, IN_LISTS, Case.office_id == office_id)
    )
    desks = {desk: DeskLine(desk) for desk in DESKS}
    people: dict[int | None, PersonLine] = {}
    for case_id, state, due_at, assignee_id, name, at in session.execute(statement):
        desk, late = desks[desk_of(state)], due_at is not None and due_at < now
        _add(desk, late, at)
        if desk.oldest == at:
            desk.oldest_case = case_id
        if desk.desk in ("officer", "signing"):
            person = people.setdefault(assignee_id, PersonLine(assignee_id, name or "Chưa giao ai"))
            _add(person, late, at)
    shown = sorted(people.values(), key=lambda one: (-one.late, -one.open, one.name))
    return OfficeHolding(list(desks.values()), shown, _taken(session, office_id, since=since, now=now))


def offices_now(session: Session, *, now: datetime) -> list[tuple[Office, dict[str, int], int]]:
    """(office, open cases by desk, past their time) of every office with open cases, the latest ones first."""
    statement = (
        select(Case.office_id, Case.state, func.count(), func.count().filter(Case.due_at < now))
        .where(IS_OPEN, IN_LISTS)
        .group_by(Case.office_id, Case.state)
    )
    desks: dict[int, dict[str, int]] = {}
    late: dict[int, int] = {}
    for office_id, state, number, past in session.execute(statement):
        line = desks.setdefault(office_id, dict.fromkeys(DESKS, 0))
        line[desk_of(state)] += number
        late[office_id] = late.get(office_id, 0) + past
    offices = session.scalars(select(Office).where(Office.id.in_(desks))).all()
    return sorted(
        ((office, desks[office.id], late[office.id]) for office in offices),
        key=lambda row: (-row[2], -sum(row[1].values()), row[0].name),
    )


def _taken(session: Session, office_id: int, *, since: datetime, now: datetime) -> dict[str, tuple[int, float, int]]:
    """Working days at each desk of this office in the latest cases that it answered in the period."""
    answered = (
        select(Case.id)
        .where(IN_LISTS, Case.office_id == office_id, Case.answered_at.between(since, now))
        .order_by(Case.answered_at.desc())
        .limit(MOST_SAMPLED)
    )
    events = session.scalars(
        select(CaseEvent)
        .where(CaseEvent.case_id.in_(answered.subquery().select()))
        .order_by(CaseEvent.case_id, CaseEvent.seq)
    )
    chains: dict[int, list[CaseEvent]] = {}
    for event in events:
        chains.setdefault(event.case_id, []).append(event)
    days: dict[str, list[int]] = {}
    for chain in chains.values():
        mine = [stay for stay in stretches(chain, now=now) if stay.office_id == office_id]
        for desk, (_, spent) in totals(mine).items():
            days.setdefault(desk, []).append(spent)
    return {desk: _spread(values) for desk, values in days.items()}


def _spread(values: list[int]) -> tuple[int, float, int]:
    ordered = sorted(values)
    nine_in_ten = ordered[min(len(ordered) - 1, -(-9 * len(ordered) // 10) - 1)]
    return len(ordered), sum(ordered) / len(ordered), nine_in_ten


def _add(line: DeskLine | PersonLine, late: bool, at: datetime) -> None:
    line.open += 1
    line.late += late
    line.oldest = at if line.oldest is None else min(line.oldest, at)


def _holder(event: CaseEvent, before: int | None) -> int | None:
    """Who has the case in hand after this row."""
    if event.move in ("assign", "claim", "reassign"):
        return int(event.data["assignee"])
    if event.move in ("transfer", "transfer_waiting", "return", "open", "open_waiting"):
        return None
    if event.move == "accept" and before is None and event.actor.startswith("staff:"):
        return int(event.actor[6:])
    return before


def _decided_by(events: Sequence[CaseEvent], at: int) -> int | None:
    """Whose decision ended this wait for approval: the leader's, or that of whoever acted for them."""
    after = events[at + 1] if at + 1 < len(events) else None
    decided = after is not None and after.move in ("approve", "send_back") and after.actor.startswith("staff:")
    return int(after.actor[6:]) if decided and after is not None else None
