"""Routes stored cases again: by the table in force or by a new one, to see what would change before it does."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from feedback import routing
from feedback.agencies import Places
from feedback.handling_models import RouteCorrection
from feedback.models import Case
from feedback.routing import CaseFacts, Route, RoutingTable


@dataclass(frozen=True, slots=True)
class Change:
    """One case that the new table sends elsewhere. `code` is empty for a restricted case."""

    code: str
    topic: str | None
    before: Route
    after: Route


@dataclass(frozen=True, slots=True)
class Simulation:
    """What a replay found. `corrected`: the cases that staff re-routed; how many of them each table gets right."""

    cases: int
    changes: tuple[Change, ...]
    fallbacks_before: int
    fallbacks_after: int
    corrected: int
    right_before: int
    right_after: int


def facts_of(case: Case) -> CaseFacts:
    """What routing may look at of a stored case, as it was when it came."""
    return CaseFacts(
        regime=case.regime,
        kind=case.kind,
        field=case.field,
        topic=case.topic,
        problem=case.problem,
        province_code=case.province_code,
        commune_code=case.commune_code,
        procedure=case.procedure_code,
        text=case.text,
    )


def simulate(
    session: Session,
    new: RoutingTable,
    *,
    old: RoutingTable,
    last: int,
    places: Places | None = None,
    restricted: bool = True,
) -> Simulation:
    """Replay the last cases by both tables.

    `restricted=False` leaves restricted cases out of everything, the counts too: rules that ask for words, replayed
    over them again and again, would tell what denunciations say.
    """
    latest = select(Case).order_by(Case.received_at.desc(), Case.id.desc()).limit(last)
    if not restricted:
        latest = latest.where(Case.restricted.is_(False))
    replayed: list[tuple[Case, Route, Route]] = []
    for case in session.scalars(latest):
        facts = facts_of(case)
        replayed.append((case, routing.route(facts, old, places=places), routing.route(facts, new, places=places)))
    labels = _labels(session, (case.id for case, _, _ in replayed))
    return Simulation(
        cases=len(replayed),
        changes=tuple(
            Change("" if case.restricted else case.code, case.topic, before, after)
            for case, before, after in replayed
            if _target(before) != _target(after)
        ),
        fallbacks_before=sum(before.fallback for _, before, _ in replayed),
        fallbacks_after=sum(after.fallback for _, _, after in replayed),
        corrected=sum(case.id in labels for case, _, _ in replayed),
        right_before=sum(labels.get(case.id) == (before.agency, before.unit) for case, before, _ in replayed),
        right_after=sum(labels.get(case.id) == (after.agency, after.unit) for case, _, after in replayed),
    )


def _target(route: Route) -> tuple[str | None, ...]:
    return route.agency, route.unit, route.desk, route.mode


def _labels(session: Session, case_ids: Iterable[int]) -> dict[int, tuple[str, str]]:
    """Where staff sent each case in the end: the label of a corrected route."""
    statement = select(RouteCorrection).where(RouteCorrection.case_id.in_(list(case_ids))).order_by(RouteCorrection.id)
    return {row.case_id: (row.to_agency, row.to_unit) for row in session.scalars(statement)}


def corrections(session: Session) -> list[dict[str, str | None]]:
    """Corrected routes as labelled examples, oldest first; of restricted cases and of their words nothing."""
    statement = (
        select(RouteCorrection)
        .join(Case, Case.id == RouteCorrection.case_id)
        .where(Case.restricted.is_(False))
        .order_by(RouteCorrection.id)
    )
    return [
        {
            **row.facts,
            "from_agency": row.from_agency,
            "from_unit": row.from_unit,
            "to_agency": row.to_agency,
            "to_unit": row.to_unit,
            "at": row.at.isoformat(),
        }
        for row in session.scalars(statement)
    ]
