"""What an office does with a case before the answer: assign, take in hand, ask, transfer, return, refuse, extend.

Each function takes the version that the officer's page showed: who comes second is told that the case changed.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from feedback import clocks, ledger, merging, offices, repository, states
from feedback.case_lists import BY_URGENCY, IN_LISTS, IS_OPEN
from feedback.cases import own_case
from feedback.clock_rules import ClockRules, clock_rules
from feedback.errors import CaseChanged, InvalidInput, NotAllowed
from feedback.handling_models import CaseClock, RouteCorrection
from feedback.models import Case, CaseEvent, Office, Staff
from feedback.moves import CITIZEN, actor_of, check, for_work, take
from feedback.replay import facts_of
from feedback.routing import barred, roles_of
from feedback.routing_table import load_rules
from nlu import places

_FACTS = ("regime", "kind", "field", "topic", "problem", "province_code", "commune_code", "procedure_code")


def assign(session: Session, case_id: int, *, staff: Staff, to: int, version: int, now: datetime) -> Case:
    """The leader gives the case to a colleague (bút phê); one that is being worked on changes hands."""
    case = for_work(session, case_id, staff=staff, version=version)
    colleague = session.get(Staff, to)
    if colleague is None or not colleague.active or colleague.office_id != case.office_id:
        raise InvalidInput("Người được phân công phải là cán bộ đang làm việc tại cơ quan này.")
    if case.restricted and not colleague.sees_restricted:
        raise NotAllowed("Vụ việc hạn chế chỉ phân công cho người được quyền xem.")
    move = "assign" if case.state in states.MOVES["assign"].sources else "reassign"
    take(session, case, move, actor=actor_of(staff), now=now, carried={"assignee": colleague.id})
    case.assignee_id = colleague.id
    session.flush()
    return case


def claim(session: Session, case_id: int, *, staff: Staff, version: int, now: datetime) -> Case:
    """An officer takes a case that nobody has; pressing twice is once. CaseChanged when another one was first."""
    case = for_work(session, case_id, staff=staff)
    mine = case.assignee_id == staff.id
    if mine and case.state == "da_phan_cong":
        return case
    if (case.assignee_id is not None and not mine) or case.version != version:
        raise CaseChanged()
    take(session, case, "claim", actor=actor_of(staff), now=now, carried={"assignee": staff.id})
    case.assignee_id = staff.id
    session.flush()
    return case


def claim_next(session: Session, *, staff: Staff, now: datetime) -> Case | None:
    """The most pressing case of the office that nobody has, or None. Any number of officers may press at once."""
    free = (Case.office_id == staff.office_id, IN_LISTS, IS_OPEN, Case.assignee_id.is_(None))
    waiting = (*free, Case.state.in_([state for state in states.MOVES["claim"].sources if state]))
    for case_id in session.scalars(select(Case.id).where(*waiting).order_by(*BY_URGENCY).limit(100)).all():
        taken = session.execute(
            update(Case)
            .where(Case.id == case_id, *waiting)
            .values(assignee_id=staff.id, version=Case.version + 1)
            .execution_options(synchronize_session=False)
        )
        if taken.rowcount:  # type: ignore[attr-defined]
            case = session.get_one(Case, case_id, populate_existing=True)
            take(session, case, "claim", actor=actor_of(staff), now=now, carried={"assignee": staff.id})
            return case
    return None


def accept(
    session: Session, case_id: int, *, staff: Staff, version: int, now: datetime, step: str | None = None
) -> Case:
    """The office takes the case in hand (thụ lý); pressing twice is once.

    For a khiếu nại or tố cáo the time to resolve it starts here; `step` picks its length where the law has several
    (resolve_remote, second, ...).
    """
    case = for_work(session, case_id, staff=staff)
    actor = actor_of(staff)
    last = ledger.last_event(session, case.id)
    if last is not None and (last.move, last.actor) == ("accept", actor.name):
        return case
    if case.version != version:
        raise CaseChanged()
    rules = clock_rules(case.regime)
    if step is not None and (step not in rules.answering or not rules.starts.get("accepted")):
        raise InvalidInput("Bước thời hạn này không dùng được cho chế độ của vụ việc.")
    take(session, case, "accept", actor=actor, now=now, data={"step": step} if step else None)
    if case.assignee_id is None:
        case.assignee_id = staff.id
    clocks.end(session, case, steps=("accept", "check", "check_more", "supplement"), now=now)
    already = any(clock.step in rules.answering for clock in clocks.running(session, case.id))
    clocks.start(session, case, "accepted", at=now, steps=() if already else _first_steps(rules, step))
    return case


def _first_steps(rules: ClockRules, step: str | None) -> tuple[str, ...]:
    """What the first acceptance starts; `step` in place of the usual length of the time to resolve."""
    usual = rules.starts.get("accepted", ())
    return tuple(step if step and one in rules.answering else one for one in usual)


def start_work(session: Session, case_id: int, *, staff: Staff, version: int, now: datetime) -> Case:
    """Work on the substance begins."""
    case = for_work(session, case_id, staff=staff, version=version)
    take(session, case, "start", actor=actor_of(staff), now=now)
    return case


def ask_more(session: Session, case_id: int, *, staff: Staff, question: str, version: int, now: datetime) -> Case:
    """Ask the citizen; the clock stands still until the answer or until the office goes on without it."""
    case = for_work(session, case_id, staff=staff, version=version)
    take(session, case, "ask_more", actor=actor_of(staff), now=now, carried={"question": question})
    clocks.end(session, case, steps=("supplement",), now=now)
    clocks.pause(session, case, now=now)
    return case


def give_more(
    session: Session,
    case_id: int,
    *,
    citizen_id: int,
    text: str,
    effect_key: str,
    now: datetime,
    files: Sequence[str] = (),
) -> Case:
    """The owner's own answer to the question, with files by their keys; the same `effect_key` twice is once."""
    case = own_case(session, case_id, citizen_id)
    last = ledger.last_event(session, case.id)
    if last is not None and last.move == "give_more" and last.data.get("key") == effect_key:
        return case
    take(session, case, "give_more", actor=CITIZEN, now=now, carried={"more": text}, data={"key": effect_key})
    for file in repository.loose_files(session, citizen_id):
        if file.key in files:
            file.case_id = case.id
    clocks.resume(session, case, now=now)
    return case


def record_more(session: Session, case_id: int, *, staff: Staff, text: str, version: int, now: datetime) -> Case:
    """What the citizen added at the counter, by phone or by letter."""
    case = for_work(session, case_id, staff=staff, version=version)
    take(session, case, "give_more", actor=actor_of(staff), now=now, carried={"more": text})
    clocks.resume(session, case, now=now)
    return case


def stop_waiting(session: Session, case_id: int, *, staff: Staff, reason: str, version: int, now: datetime) -> Case:
    """Go on with what there is; the clock runs again."""
    case = for_work(session, case_id, staff=staff, version=version)
    take(session, case, "stop_waiting", actor=actor_of(staff), now=now, carried={"reason": reason})
    clocks.resume(session, case, now=now)
    return case


def transfer(
    session: Session, case_id: int, *, staff: Staff, agency: str, unit: str, reason: str, version: int, now: datetime
) -> Case:
    """Re-route with a reason: the other body's clock starts as its regime's rule says, the correction is kept.

    A khiếu nại or tố cáo that still waits for its petition goes on waiting there.
    """
    case = for_work(session, case_id, staff=staff, version=version)
    source = case.office
    office, responsible = offices.office_for_body(session, agency=agency, unit=unit, restricted=case.restricted)
    if office.id == source.id and responsible == case.responsible:
        raise InvalidInput("Vụ việc đang ở chính cơ quan này.")
    move = "transfer_waiting" if case.state == "cho_nop_don" else "transfer"
    if agency in barred(facts_of(case)):
        raise NotAllowed("Không chuyển tố cáo đến cơ quan do chính người bị tố cáo đứng đầu.")
    actor, carried = actor_of(staff), {"to": responsible or office.name, "reason": reason}
    check(case, move, actor=actor, carried=carried)
    _hand_over(case, office, responsible=responsible, agency=agency, unit=unit)
    data = {"from_office": source.id, "to_office": office.id}
    event = take(session, case, move, actor=actor, now=now, carried=carried, data=data)
    merging.restart(session, case, now=now)
    merging.take_along(session, case, now=now)
    if not case.restricted:  # nothing of a denunciation becomes an example to learn from
        _keep_correction(session, case, event, source=source, agency=agency, unit=unit, staff=staff)
    return case


def transfer_there(
    session: Session, case_id: int, *, staff: Staff, agency: str, place: str, reason: str, version: int, now: datetime
) -> Case:
    """`transfer` to the body of that kind at a place in words or a code; empty: where the matter happened."""
    case = for_work(session, case_id, staff=staff, version=version)
    unit = offices.unit_there(case, agency, place.strip())
    return transfer(session, case_id, staff=staff, agency=agency, unit=unit, reason=reason, version=version, now=now)


def return_to_sender(session: Session, case_id: int, *, staff: Staff, reason: str, version: int, now: datetime) -> Case:
    """Send the case back to the office that sent it, or to the province's coordination desk."""
    case = for_work(session, case_id, staff=staff, version=version)
    actor, source = actor_of(staff), case.office
    carried = {"reason": reason}
    check(case, "return", actor=actor, carried=carried)
    back = _sender(session, case)
    if back.id == source.id:
        raise InvalidInput("Vụ việc không có nơi để trả lại: mời anh/chị chuyển hoặc từ chối.")
    _hand_over(case, back, responsible=None, agency=back.agency, unit=back.unit)
    data = {"from_office": source.id, "to_office": back.id}
    take(session, case, "return", actor=actor, now=now, carried=carried, data=data)
    merging.restart(session, case, now=now)
    merging.take_along(session, case, now=now)
    return case


def refuse(
    session: Session, case_id: int, *, staff: Staff, ground: str, reason: str, version: int, now: datetime
) -> Case:
    """Refuse with a legal ground of the case's regime, told to the citizen together with the reason."""
    case = for_work(session, case_id, staff=staff, version=version)
    if ground not in {known.slug for known in states.grounds_for(case.regime)}:
        raise InvalidInput("Căn cứ từ chối không áp dụng cho chế độ của vụ việc này.")
    take(session, case, "refuse", actor=actor_of(staff), now=now, carried={"ground": ground, "reason": reason})
    clocks.stop(session, case, now=now)
    case.closed_at = now
    merging.let_go(session, case.id, now=now)
    return case


def extend(session: Session, case_id: int, *, staff: Staff, reason: str, version: int, now: datetime) -> CaseClock:
    """Once, by the leader, with a reason that the citizen reads, before the time is over."""
    case = for_work(session, case_id, staff=staff, version=version)
    actor, carried = actor_of(staff), {"reason": reason}
    check(case, "extend", actor=actor, carried=carried)
    longer = clocks.extend(session, case, now=now)
    take(session, case, "extend", actor=actor, now=now, carried=carried, data={"clock": longer.id})
    return longer


def _hand_over(case: Case, office: Office, *, responsible: str | None, agency: str, unit: str) -> None:
    """The case is another office's now, with the verifier and decider of the body that has to answer."""
    case.office, case.office_id = office, office.id
    case.responsible, case.desk, case.assignee_id = responsible, None, None
    roles = roles_of(facts_of(case), load_rules(), agency, unit=unit, desk=None, places=places)
    case.verifier, case.decider = roles.verifier, roles.decider


def _sender(session: Session, case: Case) -> Office:
    """The office that transferred the case here; the coordination desk where it came straight from the citizen."""
    statement = (
        select(CaseEvent)
        .where(CaseEvent.case_id == case.id, CaseEvent.move == "transfer", CaseEvent.office_id == case.office_id)
        .order_by(CaseEvent.seq.desc())
    )
    event = session.scalars(statement.limit(1)).first()
    sender = session.get(Office, event.data["from_office"]) if event is not None else None
    if sender is not None:
        return sender
    desk = load_rules().coordination
    return offices.office_of(session, agency=desk, unit=case.office.province_code)


def _keep_correction(
    session: Session, case: Case, event: CaseEvent, *, source: Office, agency: str, unit: str, staff: Staff
) -> None:
    session.add(
        RouteCorrection(
            case_id=case.id,
            facts={name: getattr(case, name) for name in _FACTS},
            from_agency=source.agency,
            from_unit=source.unit,
            to_agency=agency,
            to_unit=unit,
            remark_id=event.data["remarks"]["reason"],
            staff_id=staff.id,
            at=event.at,
        )
    )
    session.flush()
