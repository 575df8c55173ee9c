"""CSV files as people save them: UTF-8 with or without BOM, comma, semicolon or tab, any line ends, named cells."""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from surveys.errors import InvalidTable

SEPARATORS = ",;\t"
LONGEST_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Row:
    """One data row; cells are stripped, a column that the file lacks is blank. `number` counts data rows from 1."""

    number: int
    line: int
    cells: Mapping[str, str]

    def __getitem__(self, column: str) -> str:
        return self.cells.get(column, "")

    def wrong(self, column: str, reason: str) -> InvalidTable:
        """The error that names this cell."""
        return InvalidTable(f"{place(self.number - 1, self.line, column)}: {reason}.")


@dataclass(frozen=True, slots=True)
class Table:
    columns: tuple[str, ...]
    rows: tuple[Row, ...]


def place(row: int, line: int, column: str) -> str:
    """Names a cell for people; `row` counts from 0."""
    return f"Dòng dữ liệu {row + 1} (dòng {line} của tệp), cột {column}"


def content(path: Path) -> bytes:
    """The file in UTF-8 and NFC, with newlines only. Raises InvalidTable for what cannot be read so."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise InvalidTable(f"Không tìm thấy tệp {path}.") from None
    except OSError as error:
        raise InvalidTable(f"Không đọc được tệp {path}: {error.strerror}.") from None
    return plain_content(data, path.name)


def plain_content(data: bytes, name: str) -> bytes:
    """What `content` gives, of bytes that were sent."""
    data = data.removeprefix(b"\xef\xbb\xbf")
    if b"\r" in data:
        data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    if not data or data.isspace():
        raise InvalidTable(f"Tệp {name} rỗng.")
    try:
        text = data.decode()
    except UnicodeDecodeError:
        raise InvalidTable(f"Tệp {name} không phải UTF-8; hãy lưu lại dạng “CSV UTF-8”.") from None
    # The same name typed on another system may carry its marks as letters of their own.
    is_plain = text.isascii() or unicodedata.is_normalized("NFC", text)
    return data if is_plain else unicodedata.normalize("NFC", text).encode()


def header(data: bytes, known: Sequence[str]) -> tuple[list[str], str]:
    """The column names and the separator, which is the one under which the first line names most known columns."""
    line = data[: data.find(b"\n")].decode() if b"\n" in data else data.decode()
    rows = {separator: next(csv.reader([line], delimiter=separator), []) for separator in SEPARATORS}
    readings = {separator: [name.strip() for name in row] for separator, row in rows.items()}
    best = max(SEPARATORS, key=lambda separator: len(set(readings[separator]) & set(known)))
    return readings[best], best


def read_table(path: Path, *, required: Sequence[str], optional: Sequence[str]) -> Table:
    """The rows of a small file; blank lines are passed over, a header alone has no rows.

    Raises InvalidTable for a missing, unknown or repeated column, or a row of another length.
    """
    return table_of(content(path), path.name, required=required, optional=optional)


def table_of(data: bytes, file: str, *, required: Sequence[str], optional: Sequence[str]) -> Table:
    """What `read_table` gives, of plain content; `file` is its name for errors."""
    columns, separator = header(data, [*required, *optional])
    _check_columns(file, columns, required=required, optional=optional)
    return Table(tuple(columns), tuple(_rows(data, columns, separator)))


def _check_columns(file: str, columns: Sequence[str], *, required: Sequence[str], optional: Sequence[str]) -> None:
    for name in required:
        if name not in columns:
            raise InvalidTable(f"Tệp {file} không có cột {name}.")
    known = (*required, *optional)
    for position, name in enumerate(columns, start=1):
        if name not in known:
            shown = f"“{name[:LONGEST_SHOWN]}”" if name else f"không tên (cột thứ {position})"
            raise InvalidTable(f"Dòng tiêu đề: không biết cột {shown}. Các cột: {', '.join(known)}.")
        if columns.count(name) > 1:
            raise InvalidTable(f"Tệp {file} có hai cột cùng tên {name}.")


def _readable(reader: Iterator[list[str]]) -> Iterator[list[str]]:
    try:
        yield from reader
    except csv.Error:
        raise InvalidTable("Tệp không phải CSV đúng: có ký tự lạ hoặc ô quá dài.") from None


def _rows(data: bytes, columns: Sequence[str], separator: str) -> Iterator[Row]:
    reader = csv.reader(io.StringIO(data.decode(), newline=""), delimiter=separator)
    next(reader)
    number = 0
    for cells in _readable(reader):
        if not any(cell.strip() for cell in cells):
            continue
        number += 1
        if len(cells) != len(columns):
            where = f"Dòng dữ liệu {number} (dòng {reader.line_num} của tệp)"
            raise InvalidTable(f"{where}: có {len(cells)} cột, dòng tiêu đề có {len(columns)} cột.")
        stripped = (cell.strip() for cell in cells)
        yield Row(number, reader.line_num, dict(zip(columns, stripped, strict=True)))
