"""The files of a round: read back by other programs, and equal to what the round's own figures say."""

from __future__ import annotations

import csv
import io
import json
import math
import os
import random
import shutil
import subprocess
from datetime import timedelta
from pathlib import Path
from xml.etree.ElementTree import fromstring

import pytest
from docx import Document
from openpyxl import load_workbook
from sqlalchemy.orm import Session

from feedback.database import Database
from feedback.documents import pdf, word
from langnghe.commands.index import SipasRequest, run_sipas
from surveys.keeping import About, keep
from surveys.questionnaires import Answer, Questionnaire
from surveys.rounds import open_data, reports, row_files, steps, workbook
from surveys.rounds.ddi import NAMESPACE, codebook
from surveys.rounds.models import SurveyRound
from surveys.rounds.publication import Publication, publish
from surveys.rounds.rows import Rows, rows_of
from tests.factories import HAC_THANH, HAM_RONG, MONDAY
from tests.office_programs import converted
from tests.surveys.rounds_stage import open_round


class Files:
    """A closed round with answers of every kind, some of them blank, and two in a small commune."""

    def __init__(self, session: Session, name: str = "qd2640") -> None:
        rng = random.Random(11)
        self.form = Questionnaire.load(name)
        survey = open_round(session, questionnaire=name)
        for number in range(60):
            commune = "14812" if number < 2 else (HAC_THANH if number % 2 else HAM_RONG)
            cluster = f"{commune} / Thôn {number % 3}"
            about = About(
                round_id=survey.id, province="38", commune=commune, stratum=commune, cluster=cluster, fpc=4,
                weight=1.5 + number % 3,
            )  # fmt: skip
            keep(
                session, self._answers(rng), questionnaire=name, about=about, mode="paper" if number % 4 else "web",
                now=MONDAY,
            )  # fmt: skip
        session.flush()
        steps.close_round(session, survey.id, staff=None, now=MONDAY + timedelta(days=1))
        self.survey = session.get_one(SurveyRound, survey.id)
        rows, found = rows_of(session, self.survey), publish(session, self.survey, threshold=5)
        assert rows is not None and found is not None
        self.rows: Rows = rows
        self.found: Publication = found

    def _answers(self, rng: random.Random) -> dict[str, Answer]:
        answers: dict[str, Answer] = {}
        while (question := self.form.next_question(answers)) is not None:
            codes = list(question.options)
            if rng.random() < 0.1:
                answers[question.code] = None
            elif question.kind == "choices":
                answers[question.code] = rng.sample(codes, 2)
            else:
                code = rng.choice(codes)
                answers[question.code] = int(code) if question.kind == "scale" else code
        return answers


@pytest.fixture(params=["qd2640", "sipas2023"])
def files(request: pytest.FixtureRequest, database: Database) -> Files:
    with database.write() as session:
        return Files(session, request.param)


def test_the_csv_file_gives_the_same_index_by_the_command(files: Files, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(row_files.csv_file(files.survey, files.form, files.rows))
    out = io.StringIO()
    request = SipasRequest(
        questionnaire=files.form.id, responses=path, stratum="tang", cluster="cum", weight="trong_so", fpc="fpc"
    )
    assert run_sipas(request, out=out, err=io.StringIO()) == 0
    computed, total = json.loads(out.getvalue()), files.found.total.overall
    assert total is not None
    assert computed["overall"]["estimate"] == pytest.approx(total.estimate, abs=1e-9)
    assert computed["overall"]["se"] == pytest.approx(total.se, abs=1e-9)
    assert "--fpc fpc" in row_files.index_command(files.survey, files.rows, "a.csv")


def test_the_formulas_of_the_workbook_give_the_index_of_the_round(files: Files, tmp_path: Path) -> None:
    data = workbook.workbook(files.survey, files.form, files.rows)
    sheet = load_workbook(io.BytesIO(data))["Chỉ số"]
    assert all(str(row[2].value).startswith("=IF(") for row in sheet.iter_rows(min_row=2) if row[0].value)
    (tmp_path / "a.xlsx").write_bytes(data)
    # The first sheet, computed anew by a spreadsheet program that people use.
    opened = converted(tmp_path / "a.xlsx", "csv:Text - txt - csv (StarCalc):44,34,76")
    lines = list(csv.reader(opened.open(encoding="utf-8")))
    shown = {line[0]: float(line[2]) for line in lines[1:] if line[0] and line[2]}
    table = files.found.total
    figures = {"overall": table.overall, **table.factors, **table.criteria, **table.parts}
    expected = {code: figure.estimate for code, figure in figures.items() if figure and not figure.suppressed}
    assert len(expected) > 20
    for code, estimate in expected.items():
        assert shown[code] == pytest.approx(estimate, abs=1e-6), code


def test_a_village_named_like_a_formula_stays_text() -> None:
    assert workbook._safe('=HYPERLINK("x")') == '\'=HYPERLINK("x")'
    assert workbook._safe("-") == "-" and workbook._safe(5) == 5


def pspp(script: str, folder: Path) -> str:
    if shutil.which("pspp") is None:
        demanded = "pspp" in os.environ.get("LANGNGHE_REQUIRE", "").split(",")
        (pytest.fail if demanded else pytest.skip)("pspp is not installed: the SPSS file was NOT read by it")
    (folder / "a.sps").write_text(script, encoding="utf-8")
    done = subprocess.run(
        ["pspp", "-o", "-", "-O", "format=csv", "a.sps"], check=False, cwd=folder, capture_output=True, text=True,
        env={**os.environ, "LC_ALL": "C.UTF-8"}, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "warning" not in done.stdout.lower() + done.stderr.lower(), done.stdout + done.stderr
    return done.stdout


def test_pspp_reads_the_spss_file_with_its_vietnamese_labels(files: Files, tmp_path: Path) -> None:
    (tmp_path / "a.sav").write_bytes(row_files.spss_file(files.survey, files.form, files.rows))
    first = files.form.criteria[0]
    said = pspp(
        f"GET FILE='a.sav'.\nDISPLAY DICTIONARY.\nFREQUENCIES {first} hinh_thuc.\nDESCRIPTIVES trong_so.\n", tmp_path
    )
    for column in row_files.columns_of(files.form)[:30]:
        assert column.name in said
    assert files.form.question(first).text in said and "Rất hài lòng" in said and "phiếu giấy" in said
    counts = [sum(one.answers.get(first) == level for one in files.rows.responses) for level in (5, 1)]
    for label, count in zip(("Rất hài lòng", "Rất không hài lòng"), counts, strict=True):
        assert any(line.startswith((f"Valid,{label},{count},", f",{label},{count},")) for line in said.splitlines()), (
            label
        )


def test_pyreadstat_reads_what_it_wrote(files: Files, tmp_path: Path) -> None:
    import pyreadstat

    (tmp_path / "a.sav").write_bytes(row_files.spss_file(files.survey, files.form, files.rows))
    table, meta = pyreadstat.read_sav(str(tmp_path / "a.sav"))
    code = files.form.criteria[0]
    assert meta.variable_value_labels[code][5.0] == "Rất hài lòng"
    given = [one.answers.get(code) for one in files.rows.responses]
    assert [None if math.isnan(value) else int(value) for value in table[code]] == given


def test_open_data_and_report_show_no_figure_that_is_hidden(files: Files) -> None:
    lines = list(csv.DictReader(io.StringIO(open_data.csv_file(files.found).decode("utf-8-sig"))))
    small = [line for line in lines if line["nhom"] == "phường Bỉm Sơn"]
    assert small and all(line["trang_thai"] for line in small)
    assert not any(line["uoc_tinh"] or line["n"] for line in lines if line["trang_thai"])
    assert not any(len(cell) == 32 and cell.isalnum() for line in lines for cell in line.values())  # no random ids
    assert json.loads(open_data.json_file(files.found))["an_duoi"] == 5
    [total] = [line for line in lines if line["cap"] == "chung" and not line["bien"]]
    figure = files.found.total.overall
    assert figure is not None and figure.estimate is not None
    assert float(total["uoc_tinh"]) == pytest.approx(figure.estimate, abs=0.006)
    assert reports.number(figure.estimate) in str(reports.report(files.found).blocks)


def test_the_report_can_be_drawn_and_reads_its_charts_aloud(files: Files) -> None:
    paper = reports.report(files.found)
    text = str(paper.blocks)
    assert "không phải SIPAS do Bộ Nội vụ công bố" in text and "cứ 10 câu trả lời" in text
    assert "khác biệt này chưa đủ tin cậy" in text and reports.HIDDEN in text
    assert pdf.draw(paper).startswith(b"%PDF")
    drawn = Document(io.BytesIO(word.draw(paper)))
    assert len(drawn.inline_shapes) >= 3


def test_the_codebook_describes_every_column_and_holds_no_answer(files: Files) -> None:
    root = fromstring(codebook(files.survey, files.form, threshold=5))
    assert root.tag == f"{{{NAMESPACE}}}codeBook" and root.get("version") == "2.5"
    names = [variable.get("name") for variable in root.iter(f"{{{NAMESPACE}}}var")]
    header = next(csv.reader(io.StringIO(row_files.csv_file(files.survey, files.form, files.rows).decode("utf-8-sig"))))
    assert names == header
    assert not any(one.id in codebook(files.survey, files.form, threshold=5).decode() for one in files.rows.responses)
