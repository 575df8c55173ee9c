"""Bodies that never log in: the coordination desk writes to them, chases them, and records their replies."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from feedback.errors import InvalidInput
from feedback.handling_models import CaseLetter
from feedback.models import Case, Staff
from feedback.moves import actor_of, clean, for_work, take


@dataclass(frozen=True, slots=True)
class Letter:
    """The number and day that an official letter carries."""

    number: str
    dated: date


def send_letter(session: Session, case_id: int, *, staff: Staff, letter: Letter, version: int, now: datetime) -> Case:
    """The transfer letter went out to the body that must answer."""
    return _write(session, case_id, "transfer", staff=staff, letter=letter, version=version, now=now)


def chase(session: Session, case_id: int, *, staff: Staff, letter: Letter, version: int, now: datetime) -> Case:
    """No reply yet: a second letter went out."""
    return _write(session, case_id, "chase", staff=staff, letter=letter, version=version, now=now)


def record_reply(session: Session, case_id: int, *, staff: Staff, letter: Letter, version: int, now: datetime) -> Case:
    """The body's reply is here; the desk now brings it to the citizen."""
    return _write(session, case_id, "reply", staff=staff, letter=letter, version=version, now=now)


def letters(session: Session, case_id: int) -> list[CaseLetter]:
    """All letters of a case in order."""
    return list(session.scalars(select(CaseLetter).where(CaseLetter.case_id == case_id).order_by(CaseLetter.id)))


_MOVES = {"transfer": "send_letter", "chase": "chase", "reply": "record_reply"}


def _write(
    session: Session, case_id: int, kind: str, *, staff: Staff, letter: Letter, version: int, now: datetime
) -> Case:
    case = for_work(session, case_id, staff=staff, version=version)
    if not case.responsible:
        raise InvalidInput("Vụ việc này do chính cơ quan đang giữ trả lời, không chuyển bằng văn bản.")
    if len(letter.number) > 60:
        raise InvalidInput("Số văn bản quá dài.")
    carried = {"number": letter.number, "date": letter.dated, "to": case.responsible}
    take(session, case, _MOVES[kind], actor=actor_of(staff), now=now, carried=carried)
    session.add(
        CaseLetter(
            case_id=case.id,
            kind=kind,
            body=case.responsible,
            number=clean(letter.number),
            dated=letter.dated,
            staff_id=staff.id,
            at=now,
        )
    )
    session.flush()
    return case
