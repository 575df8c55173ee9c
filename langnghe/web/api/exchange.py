"""Files in and out: imports of cases and of the registry with a dry run, the exchange with the national system."""

from __future__ import annotations

import io
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

from fastapi import Query, Response, UploadFile
from pydantic import BaseModel, Field

from feedback import national, repository
from feedback.errors import InvalidInput, NotAllowed
from feedback.importing import BadFile, Report, read_rows
from feedback.importing.rows import Problem
from langnghe.commands.pakn import as_dict, write_csv, write_xlsx
from langnghe.imports import IMPORTS, take_in
from langnghe.web.api.access import Caller, CaseReader, CaseWriter, IndexWriter, RegistryWriter, api_router
from langnghe.web.api.files import binary
from langnghe.web.api.moments import Day
from langnghe.web.errors import WebError
from langnghe.web.heavy import heavy_work

ONLY_BY_HAND = ("password", "sees_restricted", "sees_identity")
"""Who reads denunciations is decided at the command line, by a person, never by a program."""

Dry = Annotated[bool, Query(description="Chỉ xem thử: không ghi gì.")]

router = api_router("/api/v1", tag="Nhập, xuất tệp")


class ImportOut(BaseModel):
    """What an import did, or would do. `notes`: new passwords, shown this once."""

    kept: bool
    rows: int
    added: int
    changed: int
    unchanged: int
    notes: list[str] = Field(description="Mật khẩu mới, chỉ hiện một lần.")


class BadRows(WebError):
    """Rows that cannot be taken; nothing was kept."""

    def __init__(self, rows: int, problems: Sequence[Problem]) -> None:
        super().__init__(422, "bad_rows", f"{rows} dòng, {len(problems)} lỗi: chưa nhập dòng nào.")
        self.errors = [{"row": one.row, "column": one.column, "reason": one.reason} for one in problems]


@router.post("/registry/agencies/import")
def import_agencies(caller: RegistryWriter, file: UploadFile, dry_run: Dry = False) -> ImportOut:
    """Concrete agencies from CSV or XLSX: all of the file, or nothing when a row is bad. For administrators."""
    return _import(caller, "agencies", file, dry_run=dry_run)


@router.post("/registry/procedures/import")
def import_procedures(caller: RegistryWriter, file: UploadFile, dry_run: Dry = False) -> ImportOut:
    """The catalogue of procedures from CSV or XLSX. For administrators."""
    return _import(caller, "procedures", file, dry_run=dry_run)


@router.post("/registry/users/import")
def import_users(caller: RegistryWriter, file: UploadFile, dry_run: Dry = False) -> ImportOut:
    """People who work in the console. For administrators; passwords and the rights to restricted cases are not taken
    here, only at the command line."""
    return _import(caller, "users", file, dry_run=dry_run)


@router.post("/cases/import")
def import_cases(caller: CaseWriter, file: UploadFile, dry_run: Dry = False) -> ImportOut:
    """Cases from another register; each is routed and counted here. For administrators."""
    return _import(caller, "cases", file, dry_run=dry_run)


@router.post("/indices/official/import")
def import_official(caller: IndexWriter, file: UploadFile, dry_run: Dry = False) -> ImportOut:
    """Official SIPAS figures: year, unit, sipas, source. For administrators and managers."""
    return _import(caller, "sipas", file, dry_run=dry_run, roles=("admin", "manager"))


def _import(
    caller: Caller, what: str, file: UploadFile, *, dry_run: bool, roles: Sequence[str] = ("admin",)
) -> ImportOut:
    if caller.staff.role not in roles:
        raise NotAllowed("Nhập tệp dành cho người quản trị.")
    with kept_file(file) as path:
        if what == "users":
            _refuse_rights(caller, path)
        try:
            report = take_in(caller.services.database, what, path, dry_run=dry_run, now=caller.services.clock())
        except BadFile as error:
            raise InvalidInput(str(error)) from None
    if report.problems:
        raise BadRows(report.rows, report.problems)
    return _told(report, kept=not dry_run)


def _refuse_rights(caller: Caller, path: Path) -> None:
    """No row gives such a right, and none changes a person who has one: nobody moves a reader of denunciations to
    another office, mailbox or role by a file."""
    kind = IMPORTS["users"]
    try:
        rows = read_rows(path, needed=kind.needed, known=kind.columns)
    except BadFile as error:
        raise InvalidInput(str(error)) from None
    problems = [
        Problem(row.number, column, "chỉ nhập bằng lệnh tại máy chủ")
        for row in rows
        for column in ONLY_BY_HAND
        if column in row.values
    ]
    with caller.services.database.read() as session:
        readers = repository.readers_of_restricted(session)
    problems += [
        Problem(row.number, "username", "người được giao việc hạn chế chỉ sửa bằng lệnh tại máy chủ")
        for row in rows
        if row.values.get("username", "").lower() in readers
    ]
    if problems:
        raise BadRows(len(rows), problems)


def _told(report: Report, *, kept: bool) -> ImportOut:
    return ImportOut(
        kept=kept,
        rows=report.rows,
        added=report.added,
        changed=report.changed,
        unchanged=report.unchanged,
        notes=report.notes if kept else [],
    )


@contextmanager
def kept_file(file: UploadFile) -> Iterator[Path]:
    """The upload as a file of its own name's kind, for the length of one request."""
    suffix = ".xlsx" if (file.filename or "").lower().endswith(".xlsx") else ".csv"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"tep{suffix}"
        with path.open("wb") as out:
            shutil.copyfileobj(file.file, out)
        yield path


@router.get(
    "/pakn.{kind}",
    response_class=Response,
    responses=binary("text/csv", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
)
def export_pakn(
    caller: CaseReader,
    kind: str,
    since: Annotated[Day, Query(description="Ngày nhận đầu tiên.")],
    until: Annotated[Day, Query(description="Ngày nhận cuối cùng, tính cả.")],
) -> Response:
    """Cases under NĐ 20/2008 for the national feedback system, as `csv` or `xlsx`: no names, no sender's words."""
    if not repository.oversees(caller.staff):
        raise NotAllowed("Trao đổi với hệ thống quốc gia dành cho người quản lý.")
    if kind not in ("csv", "xlsx") or until < since:
        raise InvalidInput("Chọn csv hoặc xlsx, ngày đầu không sau ngày cuối.")
    with heavy_work(), caller.services.database.read() as session:
        rows = national.export_rows(session, since=since, until=until)
    name = {"Content-Disposition": f'attachment; filename="pakn-{since:%Y%m%d}-{until:%Y%m%d}.{kind}"'}
    if kind == "csv":
        text = io.StringIO(newline="")
        write_csv(rows, text)
        return Response(text.getvalue().encode("utf-8-sig"), media_type="text/csv; charset=utf-8", headers=name)
    book = io.BytesIO()
    write_xlsx(rows, book)
    content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    return Response(book.getvalue(), media_type=content_type, headers=name)


class NationalOut(BaseModel):
    """What a file of the national system says: cases newly marked, and what the two say differently."""

    kept: bool
    rows: int
    marked: int
    differences: list[dict[str, Any]]


class _Undone(Exception):
    """Takes the transaction back."""


@router.post("/pakn/import")
def import_pakn(caller: CaseWriter, file: UploadFile, dry_run: Dry = False) -> NationalOut:
    """Mark our cases with what the national system says of them, and list what differs; ours is never overwritten."""
    if not repository.oversees(caller.staff):
        raise NotAllowed("Trao đổi với hệ thống quốc gia dành cho người quản lý.")
    with kept_file(file) as path:
        try:
            rows = read_rows(path, needed=national.NEEDED, known=national.COLUMNS)
        except BadFile as error:
            raise InvalidInput(str(error)) from None
    compared = national.Comparison(0, 0, [], [])
    try:
        with caller.services.database.write() as session:
            compared = national.take_in(session, rows, now=caller.services.clock())
            if compared.problems or dry_run:
                raise _Undone
    except _Undone:
        pass
    if compared.problems:
        raise BadRows(compared.rows, compared.problems)
    said = as_dict(compared)
    return NationalOut(
        kept=not dry_run,
        rows=compared.rows,
        marked=compared.marked,
        differences=list(said["differences"]),  # type: ignore[call-overload]
    )
