"""Quick answers that chance picks for a leader to read afterwards, and what the leader found."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from feedback.errors import CaseNotFound, InvalidInput, NotAllowed
from feedback.models import Answer, Case, Staff
from feedback.moves import clean
from feedback.work_models import AnswerCheck

VERDICTS = {"good": "Đạt", "poor": "Chưa đạt"}
_RANDOM = random.SystemRandom()


def draw(session: Session, answer: Answer, *, share: float, now: datetime) -> AnswerCheck | None:
    """Put the answer on the leader's list with this probability; nobody can foresee which ones are read."""
    if _RANDOM.random() >= share:
        return None
    check = AnswerCheck(answer_id=answer.id, office_id=answer.office_id, drawn_at=now)
    session.add(check)
    session.flush()
    return check


def waiting(session: Session, staff: Staff) -> list[AnswerCheck]:
    """What this leader's office still has to check, oldest first."""
    mine = (AnswerCheck.office_id == staff.office_id, AnswerCheck.checked_at.is_(None))
    return list(session.scalars(select(AnswerCheck).where(*mine).order_by(AnswerCheck.id).limit(100)))


def with_cases(session: Session, checks: Sequence[AnswerCheck]) -> list[tuple[AnswerCheck, Answer, Case]]:
    """Each check with the answer and the case that it was given for."""
    return [(one, one.answer, session.get_one(Case, one.answer.case_id)) for one in checks]


def figures(session: Session, office_id: int) -> tuple[int, int]:
    """(checked, of them poor) of an office."""
    mine = select(
        func.count(AnswerCheck.checked_at), func.count(AnswerCheck.id).filter(AnswerCheck.verdict == "poor")
    ).where(AnswerCheck.office_id == office_id)
    checked, poor = session.execute(mine).one()
    return checked, poor


def judge(
    session: Session, check_id: int, *, staff: Staff, verdict: str, remark: str = "", now: datetime
) -> AnswerCheck:
    """The leader's verdict, once, never on an answer of their own; a poor one says why."""
    check = session.get(AnswerCheck, check_id, with_for_update=True)
    if check is None or check.office_id != staff.office_id:
        raise CaseNotFound("Không tìm thấy câu trả lời này.")
    if not staff.leads or check.answer.staff_id == staff.id:
        raise NotAllowed("Lãnh đạo kiểm tra câu trả lời của người khác trong cơ quan mình.")
    words = clean(remark)[:2000]
    if verdict not in VERDICTS or (verdict == "poor" and not words):
        raise InvalidInput("Chọn kết quả; nếu chưa đạt thì ghi rõ vì sao.")
    if check.checked_at is None:
        check.verdict, check.remark = verdict, words or None
        check.checked_by_id, check.checked_at = staff.id, now
        session.flush()
    return check
