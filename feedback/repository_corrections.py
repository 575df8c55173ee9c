"""Reads what staff corrected, for learning: labels before and after, never of a restricted case."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from feedback.handling_models import LabelCorrection, RouteCorrection
from feedback.models import Case

DENUNCIATION = "to_cao"


class CorrectedCase(NamedTuple):
    """A case's words with the labels and the body that staff settled on last; `names` are those its record holds."""

    text: str
    kind: str
    field: str | None
    topic: str | None
    problem: str | None
    urgent: bool
    agency: str
    names: tuple[str, ...]


def corrected_cases(session: Session) -> list[CorrectedCase]:
    """Each corrected case once, as it stands now. Left out: restricted cases, and any that was ever a denunciation."""
    changed = select(LabelCorrection.case_id).union(select(RouteCorrection.case_id))
    statement = select(Case).where(Case.id.in_(changed), Case.restricted.is_(False), Case.kind != DENUNCIATION)
    once = _ever_denunciations(session)
    return [
        CorrectedCase(
            text=case.text,
            kind=case.kind,
            field=case.field,
            topic=case.topic,
            problem=case.problem,
            urgent=case.urgent,
            agency=case.office.agency,
            names=(case.contact_name,) if case.contact_name else (),
        )
        for case in session.scalars(statement.order_by(Case.id))
        if case.id not in once and case.text.strip()
    ]


def _ever_denunciations(session: Session) -> set[int]:
    rows = session.execute(select(LabelCorrection.case_id, LabelCorrection.before, LabelCorrection.after))
    return {number for number, *labels in rows if any(one.get("kind") == DENUNCIATION for one in labels)}
