"""Rows of a CSV or XLSX file with their numbers, read the same way, and what an import found in them."""

from __future__ import annotations

import csv
import io
import unicodedata
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

MOST_ROWS = 200_000
MOST_CELL = 20_000
_TRUE, _FALSE = ("1", "x", "có", "true", "yes"), ("", "0", "không", "false", "no")


class BadFile(ValueError):
    """A file that cannot be read as a table, or whose columns are not those asked for: one clear line."""


class BadRow(ValueError):
    """One thing that is wrong in a row."""

    def __init__(self, column: str, reason: str) -> None:
        super().__init__(f"{column}: {reason}")
        self.column = column
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Problem:
    """A bad row: its number in the file, the column, and why."""

    row: int
    column: str
    reason: str


@dataclass(slots=True)
class Report:
    """What an import did, or would do. `notes` holds what the operator has to know (new passwords)."""

    rows: int = 0
    added: int = 0
    changed: int = 0
    unchanged: int = 0
    problems: list[Problem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def each(self, rows: Iterable[Row], take: Callable[[Row], str]) -> None:
        """Take each row; `take` says added, changed or unchanged, or raises BadRow."""
        for row in rows:
            self.rows += 1
            try:
                outcome = take(row)
            except BadRow as error:
                self.problems.append(Problem(row.number, error.column, error.reason))
                continue
            setattr(self, outcome, getattr(self, outcome) + 1)


@dataclass(frozen=True, slots=True)
class Row:
    """One row; `number` is the one that a spreadsheet shows. Missing columns read as empty."""

    number: int
    values: Mapping[str, str]

    def text(self, column: str, *, most: int = 200) -> str | None:
        """The cell, None when empty. BadRow when it is longer than `most`."""
        value = self.values.get(column, "")
        if len(value) > most:
            raise BadRow(column, f"dài {len(value)} ký tự, tối đa {most}")
        return value or None

    def needed(self, column: str, *, most: int = 200) -> str:
        """The cell, which must not be empty."""
        value = self.text(column, most=most)
        if value is None:
            raise BadRow(column, "không được để trống")
        return value

    def one_of(self, column: str, allowed: Iterable[str], *, default: str | None = None) -> str | None:
        """A cell that holds one of these words, or nothing."""
        value = self.values.get(column, "").lower() or default
        known = list(allowed)
        if value is not None and value not in known:
            raise BadRow(column, f"“{value}” không thuộc: {', '.join(known[:12])}{', ...' if len(known) > 12 else ''}")
        return value

    def flag(self, column: str) -> bool:
        """x, 1, có; or 0, không, nothing."""
        value = self.values.get(column, "").lower()
        if value not in (*_TRUE, *_FALSE):
            raise BadRow(column, f"“{value}” không phải có/không (x, 1, có; 0, không, để trống)")
        return value in _TRUE

    def kept(self, column: str, current: str | None, *, most: int = 200) -> str | None:
        """The cell; what there is already when it is empty, nothing when it is a dash."""
        value = self.text(column, most=most)
        return current if value is None else None if value == "-" else value

    def day(self, column: str) -> date | None:
        """An ISO date or dd/mm/yyyy."""
        value = self.values.get(column, "")
        if not value:
            return None
        for read in (date.fromisoformat, _vietnamese_date):
            try:
                return read(value[:10] if read is date.fromisoformat and len(value) > 10 else value)
            except ValueError:
                continue
        raise BadRow(column, f"“{value}” không phải ngày (2026-11-23 hoặc 23/11/2026)")


def _vietnamese_date(text: str) -> date:
    return datetime.strptime(text.strip(), "%d/%m/%Y").date()


def read_rows(path: Path, *, needed: Sequence[str], known: Sequence[str]) -> list[Row]:
    """The rows of a file. Raises BadFile for an unreadable one, missing or unknown columns, or too many rows."""
    table = _xlsx(path) if path.suffix.lower() == ".xlsx" else _csv(path)
    header = [name.strip().lower() for name in next(table, [])]
    if missing := [name for name in needed if name not in header]:
        raise BadFile(f"{path.name}: thiếu cột {', '.join(missing)}")
    if unknown := [name for name in header if name and name not in known]:
        raise BadFile(f"{path.name}: không biết cột {', '.join(unknown)}; các cột: {', '.join(known)}")
    if twice := {name for name in header if name and header.count(name) > 1}:
        raise BadFile(f"{path.name}: cột {', '.join(sorted(twice))} có hai lần")
    rows: list[Row] = []
    for number, cells in enumerate(table, start=2):
        if any(cells[len(header) :]):
            raise BadFile(f"{path.name}: dòng {number} có nhiều ô hơn số cột; ô có dấu phẩy cần đặt trong ngoặc kép")
        values = {name: cell for name, cell in zip(header, cells, strict=False) if name and cell}
        if values:
            rows.append(Row(number, values))
        if len(rows) > MOST_ROWS:
            raise BadFile(f"{path.name}: quá {MOST_ROWS} dòng")
    return rows


def _csv(path: Path) -> Iterator[list[str]]:
    """UTF-8 with or without a mark at its start; commas or semicolons."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise BadFile(f"{path.name}: không đọc được ({type(error).__name__}); tệp CSV cần mã UTF-8") from error
    first = text.partition("\n")[0]
    delimiter = ";" if first.count(";") > first.count(",") else ","
    csv.field_size_limit(10_000_000)
    try:
        for cells in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
            yield [_clean(cell) for cell in cells]
    except csv.Error as error:
        raise BadFile(f"{path.name}: CSV không hợp lệ: {error}") from error


def _xlsx(path: Path) -> Iterator[list[str]]:
    """The first sheet, values only."""
    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        book = load_workbook(path, read_only=True, data_only=True)
    except (OSError, InvalidFileException, zipfile.BadZipFile, KeyError, ValueError) as error:
        raise BadFile(f"{path.name}: không phải tệp XLSX đọc được ({type(error).__name__})") from error
    try:
        for cells in book.worksheets[0].iter_rows(values_only=True):
            yield [_clean(_cell(cell)) for cell in cells]
    finally:
        book.close()


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == datetime.min.time() else value.isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _clean(cell: str) -> str:
    """NFC without control characters but line ends, no blanks around."""
    text = unicodedata.normalize("NFC", cell)[:MOST_CELL]
    return "".join(char for char in text if char == "\n" or unicodedata.category(char) not in ("Cc", "Cs")).strip()
