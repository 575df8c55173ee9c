"""The list of cases for programs: any filters, the newest receipt first, page after page by the last row's place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, false, or_, select, true
from sqlalchemy.orm import Session

from feedback.case_lists import BY_RECEIPT, IS_OPEN
from feedback.codes import parse_code
from feedback.models import Case, Office, Staff
from feedback.repository import in_queue_of, listed
from feedback.search_models import CaseWords, has_numbers
from feedback.search_words import numbers, wanted_words


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFilter:
    """What a list holds; what is None or empty filters nothing. Times are those of receipt, `until` excluded.

    `text`: words that the case must all have, with marks or without, or its code. `late`: open and past its time, or
    not so. `agency`: a slug of the catalogue; `stage`: open, answered, ended.
    """

    agency: str | None = None
    unit: str | None = None
    stage: str | None = None
    states: Sequence[str] = ()
    kind: str | None = None
    regime: str | None = None
    field: str | None = None
    late: bool | None = None
    since: datetime | None = None
    until: datetime | None = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page ended: the receipt and number of its last case."""

    received_at: datetime
    case_id: int


def list_cases(
    session: Session, staff: Staff, wanted: CaseFilter, *, after: Place | None, most: int, now: datetime
) -> list[Case]:
    """At most `most` cases of those that this person's queue may hold, behind `after`; no restricted one."""
    conditions = and_(in_queue_of(staff), _fits(wanted, now=now), _behind(after))
    found = session.scalars(select(Case.id).where(conditions).order_by(*BY_RECEIPT).limit(most)).all()
    return listed(session, found)


def _behind(after: Place | None) -> ColumnElement[bool]:
    if after is None:
        return true()
    same = and_(Case.received_at == after.received_at, Case.id < after.case_id)
    return and_(Case.received_at <= after.received_at, or_(Case.received_at < after.received_at, same))


def _fits(wanted: CaseFilter, *, now: datetime) -> ColumnElement[bool]:
    equal = {
        Case.stage: wanted.stage,
        Case.kind: wanted.kind,
        Case.regime: wanted.regime,
        Case.field: wanted.field,
    }
    found = [column == value for column, value in equal.items() if value is not None]
    if wanted.states:
        found.append(Case.state.in_(wanted.states))
    if wanted.agency is not None or wanted.unit is not None:
        found.append(Case.office_id.in_(_offices(wanted)))
    if wanted.late is not None:
        late = and_(IS_OPEN, Case.due_at < now)
        found.append(late if wanted.late else ~and_(late, Case.due_at.is_not(None)))
    if wanted.since is not None:
        found.append(Case.received_at >= wanted.since)
    if wanted.until is not None:
        found.append(Case.received_at < wanted.until)
    if wanted.text:
        found.append(_says(wanted.text))
    return and_(true(), *found)


def _offices(wanted: CaseFilter) -> Select[int]:
    statement = select(Office.id)
    if wanted.agency is not None:
        statement = statement.where(Office.agency == wanted.agency)
    return statement.where(Office.unit == wanted.unit) if wanted.unit is not None else statement


def _says(text: str) -> ColumnElement[bool]:
    """All of the words, read the widest way: without their marks."""
    code = parse_code(text)
    if code is not None:
        return Case.code == code
    words = list(wanted_words(text))[-1:]
    if not words:
        return false()
    return Case.id.in_(select(CaseWords.case_id).where(has_numbers(CaseWords.words, *numbers(words[0]))))
