"""All SQL of the rounds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, insert, literal, select, update
from sqlalchemy.orm import Session, contains_eager

from feedback.models import Case, Office, Staff
from feedback.states import ANSWERED_STATES
from surveys.models import SurveyOptOut
from surveys.rounds.models import FrameUnit, RoundEntry, RowLook, SampleUnit, SurveyRound
from surveys.rounds.weighting import ClassOfUnits

BATCH = 5_000


def rounds(session: Session, *, limit: int = 200) -> list[SurveyRound]:
    """The newest first."""
    return list(session.scalars(select(SurveyRound).order_by(SurveyRound.id.desc()).limit(limit)))


def round_by_code(session: Session, code: str) -> SurveyRound | None:
    return session.scalars(select(SurveyRound).where(SurveyRound.code == code)).first()


def round_before(session: Session, survey: SurveyRound) -> SurveyRound | None:
    """The closed round with the same form that ended last before this one opened."""
    before = (
        SurveyRound.questionnaire == survey.questionnaire,
        SurveyRound.id != survey.id,
        SurveyRound.state == "closed",
        SurveyRound.closes_on < survey.opens_on,
        SurveyRound.is_sample == survey.is_sample,
    )
    return session.scalars(select(SurveyRound).where(*before).order_by(SurveyRound.closes_on.desc()).limit(1)).first()


def locked_round(session: Session, round_id: int) -> SurveyRound | None:
    """The round as it is now; whoever changes it waits for its turn."""
    locked = select(SurveyRound).where(SurveyRound.id == round_id).with_for_update()
    return session.scalars(locked.execution_options(populate_existing=True)).first()


# ---- the frame


def answered_cases(session: Session, *, since: datetime, until: datetime) -> Iterator[tuple[Case, Office]]:
    """Cases that were answered in this time and have a citizen, the latest answer first; no restricted ones."""
    statement = (
        select(Case, Office)
        .join(Office, Office.id == Case.office_id)
        .where(
            Case.answered_at >= since,
            Case.answered_at < until,
            Case.state.in_(ANSWERED_STATES),
            Case.restricted.is_(False),
            Case.citizen_id.is_not(None),
        )
        .order_by(Case.answered_at.desc(), Case.id.desc())
    )
    for row in session.execute(statement):
        yield row[0], row[1]


def replace_frame(session: Session, round_id: int, rows: Sequence[Mapping[str, Any]]) -> None:
    session.execute(delete(FrameUnit).where(FrameUnit.round_id == round_id))
    for start in range(0, len(rows), BATCH):
        batch = [{"round_id": round_id, **row} for row in rows[start : start + BATCH]]
        session.execute(insert(FrameUnit), batch)


def frame(session: Session, round_id: int) -> list[FrameUnit]:
    return list(session.scalars(select(FrameUnit).where(FrameUnit.round_id == round_id).order_by(FrameUnit.id)))


def forget_contacts(session: Session, round_id: int, *, undrawn_only: bool) -> None:
    """Names, phones and addresses go."""
    mine = [FrameUnit.round_id == round_id]
    if undrawn_only:
        drawn = select(SampleUnit.frame_unit_id).where(SampleUnit.round_id == round_id)
        mine.append(FrameUnit.id.not_in(drawn))
    _run(session, update(FrameUnit).where(*mine).values(name=None, phone=None, address=None))
    if undrawn_only:
        _run(session, update(FrameUnit).where(*mine).values(citizen_id=None))


# ---- the sample


def add_sample(session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
    for start in range(0, len(rows), BATCH):
        session.execute(insert(SampleUnit), list(rows[start : start + BATCH]))


def drop_sample(session: Session, round_id: int) -> None:
    session.execute(delete(SampleUnit).where(SampleUnit.round_id == round_id))


def sample(session: Session, round_id: int, *, issued_only: bool = False) -> list[SampleUnit]:
    """The drawn units with their lines of the frame, by number."""
    statement = (
        select(SampleUnit)
        .join(SampleUnit.frame_unit)
        .where(SampleUnit.round_id == round_id)
        .options(contains_eager(SampleUnit.frame_unit))
        .order_by(SampleUnit.number)
    )
    return list(session.scalars(statement.where(SampleUnit.issued) if issued_only else statement))


def sample_unit(session: Session, round_id: int, number: int) -> SampleUnit | None:
    """By the number on its form, locked."""
    mine = (SampleUnit.round_id == round_id, SampleUnit.number == number)
    return session.scalars(select(SampleUnit).where(*mine).with_for_update()).first()


def next_reserve(session: Session, unit: SampleUnit) -> SampleUnit | None:
    """The first reserve of the unit's cell that nobody has used."""
    waiting = (SampleUnit.round_id == unit.round_id, SampleUnit.cell == unit.cell, SampleUnit.role == "reserve")
    statement = select(SampleUnit).where(*waiting, SampleUnit.issued.is_(False)).order_by(SampleUnit.rank).limit(1)
    return session.scalars(statement.with_for_update()).first()


def dispositions(session: Session, round_id: int) -> Counter[str]:
    """How many issued units have come to which end."""
    statement = (
        select(SampleUnit.disposition, func.count())
        .where(SampleUnit.round_id == round_id, SampleUnit.issued)
        .group_by(SampleUnit.disposition)
    )
    return Counter({str(slug): int(number) for slug, number in session.execute(statement)})


def classes_of_units(session: Session, round_id: int, by: str) -> dict[str, ClassOfUnits]:
    """The weights of the sample by class of non-response; `by` is a name of weighting.CLASSES."""
    places = {"stratum": SampleUnit.stratum, "commune": FrameUnit.commune, "procedure": FrameUnit.procedure}
    label = places.get(by, literal(""))
    groups = [*([places[by]] if by in places else []), SampleUnit.role, SampleUnit.disposition]
    statement = (
        select(label, SampleUnit.role, SampleUnit.disposition, func.sum(SampleUnit.weight))
        .join(SampleUnit.frame_unit)
        .where(SampleUnit.round_id == round_id, SampleUnit.issued)
        .group_by(*groups)
    )
    found: dict[str, ClassOfUnits] = {}
    for name, role, disposition, weight in session.execute(statement):
        before = found.get(str(name), ClassOfUnits(0.0, 0.0, 0.0))
        found[str(name)] = ClassOfUnits(
            main=before.main + weight * (role == "main"),
            issued=before.issued + weight,
            ineligible=before.ineligible + weight * (disposition == "not_eligible"),
        )
    return found


def opted_out(session: Session, citizen_ids: Iterable[int]) -> set[int]:
    wanted, found = sorted(set(citizen_ids)), set()
    for start in range(0, len(wanted), BATCH):
        part = wanted[start : start + BATCH]
        found |= set(session.scalars(select(SurveyOptOut.citizen_id).where(SurveyOptOut.citizen_id.in_(part))))
    return found


# ---- the log


def add_entry(session: Session, entry: RoundEntry) -> None:
    session.add(entry)


def entries(session: Session, round_id: int) -> list[tuple[RoundEntry, str]]:
    """The log with the names of those who wrote it, the oldest first."""
    statement = (
        select(RoundEntry, Staff.display_name)
        .outerjoin(Staff, Staff.id == RoundEntry.staff_id)
        .where(RoundEntry.round_id == round_id)
        .order_by(RoundEntry.id)
    )
    return [(entry, name or "Hệ thống") for entry, name in session.execute(statement)]


def looks(session: Session, round_id: int) -> list[RowLook]:
    return list(session.scalars(select(RowLook).where(RowLook.round_id == round_id).order_by(RowLook.id)))


def _run(session: Session, statement: Any) -> int:
    result = session.execute(statement.execution_options(synchronize_session=False))
    return int(result.rowcount)  # type: ignore[attr-defined]
