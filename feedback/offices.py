"""Concrete offices: the agency that a route names, in its unit, found or entered on first use."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from feedback import agencies
from feedback.models import Office
from feedback.routing import Route, load_rules
from nlu import places

CENTRE = "00"


def office_for(session: Session, route: Route, *, restricted: bool = False, is_sample: bool = False) -> Office:
    """The office that holds what goes this way. One body has one queue, whichever of its desks does the work.

    What belongs to a body that never logs in here is held by the province's coordination desk, which writes to that
    body and brings its answer back; a restricted case passes no such desk.
    """
    unit = route.unit or CENTRE
    if route.mode == "letter" and not restricted and province_of(unit) != CENTRE:
        return office_of(session, agency=load_rules().coordination, unit=province_of(unit), is_sample=is_sample)
    return office_of(session, agency=route.agency, unit=unit, is_sample=is_sample)


def office_of(session: Session, *, agency: str, unit: str, is_sample: bool = False) -> Office:
    """The office of an agency in a unit (commune, province or "00"), entered when it is new."""
    found = _find(session, agency, unit)
    if found is not None:
        return found
    office = Office(
        agency=agency,
        unit=unit,
        name=agencies.office_name(agency, unit, places=places),
        level=agencies.get(agency).level,
        province_code=province_of(unit),
        is_sample=is_sample,
    )
    try:
        with session.begin_nested():
            session.add(office)
            session.flush()
    except IntegrityError:
        entered_meanwhile = _find(session, agency, unit)
        if entered_meanwhile is None:
            raise
        return entered_meanwhile
    return office


def _find(session: Session, agency: str, unit: str) -> Office | None:
    return session.scalars(select(Office).where(Office.agency == agency, Office.unit == unit)).first()


def province_of(unit: str) -> str:
    """The province code of a commune, province or central unit."""
    if len(unit) == 2:
        return unit
    commune = places.commune(unit)
    return commune.province_code if commune else CENTRE
