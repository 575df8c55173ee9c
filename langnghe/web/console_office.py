"""The leader's pages of an office: approving several drafts at once, absence cover, checking quick answers."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse, Response

from feedback import answering, covers, people, repository, sampling
from feedback.base import VIETNAM
from feedback.covers import Absence
from feedback.errors import InvalidInput, NotAllowed
from langnghe.web.console_many import pairs_of
from langnghe.web.services import services_of
from langnghe.web.staff_access import CurrentLogin, Login, staff_page

router = APIRouter(prefix="/console", include_in_schema=False)

Csrf = Annotated[str, Form()]
Picked = Annotated[list[str], Form(default_factory=list)]


@router.get("/approvals")
def approvals(request: Request, login: CurrentLogin) -> Response:
    return _approvals(request, login)


@router.post("/approvals")
def approve(
    request: Request,
    login: CurrentLogin,
    pick: Picked,
    csrf: Csrf = "",
) -> Response:
    """`pick`: "case id:version" of each draft that the leader ticked; each is approved for itself."""
    login.check(csrf)
    if not login.staff.leads:
        raise NotAllowed()
    services = services_of(request)
    wanted = pairs_of(pick)
    with services.database.write() as session:
        outcome = answering.approve_many(session, wanted, staff=login.staff, now=services.clock())
    services.wake_worker()
    return _approvals(request, login, outcome=outcome)


@router.get("/covers")
def show_covers(request: Request, login: CurrentLogin) -> Response:
    return _covers(request, login)


@router.post("/covers")
def arrange(
    request: Request,
    login: CurrentLogin,
    leader: Annotated[int, Form()],
    deputy: Annotated[int, Form()],
    first_day: Annotated[str, Form()] = "",
    last_day: Annotated[str, Form()] = "",
    csrf: Csrf = "",
) -> Response:
    login.check(csrf)
    services = services_of(request)
    try:
        absence = Absence(leader, deputy, _day(first_day), _day(last_day))
        with services.database.write() as session:
            covers.arrange(session, absence, staff=login.staff, now=services.clock())
    except InvalidInput as error:
        return _covers(request, login, problem=error.message)
    return RedirectResponse("/console/covers", 303)


@router.post("/covers/{cover_id:int}/end")
def end_cover(request: Request, login: CurrentLogin, cover_id: int, csrf: Csrf = "") -> Response:
    login.check(csrf)
    services = services_of(request)
    with services.database.write() as session:
        covers.end(session, min(cover_id, repository.LARGEST_ID), staff=login.staff, now=services.clock())
    return RedirectResponse("/console/covers", 303)


@router.get("/checks")
def checks(request: Request, login: CurrentLogin) -> Response:
    return _checks(request, login)


@router.post("/checks/{check_id:int}")
def judge(
    request: Request,
    login: CurrentLogin,
    check_id: int,
    verdict: Annotated[str, Form()] = "",
    remark: Annotated[str, Form()] = "",
    csrf: Csrf = "",
) -> Response:
    login.check(csrf)
    services = services_of(request)
    try:
        with services.database.write() as session:
            sampling.judge(
                session,
                min(check_id, repository.LARGEST_ID),
                staff=login.staff,
                verdict=verdict,
                remark=remark,
                now=services.clock(),
            )
    except InvalidInput as error:
        return _checks(request, login, problem=error.message)
    return RedirectResponse("/console/checks", 303)


def _approvals(request: Request, login: Login, *, outcome: dict[int, str | None] | None = None) -> Response:
    if not login.staff.leads:
        raise NotAllowed("Trang này dành cho lãnh đạo và người được ủy quyền.")
    with services_of(request).database.read() as session:
        waiting = answering.waiting_drafts(session, login.staff)
        rows = [(one.case, one.draft, one.by, one.own) for one in waiting]
        codes = repository.codes_of(session, outcome or {}, login.staff)
    told = [(codes.get(case_id, ""), problem) for case_id, problem in (outcome or {}).items()]
    context = {"rows": rows, "outcome": told, "own_draft": answering.OwnDraft.message}
    return staff_page(request, login, "console_approvals.html", context)


def _covers(request: Request, login: Login, *, problem: str = "") -> Response:
    if not (login.staff.leads or login.staff.role in ("manager", "admin")):
        raise NotAllowed("Trang này dành cho lãnh đạo và người quản trị.")
    services = services_of(request)
    with services.database.read() as session:
        rows = [
            (one, one.leader.display_name, one.deputy.display_name) for one in covers.of_office(session, login.staff)
        ]
        everybody = people.colleagues(session, login.staff.office_id)
    context = {
        "rows": rows,
        "leaders": [one for one in everybody if one.role == "leader"],
        "deputies": everybody,
        "problem": problem,
        "today": services.clock().astimezone(VIETNAM).date().isoformat(),
    }
    return staff_page(request, login, "console_covers.html", context, status=422 if problem else 200)


def _checks(request: Request, login: Login, *, problem: str = "") -> Response:
    if not login.staff.leads:
        raise NotAllowed("Trang này dành cho lãnh đạo và người được ủy quyền.")
    with services_of(request).database.read() as session:
        rows = sampling.with_cases(session, sampling.waiting(session, login.staff))
        done, poor = sampling.figures(session, login.staff.office_id or 0)
    context = {"rows": rows, "done": done, "poor": poor, "problem": problem, "verdicts": sampling.VERDICTS}
    return staff_page(request, login, "console_checks.html", context, status=422 if problem else 200)


def _day(words: str) -> date:
    try:
        return date.fromisoformat(words)
    except ValueError:
        raise InvalidInput("Ngày chưa đúng.") from None
