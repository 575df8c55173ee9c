"""Reading cases: the list with its filters, the restricted list, one case, who sent a restricted one."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from fastapi import Path, Query, Response
from pydantic import BaseModel, Field
from sqlalchemy.orm import Session

from feedback import agencies, repository, secrecy, states, taxonomy
from feedback.codes import parse_code
from feedback.errors import CaseNotFound, InvalidInput
from feedback.models import Case
from feedback.repository_lists import CaseFilter, Place, list_cases
from langnghe.web.api.access import Caller, CaseReader, api_router
from langnghe.web.api.case_models import CaseOut, CasePage, Contact, RestrictedPage
from langnghe.web.api.case_view import case_item, case_out, contact, restricted_items
from langnghe.web.api.cursors import cursor_of, place_of
from langnghe.web.api.moments import Moment
from langnghe.web.api.versions import etag
from langnghe.web.looks import record_look

MOST = 200
Code = Annotated[str, Path(description="Mã vụ việc, như LN-40K7-2M19.", examples=["LN-40K7-2M19"], max_length=40)]

router = api_router("/api/v1/cases", tag="Vụ việc")


class Stage(StrEnum):
    open = "open"
    answered = "answered"
    ended = "ended"


class CaseQuery(BaseModel):
    """The filters of the list; each narrows it."""

    model_config = {"extra": "forbid"}

    agency: str | None = Field(None, description="Loại cơ quan đang giữ (slug của agencies.csv).", examples=["ubnd_xa"])
    unit: str | None = Field(None, description="Mã xã hoặc tỉnh của cơ quan.", examples=["14797"])
    stage: Stage | None = Field(None, description="Đang mở, đã trả lời, đã kết thúc.")
    state: list[str] = Field([], description="Bước trong bảng bước; lặp lại được.", max_length=30)
    kind: str | None = Field(None, description="Loại.", examples=["phan_anh"])
    regime: str | None = Field(None, description="Chế độ xử lý.", examples=["hien_truong"])
    field: str | None = Field(None, description="Lĩnh vực.", examples=["moi_truong"])
    late: bool | None = Field(None, description="Đang mở và đã quá hạn, hoặc không.")
    since: Moment | None = Field(None, description="Nhận từ lúc này; không có múi giờ: giờ Việt Nam.")
    until: Moment | None = Field(None, description="Nhận trước lúc này.")
    q: str = Field("", description="Mã vụ việc, hoặc các từ trong nội dung, có dấu hay không.", max_length=200)
    limit: int = Field(50, ge=1, le=MOST)
    cursor: str | None = Field(None, max_length=200, description="`next` của trang trước.")


@router.get("")
def list_of_cases(caller: CaseReader, query: Annotated[CaseQuery, Query()]) -> CasePage:
    """Cases of the own office, of every office for who oversees all, the newest receipt first.

    No restricted case is ever among them.
    """
    now = caller.services.clock()
    after = place_of(query.cursor) if query.cursor else None
    with caller.services.database.read() as session:
        wanted = _filter(query)
        found = list_cases(session, caller.staff, wanted, after=after, most=query.limit + 1, now=now)
        page = found[: query.limit]
        items = [case_item(case, now=now) for case in page]
    last = Place(page[-1].received_at, page[-1].id) if len(found) > query.limit else None
    return CasePage(cases=items, next=cursor_of(last) if last else None)


def _filter(query: CaseQuery) -> CaseFilter:
    """Raises InvalidInput for a word that is in no vocabulary, so that a slip does not read as an empty list."""
    known = {
        "agency": agencies.catalogue(),
        "kind": taxonomy.kinds(),
        "regime": taxonomy.regimes(),
        "field": taxonomy.fields(),
    }
    for name, words in known.items():
        value = getattr(query, name)
        if value is not None and value not in words:
            raise InvalidInput(f"{name}: không có trong danh mục.")
    if unknown := [state for state in query.state if state not in states.STATES]:
        raise InvalidInput(f"state: không có bước thứ {query.state.index(unknown[0]) + 1} trong bảng bước.")
    return CaseFilter(
        agency=query.agency,
        unit=query.unit,
        stage=query.stage.value if query.stage else None,
        states=query.state,
        kind=query.kind,
        regime=query.regime,
        field=query.field,
        late=query.late,
        since=query.since,
        until=query.until,
        text=query.q.replace("\0", " ").strip(),
    )


@router.get("/restricted")
def restricted_cases(caller: CaseReader, page: Annotated[int, Query(ge=1, le=10_000)] = 1) -> RestrictedPage:
    """The restricted list, for who has that right by name; for all others there is no such address."""
    if not caller.staff.sees_restricted:
        raise CaseNotFound("Không tìm thấy nội dung này.")
    now = caller.services.clock()
    with caller.services.database.read() as session:
        found = repository.restricted_queue(session, caller.staff, page=page)
        items = restricted_items(session, found, now=now)
        total = repository.restricted_size(session, caller.staff)
    return RestrictedPage(cases=items, page=page, total=total)


@router.get("/{code}")
def one_case(caller: CaseReader, code: Code, response: Response) -> CaseOut:
    """Everything of one case: history, deadline with its proof, routing, answers, who held it, ledger.

    The ETag is what a change names in If-Match. A look at a restricted case is recorded.
    """
    with caller.services.database.read() as session:
        case = case_of(session, caller, code)
        made = case_out(session, case, now=caller.services.clock())
    record_look(caller.services, caller.staff, case)
    response.headers["ETag"] = etag(made.version)
    return made


@router.post("/{code}/identity")
def sender_of_restricted_case(caller: CaseReader, code: Code) -> Contact:
    """Who sent a restricted case, for who has that right by name too; the look is recorded before it is shown."""
    with caller.services.database.write() as session:
        case = case_of(session, caller, code)
        shown = secrecy.identity_of(session, case.id, staff=caller.staff, now=caller.services.clock())
        return contact(shown)


def case_of(session: Session, caller: Caller, code: str) -> Case:
    """The case if the caller may know of it. Raises CaseNotFound; an unknown code and a hidden case are the same."""
    parsed = parse_code(code)
    case = repository.case_by_code(session, parsed, caller.staff) if parsed else None
    if case is None:
        raise CaseNotFound()
    return case
