"""`langnghe export pakn`, `langnghe import pakn`: the exchange with the national feedback system, by file."""

from __future__ import annotations

import csv
import json
import sys
from datetime import date
from pathlib import Path
from typing import IO, TextIO

from feedback import national
from feedback.base import utc_now
from feedback.database import Database
from feedback.importing import BadFile, read_rows
from feedback.national import Comparison, Difference
from langnghe.settings import get_settings

NAMES = {
    "national_state": "trạng thái",
    "received_at": "ngày tiếp nhận",
    "accepted_at": "ngày nhận xử lý",
    "answered_at": "ngày trả lời",
    "published_at": "ngày công khai",
    "answer": "nội dung trả lời",
    "only_here": "chỉ có ở Lắng Nghe",
    "only_there": "chỉ có ở hệ thống quốc gia",
}


class _Undone(Exception):
    """Takes the transaction back."""


def export(*, since: str, until: str, out: Path | None) -> int:
    """Write the cases of the period as CSV, or as XLSX when the file is called so; 0, 2 for a bad day or file."""
    try:
        first, last = date.fromisoformat(since), date.fromisoformat(until)
    except ValueError:
        return _refused("export", "--from và --to cần là ngày ISO, ví dụ 2026-11-01.")
    if last < first:
        return _refused("export", "--to đứng trước --from.")
    database = Database(get_settings().sqlalchemy_url)
    with database.read() as session:
        rows = national.export_rows(session, since=first, until=last)
    database.dispose()
    try:
        _write(rows, out)
    except OSError as error:
        return _refused("export", f"không ghi được {out}: {error.strerror}")
    if out is not None:
        print(f"Đã xuất {len(rows)} vụ việc ra {out}.")
    return 0


def take_in(file: Path, *, dry_run: bool, as_json: bool) -> int:
    """Mark our cases and list what differs; 0 nothing differs, 1 something does or a row is bad, 2 no such table."""
    try:
        rows = read_rows(file, needed=national.NEEDED, known=national.COLUMNS)
    except BadFile as error:
        return _refused("import", str(error))
    database = Database(get_settings().sqlalchemy_url)
    found = Comparison(0, 0, [], [])
    try:
        with database.write() as session:
            found = national.take_in(session, rows, now=utc_now())
            if found.problems or dry_run:
                raise _Undone
    except _Undone:
        pass
    finally:
        database.dispose()
    print(json.dumps(as_dict(found), ensure_ascii=False) if as_json else as_lines(found, dry_run=dry_run))
    return 1 if found.problems or found.differences else 0


def as_dict(found: Comparison) -> dict[str, object]:
    """The JSON form: rows, marked, problems, differences."""
    return {
        "rows": found.rows,
        "marked": 0 if found.problems else found.marked,
        "problems": [{"row": one.row, "column": one.column, "reason": one.reason} for one in found.problems],
        "differences": [
            {
                "code": one.code,
                "national_code": one.national_code,
                "what": one.what,
                "ours": one.ours,
                "theirs": one.theirs,
            }
            for one in found.differences
        ],
    }


def as_lines(found: Comparison, *, dry_run: bool) -> str:
    """The same for people."""
    lines = [f"dòng {one.row}, cột {one.column}: {one.reason}" for one in found.problems]
    if found.problems:
        lines.append(f"{found.rows} dòng, {len(found.problems)} lỗi: chưa ghi nhận dòng nào.")
    else:
        done = "Chạy thử, chưa ghi gì" if dry_run else "Đã ghi nhận"
        lines.append(f"{done}: {found.rows} dòng, cập nhật {found.marked} vụ việc.")
    lines.append(f"Khác nhau: {len(found.differences)}.")
    return "\n".join([*lines, *map(_line, found.differences)])


def _line(one: Difference) -> str:
    name = NAMES.get(one.what, one.what)
    who = " ".join(part for part in (one.code, one.national_code) if part)
    return f"  {who}: {name}: {_short(one.ours)} | {_short(one.theirs)}"


def _short(text: str) -> str:
    plain = " ".join(text.split())
    return (plain if len(plain) <= 60 else f"{plain[:57]}...") or "-"


def _write(rows: list[dict[str, str]], out: Path | None) -> None:
    if out is not None and out.suffix.lower() == ".xlsx":
        write_xlsx(rows, out)
        return
    if out is None:
        write_csv(rows, sys.stdout)
        return
    with out.open("w", encoding="utf-8-sig", newline="") as file:
        write_csv(rows, file)


def write_csv(rows: list[dict[str, str]], file: TextIO) -> None:
    """A CSV table with a header line."""
    writer = csv.DictWriter(file, fieldnames=national.COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: _harmless(value) for name, value in row.items()} for row in rows)


def write_xlsx(rows: list[dict[str, str]], out: Path | IO[bytes]) -> None:
    """The same as a workbook."""
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    sheet = book.create_sheet("PAKN")
    sheet.append(list(national.COLUMNS))
    for row in rows:
        sheet.append([_harmless(row[name]) for name in national.COLUMNS])
    book.save(out)


def _harmless(value: str) -> str:
    """A text that a spreadsheet would take for a formula is written as text."""
    return f"'{value}" if value.startswith(("=", "+", "-", "@", "\t")) else value


def _refused(command: str, reason: str) -> int:
    print(f"langnghe {command} pakn: {reason}", file=sys.stderr)
    return 2
