"""Reading survey responses from a CSV file: criteria as levels, and whatever other columns the caller asks for."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from surveys.csv_files import content, header, place
from surveys.design import Floats, Labels
from surveys.errors import InvalidTable
from surveys.parallel import each
from surveys.plain_csv import PlainTable, Wanted, plain_numbers
from surveys.questionnaires import Questionnaire, Scale
from surveys.row_estimates import Answers


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
        return place(row, self.lines[row], column)

    def numbers(self, column: str) -> Floats:
        """The column as numbers; raises InvalidTable naming the first row that is none."""
        labels = self.labels[column]
        try:
            if labels.dtype.kind == "S":
                plain = plain_numbers(labels)
                if plain is not None:
                    return plain
                if b"_" not in labels.tobytes():
                    return labels.astype(np.float64)
        except ValueError:
            pass  # the slow way finds the row
        return np.array([self._number(row, column) for row in range(self.rows)], dtype=np.float64)

    def filled(self, column: str) -> Labels:
        """The column; raises InvalidTable naming the first row where it is blank."""
        labels = self.labels[column]
        blank = np.flatnonzero(labels == labels.dtype.type())
        if len(blank):
            raise InvalidTable(f"{self.place(int(blank[0]), column)}: để trống.")
        return labels

    def _number(self, row: int, column: str) -> float:
        """A decimal comma is read where the cell has no point."""
        label = self.labels[column][row]
        text = label.decode() if isinstance(label, bytes) else str(label)
        if not text:
            raise InvalidTable(f"{self.place(row, column)}: để trống.")
        try:
            if "_" in text:  # which Python reads as 1_000 and people do not write
                raise ValueError
            return float(text.replace(",", ".") if text.count(",") == 1 and "." not in text else text)
        except ValueError:
            raise InvalidTable(f"{self.place(row, column)}: “{text[:20]}” không phải một số.") from None


def read_responses(path: Path, form: Questionnaire, *, columns: Iterable[str] = ()) -> ResponseTable:
    """UTF-8, with or without BOM; separated by comma, semicolon or tab; any line ends.

    Raises InvalidTable for a file that cannot be read, an unknown or repeated column, an answer outside the scale.
    """
    data = content(path)
    names, separator = _header(data, form)
    wanted = list(dict.fromkeys(columns))
    _check_header(names, wanted, form)
    table = _from_plain(data, separator, names, wanted, form) or _from_any(data, separator, names, wanted, form)
    if not table.rows:
        raise InvalidTable(f"Tệp {path.name} không có dòng trả lời nào.")
    return replace(table, missing=tuple(code for code in form.criteria if code not in names))


def _header(data: bytes, form: Questionnaire) -> tuple[list[str], str]:
    """The separator is the one under which the first line names the most criteria."""
    names, separator = header(data, form.criteria)
    if not set(names) & set(form.criteria):
        example = form.criteria[0]
        raise InvalidTable(f"Dòng tiêu đề không có cột tiêu chí nào của mẫu phiếu {form.id} ({example}, ...).")
    return names, separator


def _check_header(names: Sequence[str], wanted: Sequence[str], form: Questionnaire) -> None:
    for name in wanted:
        if name not in names:
            raise InvalidTable(f"Tệp không có cột {name}.")
    for name in (*form.criteria, *wanted):
        if names.count(name) > 1:
            raise InvalidTable(f"Tệp có hai cột cùng tên {name}.")


def _from_plain(
    data: bytes, separator: str, names: list[str], wanted: list[str], form: Questionnaire
) -> ResponseTable | None:
    """The fast way; None where the file does not allow it."""
    present = [code for code in form.criteria if code in names]

    def unusual(row: int, position: int, text: str) -> int:
        return _level(text, place(row, row + 2, present[position]), form.scale)

    columns = Wanted(
        columns=len(names),
        digits=[names.index(code) for code in present],
        labels=[names.index(name) for name in wanted],
        highest=form.scale.top,
        otherwise=unusual,
    )
    table = PlainTable.read(data, separator=separator, wanted=columns)
    if table is None:
        return None
    answers = table.levels
    if len(present) < len(form.criteria):
        answers = np.zeros((table.rows, len(form.criteria)), dtype=np.int8)
        answers[:, [form.criteria.index(code) for code in present]] = table.levels
    labels = each(table.labels, range(len(wanted)))
    return ResponseTable(answers, dict(zip(wanted, labels, strict=True)), lines=range(2, table.rows + 2))


def _from_any(data: bytes, separator: str, names: list[str], wanted: list[str], form: Questionnaire) -> ResponseTable:
    reader = csv.reader(io.StringIO(data.decode(), newline=""), delimiter=separator)
    next(reader)
    numbered_rows = [(reader.line_num, row) for row in reader if row]
    lines, rows = [line for line, _ in numbered_rows], [row for _, row in numbered_rows]
    for number, row in enumerate(rows):
        if len(row) != len(names):
            where = f"Dòng dữ liệu {number + 1} (dòng {lines[number]} của tệp)"
            raise InvalidTable(f"{where}: có {len(row)} cột, dòng tiêu đề có {len(names)} cột.")
    answers = np.zeros((len(rows), len(form.criteria)), dtype=np.int8)
    for position, code in enumerate(form.criteria):
        if code in names:
            cells = (row[names.index(code)] for row in rows)
            answers[:, position] = [
                _level(cell, place(number, lines[number], code), form.scale) for number, cell in enumerate(cells)
            ]
    labels = {name: np.array([row[names.index(name)].strip() for row in rows], dtype=np.str_) for name in wanted}
    return ResponseTable(answers, labels, lines)


def _level(text: str, where: str, scale: Scale) -> int:
    """Spreadsheets write whole numbers with decimals where a column has blanks: "4.0" is 4."""
    text = text.strip()
    whole = text.replace(",", ".").removesuffix(".0")
    if whole.isascii() and whole.isdigit() and int(whole) in scale.labels:
        return int(whole)
    if text:
        raise InvalidTable(f"{where}: giá trị “{text[:20]}” ngoài thang 1-{scale.top}.")
    return 0
