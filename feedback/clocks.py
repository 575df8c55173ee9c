"""The clocks of a case: started by events, stopped while the citizen is asked, extended, ended; rows are only added.

The case itself carries a copy of its main clock: the one that gives the citizen the answer, else the first to run out.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from feedback import reminders
from feedback.base import VIETNAM
from feedback.clock_rules import clock_rules
from feedback.deadlines import Deadline, DeadlineSettings, NoDeadline, Pause, UnknownStep, compute
from feedback.errors import MoveNotAllowed
from feedback.handling_models import CaseClock, CasePause
from feedback.models import Case

NOTICES = ("notice_accepted", "notice")
"""What a tố cáo's sender is told in writing: that it was accepted, and how it ended (Luật Tố cáo art. 29, 40)."""

ASIDE = ("supplement", "publish", *NOTICES)
"""Steps beside the main one: they never show as the case's own deadline."""


def settings_of(session: Session) -> DeadlineSettings:
    """What the installation has settled of the law's open points; the database hands it to each session."""
    found = session.info.get("deadlines")
    return found if isinstance(found, DeadlineSettings) else DeadlineSettings()


def start(
    session: Session, case: Case, event: str, *, at: datetime, steps: Sequence[str] | None = None
) -> list[CaseClock]:
    """Start the steps that the event starts (or `steps` in their place); a step that no rule limits has no clock."""
    started = []
    rules = clock_rules(case.regime)
    pressing = rules.urgent.get(event, ()) if case.urgent else ()
    usual = rules.starts.get(event, ()) if steps is None else steps
    for step in (*usual, *pressing):
        clock = _set(session, case, step, started_at=at, because=event, now=at)
        if clock is not None:
            started.append(clock)
    show(session, case)
    return started


def prepare(session: Session, case: Case, *, at: datetime) -> list[CaseClock]:
    """The clocks of a case that is about to be entered, with the main one copied to it; `keep` stores them."""
    steps = clock_rules(case.regime).starts.get("received", ())
    made = [_made(session, case, step, started_at=at, because="received", now=at) for step in steps]
    found = [clock for clock in made if clock is not None]
    main = _main(case, found)
    if main is not None:
        _copy(case, main)
    return found


def keep(session: Session, case: Case, prepared: Sequence[CaseClock]) -> None:
    """Store what `prepare` made, now that the case has its number."""
    for clock in prepared:
        clock.case_id = case.id
        session.add(clock)
    session.flush()
    for clock in prepared:
        _remind(session, clock)


def end(
    session: Session, case: Case, *, steps: Iterable[str] | None = None, now: datetime, outcome: str = "done"
) -> None:
    """End these running steps (None: all) as done or stopped."""
    wanted = None if steps is None else frozenset(steps)
    for clock in running(session, case.id):
        if wanted is None or clock.step in wanted:
            _finish(session, clock, outcome=outcome, now=now)
    session.flush()


def pause(session: Session, case: Case, *, now: datetime) -> None:
    """The clock stands still from the day of the question on; the case is due at no time meanwhile."""
    session.add(CasePause(case_id=case.id, from_at=now))
    case.paused_at = now
    session.flush()
    show(session, case)


def resume(session: Session, case: Case, *, now: datetime) -> None:
    """The days from the question until this one are taken out of every running clock."""
    _end_pause(session, case, now=now)
    for clock in running(session, case.id):
        _replace(session, case, clock, because="resumed", now=now)
    show(session, case)


def stop(session: Session, case: Case, *, now: datetime) -> None:
    """The matter is over without an answer, or goes to another body: nothing runs here any more."""
    _end_pause(session, case, now=now)
    end(session, case, now=now, outcome="stopped")
    show(session, case)


def _end_pause(session: Session, case: Case, *, now: datetime) -> None:
    statement = select(CasePause).where(CasePause.case_id == case.id, CasePause.to_at.is_(None))
    for open_pause in session.scalars(statement):
        open_pause.to_at = now
    case.paused_at = None
    session.flush()


def extend(session: Session, case: Case, *, now: datetime) -> CaseClock:
    """Give the main step the longer limit that the rules know for it. Raises MoveNotAllowed where there is none.

    Once by the rules' own shape: a step that was extended is another step, with an extension of its own or none.
    """
    clock = main_clock(session, case)
    extension = clock_rules(case.regime).extend.get(clock.step) if clock else None
    if clock is None or extension is None:
        raise MoveNotAllowed("Thời hạn của bước này không gia hạn được, hoặc đã gia hạn hết số lần cho phép.")
    if now > clock.due_at:
        raise MoveNotAllowed("Đã quá hạn: không gia hạn được nữa, chỉ có thể xin lỗi và hẹn lại ngày.")
    started = clock.due_at if extension.from_due else clock.started_at
    longer = _made(session, case, extension.step, started_at=started, because="extended", now=now)
    if longer is None:
        raise MoveNotAllowed("Chưa có quy định cho gia hạn thời hạn của chế độ này.")
    _finish(session, clock, outcome="replaced", now=now)
    longer.replaces_id = clock.id
    session.add(longer)
    session.flush()
    _remind(session, longer)
    show(session, case)
    return longer


def running(session: Session, case_id: int) -> list[CaseClock]:
    """The clocks that have not ended, in the order in which they were set."""
    statement = select(CaseClock).where(CaseClock.case_id == case_id, CaseClock.ended_at.is_(None))
    return list(session.scalars(statement.order_by(CaseClock.id)))


def notices(session: Session, case_ids: Iterable[int]) -> dict[int, CaseClock]:
    """The notice that still has to go out, by case."""
    waiting = (CaseClock.case_id.in_(tuple(case_ids)), CaseClock.step.in_(NOTICES), CaseClock.ended_at.is_(None))
    return {clock.case_id: clock for clock in session.scalars(select(CaseClock).where(*waiting).order_by(CaseClock.id))}


def history(session: Session, case_id: int) -> list[CaseClock]:
    """Every clock that was ever set for the case, in order."""
    return list(session.scalars(select(CaseClock).where(CaseClock.case_id == case_id).order_by(CaseClock.id)))


def main_clock(session: Session, case: Case) -> CaseClock | None:
    """The running clock that the case shows."""
    return _main(case, running(session, case.id))


def _main(case: Case, clocks: Sequence[CaseClock]) -> CaseClock | None:
    found = [clock for clock in clocks if clock.step not in ASIDE]
    answering = clock_rules(case.regime).answering
    ending = [clock for clock in found if clock.step in answering]
    return min(ending, key=lambda clock: clock.due_at) if ending else found[0] if found else None


def show(session: Session, case: Case) -> None:
    """Copy the main clock to the case; nothing is due while it is paused. After the answer the copy stays."""
    clock = main_clock(session, case)
    if clock is None:
        if case.answered_at is None:
            case.due_at = case.due_step = case.due_rule = None
            case.due_committed, case.due_proof = False, []
    else:
        _copy(case, clock)
    session.flush()


def _copy(case: Case, clock: CaseClock) -> None:
    case.due_at = None if case.paused_at is not None else clock.due_at
    case.due_step, case.due_rule, case.due_committed = clock.step, clock.rule, clock.committed
    case.due_proof = list(clock.proof)


def pauses(session: Session, case_id: int) -> list[Pause]:
    """The finished pauses by Vietnam's dates, half-open."""
    rows = session.scalars(select(CasePause).where(CasePause.case_id == case_id, CasePause.to_at.is_not(None)))
    return [Pause(_day(row.from_at), _day(row.to_at)) for row in rows if row.to_at is not None]


def _finish(session: Session, clock: CaseClock, *, outcome: str, now: datetime) -> None:
    clock.ended_at, clock.outcome = now, outcome
    reminders.drop(session, clock.id, now=now)


def _replace(session: Session, case: Case, clock: CaseClock, *, because: str, now: datetime) -> None:
    _finish(session, clock, outcome="replaced", now=now)
    _set(session, case, clock.step, started_at=clock.started_at, because=because, now=now, replaces=clock)


def _set(
    session: Session,
    case: Case,
    step: str,
    *,
    started_at: datetime,
    because: str,
    now: datetime,
    replaces: CaseClock | None = None,
) -> CaseClock | None:
    """The clock of a step, counted and stored; None where nothing limits the step."""
    clock = _made(session, case, step, started_at=started_at, because=because, now=now)
    if clock is not None:
        clock.replaces_id = replaces.id if replaces else None
        session.add(clock)
        session.flush()
        _remind(session, clock)
    return clock


def _remind(session: Session, clock: CaseClock) -> None:
    reminders.plan(
        session, clock, pauses=pauses(session, clock.case_id), settings=settings_of(session), now=clock.set_at
    )


def _made(
    session: Session, case: Case, step: str, *, started_at: datetime, because: str, now: datetime
) -> CaseClock | None:
    """The clock of a step with its rule and proof, not stored yet; None where nothing limits the step."""
    deadline = _counted(session, case, step, started_at=started_at, whole_day=_counts_from_due(case, step))
    if deadline is None:
        return None
    return CaseClock(
        case_id=case.id,
        step=step,
        rule=deadline.rule.id,
        committed=deadline.rule.committed,
        because=because,
        office_id=case.office.id,
        started_at=started_at,
        due_at=deadline.due,
        proof=proof_rows(deadline),
        set_at=now,
    )


def _counts_from_due(case: Case, step: str) -> bool:
    """Whether a step runs on from the last day of the one before it: then that whole day is its start."""
    return any(one.step == step and one.from_due for one in clock_rules(case.regime).extend.values())


def _counted(session: Session, case: Case, step: str, *, started_at: datetime, whole_day: bool) -> Deadline | None:
    received = _day(started_at) if whole_day else started_at
    try:
        return compute(
            kind=case.kind,
            regime=case.regime,
            step=step,
            received=received,
            pauses=pauses(session, case.id),
            settings=settings_of(session),
        )
    except (NoDeadline, UnknownStep):
        return None


def proof_rows(deadline: Deadline) -> list[dict[str, Any]]:
    """The proof as it is stored and shown: each day, counted or not, and why."""
    return [
        {"date": day.date.isoformat(), "counted": day.counted, "reason": day.reason}
        | ({} if day.minutes is None else {"minutes": day.minutes})
        for day in deadline.days
    ]


def _day(moment: datetime) -> date:
    return moment.astimezone(VIETNAM).date()
