"""Indices: SIPAS of a file of responses, QĐ 766, PAR INDEX and TT 01 from cases and counts, the offices' figures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal

from fastapi import Form, Query, UploadFile
from fastapi import Path as InPath
from pydantic import BaseModel, Field

from feedback.errors import NotAllowed
from feedback.repository import OfficeFigures
from langnghe.commands.index import SipasRequest, compute_sipas
from langnghe.commands.index_database import Records
from langnghe.commands.index_results import result_of_scores, result_of_sipas
from langnghe.commands.index_scores import ScoreRequest, compute_scores
from langnghe.web.api.access import Caller, IndexReader, api_router
from langnghe.web.api.exchange import kept_file
from langnghe.web.api.moments import Day
from langnghe.web.api.round_models import FigureOut
from langnghe.web.dashboard import PERIODS, OfficeLine, office_lines, unit_name
from langnghe.web.dashboard_indices import READERS
from langnghe.web.errors import WebError
from langnghe.web.heavy import heavy_work
from surveys.figures import Figure
from surveys.models import IndexResult

ScoreIndex = Annotated[Literal["qd766", "par", "tt01"], InPath(description="qd766, par hoặc tt01.")]
Save = Annotated[bool, Form(description="Lưu kết quả để tính lại sau; cần phạm vi indices:write.")]

router = api_router("/api/v1/indices", tag="Chỉ số")


class ComputedOut(BaseModel):
    """A computed index as `langnghe index` prints it (docs/indices.md); `id` when it was kept."""

    id: int | None
    warnings: list[str]
    document: dict[str, Any]


@router.post("/compute/sipas")
def compute_satisfaction(  # noqa: PLR0913, PLR0917 - one parameter an option of the command
    caller: IndexReader,
    responses: UploadFile,
    questionnaire: Annotated[str, Form(max_length=40, examples=["qd2640"])],
    margins: UploadFile | None = None,
    method: Annotated[str, Form(max_length=40)] = "pooled",
    stratum: Annotated[str | None, Form(max_length=80)] = None,
    cluster: Annotated[str | None, Form(max_length=80)] = None,
    weight: Annotated[str | None, Form(max_length=80)] = None,
    fpc: Annotated[str | None, Form(max_length=80)] = None,
    lonely: Annotated[str, Form(max_length=20)] = "adjust",
    interval: Annotated[str, Form(max_length=20)] = "logit_t",
    by: Annotated[str | None, Form(max_length=80)] = None,
    suppress: Annotated[int | None, Form(ge=1, le=1_000)] = None,
    factor_weights: Annotated[str | None, Form(max_length=400)] = None,
    responded: Annotated[str | None, Form(max_length=80)] = None,
    response_class: Annotated[str | None, Form(max_length=80)] = None,
    deff: Annotated[bool, Form()] = False,
    on: Annotated[str | None, Form(max_length=10)] = None,
    save: Save = False,
) -> ComputedOut:
    """Satisfaction indices of the sender's own file of responses, with design-based errors; nothing else is read."""
    may_save(caller, save)
    given = {"responses": responses, **({"margins": margins} if margins else {})}
    with heavy_work(), kept_files(given) as paths:
        request = SipasRequest(
            questionnaire=questionnaire,
            responses=paths["responses"],
            margins=str(paths["margins"]) if "margins" in paths else None,
            method=method,
            stratum=stratum,
            cluster=cluster,
            weight=weight,
            fpc=fpc,
            lonely=lonely,
            interval=interval,
            by=by,
            suppress=suppress,
            factor_weights=factor_weights,
            responded=responded,
            response_class=response_class,
            deff=deff,
            on=on,
        )
        computed = compute_sipas(request)
    names = names_of(given)
    document = named(computed.document, names)
    moved = replace(request, responses=Path(names["responses"]), margins=names.get("margins"))
    row = result_of_sipas(replace(computed, request=moved, document=document), now=caller.services.clock())
    return ComputedOut(id=keep(caller, row) if save else None, warnings=list(computed.warnings), document=document)


@router.get("/scores/{index}")
def scores_from_cases(
    caller: IndexReader,
    index: ScoreIndex,
    since: Annotated[Day, Query(description="Ngày đầu kỳ.")],
    until: Annotated[Day, Query(description="Ngày cuối kỳ, tính cả.")],
    agency: Annotated[str | None, Query(max_length=40)] = None,
    details: Annotated[bool, Query(description="Kể từng phản ánh với các mốc kiểm tra.")] = False,
) -> ComputedOut:
    """The score sheet as far as the installation's own cases give it: for managers."""
    overseen(caller)
    request = ScoreRequest(
        index=index, since=since.isoformat(), until=until.isoformat(), agency=agency, details=details
    )
    with heavy_work():
        computed = compute_scores(request, records=records_of(caller))
    return ComputedOut(id=None, warnings=computed.inputs.warnings, document=computed.document)


@router.post("/compute/{index}")
def compute_score_sheet(  # noqa: PLR0913, PLR0917 - one parameter an option of the command
    caller: IndexReader,
    index: ScoreIndex,
    since: Annotated[Day, Form()],
    until: Annotated[Day, Form()],
    cases: UploadFile | None = None,
    counts: UploadFile | None = None,
    rule: UploadFile | None = None,
    agency: Annotated[str | None, Form(max_length=40)] = None,
    database: Annotated[bool, Form(description="Cùng counts: lấy phản ánh từ cơ sở dữ liệu.")] = False,
    details: Annotated[bool, Form()] = False,
    save: Save = False,
) -> ComputedOut:
    """The score sheet from files of cases and counts, under the shipped rule or one of the sender's own.

    With `database`, or without any file, the cases are this installation's: for managers.
    """
    may_save(caller, save)
    sent = {"cases": cases, "counts": counts, "rule": rule}
    given = {kind: file for kind, file in sent.items() if file is not None}
    if database or not (cases or counts):
        overseen(caller)
    with heavy_work(), kept_files(given) as paths:
        request = ScoreRequest(
            index=index,
            since=since.isoformat(),
            until=until.isoformat(),
            agency=agency,
            database=database,
            details=details,
            **{kind: str(path) for kind, path in paths.items()},
        )
        computed = compute_scores(request, records=records_of(caller))
    names = names_of(given)
    document = named(computed.document, names)
    moved = replace(request, cases=names.get("cases"), counts=names.get("counts"), rule=names.get("rule"))
    row = result_of_scores(replace(computed, request=moved, document=document), now=caller.services.clock())
    return ComputedOut(id=keep(caller, row) if save else None, warnings=computed.inputs.warnings, document=document)


class OfficeFiguresOut(BaseModel):
    """One office: cases and their timeliness, the ratings after a case, the survey's index; the last two are never
    blended, and neither is the SIPAS that the Ministry publishes."""

    name: str
    agency: str
    received: int
    open: int
    late: int
    answered: int
    on_time_percent: float | None
    ratings: int
    satisfied_percent: float | None
    mean_rating: float | None
    survey: FigureOut | None = Field(description="Chỉ số khảo sát sau vụ việc, ước tính nội bộ.")


class OfficialOut(BaseModel):
    """The figure that the Ministry published."""

    year: int
    unit: str
    unit_name: str
    value: float
    source: str


class OfficesOut(BaseModel):
    since: datetime
    until: datetime
    questionnaire: str
    hidden_below: int
    offices: list[OfficeFiguresOut]
    total: OfficeFiguresOut
    official_sipas: OfficialOut | None


@router.get("/offices")
def figures_by_office(
    caller: IndexReader, period: Annotated[Literal["month", "quarter", "year"], Query()] = "quarter"
) -> OfficesOut:
    """The dashboard's lines: of all offices for managers, of their own for leaders; few answers are hidden."""
    shown = office_lines(caller.services, caller.staff, days=PERIODS[period][1])
    official = shown.official
    return OfficesOut(
        since=shown.since,
        until=shown.until,
        questionnaire=shown.questionnaire,
        hidden_below=caller.services.settings.suppress_below,
        offices=[_office(line) for line in shown.lines],
        total=_office(shown.total),
        official_sipas=OfficialOut(
            year=official.year,
            unit=official.unit,
            unit_name=unit_name(official.unit),
            value=official.value,
            source=official.source,
        )
        if official
        else None,
    )


def _office(line: OfficeLine) -> OfficeFiguresOut:
    figures: OfficeFigures = line.figures
    return OfficeFiguresOut(
        name=figures.name,
        agency=figures.agency,
        received=figures.received,
        open=figures.open,
        late=figures.late,
        answered=figures.answered,
        on_time_percent=line.on_time,
        ratings=figures.ratings,
        satisfied_percent=line.satisfied,
        mean_rating=line.mean_rating,
        survey=_figure(line.survey),
    )


def _figure(one: Figure | None) -> FigureOut | None:
    return FigureOut(**{name: getattr(one, name) for name in FigureOut.model_fields}) if one else None


# ---- what computing and replaying share


def overseen(caller: Caller) -> None:
    """Figures over all offices' cases are for managers."""
    if caller.staff.role not in READERS:
        raise NotAllowed("Chỉ số của toàn bộ cơ quan dành cho người quản lý.")


def may_save(caller: Caller, save: bool) -> None:
    """Keeping a result is a change, whatever computed it."""
    if save and "indices:write" not in caller.scopes:
        raise WebError(403, "insufficient_scope", "Lưu kết quả cần phạm vi indices:write.")
    if save:
        overseen(caller)


def records_of(caller: Caller) -> Records:
    """The cases and official figures behind this application."""
    return Records(caller.services.database.read, caller.services.settings.home_province)


def keep(caller: Caller, row: IndexResult) -> int:
    with caller.services.database.write() as session:
        session.add(row)
        session.flush()
        return row.id


@contextmanager
def kept_files(given: Mapping[str, UploadFile]) -> Iterator[dict[str, Path]]:
    """Each upload as a file, for the length of one request."""
    with ExitStack() as stack:
        yield {kind: stack.enter_context(kept_file(file)) for kind, file in given.items()}


def names_of(given: Mapping[str, UploadFile]) -> dict[str, str]:
    """What the sender calls the files: they are kept nowhere."""
    return {kind: Path(file.filename or kind).name[:120] for kind, file in given.items()}


def named(document: dict[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """The document with the sender's names in place of where the files lay for a moment."""
    inputs = document["inputs"]
    sources = [
        {**source, "path": names[source["kind"]]} if "path" in source else source for source in inputs["sources"]
    ]
    return document | {"inputs": {**inputs, "sources": sources}}
