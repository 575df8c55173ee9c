"""How a case ends otherwise than by its own answer: guidance elsewhere, merging, publication, closing."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from feedback import clocks
from feedback.cases import finish, keep_answer
from feedback.errors import CaseChanged, InvalidInput
from feedback.merging import let_go, merged_cases
from feedback.models import Answer, Case, Staff
from feedback.moves import SYSTEM, Actor, actor_of, check, clean, for_work, notify, take


def refer(
    session: Session, case_id: int, *, staff: Staff, text: str, version: int, effect_key: str, now: datetime
) -> Answer:
    """Not a matter for this administration: the citizen gets the competent body, its address and the papers."""
    case = for_work(session, case_id, staff=staff, version=version)
    words = clean(text)
    actor = actor_of(staff)
    check(case, "refer", actor=actor, carried={"answer": words})
    record = keep_answer(session, case, words, staff=staff, effect_key=effect_key, now=now)
    take(session, case, "refer", actor=actor, now=now, carried={"answer": words}, data={"answer": record.id})
    clocks.stop(session, case, now=now)
    case.closed_at = now
    let_go(session, case.id, now=now)
    notify(session, case, "case_guided", now=now, data={"answer": record.id})
    return record


def publish(session: Session, case_id: int, *, staff: Staff, version: int, now: datetime) -> Case:
    """The answer stands on the portal, without the sender's name and address."""
    case = for_work(session, case_id, staff=staff, version=version)
    if case.restricted:
        raise InvalidInput("Vụ việc hạn chế không được công khai.")
    if case.published_at is not None:
        raise CaseChanged("Kết quả của vụ việc này đã được công khai.")
    rated = case.state in ("da_danh_gia", "da_dong")
    take(session, case, "publish_rated" if rated else "publish", actor=actor_of(staff), now=now)
    case.published_at = now
    clocks.end(session, case, steps=("publish",), now=now)
    return case


def close(session: Session, case_id: int, *, staff: Staff | None, version: int | None = None, now: datetime) -> Case:
    """File the case away; `staff` None: the system does, after the time for a reopening."""
    actor: Actor = SYSTEM
    if staff is None:
        case = session.get_one(Case, case_id, with_for_update=True, populate_existing=True)
    else:
        case, actor = for_work(session, case_id, staff=staff, version=version), actor_of(staff)
    take(session, case, "close", actor=actor, now=now)
    case.closed_at = now
    return case


def merge(session: Session, case_id: int, *, staff: Staff, into: int, version: int, now: datetime) -> Case:
    """Many citizens, one cause: this case is answered together with another one of the same office.

    Its own clock runs on: merging wins no time.
    The two rows are locked in the order of their ids, so that two merges never wait for each other for ever.
    """
    if case_id == into:
        raise InvalidInput("Không thể gộp vụ việc vào chính nó.")
    for one in sorted((case_id, into)):
        for_work(session, one, staff=staff)
    case, main = for_work(session, case_id, staff=staff, version=version), for_work(session, into, staff=staff)
    if main.merged_into_id is not None or main.state == "da_gop":
        raise InvalidInput("Vụ việc nhận gộp đã được gộp vào vụ việc khác.")
    if main.stage != "open" or main.state == "cho_nop_don":
        raise InvalidInput("Chỉ gộp vào vụ việc đang được giải quyết: vụ việc nhận gộp đã xong hoặc còn chờ nộp đơn.")
    if case.regime != main.regime:
        raise InvalidInput("Chỉ gộp các vụ việc cùng chế độ xử lý: mỗi chế độ có thời hạn và cách trả lời riêng.")
    if case.restricted != main.restricted:
        raise InvalidInput("Vụ việc hạn chế không gộp với vụ việc thường.")
    take(session, case, "merge", actor=actor_of(staff), now=now, carried={"into": main.code})
    case.merged_into_id = main.id
    if case.paused_at is not None:
        clocks.resume(session, case, now=now)
    session.flush()
    return case


def answer_merged(
    session: Session, case_id: int, *, staff: Staff, text: str, effect_key: str, now: datetime
) -> list[Answer]:
    """Give the answer of a main case to every case that was merged into it, also by way of another; each is rated by
    its own sender."""
    given = []
    for case in merged_cases(session, case_id):
        key = f"{effect_key}:{case.id}"
        record = keep_answer(session, case, clean(text), staff=staff, effect_key=key, now=now)
        take(
            session,
            case,
            "answer_merged",
            actor=actor_of(staff),
            now=now,
            carried={"answer": text},
            data={"answer": record.id},
        )
        finish(session, case, now=now)
        notify(session, case, "case_answered", now=now, data={"answer": record.id})
        given.append(record)
        given += answer_merged(session, case.id, staff=staff, text=text, effect_key=effect_key, now=now)
    return given
