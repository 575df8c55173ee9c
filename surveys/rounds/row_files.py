"""Rows of answers as files, for people with that right: CSV with the design, and SPSS with its labels."""

from __future__ import annotations

import csv
import io
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from surveys.keeping import MODES
from surveys.questionnaires import Question, Questionnaire
from surveys.rounds.models import SurveyRound
from surveys.rounds.place_names import commune_name, province_name
from surveys.rounds.rows import Rows
from surveys.rounds.weighting import Weighting

DESIGN: Mapping[str, str] = {
    "mau_phieu": "Mã ngẫu nhiên của phiếu",
    "ngay": "Ngày trả lời",
    "hinh_thuc": "Hình thức trả lời",
    "tinh": "Mã tỉnh",
    "xa": "Mã xã, phường",
    "thu_tuc": "Mã thủ tục",
    "tang": "Tầng",
    "cum": "Cụm",
    "trong_so_thiet_ke": "Trọng số thiết kế (1/xác suất chọn)",
    "trong_so_tra_loi": "Trọng số sau điều chỉnh không trả lời và giới hạn",
    "trong_so": "Trọng số dùng để tính",
    "fpc": "Số cụm của tầng trong tổng thể",
}


TOTALS_FILE = "tong-the.csv"


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the rows: a question, or one option of a question with several answers (1 or 0)."""

    name: str
    label: str
    question: Question
    option: str | None = None

    @property
    def value_labels(self) -> dict[float, str]:
        """Number -> label: levels as they are, options by their place."""
        if self.option is not None:
            return {0.0: "Không chọn", 1.0: "Chọn"}
        if self.question.kind == "scale":
            return {float(level): label for level, label in self.question.options.items()}
        return {float(at): label for at, label in enumerate(self.question.options.values(), start=1)}

    def number(self, answers: Mapping[str, Any]) -> float | None:
        """What stands in SPSS; None for a question that was not answered."""
        given = answers.get(self.question.code)
        if given is None:
            return None
        if self.option is not None:
            return float(self.option in given)
        return float(given) if self.question.kind == "scale" else float(list(self.question.options).index(given) + 1)


def columns_of(form: Questionnaire) -> list[Column]:
    return [column for question in form.questions for column in _columns(question)]


def _columns(question: Question) -> Iterator[Column]:
    if question.kind != "choices":
        yield Column(question.code, question.text, question)
        return
    for code, label in question.options.items():
        yield Column(f"{question.code}_{code}", f"{question.text}: {label}", question, code)


def design_columns(survey: SurveyRound) -> dict[str, str]:
    """Name -> label: DESIGN, and for each variable with known totals the group that a response was fitted in."""
    margins = enumerate(Weighting.from_data(survey.weighting).margins, start=1)
    return {**DESIGN} | {f"hieu_chinh_{at}": f"Nhóm hiệu chỉnh theo tổng thể: {name}" for at, name in margins}


def design_of(rows: Rows) -> list[dict[str, Any]]:
    """The columns of `design_columns` by row. Who was drawn alone is a cluster named by its own random id."""
    weighted = rows.weighted
    weights = zip(weighted.base.tolist(), weighted.adjusted.tolist(), rows.weights.tolist(), strict=True)
    found = [
        {
            "mau_phieu": one.id,
            "ngay": one.answered_on.isoformat(),
            "hinh_thuc": one.mode,
            "tinh": one.province,
            "xa": one.commune,
            "thu_tuc": one.procedure,
            "tang": one.stratum or "-",
            "cum": one.cluster or one.id,
            "trong_so_thiet_ke": base,
            "trong_so_tra_loi": adjusted,
            "trong_so": weight,
            "fpc": one.fpc,
        }
        for one, (base, adjusted, weight) in zip(rows.responses, weights, strict=True)
    ]
    for at, (labels, _) in enumerate(weighted.fitted, start=1):
        for row, label in zip(found, labels.tolist(), strict=True):
            row[f"hieu_chinh_{at}"] = label
    return found


def index_command(survey: SurveyRound, rows: Rows, file: str) -> str:
    """How to compute the round's index from its CSV file again; errors under known totals need those as a file."""
    finite = bool((rows.design.population < float("inf")).all())
    fpc = " --fpc fpc" if finite else ""
    margins = f" --margins {survey.code}-{TOTALS_FILE}" if rows.weighted.fitted else ""
    weight = "trong_so_tra_loi" if rows.weighted.fitted else "trong_so"
    return (
        f"langnghe index sipas --questionnaire {survey.questionnaire} --responses {file} "
        f"--stratum tang --cluster cum --weight {weight}{fpc}{margins} --json"
    )


def totals_file(rows: Rows) -> bytes:
    """The known totals as the weights were fitted to them, for `langnghe index sipas --margins`."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(("variable", "level", "population"))
    for at, (_, totals) in enumerate(rows.weighted.fitted, start=1):
        writer.writerows((f"hieu_chinh_{at}", level, f"{total:.10f}") for level, total in totals.items())
    return out.getvalue().encode("utf-8-sig")


def csv_file(survey: SurveyRound, form: Questionnaire, rows: Rows) -> bytes:
    """As `langnghe index sipas` reads it: criteria as levels, other questions as the codes of their options."""
    columns = columns_of(form)
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([*design_columns(survey), *(column.name for column in columns)])
    for design, one in zip(design_of(rows), rows.responses, strict=True):
        cells = ["" if value is None else value for value in design.values()]
        writer.writerow([*cells, *(_cell(column, one.answers) for column in columns)])
    return out.getvalue().encode("utf-8-sig")


def _cell(column: Column, answers: Mapping[str, Any]) -> str | int:
    given = answers.get(column.question.code)
    if given is None:
        return ""
    return int(column.option in given) if column.option is not None else str(given)


def spss_file(survey: SurveyRound, form: Questionnaire, rows: Rows) -> bytes:
    """A .sav file: variable labels, value labels and measures in Vietnamese; blank answers are system-missing."""
    import pandas  # both are slow to import, and only this file needs them
    import pyreadstat

    columns, titles, design = columns_of(form), design_columns(survey), design_of(rows)
    data: dict[str, Any] = {name: [row[name] for row in design] for name in titles}
    data["fpc"] = [float("nan") if value is None else float(value) for value in data["fpc"]]
    for column in columns:
        numbers = [column.number(one.answers) for one in rows.responses]
        data[column.name] = [float("nan") if one is None else one for one in numbers]
    value_labels: dict[str, Any] = {column.name: column.value_labels for column in columns}
    value_labels["hinh_thuc"] = dict(MODES)
    value_labels["xa"] = {code: commune_name(code) for code in set(data["xa"]) if code}
    value_labels["tinh"] = {code: province_name(code) for code in set(data["tinh"]) if code}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "phieu.sav"
        pyreadstat.write_sav(
            pandas.DataFrame(data),
            str(path),
            file_label=survey.code,
            note=_notes(survey),
            column_labels={**titles, **{column.name: _short(column.label) for column in columns}},
            variable_value_labels={name: labels for name, labels in value_labels.items() if labels},
            variable_measure={column.name: _measure(column) for column in columns},
            variable_format={column.name: "F4.0" for column in columns},
        )
        return path.read_bytes()


def _notes(survey: SurveyRound) -> list[str]:
    return [f"{survey.code}: {survey.questionnaire}, {survey.opens_on} - {survey.closes_on}"]


def _measure(column: Column) -> str:
    return "ordinal" if column.question.kind == "scale" else "nominal"


def _short(label: str) -> str:
    """SPSS takes 255 bytes of a label."""
    return label.encode()[:252].decode(errors="ignore")
