"""The console's page of a case's steps: a plain form for each move that may be taken now, and why the case is here."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from sqlalchemy.orm import Session
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse, Response

from feedback import repository, states
from feedback.errors import CaseNotFound, FeedbackError, InvalidInput
from feedback.models import Case, Staff
from feedback.moves import MAX_WORDS, actor_of
from langnghe.web.console import row_of
from langnghe.web.console_steps import SAME_FORM, STEPS, Entry, Step, Values
from langnghe.web.services import services_of
from langnghe.web.staff_access import CurrentLogin, Login, staff_page

router = APIRouter(prefix="/console/cases", include_in_schema=False)


@router.get("/{case_id:int}/moves")
def show_moves(request: Request, login: CurrentLogin, case_id: int) -> Response:
    return _page(request, login, case_id)


async def _sent_form(request: Request) -> FormData:
    return await request.form()


@router.post("/{case_id:int}/moves/{move}")
def take_move(
    request: Request, login: CurrentLogin, case_id: int, move: str, form: Annotated[FormData, Depends(_sent_form)]
) -> Response:
    """Take a move with what its form holds; a refusal shows the page again with the reason."""
    login.check(_text(form, "csrf"))
    step = STEPS.get(move)
    if step is None:
        raise CaseNotFound()
    values = Values({name: _text(form, name) for name in form})
    try:
        _take(request, login, case_id, step, values)
    except CaseNotFound:
        raise
    except FeedbackError as error:
        status = 422 if isinstance(error, InvalidInput) else 409
        return _page(request, login, case_id, problem=error.message, sent=values, at=move, status=status)
    services_of(request).wake_worker()
    return RedirectResponse(_after(request, login, case_id), 303)


def _take(request: Request, login: Login, case_id: int, step: Step, values: Values) -> None:
    services = services_of(request)
    with services.database.write() as session:
        case = repository.case_for_staff(session, case_id, login.staff)
        if case is None:
            raise CaseNotFound()
        version = values.number("version")
        step.take(session, case, values, {"staff": login.staff, "version": version, "now": services.clock()})


def _after(request: Request, login: Login, case_id: int) -> str:
    """Back to the case while this person still may see it, else to the list."""
    with services_of(request).database.read() as session:
        seen = repository.case_for_staff(session, case_id, login.staff) is not None
    return f"/console/cases/{case_id}" if seen else "/console"


def _page(
    request: Request,
    login: Login,
    case_id: int,
    *,
    problem: str = "",
    sent: Values | None = None,
    at: str = "",
    status: int = 200,
) -> Response:
    services = services_of(request)
    with services.database.read() as session:
        case = repository.case_for_staff(session, case_id, login.staff)
        if case is None:
            raise CaseNotFound()
        works_here = case.office_id == login.staff.office_id
        names = (
            [move.name for move in states.moves_from(case.state, by=actor_of(login.staff).roles)] if works_here else []
        )
        shown = dict.fromkeys(SAME_FORM.get(name, name) for name in names if name in STEPS)
        forms = [(states.MOVES[name], STEPS[name].entries(session, case)) for name in shown]
        context = {
            "row": row_of(case, now=services.clock()),
            "case": case,
            "forms": forms,
            "problem": problem,
            "sent": sent.sent if sent else {},
            "at": SAME_FORM.get(at, at),
            "most": MAX_WORDS,
            "version": case.version,
        }
        page = staff_page(request, login, "console_moves.html", context, status=status)
    if case.restricted:
        with services.database.write() as session:
            repository.record_look(session, login.staff, case_id=case.id, what="case", now=services.clock())
    return page


def _forms(session: Session, case: Case, staff: Staff) -> list[tuple[states.Move, tuple[Entry, ...]]]:
    """The moves that this person may take now, each with its inputs; none of another office's case."""
    if case.office_id != staff.office_id:
        return []
    names = (move.name for move in states.moves_from(case.state, by=actor_of(staff).roles))
    shown = dict.fromkeys(SAME_FORM.get(name, name) for name in names if name in STEPS)
    return [(states.MOVES[name], STEPS[name].entries(session, case)) for name in shown]


def _text(form: FormData, name: str) -> str:
    value = form.get(name, "")
    return value if isinstance(value, str) else ""
