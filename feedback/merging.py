"""Cases that were merged into another one share its fate: they go along with it, or stand for themselves again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from feedback import clocks
from feedback.clock_rules import clock_rules
from feedback.models import Case, Staff
from feedback.moves import SYSTEM, Actor, actor_of, for_work, take

NO_COMMON_ANSWER = "Các vụ việc không còn được trả lời chung."
"""Why a case stands for itself again: always the same words, which do not tell what became of the other case."""


def merged_cases(session: Session, case_id: int) -> Sequence[Case]:
    """The cases that wait for this one's answer, locked, in the order of their ids; never a secret one with an
    ordinary one."""
    main = session.get_one(Case, case_id)
    return [case for case in _tied(session, case_id) if case.restricted == main.restricted]


def unmerge(session: Session, case_id: int, *, staff: Staff, reason: str, version: int, now: datetime) -> Case:
    """It was merged by mistake: the case stands for itself again, with the clock that ran on all the while."""
    case = for_work(session, case_id, staff=staff, version=version)
    return _alone(session, case, reason, actor=actor_of(staff), now=now)


def let_go(session: Session, case_id: int, *, now: datetime) -> None:
    """The main case brings no common answer any more: what was merged into it goes its own way."""
    session.flush()
    for case in _tied(session, case_id):
        _alone(session, case, NO_COMMON_ANSWER, actor=SYSTEM, now=now)


def stand_alone(session: Session, case: Case, *, now: datetime) -> None:
    """The case shares no fate any more, neither that of its main case nor its own with those merged into it."""
    if case.state == "da_gop":
        _alone(session, case, NO_COMMON_ANSWER, actor=SYSTEM, now=now)
    let_go(session, case.id, now=now)


def take_along(session: Session, main: Case, *, now: datetime) -> None:
    """The main case went to another office: what was merged into it is there too, and is answered from there."""
    session.flush()
    to = main.responsible or main.office.name
    for case in merged_cases(session, main.id):
        data = {"from_office": case.office_id, "to_office": main.office_id}
        case.office, case.office_id = main.office, main.office_id
        case.responsible, case.desk, case.assignee_id = main.responsible, main.desk, None
        case.verifier, case.decider = main.verifier, main.decider
        take(session, case, "transfer_merged", actor=SYSTEM, now=now, carried={"to": to}, data=data)
        restart(session, case, now=now)
        take_along(session, case, now=now)


def restart(session: Session, case: Case, *, now: datetime) -> None:
    """The clock of the body that has the case now, where the rule gives it one of its own."""
    if not clock_rules(case.regime).resets_on_transfer or not clocks.running(session, case.id):
        return
    clocks.stop(session, case, now=now)
    clocks.start(session, case, "transferred", at=now)


def _tied(session: Session, case_id: int) -> Sequence[Case]:
    waiting = select(Case).where(Case.merged_into_id == case_id, Case.state == "da_gop").order_by(Case.id)
    return session.scalars(waiting.with_for_update().execution_options(populate_existing=True)).all()


def _alone(session: Session, case: Case, reason: str, *, actor: Actor, now: datetime) -> Case:
    take(session, case, "unmerge", actor=actor, now=now, carried={"reason": reason})
    case.merged_into_id = None
    session.flush()
    return case
