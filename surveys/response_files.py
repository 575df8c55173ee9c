"""Reading survey responses from a CSV file: criteria as levels, and whatever other columns the caller asks for."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from surveys.design import Floats, Labels
from surveys.errors import InvalidResponses
from surveys.indices import Answers
from surveys.plain_csv import PlainTable
from surveys.questionnaires import Questionnaire, Scale

SEPARATORS = ",;\t"


@dataclass(frozen=True, slots=True)
class ResponseTable:
    """`answers` as compute_index takes them; `labels` the other columns, stripped; the criteria that the file lacks.

    `lines` is the line of the file that each row ends on.
    """

    answers: Answers
    labels: dict[str, Labels]
    lines: Sequence[int]
    missing: tuple[str, ...] = ()

    @property
    def rows(self) -> int:
        return len(self.answers)

    def place(self, row: int, column: str) -> str:
        """Names a cell for people; `row` counts from 0."""
        return _place(row, self.lines[row], column)

    def numbers(self, column: str) -> Floats:
        """The column as numbers; raises InvalidResponses naming the first row that is none."""
        labels = self.labels[column]
        try:
            if labels.dtype.kind == "S":
                return labels.astype(np.float64)
        except ValueError:
            pass  # the slow way finds the row
        return np.array([self._number(row, column) for row in range(self.rows)], dtype=np.float64)

    def filled(self, column: str) -> Labels:
        """The column; raises InvalidResponses naming the first row where it is blank."""
        labels = self.labels[column]
        blank = np.flatnonzero(labels == labels.dtype.type())
        if len(blank):
            raise InvalidResponses(f"{self.place(int(blank[0]), column)}: để trống.")
        return labels

    def _number(self, row: int, column: str) -> float:
        """A decimal comma is read where the cell has no point."""
        label = self.labels[column][row]
        text = label.decode() if isinstance(label, bytes) else str(label)
        if not text:
            raise InvalidResponses(f"{self.place(row, column)}: để trống.")
        try:
            return float(text.replace(",", ".") if text.count(",") == 1 and "." not in text else text)
        except ValueError:
            raise InvalidResponses(f"{self.place(row, column)}: “{text[:20]}” không phải một số.") from None


def _place(row: int, line: int, column: str) -> str:
    return f"Dòng dữ liệu {row + 1} (dòng {line} của tệp), cột {column}"


def read_responses(path: Path, form: Questionnaire, *, columns: Iterable[str] = ()) -> ResponseTable:
    """UTF-8, with or without BOM; separated by comma, semicolon or tab; any line ends.

    Raises InvalidResponses for a file that cannot be read, an unknown or repeated column, an answer outside the scale.
    """
    data = _content(path)
    header, separator = _header(data, form)
    wanted = list(dict.fromkeys(columns))
    _check_header(header, wanted, form)
    plain = PlainTable.read(data, separator=separator, columns=len(header))
    table = _from_plain(plain, header, wanted, form) if plain else _from_any(data, separator, header, wanted, form)
    if not table.rows:
        raise InvalidResponses(f"Tệp {path.name} không có dòng trả lời nào.")
    return replace(table, missing=tuple(code for code in form.criteria if code not in header))


def _content(path: Path) -> bytes:
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise InvalidResponses(f"Không tìm thấy tệp {path}.") from None
    except OSError as error:
        raise InvalidResponses(f"Không đọc được tệp {path}: {error.strerror}.") from None
    data = data.removeprefix(b"\xef\xbb\xbf")
    if b"\r" in data:
        data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    if not data.strip():
        raise InvalidResponses(f"Tệp {path.name} rỗng.")
    try:
        data.decode()
    except UnicodeDecodeError:
        raise InvalidResponses(f"Tệp {path.name} không phải UTF-8; hãy lưu lại dạng “CSV UTF-8”.") from None
    return data


def _header(data: bytes, form: Questionnaire) -> tuple[list[str], str]:
    """The separator is the one under which the first line names the most criteria."""
    line = data.split(b"\n", 1)[0].decode()
    rows = {separator: next(csv.reader([line], delimiter=separator), []) for separator in SEPARATORS}
    readings = {separator: [name.strip() for name in row] for separator, row in rows.items()}
    known = {separator: len(set(names) & set(form.criteria)) for separator, names in readings.items()}
    best = max(SEPARATORS, key=lambda separator: known[separator])
    if not known[best]:
        example = form.criteria[0]
        raise InvalidResponses(f"Dòng tiêu đề không có cột tiêu chí nào của mẫu phiếu {form.id} ({example}, ...).")
    return readings[best], best


def _check_header(header: Sequence[str], wanted: Sequence[str], form: Questionnaire) -> None:
    for name in wanted:
        if name not in header:
            raise InvalidResponses(f"Tệp không có cột {name}.")
    for name in (*form.criteria, *wanted):
        if header.count(name) > 1:
            raise InvalidResponses(f"Tệp có hai cột cùng tên {name}.")


def _from_plain(table: PlainTable, header: list[str], wanted: list[str], form: Questionnaire) -> ResponseTable:
    answers = np.zeros((table.rows, len(form.criteria)), dtype=np.int8)
    for position, code in enumerate(form.criteria):
        if code not in header:
            continue
        column = header.index(code)
        levels, unusual = table.digits(column, highest=form.scale.top)
        for row in unusual.tolist():
            levels[row] = _level(table.text(row, column), _place(row, row + 2, code), form.scale)
        answers[:, position] = levels
    labels = {name: table.labels(header.index(name)) for name in wanted}
    return ResponseTable(answers, labels, lines=range(2, table.rows + 2))


def _from_any(data: bytes, separator: str, header: list[str], wanted: list[str], form: Questionnaire) -> ResponseTable:
    reader = csv.reader(io.StringIO(data.decode(), newline=""), delimiter=separator)
    next(reader)
    numbered_rows = [(reader.line_num, row) for row in reader if row]
    lines, rows = [line for line, _ in numbered_rows], [row for _, row in numbered_rows]
    for number, row in enumerate(rows):
        if len(row) != len(header):
            where = f"Dòng dữ liệu {number + 1} (dòng {lines[number]} của tệp)"
            raise InvalidResponses(f"{where}: có {len(row)} cột, dòng tiêu đề có {len(header)} cột.")
    answers = np.zeros((len(rows), len(form.criteria)), dtype=np.int8)
    for position, code in enumerate(form.criteria):
        if code in header:
            cells = (row[header.index(code)] for row in rows)
            answers[:, position] = [
                _level(cell, _place(number, lines[number], code), form.scale) for number, cell in enumerate(cells)
            ]
    labels = {name: np.array([row[header.index(name)].strip() for row in rows], dtype=np.str_) for name in wanted}
    return ResponseTable(answers, labels, lines)


def _level(text: str, where: str, scale: Scale) -> int:
    """Spreadsheets write whole numbers with decimals where a column has blanks: "4.0" is 4."""
    text = text.strip()
    whole = text.replace(",", ".").removesuffix(".0")
    if whole.isascii() and whole.isdigit() and int(whole) in scale.labels:
        return int(whole)
    if text:
        raise InvalidResponses(f"{where}: giá trị “{text[:20]}” ngoài thang 1-{scale.top}.")
    return 0
