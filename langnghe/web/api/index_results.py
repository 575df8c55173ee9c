"""Results of indices that were kept: listed, read, and computed again under the rule that was kept with them."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

from fastapi import Path as InPath
from fastapi import UploadFile
from pydantic import BaseModel, Field
from sqlalchemy.orm import Session

from feedback.errors import InvalidInput, NotAllowed
from feedback.repository import LARGEST_ID
from langnghe.commands.index_results import replayed
from langnghe.web.api.access import Caller, IndexReader, api_router
from langnghe.web.api.indices import kept_files, overseen, records_of
from langnghe.web.heavy import heavy_work
from surveys import repository
from surveys.errors import UnknownResult
from surveys.models import IndexResult

ResultId = Annotated[int, InPath(ge=1, le=LARGEST_ID)]

router = api_router("/api/v1/indices/results", tag="Chỉ số")


class ResultItem(BaseModel):
    """A kept result: how it was computed and from which inputs."""

    id: int
    index: str = Field(examples=["qd766"])
    method: str
    rule: str
    rule_sha256: str
    inputs_sha256: str
    program: str
    created_at: datetime


class ResultOut(ResultItem):
    document: dict[str, Any]


@router.get("")
def kept_results(caller: IndexReader) -> list[ResultItem]:
    """The newest first; for managers."""
    overseen(caller)
    with caller.services.database.read() as session:
        return [ResultItem(**_item(one)) for one in repository.index_results(session)]


def _item(one: IndexResult) -> dict[str, Any]:
    return {name: getattr(one, name) for name in ResultItem.model_fields}


@router.get("/{result_id}")
def kept_result(caller: IndexReader, result_id: ResultId) -> ResultOut:
    """One result with all its figures; where a file lay is not told, only its name and hash."""
    with caller.services.database.read() as session:
        one = _readable(session, caller, result_id)
        return ResultOut(**_item(one), document=_without_places(one.document))


def _readable(session: Session, caller: Caller, result_id: int) -> IndexResult:
    """Raises UnknownResult, and NotAllowed: figures of few people, computed without suppression, are as secret as the
    rows that they came from."""
    overseen(caller)
    one = repository.index_result(session, result_id)
    if one is None:
        raise UnknownResult(f"Không có kết quả số {result_id}.")
    least = caller.services.settings.suppress_below
    hidden_below = one.request.get("threshold" if one.round_id else "suppress") or 0
    if one.index == "sipas" and hidden_below < least and not caller.staff.reads_survey_rows:
        raise NotAllowed(
            "Kết quả này không ẩn số của nhóm ít người; chỉ người được giao quyền đọc từng phiếu xem được."
        )
    return one


def _without_places(document: dict[str, Any]) -> dict[str, Any]:
    inputs = document.get("inputs") or {}
    sources = [
        {**source, "path": Path(source["path"]).name} if "path" in source else source
        for source in inputs.get("sources", ())
    ]
    return document | {"inputs": {**inputs, "sources": sources}}


class ReplayOut(BaseModel):
    """Whether every figure came out again."""

    id: int
    index: str
    method: str
    rule: str
    inputs_unchanged: bool
    agrees: bool
    differences: list[dict[str, Any]]


@router.post("/{result_id}/replay")
def replay(
    caller: IndexReader,
    result_id: ResultId,
    responses: UploadFile | None = None,
    margins: UploadFile | None = None,
    cases: UploadFile | None = None,
    counts: UploadFile | None = None,
) -> ReplayOut:
    """Compute it again under the rule that was kept with it. Files that it was computed from are sent along: they are
    kept nowhere."""
    sent = {"responses": responses, "margins": margins, "cases": cases, "counts": counts}
    given = {kind: file for kind, file in sent.items() if file is not None}
    with kept_files(given) as paths, caller.services.database.read() as session:
        one = _readable(session, caller, result_id)
        wanted = {source["kind"] for source in one.inputs["sources"] if "path" in source}
        if missing := sorted(wanted - set(given)):
            raise InvalidInput(f"Gửi kèm lại các tệp đã dùng: {', '.join(missing)}.")
        with heavy_work():
            report = replayed(session, one, paths, records=records_of(caller))
    return ReplayOut(**{name: report[name] for name in ReplayOut.model_fields})
