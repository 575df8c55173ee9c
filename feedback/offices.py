"""Concrete offices: the agency that a route names, in its unit, found or entered on first use."""

from __future__ import annotations

import re
from datetime import date

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from feedback import agencies
from feedback.errors import InvalidInput
from feedback.models import Case, Office
from feedback.routing import Route, load_rules
from nlu import places

CENTRE = "00"
_UNIT = re.compile(r"\d{2}|\d{5}")


def office_for(
    session: Session, route: Route, *, restricted: bool = False, is_sample: bool = False, on: date | None = None
) -> Office:
    """The office that holds what goes this way. One body has one queue, whichever of its desks does the work.

    What belongs to a body that never logs in here is held by the province's coordination desk, which writes to that
    body and brings its answer back; a restricted case passes no such desk. A body that has ended by `on` gives its
    cases to the one that follows it.
    """
    unit = route.unit or CENTRE
    known = _find(session, route.agency, unit)
    if known is not None and on is not None:
        known = _living(session, known, on=on)
    mode = mode_of(known, route.mode)
    if mode == "letter" and not restricted and province_of(unit) != CENTRE:
        return office_of(session, agency=load_rules().coordination, unit=province_of(unit), is_sample=is_sample)
    return known or office_of(session, agency=route.agency, unit=unit, is_sample=is_sample)


def mode_of(office: Office | None, usual: str) -> str:
    """How this body works: by the registry's own word for it, else as such bodies do. A referral stays one."""
    return office.mode if office is not None and office.mode and usual != "referral" else usual


def _living(session: Session, office: Office, *, on: date) -> Office:
    """The office, or whoever follows it where it has ended; the last known one when nobody does."""
    seen = {office.id}
    while not office.exists_on(on) and office.successor_id is not None and office.successor_id not in seen:
        office = session.get_one(Office, office.successor_id)
        seen.add(office.id)
    return office


def desk_for(office: Office, route: Route) -> str | None:
    """The desk that receives: the focal one, or the expert one where the office has opted for it."""
    opted = office.direct and route.expert is not None and route.desk in load_rules().focal_desk.values()
    return route.expert if opted else route.desk


def office_for_body(session: Session, *, agency: str, unit: str, restricted: bool = False) -> tuple[Office, str | None]:
    """(the office that holds what goes to this body, the body's name where another office holds it for it).

    Raises InvalidInput for a body or unit that does not exist or does not fit.
    """
    body = agencies.catalogue().get(agency)
    if body is None or body.is_desk:
        raise InvalidInput("Không có cơ quan này trong danh mục.")
    if not unit_fits(agency, unit):
        raise InvalidInput("Đơn vị hành chính không phù hợp với cơ quan này.")
    name = agencies.office_name(agency, unit, places=places)
    if mode_of(_find(session, agency, unit), body.mode) == "letter" and not restricted and province_of(unit) != CENTRE:
        desk = office_of(session, agency=load_rules().coordination, unit=province_of(unit))
        return desk, name
    return office_of(session, agency=agency, unit=unit), None


def unit_there(case: Case, agency: str, place: str) -> str:
    """The unit of a body that gets this case: by a code or a name in `place`, else by where the matter happened.

    Raises InvalidInput for a body that does not exist, a place that is not recognised, or where neither tells it.
    """
    if agency not in agencies.catalogue():
        raise InvalidInput("Chọn cơ quan nhận.")
    province, commune = case.province_code or case.office.province_code, case.commune_code
    if _UNIT.fullmatch(place):
        return place
    if place:
        found = places.resolve(place, province)
        if found is None or (found.commune_code is None and found.province_code is None):
            raise InvalidInput("Không nhận ra xã, phường hoặc tỉnh này; ghi cả tên tỉnh.")
        province, commune = found.province_code or province, found.commune_code
    unit = agencies.unit_of(agency, province_code=province, commune_code=commune)
    if unit is None:
        raise InvalidInput("Ghi rõ xã, phường của cơ quan nhận.")
    return unit


def where_to_go(session: Session, agency: str, unit: str | None) -> tuple[str | None, str | None]:
    """(address, telephone) of the office of an agency in a unit, as far as they were entered; nothing is made up."""
    found = _find(session, agency, unit or CENTRE)
    return (found.address, found.phone) if found is not None else (None, None)


def unit_fits(agency: str, unit: str) -> bool:
    """Whether such a body can be there: a commune's body in a known commune, a province's in a known province."""
    serves, level = agencies.get(agency).serves, agencies.get(agency).level
    if serves == "nuoc":
        return unit == CENTRE
    commune, province = places.commune(unit), places.province(unit)
    return commune is not None if level == "xa" else (province is not None or (serves == "xa" and commune is not None))


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
