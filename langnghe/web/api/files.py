"""Files of cases: attachments in and out, papers drawn from a case, registers and the periodic report."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Form, Path, Query, Response, UploadFile
from pydantic import BaseModel, Field

from feedback import notes, repository
from feedback.base import VIETNAM
from feedback.documents.case_papers import papers_of
from feedback.documents.paper import UNVERIFIED
from feedback.documents.registers import all_registers
from feedback.errors import CaseNotFound
from langnghe.web.api.access import CaseReader, CaseWriter, api_router
from langnghe.web.api.case_models import FileRef
from langnghe.web.api.case_view import file_ref
from langnghe.web.api.cases import Code, case_of
from langnghe.web.api.moments import Day
from langnghe.web.api.versions import IdempotencyKey, effect_of
from langnghe.web.console_case import file_headers
from langnghe.web.console_papers import paper_of
from langnghe.web.console_registers import may_draw, register_file
from langnghe.web.looks import record_look
from langnghe.web.uploads import upload_of

router = api_router("/api/v1", tag="Tệp, văn bản, sổ")


def binary(*content_types: str) -> dict[int | str, dict[str, Any]]:
    """The description of an answer that is a file."""
    body = {"schema": {"type": "string", "format": "binary"}}
    return {200: {"description": "Tệp.", "content": dict.fromkeys(content_types, body)}}


@router.post("/cases/{code}/files", status_code=201)
def attach_file(
    caller: CaseWriter,
    code: Code,
    file: UploadFile,
    for_citizen: Annotated[bool, Form(description="Gửi công dân cùng câu trả lời sau.")] = False,
    idempotency_key: IdempotencyKey = None,
) -> FileRef:
    """A photo, PDF or Word file of the office's own; the ledger keeps its SHA-256."""
    services = caller.services
    with services.database.write() as session:
        case = case_of(session, caller, code)
        kept = notes.attach(
            session,
            case.id,
            staff=caller.staff,
            upload=upload_of(services, file),
            for_citizen=for_citizen,
            effect_key=f"{caller.staff.id}:{effect_of(idempotency_key, 'attach')}",
            now=services.clock(),
        )
        return file_ref(kept)


@router.get("/files/{key}", response_class=Response, responses=binary("application/octet-stream"))
def download_file(caller: CaseReader, key: Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]{1,40}$")]) -> Response:
    """A file of a case, for whoever may open the case; a look at a restricted one's is recorded."""
    with caller.services.database.read() as session:
        file = repository.file_by_key(session, key)
        case = repository.case_for_staff(session, file.case_id or 0, caller.staff) if file else None
        if file is None or case is None:
            raise CaseNotFound("Không tìm thấy tệp này.")
        data = file.data
    record_look(caller.services, caller.staff, case, what="file")
    return Response(data, media_type=file.content_type, headers=file_headers(file))


class PaperOut(BaseModel):
    """A form that fits the case. `unverified`: it was not compared with the original yet."""

    slug: str = Field(examples=["bien_nhan"])
    title: str
    unverified: bool
    pdf: str = Field(examples=["/api/v1/cases/LN-40K7-2M19/papers/bien_nhan.pdf"])
    docx: str


class PapersOut(BaseModel):
    papers: list[PaperOut]
    mark: str = Field(description="Dấu ghi trên mẫu chưa đối chiếu bản gốc.")


@router.get("/cases/{code}/papers")
def papers(caller: CaseReader, code: Code) -> PapersOut:
    """The forms that fit this case: receipt, transfer letter, answer, petition, proof of the deadline, ..."""
    services = caller.services
    with services.database.read() as session:
        case = case_of(session, caller, code)
        forms = papers_of(case, services.clock().astimezone(VIETNAM).date())
    record_look(services, caller.staff, case)
    address = f"/api/v1/cases/{case.code}/papers"
    return PapersOut(
        papers=[
            PaperOut(
                slug=form.slug,
                title=form.title,
                unverified=not form.verified,
                pdf=f"{address}/{form.slug}.pdf",
                docx=f"{address}/{form.slug}.docx",
            )
            for form in forms
        ],
        mark=UNVERIFIED,
    )


@router.get(
    "/cases/{code}/papers/{slug}.{kind}",
    response_class=Response,
    responses=binary("application/pdf", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
)
def paper(caller: CaseReader, code: Code, slug: str, kind: str) -> Response:
    """One form filled with this case, as `pdf` or `docx`."""
    services = caller.services
    with services.database.read() as session:
        drawn = paper_of(session, case_of(session, caller, code), slug, kind, now=services.clock())
    record_look(services, caller.staff, drawn.case, what="paper")
    return drawn.file()


class RegisterOut(BaseModel):
    slug: str = Field(examples=["report"])
    title: str


@router.get("/registers")
def registers(caller: CaseReader) -> list[RegisterOut]:
    """The registers that can be drawn, and the periodic report."""
    may_draw(caller.staff)
    found = [RegisterOut(slug=slug, title=register.title) for slug, register in all_registers().items()]
    return [*found, RegisterOut(slug="report", title="Báo cáo định kỳ")]


@router.get(
    "/registers/{slug}.xlsx",
    response_class=Response,
    responses=binary("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
)
def register(
    caller: CaseReader,
    slug: str,
    first: Annotated[Day, Query(description="Ngày đầu kỳ.", examples=["2026-10-01"])],
    last: Annotated[Day, Query(description="Ngày cuối kỳ, tính cả.", examples=["2026-12-31"])],
) -> Response:
    """A register (sổ theo dõi) or the `report`, of the own office; of all offices for who oversees them."""
    return register_file(caller.services, caller.staff, slug, first, last)
