"""The files of a round: the field-work pack, links, published results for all overseers, rows for who may read them."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping
from urllib.parse import quote

from fastapi import APIRouter, Request
from sqlalchemy.orm import Session
from starlette.responses import Response

from feedback.documents import pdf, word
from feedback.errors import NotAllowed
from langnghe.web.console_rounds import Person, Token, found, runs_rounds, sees_rounds
from langnghe.web.errors import WebError
from langnghe.web.heavy import heavy_work
from langnghe.web.services import WebServices, services_of
from langnghe.web.staff_access import CurrentLogin
from surveys.errors import SurveyError
from surveys.questionnaire_files import load
from surveys.questionnaires import Questionnaire
from surveys.rounds import ddi, fieldwork, inviting, open_data, reports, row_files, workbook
from surveys.rounds.models import RowLook, SurveyRound
from surveys.rounds.publication import Publication, publish
from surveys.rounds.rows import Rows, rows_of

PDF = "application/pdf"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
CSV = "text/csv; charset=utf-8"
DRAWN = {"pdf": (pdf.draw, PDF), "docx": (word.draw, DOCX)}
PUBLISHED: Mapping[str, tuple[Callable[[Publication], bytes], str]] = {
    "bao-cao.pdf": (lambda published: pdf.draw(reports.report(published)), PDF),
    "bao-cao.docx": (lambda published: word.draw(reports.report(published)), DOCX),
    "du-lieu-mo.csv": (open_data.csv_file, CSV),
    "du-lieu-mo.json": (open_data.json_file, "application/json"),
}
ROWS: Mapping[str, tuple[Callable[[SurveyRound, Questionnaire, Rows], bytes], str]] = {
    "phieu.xlsx": (workbook.workbook, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    "phieu.csv": (row_files.csv_file, CSV),
    row_files.TOTALS_FILE: (lambda _survey, _form, rows: row_files.totals_file(rows), CSV),
    "phieu.sav": (row_files.spss_file, "application/x-spss-sav"),
}

METADATA = "sieu-du-lieu.xml"
Find = Callable[[Session], SurveyRound]
"""The round that is asked for; it raises what says that there is none."""

router = APIRouter(prefix="/console/rounds/{round_id:int}", include_in_schema=False)


def _file(data: bytes, name: str, content_type: str) -> Response:
    headers = {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}",
        "Cache-Control": "private, no-store",
    }
    return Response(data, media_type=content_type, headers=headers)


def _missing(message: str = "Không tìm thấy tệp này.") -> WebError:
    return WebError(404, "not_found", message)


@router.get("/pack/{slug}.{kind}")
def pack(request: Request, login: CurrentLogin, round_id: int, slug: str, kind: str, who: str = "") -> Response:
    """One paper of the field-work pack, whole or of one interviewer."""
    return pack_file(services_of(request), login, lambda session: found(session, round_id), (slug, kind), who)


def pack_file(services: WebServices, person: Person, find: Find, paper: tuple[str, str], who: str) -> Response:
    """`paper`: slug and kind of file. Names are in it: for who runs surveys."""
    runs_rounds(person)
    slug, kind = paper
    chosen = next((one for one in fieldwork.PAPERS if one.slug == slug), None)
    if chosen is None or kind not in DRAWN:
        raise _missing()
    with services.database.read() as session:
        survey = find(session)
        try:
            made = chosen.make(session, survey, who)
        except SurveyError as error:
            raise WebError(422, error.code, str(error)) from None
    draw, content_type = DRAWN[kind]
    return _file(draw(made), f"{survey.code}-{slug}.{kind}", content_type)


@router.post("/links")
def links(request: Request, login: CurrentLogin, round_id: int, csrf: Token = "") -> Response:
    """Fresh one-time links for those without a chat, as a CSV file; they are shown this once."""
    login.check(csrf)
    runs_rounds(login)
    services = services_of(request)
    try:
        with services.database.write() as session:
            code = found(session, round_id).code
            issued = inviting.issue_links(session, round_id, staff=login.staff, now=services.clock())
    except SurveyError as error:
        raise WebError(409, error.code, str(error)) from None
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(["so_phieu", "ho_ten", "dien_thoai", "lien_ket"])
    base = services.settings.base_url
    writer.writerows([one.number, one.name, one.phone, f"{base}/surveys/{one.token}"] for one in issued)
    return _file(out.getvalue().encode("utf-8-sig"), f"{code}-lien-ket.csv", CSV)


@router.get("/files/{name}")
def file(request: Request, login: CurrentLogin, round_id: int, name: str) -> Response:
    """One file of the round."""
    return round_file(services_of(request), login, lambda session: found(session, round_id), name)


def round_file(services: WebServices, person: Person, find: Find, name: str) -> Response:
    """A published file for who sees rounds; a file of rows for who may read rows, and the look is written down."""
    sees_rounds(person)
    if name == METADATA:
        return _metadata(services, find)
    if name in PUBLISHED:
        with services.database.read() as session:
            survey = find(session)
            published = publish(session, survey, threshold=services.settings.suppress_below)
        if published is None:
            raise _missing("Kết quả có sau khi đóng kỳ khảo sát.")
        make, content_type = PUBLISHED[name]
        return _file(make(published), f"{survey.code}-{name}", content_type)
    if name not in ROWS:
        raise _missing()
    return _file_of_rows(services, person, find, name)


def _metadata(services: WebServices, find: Find) -> Response:
    """DDI-Codebook: no answer is in it."""
    with services.database.read() as session:
        survey = find(session)
    data = ddi.codebook(survey, load(survey.questionnaire), threshold=services.settings.suppress_below)
    return _file(data, f"{survey.code}-ddi.xml", "application/xml")


def _file_of_rows(services: WebServices, person: Person, find: Find, name: str) -> Response:
    if not person.staff.reads_survey_rows:
        raise NotAllowed("Dữ liệu từng phiếu chỉ dành cho người được giao quyền đọc.")
    make_rows, content_type = ROWS[name]
    with heavy_work(), services.database.write() as session:
        survey = find(session)
        rows = _rows(session, survey)
        now = services.clock()
        session.add(RowLook(round_id=survey.id, staff_id=person.staff.id, what=name, rows=len(rows.responses), at=now))
        data = make_rows(survey, load(survey.questionnaire), rows)
    return _file(data, f"{survey.code}-{name}", content_type)


def _rows(session: Session, survey: SurveyRound) -> Rows:
    """Only of a closed round: a row that came today tells who answered today."""
    rows = rows_of(session, survey) if survey.state == "closed" else None
    if rows is None:
        raise _missing("Dữ liệu từng phiếu có sau khi đóng kỳ khảo sát.")
    return rows
