"""Reads what staff corrected, for learning: the labels they settled on, never of what was ever secret."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from feedback.handling_models import LabelCorrection
from feedback.models import Case, CaseEvent

DENUNCIATION = "to_cao"
SECRECY = ("restrict", "release")
"""The moves that tell that a case was secret for a time."""


class CorrectedCase(NamedTuple):
    """A case's words with the labels that staff settled on last; `names` are those that its record holds."""

    text: str
    kind: str
    field: str | None
    topic: str | None
    problem: str | None
    urgent: bool
    names: tuple[str, ...]


def corrected_cases(session: Session) -> list[CorrectedCase]:
    """Each case whose labels were corrected once, as it stands now; one that was only sent elsewhere is none.

    Left out: samples, cases that are or were restricted, and any that was ever a denunciation by kind or by regime.
    """
    secret = select(CaseEvent.case_id).where(CaseEvent.move.in_(SECRECY))
    statement = select(Case).where(
        Case.id.in_(select(LabelCorrection.case_id)),
        Case.id.not_in(secret),
        Case.restricted.is_(False),
        Case.is_sample.is_(False),
        Case.kind != DENUNCIATION,
        Case.regime != DENUNCIATION,
    )
    once = _ever_denunciations(session)
    return [
        CorrectedCase(
            text=case.text,
            kind=case.kind,
            field=case.field,
            topic=case.topic,
            problem=case.problem,
            urgent=case.urgent,
            names=_names(case),
        )
        for case in session.scalars(statement.order_by(Case.id))
        if case.id not in once and case.text.strip()
    ]


def _names(case: Case) -> tuple[str, ...]:
    """The name given for this case, and the one that its sender's record has."""
    known = (case.contact_name, case.citizen.name if case.citizen is not None else None)
    return tuple(dict.fromkeys(name for name in known if name))


def _ever_denunciations(session: Session) -> set[int]:
    rows = session.execute(select(LabelCorrection.case_id, LabelCorrection.before, LabelCorrection.after))
    return {
        number
        for number, *labels in rows
        if any(DENUNCIATION in (one.get("kind"), one.get("regime")) for one in labels)
    }
