"""Reading a CSV of counts and entered scores, one criterion a row, checked against the rule that it is for."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from surveys.csv_files import LONGEST_SHOWN, Row, read_table
from surveys.errors import InvalidOption
from surveys.score_rules import Metric, ScoreRule
from surveys.score_sheets import Entry

REQUIRED = ("metric",)
OPTIONAL = ("num", "den", "agency", "own_score", "appraised_score", "evidence", "explanation", "note")

_NUMBER = re.compile(r"\d{1,15}(?:[.,]\d{1,15})?")


def read_counts(
    path: Path, rule: ScoreRule, *, agency: str | None = None, taken: Iterable[str] = ()
) -> dict[str, Entry]:
    """Criterion -> what the file says of it.

    With `agency` only its rows, without it the counts of all agencies are added up. `taken` are criteria that are
    computed from elsewhere and may not stand here. Raises InvalidTable naming the row and column of what is wrong.
    """
    table = read_table(path, required=REQUIRED, optional=OPTIONAL)
    if agency is not None and "agency" not in table.columns:
        raise InvalidOption(f"Tệp {path.name} không có cột agency để chọn cơ quan {agency}.")
    refused = frozenset(taken)
    entries: dict[str, Entry] = {}
    seen: set[tuple[str, str]] = set()
    for row in table.rows:
        metric = rule.metrics.get(row["metric"])
        if metric is None:
            raise row.wrong("metric", _unknown(row["metric"], rule))
        entry = _entry(row, metric)
        if (row["agency"], metric.code) in seen:
            raise row.wrong("metric", f"{metric.code} đã có ở một dòng trước")
        seen.add((row["agency"], metric.code))
        if metric.code in refused:
            raise row.wrong("metric", f"{metric.code} được tính từ vụ việc, không nhập ở đây")
        if agency in (None, row["agency"]):
            entries[metric.code] = _added(entries.get(metric.code), entry, row, metric)
    return entries


def _unknown(code: str, rule: ScoreRule) -> str:
    if not code:
        return "để trống"
    return f"không có chỉ tiêu “{code[:LONGEST_SHOWN]}” trong {rule.id}; các chỉ tiêu: {', '.join(rule.metrics)}"


def _entry(row: Row, metric: Metric) -> Entry:
    num, den = _number(row, "num"), _number(row, "den")
    if metric.unit == "index" and num is not None and den is None:
        den = 100.0
    _check_counts(row, metric, num, den)
    return Entry(
        num=num,
        den=den,
        own_score=_score(row, "own_score", metric),
        appraised_score=_score(row, "appraised_score", metric),
        evidence=row["evidence"],
        explanation=row["explanation"],
    )


def _check_counts(row: Row, metric: Metric, num: float | None, den: float | None) -> None:
    if metric.formula == "entered":
        for column, value in (("num", num), ("den", den)):
            if value is not None:
                raise row.wrong(column, f"{metric.code} là tiêu chí nhập điểm, dùng cột own_score")
        return
    if (num is None) != (den is None):
        raise row.wrong("num" if num is None else "den", "để trống, trong khi số kia có")
    if num is None or den is None:
        if row["own_score"] or row["appraised_score"]:
            return
        raise row.wrong("num", "để trống")
    if metric.unit == "index":
        if den != 100 or num > 100:
            raise row.wrong("den" if den != 100 else "num", "chỉ số phải từ 0 đến 100, mẫu số 100")
        return
    for column, value in (("num", num), ("den", den)):
        if not value.is_integer():
            raise row.wrong(column, f"“{row[column][:LONGEST_SHOWN]}” không phải số nguyên")
    if num > den and (den == 0 or not metric.over):
        raise row.wrong("num", f"{row['num']} lớn hơn mẫu số {row['den']}")


def _number(row: Row, column: str) -> float | None:
    """A number that is not negative; a decimal comma is read too. No sign for thousands: 1.234 is no whole number."""
    text = row[column]
    if not text:
        return None
    if not _NUMBER.fullmatch(text):
        raise row.wrong(column, f"“{text[:LONGEST_SHOWN]}” không phải một số không âm")
    return float(text.replace(",", "."))


def _score(row: Row, column: str, metric: Metric) -> float | None:
    value = _number(row, column)
    if value is None:
        return None
    if metric.informs_only:
        raise row.wrong(column, f"{metric.code} không có điểm")
    if value > metric.max:
        raise row.wrong(column, f"{row[column]} lớn hơn điểm tối đa {metric.max:g}")
    if metric.whole and not value.is_integer():
        raise row.wrong(column, f"{row[column]} không phải điểm nguyên")
    return value


def _added(before: Entry | None, entry: Entry, row: Row, metric: Metric) -> Entry:
    """Counts of several agencies add up; what is no count cannot be added."""
    if before is None:
        return entry
    both = (before.num, before.den, entry.num, entry.den)
    if metric.unit == "index" or None in both or before.own_score is not None or entry.own_score is not None:
        reason = "có ở nhiều cơ quan và không cộng được; chọn một cơ quan bằng --agency"
        raise row.wrong("agency", f"{metric.code} {reason}")
    return replace(before, num=(before.num or 0) + (entry.num or 0), den=(before.den or 0) + (entry.den or 0))
