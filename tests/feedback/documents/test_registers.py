"""Registers and the report as spreadsheets: what is in them, what adds up, and what never is."""

from __future__ import annotations

import csv
from dataclasses import replace
from datetime import date, timedelta
from io import BytesIO
from pathlib import Path

import pytest
from openpyxl import load_workbook

from feedback import cases
from feedback.database import Database
from feedback.documents.registers import REPORT_COLUMNS, all_registers, register_workbook, report_workbook
from feedback.documents.repository import Period
from feedback.law import load_yaml
from feedback.taxonomy import regimes
from tests.factories import HAM_RONG, MONDAY, make_case, make_staff
from tests.office_programs import converted

NOVEMBER = Period(date(2026, 11, 1), date(2026, 11, 30))
DECEMBER = MONDAY + timedelta(days=20)


def rows_of(data: bytes) -> list[tuple[object, ...]]:
    return [tuple(row) for row in load_workbook(BytesIO(data)).active.iter_rows(values_only=True)]


def column(rows: list[tuple[object, ...]], title: str) -> list[object]:
    at = rows[2].index(title)
    return [row[at] for row in rows[3:]]


def test_every_register_has_known_regimes_and_columns() -> None:
    for register in all_registers().values():
        assert register.regimes and set(register.regimes) <= set(regimes())
        assert len(register.title) <= 60 and len({name for _, name, _ in register.columns}) == len(register.columns)


def test_a_register_holds_the_periods_cases_in_order_and_nothing_secret(database: Database) -> None:
    with database.write() as session:
        late = make_case(session, "Rác bốn ngày.", now=MONDAY)
        early = make_case(session, "Đèn tắt.", now=MONDAY - timedelta(days=3))
        make_case(session, "Tháng trước.", now=MONDAY - timedelta(days=40))
        make_case(session, "Cán bộ nhận tiền.", kind="to_cao")
        rows = rows_of(register_workbook(session, all_registers()["hien_truong"], NOVEMBER))
        codes = [early.code, late.code]
    assert column(rows, "Mã vụ việc") == codes
    assert column(rows, "STT") == [1, 2]
    assert not any("nhận tiền" in str(cell) for row in rows for cell in row)


def test_an_offices_register_has_its_own_cases_only(database: Database) -> None:
    with database.write() as session:
        mine = make_case(session, "Rác.")
        make_case(session, "Nước.", unit=HAM_RONG)
        own = replace(NOVEMBER, office_id=mine.office_id)
        rows = rows_of(register_workbook(session, all_registers()["hien_truong"], own))
    assert column(rows, "Mã vụ việc") == [mine.code]
    assert "UBND phường Hạc Thành" in str(rows[1][0])


@pytest.mark.parametrize("words", ['=HYPERLINK("http://x","y")', "+84 bắt đầu", "a\x0bb\x00c"])
def test_a_citizens_words_stay_words(database: Database, words: str) -> None:
    with database.write() as session:
        if "\0" in words:
            words = words.replace("\0", "")
        make_case(session, words)
        data = register_workbook(session, all_registers()["hien_truong"], NOVEMBER)
    cell = load_workbook(BytesIO(data)).active["H4"]
    assert cell.data_type == "s" and cell.value == words.replace("\x0b", "")


def test_the_report_counts_each_case_once_and_its_totals_are_formulas(database: Database) -> None:
    with database.write() as session:
        officer = make_staff(session, "an")
        answered = make_case(session, "Rác.")
        done = "Đã dọn xong sáng nay."
        cases.answer(session, answered.id, staff=officer, text=done, version=1, effect_key="a", now=MONDAY)
        make_case(session, "Đèn tắt.", now=MONDAY - timedelta(days=35))
        make_case(session, "Cán bộ nhận tiền.", kind="to_cao")
        data = report_workbook(session, NOVEMBER, now=DECEMBER)
    rows = rows_of(data)
    assert rows[2] == REPORT_COLUMNS
    line = next(row for row in rows if row[0] == "Phản ánh hiện trường")
    carried, received, total, in_time, late, ended, open_, open_late = line[1:9]
    assert (carried, received, in_time, late, ended, open_late) == (1, 1, 1, 0, 0, 1)
    assert str(total).startswith("=B") and str(open_).startswith("=D")
    assert rows[-1][0] == "Tổng cộng" and str(rows[-1][1]).startswith("=SUM(B4:")


CSV = "csv:Text - txt - csv (StarCalc):44,34,76"
"""Comma, double quote, UTF-8; formulas by their values."""


def test_libreoffice_opens_the_report_and_its_formulas_add_up(database: Database, tmp_path: Path) -> None:
    with database.write() as session:
        officer = make_staff(session, "an")
        answered = make_case(session, "Rác.")
        done = "Đã dọn xong sáng nay."
        cases.answer(session, answered.id, staff=officer, text=done, version=1, effect_key="a", now=MONDAY)
        make_case(session, "Đèn tắt.", now=MONDAY - timedelta(days=35))
        make_case(session, "Nước vàng.", now=MONDAY)
        (tmp_path / "report.xlsx").write_bytes(report_workbook(session, NOVEMBER, now=DECEMBER))
    with converted(tmp_path / "report.xlsx", CSV).open(encoding="utf-8", newline="") as file:
        lines = {row[0]: row[1:] for row in csv.reader(file)}
    assert lines["Phản ánh hiện trường"][:9] == ["1", "2", "3", "1", "0", "0", "1", "1", "50.0%"]
    assert lines["Tổng cộng"][:9] == lines["Phản ánh hiện trường"][:9]
    assert lines["Khiếu nại"][8] == ""


def test_libreoffice_opens_a_register_with_hostile_words(database: Database, tmp_path: Path) -> None:
    with database.write() as session:
        make_case(session, '=1+1 "trích dẫn", dấu phẩy')
        (tmp_path / "so.xlsx").write_bytes(register_workbook(session, all_registers()["hien_truong"], NOVEMBER))
    text = converted(tmp_path / "so.xlsx", CSV).read_text(encoding="utf-8")
    assert '=1+1 ""trích dẫn"", dấu phẩy' in text


def test_a_report_drawn_within_its_period_calls_nothing_late_whose_day_is_not_over(database: Database) -> None:
    with database.write() as session:
        due = make_case(session, "Đèn tắt.", now=MONDAY).due_at  # thứ Ba 1/12/2026
        assert due is not None
        december = replace(NOVEMBER, last_day=date(2026, 12, 31))
        for now, late in ((MONDAY, 0), (due, 0), (due + timedelta(hours=9), 1)):
            rows = rows_of(report_workbook(session, december, now=now))
            assert next(row for row in rows if row[0] == "Phản ánh hiện trường")[8] == late


def test_a_register_has_its_title_over_the_width_and_its_columns_named_on_each_page(database: Database) -> None:
    with database.write() as session:
        data = register_workbook(session, all_registers()["pakn"], NOVEMBER)
    sheet = load_workbook(BytesIO(data)).worksheets[0]
    assert not sheet["A1"].alignment.wrap_text and not sheet["A2"].alignment.wrap_text
    assert sheet.print_title_rows == "$3:$3"


def test_what_is_not_a_denunciation_stands_in_one_register_and_on_one_line_of_the_report() -> None:
    registered = [regime for register in all_registers().values() for regime in register.regimes]
    reported = [regime for _, regime in load_yaml("registers.yml")["report"]["lines"]]
    assert sorted(registered) == sorted(reported) == sorted(set(regimes()) - {"to_cao"})


def test_a_row_is_as_high_as_its_longest_cell_needs(database: Database) -> None:
    with database.write() as session:
        make_case(session, "Rác bốn ngày không ai gom ở đầu ngõ. " * 20)
        make_case(session, "Đèn tắt.\n" * 200, now=MONDAY + timedelta(hours=1))
        data = register_workbook(session, all_registers()["hien_truong"], NOVEMBER)
    sheet = load_workbook(BytesIO(data)).worksheets[0]
    assert 180 < sheet.row_dimensions[4].height < 300 and sheet.row_dimensions[5].height <= 409
