"""The console of the agency staff: their office's queue, a case with its whole history, the answer."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from sqlalchemy.orm import Session
from starlette.responses import RedirectResponse, Response

from feedback import agencies, cases, repository, states, taxonomy
from feedback.errors import CaseChanged, CaseNotFound, InvalidInput, MoveNotAllowed
from feedback.models import Case
from langnghe.web.errors import WebError
from langnghe.web.pages import pages_of
from langnghe.web.services import services_of
from langnghe.web.staff_access import CurrentLogin, Login

SOON = timedelta(days=2)
VIEWS = {
    "open": "Đang mở",
    "late": "Quá hạn",
    "soon": "Sắp đến hạn",
    "answered": "Đã trả lời",
    "all": "Tất cả",
}

router = APIRouter(prefix="/console", include_in_schema=False)


@router.get("")
def queue(request: Request, login: CurrentLogin, view: str = "open", q: str = "", page: int = 1) -> Response:
    services = services_of(request)
    now = services.clock()
    wanted = repository.QueueFilter(view=view if view in VIEWS else "open", text=q[:200], page=max(1, min(page, 10_000)))
    with services.database.read() as session:
        found = repository.queue(session, login.staff, wanted, now=now, soon=now + SOON)
        counts = repository.queue_counts(session, login.staff, now=now, soon=now + SOON)
        rows = [_row(case, now=now) for case in found]
    context = {"rows": rows, "counts": counts, "views": VIEWS, "wanted": wanted, "more": len(rows) == repository.PAGE}
    return _page(request, login, "console_queue.html", context)


@router.get("/restricted")
def restricted(request: Request, login: CurrentLogin) -> Response:
    if not login.staff.sees_restricted:
        raise CaseNotFound()
    services = services_of(request)
    with services.database.read() as session:
        rows = [_row(case, now=services.clock()) for case in repository.restricted_queue(session, login.staff)]
    return _page(request, login, "console_restricted.html", {"rows": rows})


@router.get("/cases/{case_id}")
def show_case(request: Request, login: CurrentLogin, case_id: int, sent: bool = False) -> Response:
    return _case_page(request, login, case_id, notice="Đã gửi câu trả lời tới công dân." if sent else "")


@router.post("/cases/{case_id}/accept")
def accept(
    request: Request,
    login: CurrentLogin,
    case_id: int,
    version: Annotated[int, Form()],
    csrf: Annotated[str, Form()] = "",
) -> Response:
    login.check(csrf)
    services = services_of(request)
    try:
        with services.database.write() as session:
            cases.accept(session, case_id, staff=login.staff, version=version, now=services.clock())
    except (CaseChanged, MoveNotAllowed) as error:
        return _case_page(request, login, case_id, problem=error.message, status=409)
    return RedirectResponse(f"/console/cases/{case_id}", 303)


@router.post("/cases/{case_id}/answer")
def answer(
    request: Request,
    login: CurrentLogin,
    case_id: int,
    version: Annotated[int, Form()],
    form: Annotated[uuid.UUID, Form()],
    text: Annotated[str, Form()] = "",
    csrf: Annotated[str, Form()] = "",
) -> Response:
    """Send the answer; the same form sent twice is one answer."""
    login.check(csrf)
    services = services_of(request)
    try:
        with services.database.write() as session:
            cases.answer(
                session,
                case_id,
                staff=login.staff,
                text=text,
                version=version,
                effect_key=f"answer:{case_id}:{form}",
                now=services.clock(),
            )
    except (CaseChanged, MoveNotAllowed) as error:
        return _case_page(request, login, case_id, problem=error.message, draft=text, status=409)
    except InvalidInput as error:
        return _case_page(request, login, case_id, problem=error.message, draft=text, status=422)
    services.wake_worker()
    return RedirectResponse(f"/console/cases/{case_id}?sent=1", 303)


@router.get("/files/{key}")
def show_file(request: Request, login: CurrentLogin, key: str) -> Response:
    """A citizen's file, for whoever may open its case."""
    services = services_of(request)
    with services.database.read() as session:
        file = repository.file_by_key(session, key)
        if file is None or file.case_id is None:
            raise WebError(404, "not_found", "Không tìm thấy tệp này.")
        if repository.case_for_staff(session, file.case_id, login.staff) is None:
            raise WebError(404, "not_found", "Không tìm thấy tệp này.")
        headers = {"Content-Disposition": "inline", "Cache-Control": "private, no-store"}
        return Response(file.data, media_type=file.content_type, headers=headers)


def _case_page(
    request: Request,
    login: Login,
    case_id: int,
    *,
    notice: str = "",
    problem: str = "",
    draft: str = "",
    status: int = 200,
) -> Response:
    services = services_of(request)
    now = services.clock()
    with services.database.read() as session:
        case = repository.case_for_staff(session, case_id, login.staff)
        if case is None:
            raise CaseNotFound()
        details = _details(session, case)
        restricted_case = case.restricted
        row = _row(case, now=now)
    if restricted_case:
        with services.database.write() as session:
            repository.record_look(session, case_id, login.staff, now=now)
    works_here = login.staff.role in ("officer", "leader") and case.office_id == login.staff.office_id
    context = {
        "row": row,
        "details": details,
        "can_accept": works_here and case.state in states.MOVES["accept"].sources,
        "can_answer": works_here and case.state in states.MOVES["answer"].sources | states.MOVES["guide"].sources,
        "guiding": case.state == "cho_nop_don",
        "form": uuid.uuid4(),
        "notice": notice,
        "problem": problem,
        "draft": draft,
    }
    return _page(request, login, "console_case.html", context, status=status)


def _row(case: Case, *, now: Any) -> dict[str, Any]:
    """What a list shows of a case."""
    is_open = case.state in states.OPEN_STATES
    return {
        "case": case,
        "kind": taxonomy.name(case.kind),
        "field": taxonomy.name(case.field),
        "state": states.STATES[case.state],
        "office": case.office.name,
        "late": is_open and case.due_at is not None and case.due_at < now,
        "soon": is_open and case.due_at is not None and now <= case.due_at <= now + SOON,
    }


def _details(session: Session, case: Case) -> dict[str, Any]:
    """Everything of a case that its page shows, read while the session is open."""
    return {
        "regime": taxonomy.regimes().get(case.regime, case.regime),
        "problem": taxonomy.name(case.problem),
        "agency_head": agencies.get(case.office.agency).head,
        "answers": list(case.answers),
        "events": [(event, _move_title(event.move), states.STATES[event.to_state]) for event in case.events],
        "files": list(case.files),
        "rating": case.rating,
    }


def _move_title(name: str) -> str:
    return states.MOVES[name].title if name in states.MOVES else name


def _page(request: Request, login: Login, template: str, context: dict[str, Any], *, status: int = 200) -> Response:
    shared = {"staff": login.staff, "csrf": login.csrf}
    headers = {"Cache-Control": "no-store"}
    return pages_of(request).render(request, template, {**shared, **context}, status=status, headers=headers)
