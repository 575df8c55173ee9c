"""Who may see what of a restricted case: the case by one named right, its sender by another, each look recorded."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from feedback import repository
from feedback.errors import CaseNotFound, NotAllowed
from feedback.models import Case, Staff


def identity_of(session: Session, case_id: int, *, staff: Staff, now: datetime) -> Case:
    """The case with its sender, for a person who has both rights; the look is recorded in the same transaction.

    Raises CaseNotFound for who may not know of the case, NotAllowed for who may read it but not its sender
    (Luật Tố cáo art. 8, 56).
    """
    case = repository.case_for_staff(session, case_id, staff)
    if case is None or not case.restricted:
        raise CaseNotFound()
    if not staff.sees_identity:
        raise NotAllowed("Chỉ người được giao riêng mới xem được người gửi.")
    repository.record_look(session, staff, case_id=case.id, what="identity", now=now)
    return case
