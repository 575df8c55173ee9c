"""The office's own wordings: listed, written, changed, retired."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse, Response

from feedback import repository, templates
from feedback.errors import InvalidInput, NotAllowed
from langnghe.web.services import services_of
from langnghe.web.staff_access import CurrentLogin, Login, staff_page

router = APIRouter(prefix="/console/templates", include_in_schema=False)

Csrf = Annotated[str, Form()]


@router.get("")
def show(request: Request, login: CurrentLogin, edit: str = "") -> Response:
    return _page(request, login, edit=edit[:40])


@router.post("")
def save(
    request: Request,
    login: CurrentLogin,
    title: Annotated[str, Form()] = "",
    text: Annotated[str, Form()] = "",
    replaces: Annotated[str, Form()] = "",
    csrf: Csrf = "",
) -> Response:
    login.check(csrf)
    services = services_of(request)
    old = int(replaces) if replaces.isdecimal() and int(replaces) <= repository.LARGEST_ID else None
    try:
        with services.database.write() as session:
            templates.save(session, staff=login.staff, title=title, text=text, replaces=old, now=services.clock())
    except InvalidInput as error:
        return _page(request, login, problem=error.message, typed=(title, text, replaces))
    return RedirectResponse("/console/templates", 303)


@router.post("/{template_id:int}/retire")
def retire(request: Request, login: CurrentLogin, template_id: int, csrf: Csrf = "") -> Response:
    login.check(csrf)
    services = services_of(request)
    with services.database.write() as session:
        templates.retire(session, min(template_id, repository.LARGEST_ID), staff=login.staff, now=services.clock())
    return RedirectResponse("/console/templates", 303)


def _page(
    request: Request, login: Login, *, edit: str = "", problem: str = "", typed: tuple[str, str, str] | None = None
) -> Response:
    if login.staff.role not in ("officer", "leader"):
        raise NotAllowed()
    with services_of(request).database.read() as session:
        rows = templates.templates_for(session, login.staff)
        chosen = templates.template(session, login.staff, edit) if edit else None
    if typed is None:
        typed = (chosen.title, chosen.text, str(chosen.id or "")) if chosen else ("", "", "")
    context = {"rows": rows, "typed": typed, "problem": problem, "variables": templates.VARIABLES}
    return staff_page(request, login, "console_templates.html", context, status=422 if problem else 200)
