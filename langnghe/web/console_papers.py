"""The console's papers of one case: the list of forms that fit it, and each as PDF or DOCX."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

from fastapi import APIRouter, Request
from sqlalchemy.orm import Session
from starlette.responses import Response

from feedback import repository
from feedback.base import VIETNAM
from feedback.documents import pdf, word
from feedback.documents.case_papers import case_paper, papers_of
from feedback.documents.paper import UNVERIFIED, Paper
from feedback.errors import CaseNotFound
from feedback.models import Case
from langnghe.web.case_page import record_case_look
from langnghe.web.services import services_of
from langnghe.web.staff_access import CurrentLogin, staff_page

DRAWN = {
    "pdf": (pdf.draw, "application/pdf"),
    "docx": (word.draw, "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
}

router = APIRouter(prefix="/console/cases", include_in_schema=False)


@router.get("/{case_id:int}/papers")
def show_papers(request: Request, login: CurrentLogin, case_id: int) -> Response:
    """The forms that fit this case."""
    services = services_of(request)
    with services.database.read() as session:
        case = repository.case_for_staff(session, case_id, login.staff)
        if case is None:
            raise CaseNotFound()
        forms = papers_of(case, services.clock().astimezone(VIETNAM).date())
    record_case_look(request, login, case)
    context = {"case": case, "forms": forms, "unverified": UNVERIFIED}
    return staff_page(request, login, "console_papers.html", context)


@router.get("/{case_id:int}/papers/{slug}.{kind}")
def draw_paper(request: Request, login: CurrentLogin, case_id: int, slug: str, kind: str) -> Response:
    """One form filled with this case, as a file."""
    services = services_of(request)
    with services.database.read() as session:
        case = repository.case_for_staff(session, case_id, login.staff)
        paper = paper_of(session, case, slug, kind, now=services.clock())
    record_case_look(request, login, paper.case, what="paper")
    return paper.file()


@dataclass(frozen=True, slots=True)
class DrawnPaper:
    """A filled form of a case, to be drawn as PDF or DOCX outside of the transaction."""

    case: Case
    paper: Paper
    slug: str
    kind: str

    def file(self) -> Response:
        """The answer with the file, which nothing may keep."""
        draw, content_type = DRAWN[self.kind]
        name = f"{self.case.code}-{self.slug}.{self.kind}"
        how = "inline" if self.kind == "pdf" else "attachment"
        headers = {
            "Content-Disposition": f"{how}; filename*=UTF-8''{quote(name)}",
            "Cache-Control": "private, no-store",
        }
        return Response(draw(self.paper), media_type=content_type, headers=headers)


def paper_of(session: Session, case: Case | None, slug: str, kind: str, *, now: datetime) -> DrawnPaper:
    """Raises CaseNotFound for no case, a form that is not for it, or another kind of file."""
    if case is None or kind not in DRAWN:
        raise CaseNotFound("Không tìm thấy văn bản này.")
    try:
        return DrawnPaper(case, case_paper(session, case, slug, now=now), slug, kind)
    except KeyError:
        raise CaseNotFound("Không tìm thấy văn bản này.") from None
