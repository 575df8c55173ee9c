"""Petitions on paper: the lodged khiếu nại or tố cáo starts the clock; a withdrawal in writing ends the matter."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time

from sqlalchemy.orm import Session

from feedback import clocks, merging
from feedback.base import VIETNAM
from feedback.errors import InvalidInput, MoveNotAllowed
from feedback.models import Case, Staff
from feedback.moves import actor_of, clean, for_work, take

MAX_NUMBER, MAX_PLACE = 60, 200


@dataclass(frozen=True, slots=True)
class Petition:
    """The lodged paper: its number in the register, the day and the place of lodging."""

    number: str
    date: date
    place: str


def record_petition(
    session: Session, case_id: int, *, staff: Staff, petition: Petition, version: int, now: datetime
) -> Case:
    """The signed petition is here: its clock runs from the day of lodging.

    Luật Khiếu nại art. 27, Luật Tố cáo art. 24. Raises InvalidInput for a day in the future.
    """
    case = for_work(session, case_id, staff=staff, version=version)
    if petition.date > now.astimezone(VIETNAM).date():
        raise InvalidInput("Ngày nộp đơn không thể ở tương lai.")
    if len(petition.number) > MAX_NUMBER or len(petition.place) > MAX_PLACE:
        raise InvalidInput("Số đơn hoặc nơi nộp quá dài.")
    carried = {"number": petition.number, "date": petition.date, "place": petition.place}
    take(session, case, "record_petition", actor=actor_of(staff), now=now, carried=carried)
    case.petition_number, case.petition_date = clean(petition.number), petition.date
    case.petition_place = clean(petition.place)
    clocks.start(session, case, "lodged", at=datetime.combine(petition.date, time(8), VIETNAM))
    return case


def record_notice(
    session: Session, case_id: int, *, staff: Staff, number: str, day: date, version: int, now: datetime
) -> Case:
    """The notice of acceptance, or after the answer that of the result, went out by letter: its clock ends.

    Luật Tố cáo art. 29, 40. Raises MoveNotAllowed where no notice is waiting, InvalidInput for a day in the future.
    """
    case = for_work(session, case_id, staff=staff, version=version)
    if day > now.astimezone(VIETNAM).date():
        raise InvalidInput("Ngày của thông báo không thể ở tương lai.")
    if len(number) > MAX_NUMBER:
        raise InvalidInput("Số thông báo quá dài.")
    waiting = clocks.notices(session, [case.id]).get(case.id)
    if waiting is None:
        raise MoveNotAllowed("Vụ việc này không có thông báo nào đang chờ gửi.")
    carried, data = {"number": number, "date": day}, {"step": waiting.step}
    take(session, case, "record_notice", actor=actor_of(staff), now=now, carried=carried, data=data)
    clocks.end(session, case, steps=(waiting.step,), now=now)
    return case


def record_withdrawal(
    session: Session, case_id: int, *, staff: Staff, reason: str, version: int, now: datetime
) -> Case:
    """The citizen took the matter back in writing or in person; the reason says how."""
    case = for_work(session, case_id, staff=staff, version=version)
    take(session, case, "record_withdrawal", actor=actor_of(staff), now=now, carried={"reason": reason})
    case.closed_at = now
    clocks.stop(session, case, now=now)
    merging.let_go(session, case.id, now=now)
    return case
