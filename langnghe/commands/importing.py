"""`langnghe import`: agencies, procedures, users and cases from CSV or XLSX, all of a file or nothing of it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from sqlalchemy.orm import Session

from feedback.base import utc_now
from feedback.database import Database
from feedback.importing import (
    BadFile,
    Report,
    Row,
    import_cases,
    import_offices,
    import_procedures,
    import_staff,
    read_rows,
)
from feedback.importing import cases as case_rows
from feedback.importing import offices as office_rows
from feedback.importing import procedures as procedure_rows
from feedback.importing import staff as staff_rows
from langnghe.settings import get_settings


class _Undone(Exception):
    """Takes a transaction back: a dry run, or a file with bad rows."""


def agencies(file: Path, *, dry_run: bool) -> int:
    """The registry of concrete agencies."""
    return _run(file, office_rows.NEEDED, office_rows.COLUMNS, import_offices, dry_run=dry_run)


def procedures(file: Path, *, dry_run: bool) -> int:
    """The catalogue of administrative procedures."""
    return _run(
        file,
        procedure_rows.NEEDED,
        procedure_rows.COLUMNS,
        lambda session, rows: import_procedures(session, rows, now=utc_now()),
        dry_run=dry_run,
    )


def users(file: Path, *, dry_run: bool) -> int:
    """The people who work in the console."""

    def work(session: Session, rows: Sequence[Row]) -> Report:
        return import_staff(session, rows, hash_password=lambda _: "-") if dry_run else import_staff(session, rows)

    return _run(file, staff_rows.NEEDED, staff_rows.COLUMNS, work, dry_run=dry_run)


def cases(file: Path, *, dry_run: bool) -> int:
    """Cases from another register."""
    return _run(
        file,
        case_rows.NEEDED,
        case_rows.COLUMNS,
        lambda session, rows: import_cases(session, rows, now=utc_now()),
        dry_run=dry_run,
    )


def sipas(file: Path, *, dry_run: bool) -> int:
    """Official SIPAS figures."""
    from surveys import official

    return _run(
        file,
        official.NEEDED,
        official.COLUMNS,
        lambda session, rows: official.import_official(session, rows, now=utc_now()),
        dry_run=dry_run,
    )


def _run(
    file: Path,
    needed: Sequence[str],
    columns: Sequence[str],
    work: Callable[[Session, Sequence[Row]], Report],
    *,
    dry_run: bool,
) -> int:
    """Import, or only look; 0, 1 with each bad row listed, 2 for a file that is no such table."""
    try:
        rows = read_rows(file, needed=needed, known=columns)
    except BadFile as error:
        print(f"langnghe import: {error}", file=sys.stderr)
        return 2
    settings = get_settings()
    database = Database(settings.sqlalchemy_url, deadlines=settings.deadlines)
    report = Report()
    try:
        with database.write() as session:
            report = work(session, rows)
            if report.problems or dry_run:
                raise _Undone
    except _Undone:
        pass
    finally:
        database.dispose()
    return _tell(report, dry_run=dry_run)


def _tell(report: Report, *, dry_run: bool) -> int:
    for problem in report.problems:
        print(f"dòng {problem.row}, cột {problem.column}: {problem.reason}")
    if report.problems:
        print(f"{report.rows} dòng, {len(report.problems)} lỗi: chưa nhập dòng nào.")
        return 1
    counts = f"{report.rows} dòng: thêm {report.added}, đổi {report.changed}, giữ nguyên {report.unchanged}."
    print(f"Chạy thử, chưa ghi gì. {counts}" if dry_run else f"Đã nhập. {counts}")
    if report.notes and not dry_run:
        print("Mật khẩu mới (chỉ hiện một lần):", *report.notes, sep="\n")
    return 0
