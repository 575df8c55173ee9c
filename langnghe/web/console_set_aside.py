"""The messages that the bot gave up on: the coordination desk looks at each, as the citizen was promised."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse, Response

from bot import repository
from feedback.errors import CaseNotFound
from feedback.repository import LARGEST_ID
from langnghe.web.services import services_of
from langnghe.web.staff_access import CurrentLogin, reads_set_aside, sees_set_aside, staff_page

CHANNELS = {"webchat": "trang chat", "telegram": "Telegram", "zalo": "Zalo"}

router = APIRouter(prefix="/console/set-aside", include_in_schema=False)


@router.get("")
def waiting(request: Request, login: CurrentLogin) -> Response:
    if not sees_set_aside(login.staff):
        raise CaseNotFound("Không tìm thấy nội dung này.")
    with services_of(request).database.read() as session:
        rows = repository.set_aside_messages(session)
    context = {"rows": rows, "channels": CHANNELS, "reads": reads_set_aside(login.staff)}
    return staff_page(request, login, "console_set_aside.html", context)


@router.post("/{inbox_id:int}/seen")
def seen(request: Request, login: CurrentLogin, inbox_id: int, csrf: Annotated[str, Form()] = "") -> Response:
    """Somebody looked; pressing twice is once."""
    login.check(csrf)
    if not reads_set_aside(login.staff) or inbox_id > LARGEST_ID:
        raise CaseNotFound("Không tìm thấy nội dung này.")
    with services_of(request).database.write() as session:
        repository.close_set_aside(session, inbox_id)
    return RedirectResponse("/console/set-aside", 303)
