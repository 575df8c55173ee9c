"""Exchange with the national feedback system by file: code, state, dates, answer, and a list of what differs.

The national system is the record of official figures. What comes from it is written beside our own data, never over
it: `national_code`, `national_state` and `entered_at` are its word, everything else is compared. A live connection is
`NationalSystem`; no client of it exists yet.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from feedback import states, taxonomy
from feedback.base import VIETNAM
from feedback.codes import parse_code
from feedback.importing.rows import BadRow, Problem, Row
from feedback.models import Case, CaseEvent
from feedback.moves import SYSTEM, take

REGIMES = ("pakn_qdhc", "pakn_hanh_vi")
COLUMNS = (
    "code",
    "national_code",
    "state",
    "state_name",
    "national_state",
    "kind",
    "regime",
    "field",
    "office",
    "official_id",
    "received_at",
    "entered_at",
    "accepted_at",
    "due_at",
    "answered_at",
    "published_at",
    "answer",
)
NEEDED = ("national_code", "national_state")
_COMPARED_DAYS = ("received_at", "accepted_at", "answered_at", "published_at")
_LONGEST_ANSWER = 20_000


class NationalSystem(Protocol):
    """A live connection to the national system, for the day when there is one."""

    def changed_since(self, moment: datetime) -> Iterable[Row]:
        """The cases of this province that changed there, with the columns of this module."""
        ...

    def hand_over(self, rows: Sequence[dict[str, str]]) -> None:
        """Tell it where our cases stand."""
        ...


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that the two systems say differently of one case. `what`: a column, or "only_here", "only_there"."""

    code: str
    national_code: str
    what: str
    ours: str
    theirs: str


@dataclass(slots=True)
class Comparison:
    """What a file from the national system holds: rows read, cases newly marked, differences, bad rows."""

    rows: int
    marked: int
    differences: list[Difference]
    problems: list[Problem]


def export_rows(session: Session, *, since: date, until: date) -> list[dict[str, str]]:
    """The cases under NĐ 20/2008 received on these days, both included, without names, phones or the sender's words."""
    start = datetime.combine(since, datetime.min.time(), VIETNAM)
    end = datetime.combine(until, datetime.max.time(), VIETNAM)
    statement = (
        select(Case)
        .where(Case.regime.in_(REGIMES), Case.restricted.is_(False), Case.received_at.between(start, end))
        .options(selectinload(Case.answers), selectinload(Case.events), selectinload(Case.office))
        .order_by(Case.received_at, Case.id)
    )
    return [_row(case) for case in session.scalars(statement)]


def _row(case: Case) -> dict[str, str]:
    state = states.ALL_STATES[case.state]
    return {
        "code": case.code,
        "national_code": case.national_code or "",
        "state": case.state,
        "state_name": state.name,
        "national_state": state.national or "",
        "kind": case.kind,
        "regime": case.regime,
        "field": taxonomy.field_name(case.field),
        "office": case.responsible or case.office.name,
        "official_id": case.office.official_id or "",
        "received_at": _moment(case.received_at),
        "entered_at": _moment(case.entered_at),
        "accepted_at": _moment(_at(case.events, "accept")),
        "due_at": _moment(case.due_at),
        "answered_at": _moment(case.answered_at),
        "published_at": _moment(case.published_at),
        "answer": case.answers[-1].text if case.answers else "",
    }


def _at(events: Iterable[CaseEvent], move: str) -> datetime | None:
    """When the move was first taken."""
    return next((event.at for event in events if event.move == move), None)


def _moment(moment: datetime | None) -> str:
    return moment.astimezone(VIETNAM).isoformat(timespec="minutes") if moment else ""


def take_in(session: Session, rows: Sequence[Row], *, now: datetime) -> Comparison:
    """Mark our cases with what the national system says of them, and list what differs. Nothing of ours is changed."""
    found = Comparison(len(rows), 0, [], [])
    seen: set[int] = set()
    for row in rows:
        try:
            case = _case(session, row)
            _read_days(row)
        except BadRow as error:
            found.problems.append(Problem(row.number, error.column, error.reason))
            continue
        if case is None:
            code = row.values.get("code", "")
            found.differences.append(
                Difference(code, row.values["national_code"], "only_there", "", row.values["national_state"])
            )
            continue
        if case.id in seen:
            found.problems.append(Problem(row.number, "national_code", "vụ việc này đã có ở một dòng trước"))
            continue
        seen.add(case.id)
        found.differences += _differences(case, row)
        found.marked += _mark(session, case, row, now=now)
    found.differences += _only_here(session, seen)
    return found


def _case(session: Session, row: Row) -> Case | None:
    """Our case by its national code, else by our own. BadRow when the two codes name different cases.

    A restricted case is not there: whoever sends its code learns nothing.
    """
    national = row.needed("national_code", most=40)
    row.needed("national_state", most=40)
    ours = select(Case).where(Case.restricted.is_(False))
    statement = ours.options(selectinload(Case.answers), selectinload(Case.events))
    by_national = session.scalars(statement.where(Case.national_code == national)).first()
    written = row.text("code", most=40)
    code = parse_code(written) if written else None
    if written and code is None:
        raise BadRow("code", f"“{written}” không phải mã vụ việc")
    by_code = session.scalars(statement.where(Case.code == code)).first() if code else None
    if by_national is not None and by_code is not None and by_national.id != by_code.id:
        raise BadRow("national_code", f"mã {national} đang gắn với vụ việc khác của Lắng Nghe")
    case = by_national or by_code
    if case is not None and case.regime not in REGIMES:
        raise BadRow("code", "vụ việc này không thuộc hệ thống phản ánh, kiến nghị quốc gia")
    if case is not None and case.national_code not in (None, national):
        raise BadRow("national_code", f"vụ việc {case.code} đã có mã {case.national_code}")
    return case


def _read_days(row: Row) -> None:
    for column in (*_COMPARED_DAYS, "entered_at"):
        row.day(column)
    row.text("answer", most=_LONGEST_ANSWER)


def _differences(case: Case, row: Row) -> list[Difference]:
    """What the two say differently; a column that the file leaves empty says nothing."""
    ours = _row(case)
    theirs = {"national_state": row.values["national_state"]}
    theirs |= {column: day.isoformat() for column in _COMPARED_DAYS if (day := row.day(column)) is not None}
    if "answer" in row.values:
        theirs["answer"] = row.values["answer"]
    national = row.values["national_code"]
    return [
        Difference(case.code, national, column, _comparable(column, ours[column]), value)
        for column, value in theirs.items()
        if _comparable(column, ours[column]) != _comparable(column, value)
    ]


def _comparable(column: str, value: str) -> str:
    """Days by their date, texts by their words."""
    return value[:10] if column in _COMPARED_DAYS else " ".join(value.split())


def _mark(session: Session, case: Case, row: Row, *, now: datetime) -> bool:
    national, state = row.values["national_code"], row.values["national_state"]
    if (case.national_code, case.national_state) == (national, state):
        return False
    entered = row.day("entered_at")
    case.national_code, case.national_state = national, state
    if entered is not None:
        case.entered_at = datetime.combine(entered, datetime.min.time(), VIETNAM)
    elif case.entered_at is None:
        case.entered_at = now
    take(
        session,
        case,
        "record_national",
        actor=SYSTEM,
        now=now,
        carried={"national_state": state},
        data={"national_code": national},
    )
    return True


def _only_here(session: Session, seen: set[int]) -> list[Difference]:
    """Cases that we believe the national system has, and that its file does not mention."""
    known = (Case.national_code.is_not(None), Case.regime.in_(REGIMES), Case.restricted.is_(False))
    statement = select(Case).where(*known).order_by(Case.id)
    return [
        Difference(case.code, case.national_code or "", "only_here", case.state, "")
        for case in session.scalars(statement)
        if case.id not in seen
    ]
