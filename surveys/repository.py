"""All SQL of the surveys."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any

from sqlalchemy import Column, MetaData, Table, delete, func, insert, literal, select, update
from sqlalchemy.orm import Session

from feedback.models import Case, CaseEvent, Office, Rating
from surveys.models import IndexResult, OfficialIndex, SurveyBatch, SurveyInvitation, SurveyOptOut, SurveyResponse
from surveys.questionnaires import Answer


def running_invitation(
    session: Session, citizen_id: int, *, now: datetime, lock: bool = False
) -> SurveyInvitation | None:
    """The form that this person is filling in, if its time is not over."""
    statement = (
        select(SurveyInvitation)
        .where(
            SurveyInvitation.citizen_id == citizen_id,
            SurveyInvitation.state == "running",
            SurveyInvitation.expires_at > now,
        )
        .order_by(SurveyInvitation.id.desc())
        .limit(1)
    )
    return session.scalars(statement.with_for_update() if lock else statement).first()


def invitation_of_case(session: Session, case_id: int) -> SurveyInvitation | None:
    return session.scalars(select(SurveyInvitation).where(SurveyInvitation.case_id == case_id)).first()


def invitation_of_citizen(session: Session, invitation_id: int, citizen_id: int) -> SurveyInvitation | None:
    """An invitation, for the person who was invited only."""
    return session.scalars(
        select(SurveyInvitation)
        .where(SurveyInvitation.id == invitation_id, SurveyInvitation.citizen_id == citizen_id)
        .with_for_update()
    ).first()


def is_opted_out(session: Session, citizen_id: int) -> bool:
    return session.get(SurveyOptOut, citizen_id) is not None


def open_invitations(session: Session, citizen_id: int) -> list[SurveyInvitation]:
    """What this person was asked and has neither answered nor declined, locked."""
    mine = (SurveyInvitation.citizen_id == citizen_id, SurveyInvitation.state.in_(("waiting", "invited", "running")))
    return list(session.scalars(select(SurveyInvitation).where(*mine).with_for_update()))


def invitation_by_token(session: Session, token_hash: str, *, lock: bool = False) -> SurveyInvitation | None:
    """The invitation of a one-time link."""
    statement = select(SurveyInvitation).where(SurveyInvitation.token_hash == token_hash)
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    return session.scalars(statement).first()


def responses_with(session: Session, round_id: int, code: str, answer: Answer) -> int:
    """How many responses of a round gave this answer."""
    column = SurveyResponse.answers[code]
    same = column.as_integer() == answer if isinstance(answer, int) else column.as_string() == str(answer)
    statement = select(func.count()).select_from(SurveyResponse).where(SurveyResponse.round_id == round_id, same)
    return session.scalar(statement) or 0


def invitations_of_round(session: Session, round_id: int) -> dict[int, SurveyInvitation]:
    """By the id of the sample's unit."""
    found = session.scalars(select(SurveyInvitation).where(SurveyInvitation.round_id == round_id))
    return {one.sample_unit_id: one for one in found if one.sample_unit_id is not None}


def invitation_of_unit(session: Session, sample_unit_id: int) -> SurveyInvitation | None:
    return session.scalars(select(SurveyInvitation).where(SurveyInvitation.sample_unit_id == sample_unit_id)).first()


def open_invitations_of_round(session: Session, round_id: int, *, over: Sequence[str]) -> list[SurveyInvitation]:
    """Those whose state is none of `over`."""
    mine = (SurveyInvitation.round_id == round_id, SurveyInvitation.state.not_in(over))
    return list(session.scalars(select(SurveyInvitation).where(*mine).order_by(SurveyInvitation.id)))


def invitation_counts(session: Session, round_id: int) -> tuple[int, int]:
    """How many people of a round were invited over chat, and how many by a link."""
    by_chat = SurveyInvitation.citizen_id.is_not(None)
    statement = select(by_chat, func.count()).where(SurveyInvitation.round_id == round_id).group_by(by_chat)
    found = {bool(chat): number for chat, number in session.execute(statement)}
    return found.get(True, 0), found.get(False, 0)


def due_invitations(session: Session, *, now: datetime, limit: int = 500) -> list[int]:
    due = select(SurveyInvitation.id).where(SurveyInvitation.due_at <= now)
    return list(session.scalars(due.order_by(SurveyInvitation.due_at).limit(limit)))


def take_due(session: Session, invitation_id: int, *, now: datetime) -> SurveyInvitation | None:
    """The invitation, taken by this transaction, or None when another one was first."""
    ours = (SurveyInvitation.id == invitation_id, SurveyInvitation.due_at <= now)
    taken = update(SurveyInvitation).where(*ours).values(due_at=None)
    result = session.execute(taken.execution_options(synchronize_session=False))
    if not result.rowcount:  # type: ignore[attr-defined]
        return None
    found = select(SurveyInvitation).where(SurveyInvitation.id == invitation_id)
    return session.scalars(found.execution_options(populate_existing=True)).one()


def waiting_responses(session: Session, *, before: date) -> dict[tuple[str, int | None, bool], list[SurveyResponse]]:
    """Responses outside of rounds that were not released, from days before this one, by form, office and kind."""
    waiting = (
        SurveyResponse.batch_id.is_(None),
        SurveyResponse.round_id.is_(None),
        SurveyResponse.answered_on < before,
    )
    groups: dict[tuple[str, int | None, bool], list[SurveyResponse]] = {}
    for one in session.scalars(select(SurveyResponse).where(*waiting).order_by(SurveyResponse.id)):
        groups.setdefault((one.questionnaire, one.office_id, one.is_sample), []).append(one)
    return groups


def waiting_in_round(session: Session, round_id: int) -> tuple[str, int]:
    """The form of the responses of a round that were not released, and how many there are."""
    waiting = (SurveyResponse.batch_id.is_(None), SurveyResponse.round_id == round_id)
    statement = select(func.max(SurveyResponse.questionnaire), func.count()).where(*waiting)
    form, number = session.execute(statement).one()
    return form or "", number


def write_round_anew(session: Session, round_id: int, *, batch_id: int) -> None:
    """As `write_anew`, of all waiting responses of a round, without bringing them here."""
    table: Any = SurveyResponse.__table__
    columns = [column.name for column in table.columns]
    waiting = (table.c.batch_id.is_(None), table.c.round_id == round_id)
    aside = Table(
        "survey_release", MetaData(), *(Column(c.name, c.type) for c in table.columns), prefixes=["TEMPORARY"]
    )
    aside.create(session.connection())
    session.execute(aside.insert().from_select(columns, select(*table.columns).where(*waiting)))
    session.execute(table.delete().where(table.c.id.in_(select(aside.c.id))))
    moved = [literal(batch_id) if name == "batch_id" else aside.c[name] for name in columns]
    session.execute(insert(table).from_select(columns, select(*moved).order_by(aside.c.id)))
    aside.drop(session.connection())
    for one in session.identity_map.values():
        if isinstance(one, SurveyResponse):
            session.expire(one)


def write_anew(session: Session, found: Sequence[SurveyResponse], *, batch_id: int) -> None:
    """Delete the rows and insert them again with their batch, ordered by their random ids."""
    columns = [column.key for column in SurveyResponse.__table__.columns]
    rows = [{name: getattr(one, name) for name in columns} | {"batch_id": batch_id} for one in found]
    for start in range(0, len(rows), 500):
        ids = [row["id"] for row in rows[start : start + 500]]
        gone = delete(SurveyResponse).where(SurveyResponse.id.in_(ids))
        session.execute(gone.execution_options(synchronize_session=False))
    for one in found:
        session.expunge(one)
    session.execute(insert(SurveyResponse), sorted(rows, key=lambda row: str(row["id"])))


def responses(
    session: Session, questionnaire: str, *, since: date, until: date
) -> Sequence[tuple[int, dict[str, Any]]]:
    """(office, answers) of the responses that were released from `since` to `until`, in the order of their ids."""
    statement = (
        select(SurveyResponse.office_id, SurveyResponse.answers)
        .join(SurveyBatch, SurveyBatch.id == SurveyResponse.batch_id)
        .where(
            SurveyResponse.questionnaire == questionnaire,
            SurveyResponse.office_id.is_not(None),
            SurveyResponse.round_id.is_(None),
            SurveyBatch.released_on >= since,
            SurveyBatch.released_on <= until,
        )
        .order_by(SurveyResponse.id)
    )
    return [(office, answers) for office, answers in session.execute(statement) if office is not None]


def released_on(session: Session, round_id: int) -> date | None:
    """The day on which a round's responses were released."""
    return session.scalar(select(func.max(SurveyBatch.released_on)).where(SurveyBatch.round_id == round_id))


@dataclass(frozen=True, slots=True)
class ResponseRow:
    """A response of a round, as its results need it; columns as in SurveyResponse."""

    id: str
    answered_on: date
    mode: str
    answers: dict[str, Any]
    office_id: int | None
    province: str
    commune: str
    procedure: str
    stratum: str
    cluster: str
    fpc: int | None
    weight: float


def response_rows(session: Session, round_id: int) -> list[ResponseRow]:
    """All responses of a round, released or not, in the order of their random ids."""
    columns = [getattr(SurveyResponse, one.name) for one in fields(ResponseRow)]
    statement = select(*columns).where(SurveyResponse.round_id == round_id).order_by(SurveyResponse.id)
    return [ResponseRow(*row) for row in session.execute(statement)]


@dataclass(frozen=True, slots=True)
class CaseStep:
    """One row of a case's history, with what the indices need of the case. No text, no person. `first`: its opening."""

    case: str
    regime: str
    received_at: datetime
    agency: str
    move: str
    at: datetime
    first: bool
    is_sample: bool


def case_steps(session: Session, *, regimes: Sequence[str], until: datetime) -> Sequence[CaseStep]:
    """The history of all cases of these regimes up to a moment, case by case; restricted ones are not among them.

    A case that was received by then belongs to it, also when it was entered later.
    """
    first, case, event = CaseEvent.seq == 1, Case, CaseEvent
    statement = (
        select(case.code, case.regime, case.received_at, Office.agency, event.move, event.at, first, case.is_sample)
        .join(event, event.case_id == case.id)
        .join(Office, Office.id == event.office_id)
        .where(case.regime.in_(regimes), case.restricted.is_(False), case.received_at <= until)
        .where(first | (event.at <= until))
        .order_by(case.code, event.seq)
    )
    return [CaseStep(*row) for row in session.execute(statement)]


def case_scores(session: Session, *, regimes: Sequence[str], until: datetime) -> dict[str, int]:
    """Case code -> the citizen's 1-5 that was given by that moment."""
    statement = (
        select(Case.code, Rating.score)
        .join(Rating, Rating.case_id == Case.id)
        .where(Case.regime.in_(regimes), Case.restricted.is_(False), Rating.at <= until)
    )
    return dict(session.execute(statement).all())


def index_result(session: Session, result_id: int) -> IndexResult | None:
    return session.get(IndexResult, result_id)


def index_result_of_round(session: Session, round_id: int) -> IndexResult | None:
    """The publication of a round as it was kept when it was closed."""
    statement = select(IndexResult).where(IndexResult.round_id == round_id).order_by(IndexResult.id.desc()).limit(1)
    return session.scalars(statement).first()


def index_results(session: Session, *, limit: int = 200) -> list[IndexResult]:
    """The latest results that were kept, the newest first."""
    return list(session.scalars(select(IndexResult).order_by(IndexResult.id.desc()).limit(limit)))


def official_index(session: Session, *, index: str, year: int, unit: str) -> OfficialIndex | None:
    statement = select(OfficialIndex).where(
        OfficialIndex.index == index, OfficialIndex.year == year, OfficialIndex.unit == unit
    )
    return session.scalars(statement).first()


def latest_official_index(session: Session, *, index: str, units: Sequence[str], until: int) -> OfficialIndex | None:
    """The latest year's figure up to `until`; of one year that of the unit named first."""
    statement = (
        select(OfficialIndex)
        .where(OfficialIndex.index == index, OfficialIndex.unit.in_(units), OfficialIndex.year <= until)
        .order_by(OfficialIndex.year.desc())
    )
    found = list(session.scalars(statement))
    latest = [row for row in found if row.year == found[0].year]
    return min(latest, key=lambda row: units.index(row.unit), default=None)
