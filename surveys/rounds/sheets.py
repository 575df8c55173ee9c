"""Rows of a file that people filled in, CSV or XLSX, with every error named by its row: all is taken or nothing."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from nlu.text import fold
from surveys.csv_files import SEPARATORS
from surveys.errors import InvalidTable

MOST_ROWS = 1_000_000
MOST_ERRORS = 200
LONGEST_CELL = 2_000
_XLSX = b"PK\x03\x04"


@dataclass(frozen=True, slots=True)
class RowError:
    """What is wrong in one cell; `line` is the row's number in the file, 1 for the header."""

    line: int
    column: str
    reason: str

    def __str__(self) -> str:
        where = f", cột {self.column}" if self.column else ""
        return f"Dòng {self.line}{where}: {self.reason}."


class InvalidRows(InvalidTable):
    """The file has errors; nothing of it was taken. `errors` holds the first of them, `count` how many there are."""

    code = "invalid_rows"

    def __init__(self, errors: Sequence[RowError]) -> None:
        super().__init__(str(errors[0]) + (f" Còn {len(errors) - 1} lỗi khác." if len(errors) > 1 else ""))
        self.errors = tuple(errors[:MOST_ERRORS])
        self.count = len(errors)


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One filled row: its line in the file, and its cells by column, blank ones left out."""

    line: int
    cells: Mapping[str, str]

    def get(self, column: str) -> str:
        return self.cells.get(column, "")


def read_sheet(data: bytes, columns: Mapping[str, Sequence[str]]) -> list[SheetRow]:
    """The rows under the columns that we know: `columns` gives for each the names by which people call it.

    Other columns are passed over. Raises InvalidTable for a file that is neither CSV nor XLSX, or without any column.
    """
    lines = iter(_lines(data))
    header = next(lines, (1, []))[1]
    known = _known(header, columns)
    if not known:
        names = ", ".join(next(iter(names), column) for column, names in columns.items())
        raise InvalidTable(f"Dòng tiêu đề không có cột nào đã biết ({names}).")
    rows = []
    for line, cells in lines:
        filled = {known[at]: cell for at, cell in enumerate(cells) if at in known and cell}
        if filled:
            rows.append(SheetRow(line, filled))
        if len(rows) > MOST_ROWS:
            raise InvalidTable(f"Tệp có quá {MOST_ROWS} dòng.")
    return rows


def header_name(text: str) -> str:
    """A column's name as it is compared: without marks, signs and capitals."""
    return " ".join(re.findall(r"[a-z0-9_]+", fold(text)))


def _known(header: Sequence[str], columns: Mapping[str, Sequence[str]]) -> dict[int, str]:
    """Position -> column. Raises InvalidTable for two columns of one meaning."""
    meant = {header_name(name): column for column, names in columns.items() for name in (column, *names)}
    known: dict[int, str] = {}
    for at, name in enumerate(header):
        column = meant.get(header_name(name))
        if column is None:
            continue
        if column in known.values():
            raise InvalidTable(f"Dòng tiêu đề có hai cột cùng nghĩa: “{name}”.")
        known[at] = column
    return known


def _lines(data: bytes) -> Iterable[tuple[int, list[str]]]:
    if not data.strip():
        raise InvalidTable("Tệp rỗng.")
    return _xlsx_lines(data) if data.startswith(_XLSX) else _csv_lines(data)


def _csv_lines(data: bytes) -> Iterator[tuple[int, list[str]]]:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InvalidTable("Tệp không phải XLSX, cũng không phải CSV UTF-8.") from None
    first = text.split("\n", 1)[0]
    separator = max(SEPARATORS, key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    try:
        for cells in reader:
            yield reader.line_num, [_clean(cell) for cell in cells]
    except csv.Error:
        raise InvalidTable("Tệp không phải CSV đúng: có ký tự lạ hoặc ô quá dài.") from None


def _xlsx_lines(data: bytes) -> Iterator[tuple[int, list[str]]]:
    """The first sheet; formulas count by the value that was stored with them."""
    from openpyxl import load_workbook  # slow to import, and only files of this kind need it
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=True)
        sheet = book.worksheets[0]
        for line, cells in enumerate(sheet.iter_rows(values_only=True), start=1):
            yield line, [_clean(_text(cell)) for cell in cells]
    except (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError, IndexError):
        raise InvalidTable("Không đọc được tệp XLSX này.") from None


def _text(cell: Any) -> str:
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    return cell.isoformat() if isinstance(cell, date) else str(cell)


def _clean(cell: str) -> str:
    return " ".join(cell.replace("\0", " ").split())[:LONGEST_CELL]
