"""The registry: types of body, concrete offices, procedures, vocabularies, the table of states and moves."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import Path, Query
from pydantic import BaseModel, Field

from feedback import agencies, states, taxonomy
from feedback.errors import CaseNotFound
from feedback.models import Office
from feedback.registry_models import ImportedProcedure
from feedback.repository import LARGEST_ID
from feedback.repository_registry import imported_procedure, list_offices, list_procedures
from langnghe.web.api.access import RegistryReader, api_router
from nlu.procedures import Catalogue, Procedure

MOST = 500

router = api_router("/api/v1/registry", tag="Danh mục")


class AgencyOut(BaseModel):
    """A type of body. `mode`: online works here, letter is written to, referral is only named to the citizen."""

    agency: str = Field(examples=["ubnd_xa"])
    name: str
    level: str = Field(examples=["xa"])
    legal_body: str
    parent: str | None
    mode: str
    topics: list[str]
    valid_from: date | None
    valid_to: date | None
    source: str


@router.get("/agencies")
def agency_types(
    caller: RegistryReader, level: Annotated[str | None, Query(description="trung_uong, khu_vuc, tinh, xa.")] = None
) -> list[AgencyOut]:
    """The catalogue of types of body, in force by its data."""
    del caller
    return [
        AgencyOut(
            agency=one.slug,
            name=one.name,
            level=one.level,
            legal_body=one.legal_body,
            parent=one.parent,
            mode=one.mode,
            topics=list(one.topics),
            valid_from=one.validity.valid_from,
            valid_to=one.validity.valid_to,
            source=one.source,
        )
        for one in agencies.catalogue().values()
        if level in (None, one.level)
    ]


class OfficeOut(BaseModel):
    """A concrete office as the registry knows it; what is null the registry does not know."""

    agency: str
    unit: str
    name: str
    level: str
    province: str
    official_id: str | None = Field(description="Mã định danh điện tử.")
    address: str | None
    phone: str | None
    aliases: list[str]
    mode: str | None
    staffed: bool = Field(description="Có cán bộ làm việc trên hệ thống này.")
    valid_from: date | None
    valid_to: date | None


class OfficePage(BaseModel):
    offices: list[OfficeOut]
    next: int | None = Field(description="Đặt vào `after` để đọc trang sau.")


@router.get("/offices")
def offices(
    caller: RegistryReader,
    agency: Annotated[str | None, Query(max_length=40)] = None,
    unit: Annotated[str | None, Query(max_length=5)] = None,
    province: Annotated[str | None, Query(max_length=2)] = None,
    after: Annotated[int, Query(ge=0, le=LARGEST_ID)] = 0,
    limit: Annotated[int, Query(ge=1, le=MOST)] = 100,
) -> OfficePage:
    """Concrete offices that were imported or have had a case."""
    with caller.services.database.read() as session:
        found = list_offices(session, agency=agency, unit=unit, province=province, after=after, most=limit + 1)
    page = found[:limit]
    return OfficePage(offices=[_office_out(one) for one in page], next=page[-1].id if len(found) > limit else None)


def _office_out(one: Office) -> OfficeOut:
    return OfficeOut(
        agency=one.agency,
        unit=one.unit,
        name=one.name,
        level=one.level,
        province=one.province_code,
        official_id=one.official_id,
        address=one.address,
        phone=one.phone,
        aliases=list(one.aliases or ()),
        mode=one.mode,
        staffed=one.staffed,
        valid_from=one.valid_from,
        valid_to=one.valid_to,
    )


class ProcedureOut(BaseModel):
    """An administrative procedure; null is "chưa có dữ liệu", never inferred. Its time is no deadline of a case."""

    code: str = Field(examples=["1.001193"])
    name: str
    field: str | None
    level: str | None
    agency: str | None
    processing_time: str | None
    fee: str | None
    decision: str | None
    url: str | None
    imported: bool = Field(description="Do nơi này nhập, không phải danh mục kèm theo chương trình.")


class ProcedurePage(BaseModel):
    procedures: list[ProcedureOut]
    next: str | None = Field(description="Đặt vào `after` để đọc trang sau.")


@router.get("/procedures")
def procedures(
    caller: RegistryReader,
    q: Annotated[str, Query(max_length=200, description="Lời người dân nói về thủ tục; kết quả theo độ khớp.")] = "",
    field: Annotated[str | None, Query(max_length=24)] = None,
    after: Annotated[str, Query(max_length=20)] = "",
    limit: Annotated[int, Query(ge=1, le=MOST)] = 100,
) -> ProcedurePage:
    """With `q` the shipped procedures that the words point to, best first; without it the imported ones by code."""
    if q.strip():
        shipped = Catalogue.load()
        best = [shipped.get(match.code) for match in shipped.find(q, n=limit if field is None else MOST)]
        fitting = [_shipped_out(one) for one in best if field in (None, one.field)]
        return ProcedurePage(procedures=fitting[:limit], next=None)
    with caller.services.database.read() as session:
        found = list_procedures(session, field=field, after=after, most=limit + 1)
    page = found[:limit]
    return ProcedurePage(
        procedures=[_imported_out(one) for one in page], next=page[-1].code if len(found) > limit else None
    )


@router.get("/procedures/{procedure_code}")
def procedure(caller: RegistryReader, procedure_code: Annotated[str, Path(max_length=20)]) -> ProcedureOut:
    """One procedure: as it was imported here, else as the program ships it."""
    with caller.services.database.read() as session:
        found = imported_procedure(session, procedure_code)
    if found is not None:
        return _imported_out(found)
    try:
        return _shipped_out(Catalogue.load().get(procedure_code))
    except KeyError:
        raise CaseNotFound("Không có thủ tục này trong danh mục.") from None


def _imported_out(one: ImportedProcedure) -> ProcedureOut:
    return ProcedureOut(imported=True, **{name: getattr(one, name) for name in _SAME})


def _shipped_out(one: Procedure) -> ProcedureOut:
    return ProcedureOut(imported=False, **{name: getattr(one, name) for name in _SAME})


_SAME = ("code", "name", "field", "level", "agency", "processing_time", "fee", "decision", "url")


class WordsOut(BaseModel):
    """The vocabulary of cases: slug and name."""

    kinds: dict[str, str]
    regimes: dict[str, str]
    fields: dict[str, str]
    topics: dict[str, str]
    problems: dict[str, str]


@router.get("/taxonomy")
def vocabulary(caller: RegistryReader) -> WordsOut:
    """The slugs that cases, filters and moves use."""
    del caller
    return WordsOut(
        kinds=dict(taxonomy.kinds()),
        regimes=dict(taxonomy.regimes()),
        fields=dict(taxonomy.fields()),
        topics=dict(taxonomy.topics()),
        problems=dict(taxonomy.problems()),
    )


class StateOut(BaseModel):
    state: str
    name: str
    stage: str
    national: str | None = Field(description="Trạng thái tương ứng trên hệ thống quốc gia.")


class TableMove(BaseModel):
    move: str
    title: str
    sources: list[str | None]
    target: str | None = Field(description="null: giữ nguyên bước.")
    by: list[str]
    carries: list[str]
    basis: str
    told: str | None


class GroundOut(BaseModel):
    ground: str
    name: str
    regimes: list[str]
    source: str


class StateTable(BaseModel):
    version: str
    states: list[StateOut]
    moves: list[TableMove]
    grounds: list[GroundOut]


@router.get("/states")
def state_table(caller: RegistryReader) -> StateTable:
    """The one table of states and moves: who may, what it must carry, its legal basis, what the citizen is told."""
    del caller
    return StateTable(
        version=states.VERSION,
        states=[
            StateOut(state=one.slug, name=one.name, stage=one.group, national=one.national)
            for one in states.ALL_STATES.values()
        ],
        moves=[
            TableMove(
                move=one.name,
                title=one.title,
                sources=sorted(one.sources, key=str),
                target=one.target,
                by=sorted(one.by),
                carries=list(one.carries),
                basis=one.basis,
                told=one.told,
            )
            for one in states.MOVES.values()
        ],
        grounds=[
            GroundOut(ground=one.slug, name=one.name, regimes=list(one.regimes), source=one.source)
            for one in states.GROUNDS.values()
        ],
    )
