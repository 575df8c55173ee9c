"""Reading a CSV of known population totals for weighting: one level of one variable a row."""

from __future__ import annotations

import re
from pathlib import Path

from surveys.csv_files import LONGEST_SHOWN, Table, plain_content, read_table, table_of
from surveys.errors import InvalidTable

REQUIRED = ("variable", "level", "population")
OPTIONAL = ("note",)
_NUMBER = re.compile(r"\d{1,15}(?:[.,]\d{1,10})?")


def read_population(path: Path) -> dict[str, dict[str, float]]:
    """Variable -> level -> total, in the order of the file.

    A variable is a column of the responses, or several joined by `*` (tinh*gioi_tinh), whose levels are joined in the
    same way (38*nam). Raises InvalidTable naming row and column.
    """
    return _totals(read_table(path, required=REQUIRED, optional=OPTIONAL), path.name)


def population_of(data: bytes, name: str) -> dict[str, dict[str, float]]:
    """What `read_population` gives, of a file that was sent."""
    return _totals(table_of(plain_content(data, name), name, required=REQUIRED, optional=OPTIONAL), name)


def _totals(table: Table, name: str) -> dict[str, dict[str, float]]:
    totals: dict[str, dict[str, float]] = {}
    for row in table.rows:
        for column in ("variable", "level"):
            if not row[column]:
                raise row.wrong(column, "để trống")
        if not _NUMBER.fullmatch(row["population"]):
            raise row.wrong("population", f"“{row['population'][:LONGEST_SHOWN]}” không phải số không âm")
        levels = totals.setdefault(_joined(row["variable"]), {})
        level = _joined(row["level"])
        if level in levels:
            raise row.wrong("level", f"{level[:LONGEST_SHOWN]} đã có ở một dòng trước")
        levels[level] = float(row["population"].replace(",", "."))
    if not totals:
        raise InvalidTable(f"Tệp {name} không có dòng nào.")
    return totals


def _joined(text: str) -> str:
    return "*".join(part.strip() for part in text.split("*"))
