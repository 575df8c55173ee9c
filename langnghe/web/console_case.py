"""The console's page of one case: its whole history, accepting it, answering it, and the citizen's files."""

from __future__ import annotations

import re
import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Form, Request
from sqlalchemy.orm import Session
from starlette.responses import RedirectResponse, Response

from bot.wording import place_name
from feedback import agencies, cases, deadlines, handling, repository, secrecy, states, taxonomy
from feedback.errors import CaseChanged, CaseNotFound, InvalidInput, MoveNotAllowed
from feedback.models import Answer, Case, CaseEvent, CaseFile
from langnghe.web.console import row_of
from langnghe.web.services import services_of
from langnghe.web.staff_access import CurrentLogin, Login, staff_page
from nlu import places

SHOWN_INLINE = ("image/jpeg", "image/png", "image/webp", "image/gif")
"""Pictures that every browser can show; anything else is downloaded."""

LOOKS = {
    "case": "nội dung",
    "identity": "người gửi",
    "file": "tệp",
    "paper": "văn bản",
    "message": "tin nhắn",
}

SENT = "Đã ghi câu trả lời và đang gửi tới công dân."

_FILE_KEY = re.compile(r"[A-Za-z0-9_-]{1,40}")

router = APIRouter(prefix="/console", include_in_schema=False)


@router.get("/cases/{case_id:int}")
def show_case(request: Request, login: CurrentLogin, case_id: int, sent: bool = False) -> Response:
    return _case_page(request, login, case_id, notice=SENT if sent else "")


@router.post("/cases/{case_id:int}/accept")
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
            handling.accept(session, case_id, staff=login.staff, version=version, now=services.clock())
    except (CaseChanged, MoveNotAllowed) as error:
        return _case_page(request, login, case_id, problem=error.message, status=409)
    return RedirectResponse(f"/console/cases/{case_id}", 303)


@router.post("/cases/{case_id:int}/answer")
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


@router.post("/cases/{case_id:int}/identity")
def show_identity(request: Request, login: CurrentLogin, case_id: int, csrf: Annotated[str, Form()] = "") -> Response:
    """Who sent a restricted case: for those with that right by name; the look is written down before it is shown."""
    login.check(csrf)
    services = services_of(request)
    with services.database.write() as session:
        case = secrecy.identity_of(session, case_id, staff=login.staff, now=services.clock())
    return staff_page(request, login, "console_identity.html", {"case": case})


@router.get("/files/{key}")
def show_file(request: Request, login: CurrentLogin, key: str) -> Response:
    """A citizen's file, for whoever may open its case."""
    services = services_of(request)
    with services.database.read() as session:
        file = repository.file_by_key(session, key) if _FILE_KEY.fullmatch(key) else None
        case = repository.case_for_staff(session, file.case_id or 0, login.staff) if file else None
        if file is None or case is None:
            raise CaseNotFound("Không tìm thấy tệp này.")
        data = file.data
    record_case_look(request, login, case, what="file")
    return Response(data, media_type=file.content_type, headers=_file_headers(file))


def _file_headers(file: CaseFile) -> dict[str, str]:
    """Nothing in a citizen's file is ever run: pictures are shown, the rest is saved."""
    how = "inline" if file.content_type in SHOWN_INLINE else "attachment"
    plain = re.sub(r'[^\x20-\x7e]|["\\]', "_", file.name)
    return {
        "Content-Disposition": f"{how}; filename=\"{plain}\"; filename*=UTF-8''{quote(file.name, safe='')}",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "private, no-store",
    }


def record_case_look(request: Request, login: Login, case: Case, *, what: str = "case") -> None:
    """Each look at a restricted case is written down before anything of it is shown."""
    if not case.restricted:
        return
    services = services_of(request)
    with services.database.write() as session:
        repository.record_look(session, login.staff, case_id=case.id, what=what, now=services.clock())


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
    with services.database.read() as session:
        case = repository.case_for_staff(session, case_id, login.staff)
        if case is None:
            raise CaseNotFound()
        details = _details(session, case)
        row = row_of(case, now=services.clock())
    record_case_look(request, login, case)
    works_here = login.staff.role in ("officer", "leader") and case.office_id == login.staff.office_id
    context = {
        "row": row,
        "details": details,
        "can_accept": works_here and case.state in states.MOVES["accept"].sources,
        "can_answer": works_here and case.state in states.MOVES["answer"].sources | states.MOVES["guide"].sources,
        "guiding": case.state == "cho_nop_don",
        "form": uuid.uuid4(),
        "most": cases.MAX_ANSWER,
        "notice": notice,
        "problem": problem,
        "draft": draft,
    }
    return staff_page(request, login, "console_case.html", context, status=status)


def _details(session: Session, case: Case) -> dict[str, Any]:
    """Everything of a case that its page shows, read while the session is open."""
    events = list(case.events)
    return {
        "place": place_name(case.commune_code, case.province_code),
        "regime": taxonomy.regime_name(case.regime),
        "topic": taxonomy.topic_name(case.topic),
        "problem": taxonomy.problem_name(case.problem),
        "head": agencies.head_name(case.office.agency, case.office.unit, places=places),
        "answers": _answers(case.answers, events),
        "events": _history(session, events),
        "pictures": [file for file in case.files if file.content_type in SHOWN_INLINE],
        "files": [file for file in case.files if file.content_type not in SHOWN_INLINE],
        "rating": case.rating,
        "due_source": _rule_source(case.due_rule),
        "counted_days": sum(1 for day in case.due_proof if day["counted"]),
        "looks": _looks(session, case) if case.restricted else [],
    }


def _looks(session: Session, case: Case) -> list[tuple[str, str, datetime]]:
    """Who looked at what in which minute: one look at the page asks for its pictures too."""
    found = repository.looks(session, case.id)
    minutes = [(name, LOOKS[what], at.replace(second=0, microsecond=0)) for name, what, at in found]
    return list(dict.fromkeys(minutes))


def _answers(answers: Sequence[Answer], events: Sequence[CaseEvent]) -> list[tuple[Answer, bool]]:
    """Each answer, and whether it only guided the citizen on how to lodge a petition."""
    guides = {event.data.get("answer") for event in events if event.move == "guide"}
    return [(one, one.id in guides) for one in answers]


def _history(session: Session, events: Sequence[CaseEvent]) -> list[tuple[str, str, str, datetime]]:
    """(step, who, state after it, when); the ledger holds ids, the names are looked up."""
    ids = {event.actor: int(event.actor[6:]) for event in events if event.actor.startswith("staff:")}
    names = repository.staff_names(session, ids.values())

    def who(actor: str) -> str:
        if actor in ids:
            return names.get(ids[actor], "cán bộ")
        return "công dân" if actor == "citizen" else "hệ thống"

    return [
        (_move_title(event.move), who(event.actor), states.STATES.get(event.to_state, event.to_state), event.at)
        for event in events
    ]


def _move_title(name: str) -> str:
    return states.MOVES[name].title if name in states.MOVES else name


def _rule_source(rule_id: str | None) -> str:
    return next((rule.source for rule in deadlines.rules() if rule.id == rule_id), "")
