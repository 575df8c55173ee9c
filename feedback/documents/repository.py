"""What papers and registers read from the database."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session, joinedload

from feedback.base import VIETNAM
from feedback.handling_models import CaseRemark
from feedback.models import Case, CaseEvent, Office, Rating
from feedback.states import ENDED_STATES


@dataclass(frozen=True, slots=True)
class Period:
    """Whole days in Vietnam, both included, of one office or, with `office_id` None, of all."""

    first_day: date
    last_day: date
    office_id: int | None = None

    @property
    def since(self) -> datetime:
        return datetime.combine(self.first_day, time(), VIETNAM)

    @property
    def until(self) -> datetime:
        """The first moment after the period."""
        return datetime.combine(self.last_day + timedelta(days=1), time(), VIETNAM)


@dataclass(frozen=True, slots=True)
class RegimeCounts:
    """One line of the report. Each case carried over or received is answered, ended otherwise, or open at the end."""

    carried_over: int = 0
    received: int = 0
    answered_in_time: int = 0
    answered_late: int = 0
    ended_otherwise: int = 0
    open_late: int = 0
    mean_score: float | None = None


def last_remark(session: Session, case_id: int, kind: str) -> str:
    """The latest words of this kind that a move carried; empty where there are none."""
    mine = (CaseRemark.case_id == case_id, CaseRemark.kind == kind)
    return session.scalars(select(CaseRemark.text).where(*mine).order_by(CaseRemark.id.desc()).limit(1)).first() or ""


def reason_of(session: Session, case_id: int, move: str) -> str:
    """The words that the latest such move gave as its reason; empty where it was never taken."""
    taken = select(CaseEvent.data).where(CaseEvent.case_id == case_id, CaseEvent.move == move)
    data = session.scalars(taken.order_by(CaseEvent.seq.desc()).limit(1)).first()
    remark = session.get(CaseRemark, (data or {}).get("remarks", {}).get("reason", 0))
    return remark.text if remark is not None else ""


def office_title(session: Session, office_id: int | None) -> str:
    """The office's name, or what stands for all of them."""
    return session.get_one(Office, office_id).name if office_id is not None else "Tất cả cơ quan"


def registered_cases(session: Session, regimes: Sequence[str], period: Period) -> Iterator[Case]:
    """Cases received in the period, in the order of receipt, read in portions; no restricted one."""
    statement = (
        select(Case)
        .where(_countable(period), Case.regime.in_(regimes))
        .where(Case.received_at >= period.since, Case.received_at < period.until)
        .order_by(Case.received_at, Case.id)
        .options(joinedload(Case.office), joinedload(Case.rating))
        .execution_options(yield_per=500)
    )
    return iter(session.scalars(statement))


def regime_counts(session: Session, period: Period, *, now: datetime) -> Mapping[str, RegimeCounts]:
    """The figures of the report by regime; restricted cases are not counted. Nothing is late before its day is over."""
    since, until = period.since, period.until
    received = Case.received_at >= since
    answered = (Case.answered_at >= since) & (Case.answered_at < until)
    late = Case.due_at.is_not(None) & (Case.answered_at > Case.due_at)
    ended = Case.answered_at.is_(None) & Case.state.in_(ENDED_STATES) & (Case.closed_at < until)
    is_open = _was_open(until)
    statement = (
        select(
            Case.regime,
            func.count(Case.id).filter(~received),
            func.count(Case.id).filter(received),
            func.count(Case.id).filter(answered & ~late),
            func.count(Case.id).filter(answered & late),
            func.count(Case.id).filter(ended),
            func.count(Case.id).filter(is_open & (Case.due_at < min(until, now))),
            func.avg(Rating.score).filter(Rating.at >= since, Rating.at < until),
        )
        .outerjoin(Rating, Rating.case_id == Case.id)
        .where(_countable(period), Case.received_at < until, received | _was_open(since))
        .group_by(Case.regime)
    )
    return {row[0]: _counts(row[1:7], row[7]) for row in session.execute(statement)}


def _counts(numbers: Sequence[int], mean_score: float | Decimal | None) -> RegimeCounts:
    names = ("carried_over", "received", "answered_in_time", "answered_late", "ended_otherwise", "open_late")
    mean = round(float(mean_score), 2) if mean_score is not None else None
    return replace(RegimeCounts(mean_score=mean), **dict(zip(names, numbers, strict=True)))


def _was_open(moment: datetime) -> ColumnElement[bool]:
    """Neither answered nor ended before this moment."""
    unanswered = or_(Case.answered_at.is_(None), Case.answered_at >= moment)
    ended = Case.answered_at.is_(None) & Case.state.in_(ENDED_STATES) & (Case.closed_at < moment)
    return unanswered & ~func.coalesce(ended, False)


def _countable(period: Period) -> ColumnElement[bool]:
    public = Case.restricted.is_(False)
    return public if period.office_id is None else public & (Case.office_id == period.office_id)
