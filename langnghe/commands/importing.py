"""`langnghe import`: agencies, procedures, users and cases from CSV or XLSX, all of a file or nothing of it."""

from __future__ import annotations

import sys
from pathlib import Path

from feedback.base import utc_now
from feedback.database import Database
from feedback.importing import BadFile, Report
from langnghe.imports import take_in
from langnghe.settings import get_settings


def agencies(file: Path, *, dry_run: bool) -> int:
    """The registry of concrete agencies."""
    return _run("agencies", file, dry_run=dry_run)


def procedures(file: Path, *, dry_run: bool) -> int:
    """The catalogue of administrative procedures."""
    return _run("procedures", file, dry_run=dry_run)


def users(file: Path, *, dry_run: bool) -> int:
    """The people who work in the console."""
    return _run("users", file, dry_run=dry_run)


def cases(file: Path, *, dry_run: bool) -> int:
    """Cases from another register."""
    return _run("cases", file, dry_run=dry_run)


def sipas(file: Path, *, dry_run: bool) -> int:
    """Official SIPAS figures."""
    return _run("sipas", file, dry_run=dry_run)


def _run(what: str, file: Path, *, dry_run: bool) -> int:
    """Import, or only look; 0, 1 with each bad row listed, 2 for a file that is no such table."""
    settings = get_settings()
    database = Database(settings.sqlalchemy_url, deadlines=settings.deadlines)
    try:
        report = take_in(database, what, file, dry_run=dry_run, now=utc_now())
    except BadFile as error:
        print(f"langnghe import: {error}", file=sys.stderr)
        return 2
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
