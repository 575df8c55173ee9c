"""Anonymised open data of a round: each published figure as one line, hidden ones as hidden; never rows of answers."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from surveys.figures import Figure, IndexTable
from surveys.rounds.public_figures import Publication
from surveys.rounds.reports import weight_lines

COLUMNS = ("bien", "nhom", "cap", "ma", "ten", "uoc_tinh", "sai_so_chuan", "can_duoi", "can_tren", "n", "trang_thai")
STATES = {"shown": "", "hidden": "ẩn", "none": "không có câu trả lời", "withheld": "không công bố"}


@dataclass(frozen=True, slots=True)
class OpenFigure:
    """One line: the variable and its group (both empty for all), the level (chung, phan, yeu_to, tieu_chi, cau_hoi)."""

    variable: str
    group: str
    level: str
    code: str
    name: str
    figure: Figure | None
    state: str

    def cells(self) -> tuple[Any, ...]:
        one = self.figure if self.state == "shown" else None
        values = (one.estimate, one.se, one.ci_low, one.ci_high) if one else (None,) * 4
        numbers = tuple("" if value is None else round(value, 2) for value in values)
        n = one.n if one and one.n is not None else ""
        return (self.variable, self.group, self.level, self.code, self.name, *numbers, n, STATES[self.state])


def figures(found: Publication) -> Iterator[OpenFigure]:
    """Every figure of the publication, in the order of the report."""
    yield from _of_table(found, found.total, "", "")
    for one in found.breakdowns:
        if one.withheld:
            yield OpenFigure(one.code, "", "chung", "overall", one.title, None, "withheld")
        for label, table in one.tables.items():
            yield from _of_table(found, table, one.code, label)
    for shares in found.shares:
        for option, share in zip(shares.question.options, shares.options, strict=True):
            code = f"{shares.question.code}={option}"
            shown = Figure(share.percent, None, None, None, shares.n, None)
            state = "hidden" if share.percent is None else "shown"
            yield OpenFigure("", "", "cau_hoi", code, f"{shares.question.text}: {share.label}", shown, state)


def _of_table(found: Publication, table: IndexTable, variable: str, group: str) -> Iterator[OpenFigure]:
    names = {"overall": "Mức hài lòng chung"} | {part.code: part.name for part in found.form.parts}
    names |= {factor.code: factor.name for factor in found.form.factors}
    names |= {code: text for factor in found.form.factors for code, text in factor.criteria.items()}
    levels = (
        ("chung", {"overall": table.overall}),
        ("phan", table.parts),
        ("yeu_to", table.factors),
        ("tieu_chi", table.criteria),
    )
    for level, many in levels:
        for code, figure in many.items():
            state = "none" if figure is None else ("hidden" if figure.suppressed else "shown")
            yield OpenFigure(variable, group, level, code, names[code], figure, state)


def csv_file(found: Publication) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    writer.writerows(one.cells() for one in figures(found))
    return out.getvalue().encode("utf-8-sig")


def json_file(found: Publication) -> bytes:
    """The same lines with what a reader must know of the round."""
    survey = found.survey
    document = {
        "ma": survey.code,
        "ten": survey.title,
        "mau_phieu": survey.questionnaire,
        "tu_ngay": survey.opens_on.isoformat(),
        "den_ngay": survey.closes_on.isoformat(),
        "loai": "ước tính nội bộ, không phải SIPAS do Bộ Nội vụ công bố",
        "cach_tinh": found.options.method,
        "an_duoi": found.threshold,
        "trong_so": dict(weight_lines(found.weights)),
        "so_phieu": found.responses,
        "rr1": found.rates.rr1,
        "rr2": found.rates.rr2,
        "so_lieu": [dict(zip(COLUMNS, one.cells(), strict=True)) for one in figures(found)],
    }
    return json.dumps(document, ensure_ascii=False, indent=1).encode()
