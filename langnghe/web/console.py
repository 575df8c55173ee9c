"""The console's lists: an office's queue with its search, what came in meanwhile, and the restricted list."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from sqlalchemy.orm import Session
from starlette.responses import JSONResponse, Response

from feedback import bulk, clocks, people, repository, sampling, states, taxonomy
from feedback.base import VIETNAM
from feedback.errors import CaseNotFound
from feedback.handling_models import CaseClock
from feedback.models import Case, Staff
from feedback.reminder_times import step_name
from feedback.repository_search import search
from langnghe.web.move_forms import body_options
from langnghe.web.services import services_of
from langnghe.web.staff_access import CurrentLogin, staff_page

SOON = timedelta(days=2)
VIEWS = {
    "open": "Đang mở",
    "late": "Quá hạn",
    "soon": "Sắp đến hạn",
    "answered": "Đã trả lời",
    "all": "Tất cả",
}
MOST_SEARCH = 200
Page = Annotated[int, Query(ge=1, le=10_000)]

router = APIRouter(prefix="/console", include_in_schema=False)


@router.get("")
def queue(request: Request, login: CurrentLogin, view: str = "open", q: str = "", page: Page = 1) -> Response:
    services = services_of(request)
    now = services.clock()
    text = q.replace("\0", " ").strip()[:MOST_SEARCH]
    wanted = repository.QueueFilter(view=view if view in VIEWS else "open", page=page)
    with services.database.read() as session:
        mark = repository.last_event_id(session)
        counts = repository.queue_counts(session, login.staff, now=now, soon=now + SOON)
        size, found = counts[wanted.view], []
        if text:
            best = search(session, login.staff, text)
            size, found = repository.Size(len(best.cases), more=best.more), best.cases
        elif (page - 1) * repository.PAGE < size.number:
            found = repository.queue(session, login.staff, wanted, now=now, soon=now + SOON)
        rows = [row_of(case, now=now) for case in found]
        work = _office_work(session, login.staff)
    context = {"rows": rows, "counts": counts, "views": VIEWS, "wanted": wanted, "text": text, "mark": mark} | work
    return staff_page(request, login, "console_queue.html", context | _paging(size, page))


def _office_work(session: Session, staff: Staff) -> dict[str, Any]:
    """What the queue offers beside the list: the form for many cases, and how much waits for a leader."""
    works = staff.role in ("officer", "leader")
    actions = {name: title for name, title in bulk.ACTIONS.items() if works and name != "merge"}
    if not staff.leads:
        actions.pop("assign", None)
    return {
        "works": works,
        "bulk_actions": actions,
        "colleagues": people.colleagues(session, staff.office_id) if "assign" in actions else [],
        "bodies": body_options() if works else (),
        "to_approve": repository.count_for_approval(session, staff) if staff.leads else 0,
        "to_check": len(sampling.waiting(session, staff)) if staff.leads else 0,
    }


@router.get("/news")
def news(
    request: Request, login: CurrentLogin, after: Annotated[int, Query(ge=0, le=repository.LARGEST_ID)]
) -> Response:
    """How many cases came into the queue after the page was made: {"new": 2}."""
    with services_of(request).database.read() as session:
        return JSONResponse({"new": repository.arrived_since(session, login.staff, after)})


@router.get("/restricted")
def restricted(request: Request, login: CurrentLogin, page: Page = 1) -> Response:
    """Codes, dates and steps only: what was said is shown where each look is written down."""
    if not login.staff.sees_restricted:
        raise CaseNotFound()
    services = services_of(request)
    with services.database.read() as session:
        found = repository.restricted_queue(session, login.staff, page=page)
        now, waiting = services.clock(), clocks.notices(session, [case.id for case in found])
        rows = [row_of(case, now=now) | {"notice": notice_of(waiting.get(case.id), now=now)} for case in found]
        size = repository.Size(repository.restricted_size(session, login.staff))
    return staff_page(request, login, "console_restricted.html", {"rows": rows} | _paging(size, page))


def notice_of(clock: CaseClock | None, *, now: datetime) -> dict[str, Any] | None:
    """The notice that still has to go out to the sender of a tố cáo: what, until when, how long that is."""
    if clock is None:
        return None
    left = _time_left(clock.due_at, now=now)
    return {"step": step_name(clock.step), "due_at": clock.due_at, "late": clock.due_at < now, "left": left}


def row_of(case: Case, *, now: datetime) -> dict[str, Any]:
    """What a list shows of a case."""
    is_open = case.state in states.OPEN_STATES
    return {
        "case": case,
        "kind": taxonomy.kind_name(case.kind),
        "field": taxonomy.field_name(case.field),
        "state": states.STATES[case.state],
        "office": case.office.name,
        "late": is_open and case.due_at is not None and case.due_at < now,
        "soon": is_open and case.due_at is not None and now <= case.due_at <= now + SOON,
        "left": _time_left(case.due_at, now=now) if is_open and case.due_at is not None else "",
        "notice": None,
    }


def _time_left(due: datetime, *, now: datetime) -> str:
    """The calendar days until the deadline in words, by Vietnam's dates."""
    days = (due.astimezone(VIETNAM).date() - now.astimezone(VIETNAM).date()).days
    if due < now:
        return f"quá hạn {-days} ngày" if days else "vừa quá hạn"
    return f"còn {days} ngày" if days else "hạn hôm nay"


def _paging(size: repository.Size, page: int) -> dict[str, Any]:
    return {"size": size, "page": page, "pages": max(1, -(-size.number // repository.PAGE))}
