"""One action for many cases: each is carried out for itself by the service that is for it, or named with its reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from feedback import agencies, endings, handling, notes
from feedback.errors import FeedbackError, InvalidInput
from feedback.models import Staff
from feedback.moves import clean

ACTIONS = {
    "accept": "Nhận xử lý",
    "assign": "Phân công cho",
    "note": "Ghi chú nội bộ",
    "transfer": "Chuyển cơ quan khác",
    "merge": "Gộp vào vụ việc",
}


@dataclass(frozen=True, slots=True)
class Order:
    """`to`: the colleague to assign to, or the case to merge into. `words`: the note, or why they are transferred.

    `agency` and `place`: the body that gets them and where it is, empty for where each matter happened.
    """

    action: str
    to: int | None = None
    words: str = ""
    agency: str = ""
    place: str = ""


def carry_out(
    session: Session, wanted: Sequence[tuple[int, int]], order: Order, *, staff: Staff, now: datetime
) -> dict[int, str | None]:
    """`wanted`: (case id, version as shown). Case id -> None when done, else why not.

    Raises InvalidInput when the order itself lacks something. Rows are locked in the order of their ids.
    """
    if order.action not in ACTIONS or not wanted:
        raise InvalidInput("Chọn thao tác và ít nhất một vụ việc.")
    if order.action in ("assign", "merge") and order.to is None:
        raise InvalidInput("Chọn người hoặc vụ việc nhận.")
    if order.action == "note" and not clean(order.words):
        raise InvalidInput("Viết nội dung ghi chú.")
    if order.action == "transfer" and (order.agency not in agencies.catalogue() or not clean(order.words)):
        raise InvalidInput("Chọn cơ quan nhận và ghi lý do chuyển.")
    outcome: dict[int, str | None] = {}
    for case_id, version in sorted(set(wanted)):
        try:
            with session.begin_nested():
                _one(session, case_id, version, order, staff=staff, now=now)
            outcome[case_id] = None
        except FeedbackError as error:
            outcome[case_id] = error.message
    return outcome


def _one(session: Session, case_id: int, version: int, order: Order, *, staff: Staff, now: datetime) -> None:
    match order.action:
        case "accept":
            handling.accept(session, case_id, staff=staff, version=version, now=now)
        case "assign":
            handling.assign(session, case_id, staff=staff, to=order.to or 0, version=version, now=now)
        case "merge":
            endings.merge(session, case_id, staff=staff, into=order.to or 0, version=version, now=now)
        case "transfer":
            handling.transfer_there(
                session,
                case_id,
                staff=staff,
                agency=order.agency,
                place=order.place,
                reason=order.words,
                version=version,
                now=now,
            )
        case "note":
            notes.add_note(session, case_id, staff=staff, text=order.words, now=now)
