"""Who holds it, since when: an office's open cases by desk and by person, and every office's for who oversees."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from fastapi import APIRouter, Query, Request
from sqlalchemy.orm import Session
from starlette.responses import Response

from feedback import holding, repository
from feedback.errors import CaseNotFound, NotAllowed
from feedback.models import Office, Staff
from langnghe.web.services import services_of
from langnghe.web.staff_access import CurrentLogin, Login, staff_page

LATELY = timedelta(days=90)

router = APIRouter(prefix="/console/waiting", include_in_schema=False)


@router.get("")
def waiting(
    request: Request, login: CurrentLogin, office: int | None = Query(None, ge=1, le=repository.LARGEST_ID)
) -> Response:
    """The own office; who oversees sees a line for each office first, and each of them by its number."""
    if office is None and repository.oversees(login.staff):
        return _offices(request, login)
    return _office(request, login, office or login.staff.office_id or 0)


def _offices(request: Request, login: Login) -> Response:
    services = services_of(request)
    with services.database.read() as session:
        rows = holding.offices_now(session, now=services.clock())
    return staff_page(request, login, "console_waiting_offices.html", {"rows": rows, "desks": holding.DESKS})


def _office(request: Request, login: Login, office_id: int) -> Response:
    services = services_of(request)
    with services.database.read() as session:
        shown = office_holding(session, login.staff, office_id, now=services.clock())
    context = {
        "office": shown.office.name,
        "held": shown.held,
        "desks": holding.DESKS,
        "codes": shown.codes,
        "days": LATELY.days,
        "now": services.clock(),
        "several": repository.oversees(login.staff),
    }
    return staff_page(request, login, "console_waiting.html", context)


@dataclass(frozen=True, slots=True)
class ShownHolding:
    """One office's holding with the codes of the cases that it names."""

    office: Office
    held: holding.OfficeHolding
    codes: dict[int, str]


def office_holding(session: Session, staff: Staff, office_id: int, *, now: datetime) -> ShownHolding:
    """The own office's, any one's for who oversees all. Raises NotAllowed, CaseNotFound."""
    if not repository.oversees(staff) and office_id != staff.office_id:
        raise NotAllowed("Anh/chị chỉ xem được cơ quan mình.")
    found = repository.offices(session, [office_id])
    if not found:
        raise CaseNotFound("Không tìm thấy cơ quan này.")
    held = holding.of_office(session, office_id, since=now - LATELY, now=now)
    codes = repository.codes_of(session, [line.oldest_case for line in held.desks if line.oldest_case], staff)
    return ShownHolding(found[0], held, codes)
