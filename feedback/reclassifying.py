"""Staff put a case's labels right: another kind, regime, topic; or they mark it as restricted.

The clock, the register and the reports follow the regime, so they change with it. A case that turns out to be a tố cáo
is restricted in the same moment and goes to the body that the law names, past the desk where it lay.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime, time

from sqlalchemy import update
from sqlalchemy.orm import Session

from feedback import clocks, merging, routing, taxonomy
from feedback.base import VIETNAM
from feedback.errors import InvalidInput, NotAllowed
from feedback.handling_models import LabelCorrection
from feedback.models import Case, Notice, Staff
from feedback.moves import actor_of, check, for_work, take
from feedback.offices import office_for
from feedback.replay import facts_of
from feedback.routing_table import load_rules
from feedback.states import WAITING_REGIMES
from nlu import places

_NOT_ACCEPTED = ("moi", "mo_lai", "da_phan_cong", "da_chuyen", "tra_lai", "cho_bo_sung", "da_bo_sung")


@dataclass(frozen=True, slots=True, kw_only=True)
class Labels:
    """What a case is, in the words of the taxonomy."""

    kind: str
    regime: str
    field: str | None = None
    topic: str | None = None
    problem: str | None = None


def labels_of(case: Case) -> Labels:
    """The labels that a case has now."""
    return Labels(kind=case.kind, regime=case.regime, field=case.field, topic=case.topic, problem=case.problem)


def reclassify(
    session: Session, case_id: int, *, staff: Staff, labels: Labels, reason: str, version: int, now: datetime
) -> Case:
    """Give the case its right labels, with a reason; the correction is kept as a labelled example.

    A new regime has its own clocks, counted from the receipt, so that nobody wins time by a label; a khiếu nại or tố
    cáo waits for its petition. What was restricted stays so until it is released. Raises
    InvalidInput for unknown labels, NotAllowed for a tố cáo that this person may not see.
    """
    case = for_work(session, case_id, staff=staff, version=version)
    _check_labels(labels)
    before = labels_of(case)
    if labels == before:
        raise InvalidInput("Nhãn mới giống nhãn cũ: không có gì để đổi.")
    if "to_cao" in (before.kind, before.regime) and not staff.sees_restricted:
        raise NotAllowed()
    move = _move(case, labels)
    actor, carried = actor_of(staff), {"reason": reason, "regime": labels.regime}
    check(case, move, actor=actor, carried=carried)
    for name, value in asdict(labels).items():
        setattr(case, name, value)
    if secret := "to_cao" in (labels.kind, labels.regime):
        _hide(session, case, now=now)
    if labels.regime != before.regime:
        _reroute_denunciation(session, case)
    data = {"before": asdict(before), "after": asdict(labels)}
    event = take(session, case, move, actor=actor, now=now, carried=carried, data=data)
    if labels.regime != before.regime:
        _restart(session, case, now=now)
    if secret or labels.regime != before.regime:
        merging.let_go(session, case.id, now=now)
    session.add(
        LabelCorrection(
            case_id=case.id,
            before=asdict(before),
            after=asdict(labels),
            remark_id=event.data["remarks"]["reason"],
            staff_id=staff.id,
            at=now,
        )
    )
    session.flush()
    return case


def restrict(session: Session, case_id: int, *, staff: Staff, reason: str, version: int, now: datetime) -> Case:
    """Mark a case as restricted: from now on only named readers see it, and nothing of it is told anywhere.

    It shares no fate with ordinary cases any more: neither is it moved or answered with one, nor one with it.
    """
    case = for_work(session, case_id, staff=staff, version=version)
    if case.restricted:
        raise InvalidInput("Vụ việc này đã được hạn chế.")
    actor, carried = actor_of(staff), {"reason": reason}
    check(case, "restrict", actor=actor, carried=carried)
    merging.stand_alone(session, case, now=now)
    _hide(session, case, now=now)
    take(session, case, "restrict", actor=actor, now=now, carried=carried)
    return case


def release(session: Session, case_id: int, *, staff: Staff, reason: str, version: int, now: datetime) -> Case:
    """A reader who leads the office takes a case out of secrecy; a tố cáo never comes out.

    What it was merged with stays secret, and apart from it.
    """
    case = for_work(session, case_id, staff=staff, version=version)
    if not case.restricted or "to_cao" in (case.kind, case.regime):
        raise InvalidInput("Chỉ bỏ hạn chế được vụ việc không phải tố cáo.")
    actor, carried = actor_of(staff), {"reason": reason}
    check(case, "release", actor=actor, carried=carried)
    merging.stand_alone(session, case, now=now)
    take(session, case, "release", actor=actor, now=now, carried=carried)
    case.restricted = False
    session.flush()
    return case


def _check_labels(labels: Labels) -> None:
    known = (
        ("kind", labels.kind, taxonomy.kinds()),
        ("regime", labels.regime, taxonomy.regimes()),
        ("field", labels.field, taxonomy.fields()),
        ("topic", labels.topic, taxonomy.topics()),
        ("problem", labels.problem, taxonomy.problems()),
    )
    for name, value, slugs in known:
        if value is not None and value not in slugs:
            raise InvalidInput(f"Nhãn {name} không có giá trị “{value}”.")
    if labels.kind == "to_cao" and labels.regime not in ("to_cao", "tin_bao_toi_pham"):
        raise InvalidInput("Tố cáo theo chế độ tố cáo hoặc tin báo tội phạm.")


def _move(case: Case, after: Labels) -> str:
    waits = after.regime in WAITING_REGIMES and case.petition_date is None
    if case.state == "cho_nop_don":
        return "reclassify" if waits else "reclassify_open"
    return "reclassify_waiting" if waits else "reclassify"


def _hide(session: Session, case: Case, *, now: datetime) -> None:
    """Restricted from here on; what was still to be told of the case is not told any more."""
    case.restricted = True
    waiting = (Notice.case_id == case.id, Notice.kind == "case_moved", Notice.handled_at.is_(None))
    session.execute(update(Notice).where(*waiting).values(handled_at=now))


def _reroute_denunciation(session: Session, case: Case) -> None:
    """The three roles follow the regime; a tố cáo also leaves the office where it lay, for the one of the law."""
    facts = facts_of(case)
    if case.regime == "to_cao":
        route = routing.route(facts, places=places)
        case.office = office_for(session, route, restricted=True)
        case.office_id = case.office.id
        case.desk, case.responsible, case.assignee_id = route.desk, None, None
        case.verifier, case.decider = route.verifier, route.decider
        case.route_why, case.route_rules = list(route.why), list(route.rule_ids)
        return
    roles = routing.roles_of(
        facts, load_rules(), case.office.agency, unit=case.office.unit, desk=case.desk, places=places
    )
    case.verifier, case.decider = roles.verifier, roles.decider


def _restart(session: Session, case: Case, *, now: datetime) -> None:
    """The clocks of the new regime; a case that waits for the citizen goes on waiting."""
    paused = case.paused_at is not None
    clocks.stop(session, case, now=now)
    if case.state == "cho_nop_don":
        return
    petition = case.petition_date
    lodged = datetime.combine(petition, time(8), VIETNAM) if petition else None
    clocks.start(session, case, "lodged" if lodged else "received", at=lodged or case.received_at)
    if case.state not in _NOT_ACCEPTED:
        clocks.end(session, case, steps=("accept", "check", "supplement"), now=now)
    if paused:
        clocks.pause(session, case, now=now)
