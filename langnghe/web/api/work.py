"""An office's work at a glance: who holds what since when, surges and duplicates, drafts to approve, wordings, news."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import Path, Query
from pydantic import BaseModel, Field

from feedback import answering, clusters, holding, people, reminders, repository, templates
from feedback.errors import CaseNotFound, InvalidInput, NotAllowed
from feedback.repository_registry import office_named
from langnghe.web.api.access import CaseReader, CaseWriter, api_router
from langnghe.web.api.case_models import CaseItem, OfficeRef
from langnghe.web.api.case_view import case_item
from langnghe.web.api.cases import Code, case_of
from langnghe.web.api.change_models import Body
from langnghe.web.console_waiting import office_holding
from langnghe.web.looks import record_look

router = api_router("/api/v1", tag="Công việc của cơ quan")


class DeskOut(BaseModel):
    desk: str = Field(examples=["approver"])
    name: str = Field(examples=["Lãnh đạo duyệt"])
    open: int
    late: int
    oldest: datetime | None = Field(description="Từ khi nào vụ việc lâu nhất nằm ở đây.")
    oldest_case: str | None


class PersonOut(BaseModel):
    name: str
    open: int
    late: int
    oldest: datetime | None


class TakenOut(BaseModel):
    """Working days at one desk in cases answered in the last 90 days."""

    desk: str
    cases: int
    mean: float
    nine_in_ten: int


class HoldingOut(BaseModel):
    office: OfficeRef
    desks: list[DeskOut]
    people: list[PersonOut]
    taken: list[TakenOut]


class OfficeLine(BaseModel):
    office: OfficeRef
    open: dict[str, int] = Field(description="Theo bàn xử lý.")
    late: int


@router.get("/holding")
def who_holds_what(
    caller: CaseReader,
    agency: Annotated[str | None, Query(max_length=40)] = None,
    unit: Annotated[str | None, Query(max_length=5)] = None,
) -> HoldingOut:
    """Where an office's open cases lie, with whom, since when; the own office, any one for who oversees all."""
    now, staff = caller.services.clock(), caller.staff
    with caller.services.database.read() as session:
        if (agency is None) != (unit is None):
            raise InvalidInput("Ghi cả agency và unit, hoặc không ghi cái nào.")
        office = office_named(session, agency=agency, unit=unit) if agency and unit else staff.office
        if office is None:
            raise CaseNotFound("Không tìm thấy cơ quan này.")
        shown = office_holding(session, staff, office.id, now=now)
    held = shown.held
    return HoldingOut(
        office=OfficeRef(agency=shown.office.agency, unit=shown.office.unit, name=shown.office.name),
        desks=[
            DeskOut(
                desk=line.desk,
                name=holding.DESKS[line.desk],
                open=line.open,
                late=line.late,
                oldest=line.oldest,
                oldest_case=shown.codes.get(line.oldest_case or 0),
            )
            for line in held.desks
        ],
        people=[PersonOut(name=one.name, open=one.open, late=one.late, oldest=one.oldest) for one in held.people],
        taken=[
            TakenOut(desk=desk, cases=cases, mean=mean, nine_in_ten=most)
            for desk, (cases, mean, most) in held.taken.items()
        ],
    )


@router.get("/holding/offices")
def offices_and_what_they_hold(caller: CaseReader) -> list[OfficeLine]:
    """Every office with open cases, the latest ones first: for who oversees all."""
    if not repository.oversees(caller.staff):
        raise NotAllowed("Chỉ người quản lý xem được mọi cơ quan.")
    with caller.services.database.read() as session:
        rows = holding.offices_now(session, now=caller.services.clock())
    return [
        OfficeLine(office=OfficeRef(agency=one.agency, unit=one.unit, name=one.name), open=desks, late=late)
        for one, desks, late in rows
    ]


class SurgeOut(BaseModel):
    """Several citizens with one cause: `main` is the oldest case, into which the others may be merged."""

    main: CaseItem
    others: list[CaseItem]
    citizens: int


@router.get("/surges")
def surges(caller: CaseReader) -> list[SurgeOut]:
    """Groups of open cases of the last seven days of this office that say the same."""
    if caller.staff.role not in ("officer", "leader"):
        raise NotAllowed()
    now = caller.services.clock()
    with caller.services.database.read() as session:
        return [
            SurgeOut(
                main=case_item(one.main, now=now),
                others=[case_item(case, now=now) for case in one.others],
                citizens=one.citizens,
            )
            for one in clusters.surges(session, caller.staff, now=now)
        ]


class DuplicateOut(BaseModel):
    case: CaseItem
    score: float = Field(description="Độ giống, 0 đến 1.")


@router.get("/cases/{code}/duplicates")
def likely_duplicates(caller: CaseReader, code: Code) -> list[DuplicateOut]:
    """Open cases of the case's office that probably say the same, best first; none for a restricted case."""
    now = caller.services.clock()
    with caller.services.database.read() as session:
        case = case_of(session, caller, code)
        likely = clusters.likely_duplicates(session, case)
        made = [DuplicateOut(case=case_item(one.case, now=now), score=min(1.0, round(one.score, 3))) for one in likely]
    record_look(caller.services, caller.staff, case)
    return made


class DraftOut(BaseModel):
    case: CaseItem
    text: str | None = Field(description="Dự thảo trình gần nhất; null với vụ việc hạn chế (đọc ở vụ việc).")
    by: str | None
    own: bool = Field(description="Của chính người đang thay lãnh đạo: người khác duyệt.")


@router.get("/approvals")
def drafts_to_approve(caller: CaseReader) -> list[DraftOut]:
    """Drafts that wait for this person to approve them; `POST /cases/many` with `approve` approves several."""
    if not caller.staff.leads:
        raise NotAllowed("Dành cho lãnh đạo và người được ủy quyền.")
    now = caller.services.clock()
    with caller.services.database.read() as session:
        return [
            DraftOut(
                case=case_item(one.case, now=now),
                text=one.draft.text if one.draft and not one.case.restricted else None,
                by=(one.by or None) if not one.case.restricted else None,
                own=one.own,
            )
            for one in answering.waiting_drafts(session, caller.staff)
        ]


class ColleagueOut(BaseModel):
    id: int
    name: str
    role: str


@router.get("/colleagues")
def colleagues(caller: CaseReader) -> list[ColleagueOut]:
    """Who works in this office: whom a case may be assigned to."""
    with caller.services.database.read() as session:
        found = people.colleagues(session, caller.staff.office_id)
    return [ColleagueOut(id=one.id, name=one.display_name, role=one.role) for one in found]


class TemplateIn(Body):
    title: str = Field(max_length=templates.MAX_TITLE, examples=["Đèn đường hỏng"])
    text: str = Field(max_length=templates.MAX_TEXT, examples=["Kính gửi {người gửi}, việc {mã} ..."])
    replaces: int | None = Field(None, ge=1, le=repository.LARGEST_ID, description="Mẫu cũ được thay.")


class TemplateOut(BaseModel):
    """`id` is null for a shipped one, which cannot be changed."""

    slug: str
    id: int | None
    title: str
    text: str


@router.get("/templates")
def wordings(caller: CaseReader) -> list[TemplateOut]:
    """The wordings of answers that this office may use: its own, then the shipped ones."""
    with caller.services.database.read() as session:
        found = templates.templates_for(session, caller.staff)
    return [TemplateOut(slug=one.slug, id=one.id, title=one.title, text=one.text) for one in found]


@router.post("/templates", status_code=201)
def save_wording(caller: CaseWriter, body: TemplateIn) -> TemplateOut:
    """Keep a wording for the office; variables stand in braces, an unknown one is refused."""
    with caller.services.database.write() as session:
        row = templates.save(
            session,
            staff=caller.staff,
            title=body.title,
            text=body.text,
            replaces=body.replaces,
            now=caller.services.clock(),
        )
        return TemplateOut(slug=f"t{row.id}", id=row.id, title=row.title, text=row.text)


@router.delete("/templates/{template_id}", status_code=204)
def retire_wording(caller: CaseWriter, template_id: Annotated[int, Path(ge=1, le=repository.LARGEST_ID)]) -> None:
    """Nobody is offered it any more; answers written with it stay."""
    with caller.services.database.write() as session:
        templates.retire(session, template_id, staff=caller.staff, now=caller.services.clock())


class FilledOut(BaseModel):
    text: str


@router.get("/cases/{code}/templates/{slug}")
def filled_wording(caller: CaseReader, code: Code, slug: Annotated[str, Path(max_length=40)]) -> FilledOut:
    """The wording with the case's values; what the case does not know stays as “…”."""
    with caller.services.database.read() as session:
        case = case_of(session, caller, code)
        one = templates.template(session, caller.staff, slug)
        if one is None:
            raise CaseNotFound("Không tìm thấy mẫu này.")
        text = templates.fill(one, case, now=caller.services.clock())
    record_look(caller.services, caller.staff, case)
    return FilledOut(text=text)


class AlertOut(BaseModel):
    at: datetime
    case: str
    text: str
    read: bool


@router.get("/alerts")
def alerts(caller: CaseReader) -> list[AlertOut]:
    """Reminders and escalations for this person, the latest first; of cases that they may know of still."""
    with caller.services.database.read() as session:
        rows = reminders.alerts(session, caller.staff)
        codes = repository.codes_of(session, {one.case_id for one in rows}, caller.staff)
    return [
        AlertOut(at=one.at, case=codes[one.case_id], text=one.text, read=one.read_at is not None)
        for one in rows
        if one.case_id in codes
    ]


@router.post("/alerts/read", status_code=204)
def read_alerts(caller: CaseWriter) -> None:
    """All of them are read; twice is once."""
    with caller.services.database.write() as session:
        reminders.mark_read(session, caller.staff, now=caller.services.clock())
