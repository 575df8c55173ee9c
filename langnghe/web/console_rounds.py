"""The console's pages of survey rounds: planning, frame, sample, invitations, forms that came back, results."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Annotated, Any, Protocol

from fastapi import APIRouter, Depends, File, Form, Request, UploadFile
from sqlalchemy.orm import Session
from starlette.datastructures import FormData
from starlette.datastructures import UploadFile as StarletteUpload
from starlette.responses import RedirectResponse, Response

from bot import repository as bot_repository
from feedback.base import VIETNAM
from feedback.errors import NotAllowed
from feedback.models import Staff
from langnghe.web.errors import WebError
from langnghe.web.round_forms import collected_form, draft_of, interviewers_of, weighting_of
from langnghe.web.round_view import PLACES, empty_plan, round_context
from langnghe.web.services import services_of
from langnghe.web.staff_access import OVERSEERS, CurrentLogin, Login, staff_page
from surveys.errors import SurveyError
from surveys.questionnaire_files import load, questionnaire_ids
from surveys.rounds import collecting, fieldwork, inviting, repository, steps
from surveys.rounds.dispositions import TITLES
from surveys.rounds.frames import read_frame
from surveys.rounds.models import SurveyRound
from surveys.rounds.sheets import InvalidRows
from surveys.rounds.weighting import Weighting

Token = Annotated[str, Form()]
Text = Annotated[str, Form()]
Upload = Annotated[UploadFile | None, File()]
Work = Callable[[Session, Staff], str]
"""Does one step and says what was done."""

router = APIRouter(prefix="/console/rounds", include_in_schema=False)


async def sent_fields(request: Request) -> FormData:
    """All fields of a form, whatever their names, so that the route itself may run in a thread."""
    return await request.form()


Fields = Annotated[FormData, Depends(sent_fields)]


class Person(Protocol):
    """Whoever asks: a login at the console, or another program."""

    @property
    def staff(self) -> Staff: ...


def sees_rounds(login: Person) -> None:
    """Managers and leaders see rounds; who runs surveys or reads their rows does too."""
    staff = login.staff
    if not (staff.role in OVERSEERS or staff.runs_surveys or staff.reads_survey_rows):
        raise NotAllowed("Trang khảo sát dành cho người quản lý và người làm khảo sát.")


def runs_rounds(login: Person) -> None:
    """What changes a round, or shows who was drawn, needs a right of its own."""
    if not login.staff.runs_surveys:
        raise NotAllowed("Việc này dành cho người được giao tổ chức khảo sát.")


def found(session: Session, round_id: int) -> SurveyRound:
    survey = session.get(SurveyRound, round_id)
    if survey is None:
        raise WebError(404, "not_found", "Không tìm thấy kỳ khảo sát này.")
    return survey


@router.get("")
def rounds(request: Request, login: CurrentLogin) -> Response:
    sees_rounds(login)
    with services_of(request).database.read() as session:
        listed = repository.rounds(session)
    context = {"rounds": listed, "states": steps.STATES, "kinds": steps.FRAME_KINDS}
    return staff_page(request, login, "console_rounds.html", context)


@router.get("/new")
def new_round(request: Request, login: CurrentLogin) -> Response:
    runs_rounds(login)
    return _planning(request, login, {}, "")


def _planning(request: Request, login: Login, given: dict[str, str], wrong: str) -> Response:
    forms = [form for form in map(load, questionnaire_ids()) if not form.incomplete]
    context = {
        "forms": forms,
        "kinds": steps.FRAME_KINDS,
        "places": PLACES,
        "given": empty_plan() | given,
        "wrong": wrong,
    }
    return staff_page(request, login, "console_round_new.html", context, status=422 if wrong else 200)


@router.post("")
def plan(request: Request, login: CurrentLogin, sent: Fields) -> Response:
    """Plan a round from the form's fields."""
    fields = {name: str(value) for name, value in sent.items()}
    login.check(fields.pop("csrf", ""))
    runs_rounds(login)
    services = services_of(request)
    try:
        draft = draft_of(fields)
        with services.database.write() as session:
            survey = steps.plan_round(session, draft, staff=login.staff, now=services.clock())
            number = survey.id
    except SurveyError as error:
        return _planning(request, login, fields, str(error))
    return RedirectResponse(f"/console/rounds/{number}", 303)


@router.get("/{round_id:int}")
def show(request: Request, login: CurrentLogin, round_id: int) -> Response:
    sees_rounds(login)
    return _page(request, login, round_id)


def _page(
    request: Request,
    login: Login,
    round_id: int,
    *,
    done: str = "",
    wrong: str = "",
    errors: tuple[Any, ...] = (),
) -> Response:
    services = services_of(request)
    with services.database.read() as session:
        context = round_context(session, found(session, round_id), least=services.settings.suppress_below)
    context |= {"done": done, "wrong": wrong, "errors": errors, "runs": login.staff.runs_surveys}
    context["reads_rows"] = login.staff.reads_survey_rows
    return staff_page(request, login, "console_round.html", context, status=422 if wrong else 200)


def _step(request: Request, login: Login, round_id: int, csrf: str, work: Work, *, trial: bool = False) -> Response:
    """One step in one transaction; what is wrong is shown on the round's page, and nothing was changed."""
    login.check(csrf)
    runs_rounds(login)
    try:
        with services_of(request).database.write() as session:
            found(session, round_id)
            done = work(session, login.staff)
    except InvalidRows as error:
        wrong = f"Tệp có {error.count} lỗi; chưa nhập dòng nào."
        return _page(request, login, round_id, wrong=wrong, errors=error.errors)
    except SurveyError as error:
        return _page(request, login, round_id, wrong=str(error))
    if trial or done:
        return _page(request, login, round_id, done=done)
    return RedirectResponse(f"/console/rounds/{round_id}", 303)


@router.post("/{round_id:int}/frame")
def take_frame(
    request: Request,
    login: CurrentLogin,
    round_id: int,
    csrf: Token = "",
    trial: Text = "",
    file: Upload = None,
) -> Response:
    """From answered cases, or from a file; with `trial` it is only checked."""
    data = file.file.read() if file is not None else b""
    now = services_of(request).clock()

    def work(session: Session, staff: Staff) -> str:
        survey = found(session, round_id)
        if survey.frame_kind == "cases":
            lines = steps.frame_of_cases(session, survey)
        else:
            lines = read_frame(data, survey.frame_kind)
        if trial:
            return f"Thử: tệp đúng, {len(lines)} đơn vị. Chưa nhập."
        steps.take_frame(session, round_id, lines, staff=staff, now=now)
        return f"Đã nạp khung mẫu {len(lines)} đơn vị."

    return _step(request, login, round_id, csrf, work, trial=bool(trial))


@router.post("/{round_id:int}/draw")
def draw(request: Request, login: CurrentLogin, round_id: int, csrf: Token = "", seed: Text = "") -> Response:
    now = services_of(request).clock()

    def work(session: Session, staff: Staff) -> str:
        return f"Đã chọn {steps.draw_sample(session, round_id, seed=seed.strip(), staff=staff, now=now)} đơn vị mẫu."

    return _step(request, login, round_id, csrf, work)


@router.post("/{round_id:int}/discard")
def discard(request: Request, login: CurrentLogin, round_id: int, csrf: Token = "", reason: Text = "") -> Response:
    now = services_of(request).clock()

    def work(session: Session, staff: Staff) -> str:
        steps.discard_sample(session, round_id, reason=reason, staff=staff, now=now)
        return "Đã bỏ mẫu; cần nạp lại khung mẫu."

    return _step(request, login, round_id, csrf, work)


@router.post("/{round_id:int}/interviewers")
def assign(request: Request, login: CurrentLogin, round_id: int, csrf: Token = "", names: Text = "") -> Response:
    """A line for each interviewer: `Tên: 14797, Thôn 2`."""
    now = services_of(request).clock()

    def work(session: Session, staff: Staff) -> str:
        people = interviewers_of(names)
        assigned = steps.assign_interviewers(session, round_id, people, staff=staff, now=now)
        return f"Đã giao {assigned} đơn vị mẫu."

    return _step(request, login, round_id, csrf, work)


@router.post("/{round_id:int}/weighting")
def weighting(request: Request, login: CurrentLogin, round_id: int, sent: Fields) -> Response:
    """How results will be weighted; a new file of totals takes the place of the one before."""
    fields = {name: str(value) for name, value in sent.items() if isinstance(value, str)}
    file = sent.get("file")
    data = (file.filename or "", file.file.read()) if isinstance(file, StarletteUpload) else ("", b"")
    now = services_of(request).clock()

    def work(session: Session, staff: Staff) -> str:
        chosen = weighting_of(fields, data, before=Weighting.from_data(found(session, round_id).weighting))
        steps.set_weighting(session, round_id, chosen, staff=staff, now=now)
        return "Đã đặt cách tính trọng số."

    return _step(request, login, round_id, fields.get("csrf", ""), work)


@router.post("/{round_id:int}/open")
def open_round(request: Request, login: CurrentLogin, round_id: int, csrf: Token = "") -> Response:
    now = services_of(request).clock()

    def work(session: Session, staff: Staff) -> str:
        steps.open_round(session, round_id, staff=staff, now=now)
        return "Đã mở kỳ khảo sát."

    return _step(request, login, round_id, csrf, work)


@router.post("/{round_id:int}/invite")
def invite(request: Request, login: CurrentLogin, round_id: int, csrf: Token = "") -> Response:
    services = services_of(request)

    def work(session: Session, staff: Staff) -> str:
        invited = inviting.invite_by_chat(session, round_id, staff=staff, now=services.clock())
        return f"Đã xếp lịch mời {invited} người qua kênh chat."

    answer = _step(request, login, round_id, csrf, work)
    services.wake_worker()
    return answer


@router.post("/{round_id:int}/disposition")
def disposition(
    request: Request,
    login: CurrentLogin,
    round_id: int,
    csrf: Token = "",
    number: Annotated[int, Form()] = 0,
    slug: Text = "",
    attempts: Annotated[int, Form()] = 0,
) -> Response:
    now = services_of(request).clock()

    def work(session: Session, staff: Staff) -> str:
        reserve = collecting.record_disposition(
            session, round_id, number, slug, attempts=attempts, staff=staff, now=now
        )
        instead = f" Phiếu {reserve.number} thay thế." if reserve is not None else ""
        return f"Đã ghi kết quả phiếu {number}.{instead}"

    return _step(request, login, round_id, csrf, work)


@router.post("/{round_id:int}/forms")
def import_forms(
    request: Request, login: CurrentLogin, round_id: int, csrf: Token = "", trial: Text = "", file: Upload = None
) -> Response:
    """Forms that were collected in a spreadsheet; with `trial` they are only checked."""
    data = file.file.read() if file is not None else b""
    now = services_of(request).clock()

    def work(session: Session, staff: Staff) -> str:
        done = collecting.import_forms(session, round_id, data, dry_run=bool(trial), staff=staff, now=now)
        for invitation_id in done.ended if not trial else ():
            bot_repository.blank_survey(session, invitation_id)
        begun = "Thử: sẽ nhập" if trial else "Đã nhập"
        return f"{begun} {done.forms} phiếu; bỏ {done.dropped} câu trả lời trái bước nhảy."

    return _step(request, login, round_id, csrf, work, trial=bool(trial))


@router.get("/{round_id:int}/forms/{number:int}")
def form_page(request: Request, login: CurrentLogin, round_id: int, number: int) -> Response:
    """One paper or telephone form to be typed in: the whole form on one page."""
    runs_rounds(login)
    return _entry(request, login, round_id, number, "")


def _entry(request: Request, login: Login, round_id: int, number: int, wrong: str) -> Response:
    services = services_of(request)
    with services.database.read() as session:
        survey = found(session, round_id)
    context = {
        "survey": survey,
        "form": load(survey.questionnaire),
        "number": number,
        "wrong": wrong,
        "today": services.clock().astimezone(VIETNAM).date().isoformat(),
    }
    return staff_page(request, login, "console_round_form.html", context, status=422 if wrong else 200)


@router.post("/{round_id:int}/forms/{number:int}")
def enter_form(request: Request, login: CurrentLogin, round_id: int, number: int, fields: Fields) -> Response:
    login.check(str(fields.get("csrf", "")))
    runs_rounds(login)
    services = services_of(request)
    try:
        with services.database.write() as session:
            survey = found(session, round_id)
            form = load(survey.questionnaire)
            chosen = {
                question.code: [str(value) for value in fields.getlist(question.code)] for question in form.questions
            }
            day = date.fromisoformat(str(fields.get("day", "")))
            collected = collected_form(form, number, chosen, mode=str(fields.get("mode", "")), day=day)
            for ended in collecting.enter_form(session, round_id, collected, staff=login.staff, now=services.clock()):
                bot_repository.blank_survey(session, ended)
    except SurveyError as error:
        return _entry(request, login, round_id, number, str(error))
    except ValueError:
        return _entry(request, login, round_id, number, "Ngày trả lời chưa đúng.")
    return _page(request, login, round_id, done=f"Đã nhập phiếu {number}.")


@router.post("/{round_id:int}/close")
def close(request: Request, login: CurrentLogin, round_id: int, csrf: Token = "") -> Response:
    services = services_of(request)
    now, least = services.clock(), services.settings.suppress_below

    def work(session: Session, staff: Staff) -> str:
        for ended in steps.close_round(session, round_id, staff=staff, now=now, threshold=least):
            bot_repository.blank_survey(session, ended)
        return "Đã đóng kỳ khảo sát và công bố kết quả."

    return _step(request, login, round_id, csrf, work)


@router.get("/{round_id:int}/sample")
def sample(request: Request, login: CurrentLogin, round_id: int) -> Response:
    """Who was drawn, with what became of each: for who runs the survey."""
    runs_rounds(login)
    with services_of(request).database.read() as session:
        survey = found(session, round_id)
        units = repository.sample(session, round_id)
        people = fieldwork.interviewers(session, survey)
    context = {"survey": survey, "units": units, "interviewers": people, "papers": fieldwork.PAPERS}
    context |= {"titles": TITLES, "cell_name": fieldwork.cell_name}
    return staff_page(request, login, "console_round_sample.html", context)
