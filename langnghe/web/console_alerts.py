"""What the clock has told this person: reminders and escalations, read together by one press."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse, Response

from feedback import reminders
from langnghe.web.services import services_of
from langnghe.web.staff_access import CurrentLogin, staff_page

router = APIRouter(prefix="/console/alerts", include_in_schema=False)


@router.get("")
def alerts(request: Request, login: CurrentLogin) -> Response:
    with services_of(request).database.read() as session:
        rows = reminders.alerts(session, login.staff)
    return staff_page(request, login, "console_alerts.html", {"rows": rows})


@router.post("/read")
def read(request: Request, login: CurrentLogin, csrf: Annotated[str, Form()] = "") -> Response:
    """All of them are read; pressing twice is once."""
    login.check(csrf)
    services = services_of(request)
    with services.database.write() as session:
        reminders.mark_read(session, login.staff, now=services.clock())
    return RedirectResponse("/console/alerts", 303)
