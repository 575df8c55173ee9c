"""The console's page of one case: every move by its form, both tracks of the answer, files in and out."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from datetime import date
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Form, Request, UploadFile
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response

from feedback import answering, handling, notes, repository, secrecy, states
from feedback.answering import SaysNothing, Signed, Wording
from feedback.errors import CaseChanged, CaseNotFound, FeedbackError, InvalidInput, MoveNotAllowed, NotAllowed
from feedback.models import CaseFile
from langnghe.web.case_page import SHOWN_INLINE, Returned, case_page, record_case_look
from langnghe.web.errors import WebError
from langnghe.web.move_orders import Order, carry_out
from langnghe.web.services import services_of
from langnghe.web.staff_access import CurrentLogin, Login, staff_page
from langnghe.web.uploads import upload_of

DONE = {
    "sent": "Đã ghi câu trả lời và đang gửi tới công dân.",
    "submitted": "Đã trình dự thảo; lãnh đạo thấy trong mục Chờ duyệt.",
    "issued": "Đã phát hành; bản đã ký đang được gửi tới công dân.",
    "attached": "Đã đính kèm tệp.",
}
_FILE_KEY = re.compile(r"[A-Za-z0-9_-]{1,40}")
_MOST_FIELDS = 20

router = APIRouter(prefix="/console", include_in_schema=False)

Csrf = Annotated[str, Form()]
Version = Annotated[int, Form()]


@router.get("/cases/{case_id:int}")
def show_case(
    request: Request, login: CurrentLogin, case_id: int, done: str = "", sent: bool = False, template: str = ""
) -> Response:
    """`done`: what a form has just brought about; `template`: a wording to begin the answer with."""
    notice = DONE.get("sent" if sent else done, "")
    if done in states.MOVES:
        notice = f"Đã ghi: {states.MOVES[done].title}."
    return case_page(request, login, case_id, notice=notice, template=template[:40])


@router.post("/cases/{case_id:int}/accept")
def accept(request: Request, login: CurrentLogin, case_id: int, version: Version, csrf: Csrf = "") -> Response:
    login.check(csrf)

    def work(session: Session) -> None:
        now = services_of(request).clock()
        handling.accept(session, case_id, staff=login.staff, version=version, now=now)

    return _carried_out(request, login, case_id, work, after="", form="accept", typed={})


@router.post("/cases/{case_id:int}/moves/{name}")
async def move(request: Request, login: CurrentLogin, case_id: int, name: str) -> Response:
    """Any move of the table that has a form; `version` is the page's, `form` its key: sent twice it is one."""
    async with request.form(max_files=0, max_fields=_MOST_FIELDS) as filled:
        values = {key: str(value) for key, value in filled.items()}
    login.check(values.get("csrf", ""))
    if not values.get("version", "").isdecimal():
        raise WebError(422, "invalid_input", "Dữ liệu gửi lên chưa đúng.")

    def work(session: Session) -> None:
        order = Order(
            session=session,
            case_id=case_id,
            staff=login.staff,
            version=int(values["version"]),
            values=values,
            key=str(_key(values.get("form", ""))),
            now=services_of(request).clock(),
        )
        carry_out(name, order)

    return await run_in_threadpool(_carried_out, request, login, case_id, work, after=name, form=name, typed=values)


@router.post("/cases/{case_id:int}/answer")
def answer(
    request: Request,
    login: CurrentLogin,
    case_id: int,
    version: Version,
    form: Annotated[uuid.UUID, Form()],
    text: Annotated[str, Form()] = "",
    anyway: Annotated[str, Form()] = "",
    csrf: Csrf = "",
) -> Response:
    """Send the quick answer; the same form sent twice is one answer."""
    login.check(csrf)
    services = services_of(request)

    def work(session: Session) -> None:
        answering.answer_now(
            session,
            case_id,
            staff=login.staff,
            wording=Wording(text, anyway=bool(anyway)),
            version=version,
            effect_key=f"answer:{case_id}:{form}",
            now=services.clock(),
            share=services.settings.check_share,
        )

    return _carried_out(request, login, case_id, work, after="sent", form="answer", typed={"text": text})


@router.post("/cases/{case_id:int}/draft")
def submit(
    request: Request,
    login: CurrentLogin,
    case_id: int,
    version: Version,
    text: Annotated[str, Form()] = "",
    anyway: Annotated[str, Form()] = "",
    csrf: Csrf = "",
) -> Response:
    """Put the wording of an official answer before the leader."""
    login.check(csrf)

    def work(session: Session) -> None:
        answering.submit(
            session,
            case_id,
            staff=login.staff,
            wording=Wording(text, anyway=bool(anyway)),
            version=version,
            now=services_of(request).clock(),
        )

    return _carried_out(request, login, case_id, work, after="submitted", form="draft", typed={"text": text})


@router.post("/cases/{case_id:int}/issue")
def issue(  # noqa: PLR0913, PLR0917 - one parameter a field of the form
    request: Request,
    login: CurrentLogin,
    case_id: int,
    version: Version,
    form: Annotated[uuid.UUID, Form()],
    pdf: UploadFile,
    number: Annotated[str, Form()] = "",
    dated: Annotated[str, Form()] = "",
    signer: Annotated[str, Form()] = "",
    csrf: Csrf = "",
) -> Response:
    """Number, day, signer and the PDF that was signed outside: it goes to the citizen."""
    login.check(csrf)
    typed = {"number": number, "dated": dated, "signer": signer}

    def work(session: Session) -> None:
        signed = Signed(number, _day(dated), signer, upload_of(services_of(request), pdf))
        answering.issue(
            session,
            case_id,
            staff=login.staff,
            signed=signed,
            version=version,
            effect_key=f"answer:{case_id}:{form}",
            now=services_of(request).clock(),
        )

    return _carried_out(request, login, case_id, work, after="issued", form="issue", typed=typed)


@router.post("/cases/{case_id:int}/files")
def attach(
    request: Request,
    login: CurrentLogin,
    case_id: int,
    file: UploadFile,
    for_citizen: Annotated[str, Form()] = "",
    csrf: Csrf = "",
) -> Response:
    """A file of the office's own: for colleagues, or for the citizen with the next answer."""
    login.check(csrf)

    def work(session: Session) -> None:
        notes.attach(
            session,
            case_id,
            staff=login.staff,
            upload=upload_of(services_of(request), file),
            for_citizen=bool(for_citizen),
            now=services_of(request).clock(),
        )

    return _carried_out(request, login, case_id, work, after="attached", form="attach", typed={})


@router.post("/next")
def take_next(request: Request, login: CurrentLogin, csrf: Csrf = "") -> Response:
    """The most pressing case that nobody has becomes mine; without one, back to the queue."""
    login.check(csrf)
    services = services_of(request)
    if login.staff.role not in ("officer", "leader"):
        raise NotAllowed()
    with services.database.write() as session:
        case = handling.claim_next(session, staff=login.staff, now=services.clock())
        address = f"/console/cases/{case.id}?done=claim" if case is not None else "/console"
    return RedirectResponse(address, 303)


@router.post("/cases/{case_id:int}/identity")
def show_identity(request: Request, login: CurrentLogin, case_id: int, csrf: Csrf = "") -> Response:
    """Who sent a restricted case: for those with that right by name; the look is written down before it is shown."""
    login.check(csrf)
    services = services_of(request)
    with services.database.write() as session:
        case = secrecy.identity_of(session, case_id, staff=login.staff, now=services.clock())
    return staff_page(request, login, "console_identity.html", {"case": case})


@router.get("/files/{key}")
def show_file(request: Request, login: CurrentLogin, key: str) -> Response:
    """A file of a case, for whoever may open the case."""
    services = services_of(request)
    with services.database.read() as session:
        file = repository.file_by_key(session, key) if _FILE_KEY.fullmatch(key) else None
        case = repository.case_for_staff(session, file.case_id or 0, login.staff) if file else None
        if file is None or case is None:
            raise CaseNotFound("Không tìm thấy tệp này.")
        data = file.data
    record_case_look(request, login, case, what="file")
    return Response(data, media_type=file.content_type, headers=file_headers(file))


def file_headers(file: CaseFile) -> dict[str, str]:
    """Nothing in a stored file is ever run: pictures are shown, the rest is saved."""
    how = "inline" if file.content_type in SHOWN_INLINE else "attachment"
    plain = re.sub(r'[^\x20-\x7e]|["\\]', "_", file.name)
    return {
        "Content-Disposition": f"{how}; filename=\"{plain}\"; filename*=UTF-8''{quote(file.name, safe='')}",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "private, no-store",
    }


def _carried_out(
    request: Request,
    login: Login,
    case_id: int,
    work: Callable[[Session], None],
    *,
    after: str,
    form: str,
    typed: dict[str, str],
) -> Response:
    """Do it in one transaction and show the case again; what was typed comes back with the reason when it fails.

    A case that went to another office is gone from here: then back to the queue.
    """
    services = services_of(request)
    try:
        with services.database.write() as session:
            work(session)
    except (CaseChanged, MoveNotAllowed) as error:
        return _returned(request, login, case_id, error, 409, form=form, typed=typed)
    except InvalidInput as error:
        return _returned(request, login, case_id, error, 422, form=form, typed=typed)
    services.wake_worker()
    with services.database.read() as session:
        still_here = repository.case_for_staff(session, case_id, login.staff) is not None
    suffix = ("?sent=1" if after == "sent" else f"?done={after}") if after else ""
    return RedirectResponse(f"/console/cases/{case_id}{suffix}" if still_here else "/console", 303)


def _returned(
    request: Request, login: Login, case_id: int, error: FeedbackError, status: int, *, form: str, typed: dict[str, str]
) -> Response:
    nothing = isinstance(error, SaysNothing)
    returned = Returned(problem=error.message, status=status, form=form, typed=typed, says_nothing=nothing)
    return case_page(request, login, case_id, returned=returned)


def _day(words: str) -> date:
    try:
        return date.fromisoformat(words.strip())
    except ValueError:
        raise InvalidInput("Ngày của văn bản chưa đúng.") from None


def _key(words: str) -> uuid.UUID:
    try:
        return uuid.UUID(words)
    except ValueError:
        return uuid.uuid4()
