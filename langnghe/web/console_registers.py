"""The console's registers and periodic report, as spreadsheets for a period."""

from __future__ import annotations

from datetime import date
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from feedback.base import VIETNAM
from feedback.documents.registers import all_registers, register_workbook, report_workbook
from feedback.documents.repository import Period
from feedback.errors import CaseNotFound, InvalidInput, NotAllowed
from feedback.models import Staff
from langnghe.web.heavy import heavy_work
from langnghe.web.services import WebServices, services_of
from langnghe.web.staff_access import OVERSEERS, CurrentLogin, staff_page

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MOST_DAYS = 366

router = APIRouter(prefix="/console/registers", include_in_schema=False)


@router.get("")
def show(request: Request, login: CurrentLogin) -> Response:
    """The form that asks for the period; it begins as this quarter."""
    may_draw(login.staff)
    today = services_of(request).clock().astimezone(VIETNAM).date()
    first = date(today.year, 3 * ((today.month - 1) // 3) + 1, 1)
    registers = {slug: register.title for slug, register in all_registers().items()}
    context = {"registers": registers, "first": first.isoformat(), "last": today.isoformat()}
    return staff_page(request, login, "console_registers.html", context)


@router.get("/file")
def draw(
    request: Request,
    login: CurrentLogin,
    what: str,
    first: Annotated[date, Query()],
    last: Annotated[date, Query()],
) -> Response:
    """One register, or the report."""
    return register_file(services_of(request), login.staff, what, first, last)


def register_file(services: WebServices, staff: Staff, what: str, first: date, last: date) -> Response:
    """A register, or the report, of the own office; of all offices for those who oversee them.

    Raises NotAllowed, InvalidInput, CaseNotFound.
    """
    may_draw(staff)
    if not first <= last or (last - first).days > MOST_DAYS:
        raise InvalidInput("Kỳ báo cáo không hợp lệ: ngày đầu phải trước ngày cuối, tối đa một năm.")
    oversees = staff.role in ("manager", "admin")
    period = Period(first, last, office_id=None if oversees else staff.office_id)
    register = all_registers().get(what)
    if register is None and what != "report":
        raise CaseNotFound("Không có sổ này.")
    with heavy_work(), services.database.read() as session:
        if register is not None:
            book = register_workbook(session, register, period)
        else:
            book = report_workbook(session, period, now=services.clock())
    name = quote(f"{what}-{first:%Y%m%d}-{last:%Y%m%d}.xlsx")
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{name}", "Cache-Control": "private, no-store"}
    return Response(book, media_type=XLSX, headers=headers)


def may_draw(staff: Staff) -> None:
    """A register holds names and phones: it is for those who answer for an office."""
    if staff.role not in OVERSEERS:
        raise NotAllowed("Sổ theo dõi và báo cáo dành cho lãnh đạo và người quản lý.")
