"""Official SIPAS figures: entered from a file, all of it or nothing, and read for PAR INDEX."""

from __future__ import annotations

from datetime import date

import pytest

from feedback.database import Database
from feedback.importing.rows import Report, Row
from surveys.official import import_official, latest_sipas, sipas_entry
from tests.factories import MONDAY

GOOD = {"year": "2024", "unit": "38", "sipas": "85,12", "source": "QĐ 1/QĐ-BNV"}


def take(database: Database, *rows: dict[str, str]) -> Report:
    with database.write() as session:
        return import_official(session, [Row(number, row) for number, row in enumerate(rows, 2)], now=MONDAY)


def test_a_figure_is_entered_once_and_replaced_when_it_changed(database: Database) -> None:
    assert take(database, GOOD, GOOD | {"unit": "00", "sipas": "83.94"}).added == 2
    assert take(database, GOOD).unchanged == 1
    assert take(database, GOOD | {"sipas": "85.2 %"}).changed == 1
    with database.read() as session:
        entry = sipas_entry(session, year=2024, unit="38")["SIPAS"]
        assert (entry.num, entry.den, entry.evidence) == (85.2, 100, "QĐ 1/QĐ-BNV")
        assert sipas_entry(session, year=2025, unit="38") == {}


def test_the_latest_year_counts_and_in_it_the_unit_before_the_country(database: Database) -> None:
    take(database, GOOD | {"year": "2023"}, GOOD, GOOD | {"unit": "00", "sipas": "83.94"})
    with database.read() as session:
        latest = latest_sipas(session, unit="38", today=date(2026, 11, 25))
        assert latest is not None and (latest.year, latest.unit, latest.value) == (2024, "38", 85.12)
        other = latest_sipas(session, unit="01", today=date(2026, 11, 25))
        assert other is not None and (other.unit, other.value) == ("00", 83.94)
        assert latest_sipas(session, unit="38", today=date(2020, 1, 1)) is None


@pytest.mark.parametrize(
    ("change", "column"),
    [
        ({"year": "2027"}, "year"),
        ({"year": "năm 2024"}, "year"),
        ({"unit": "63"}, "unit"),
        ({"unit": "Thanh Hóa"}, "unit"),
        ({"sipas": "101"}, "sipas"),
        ({"sipas": "-1"}, "sipas"),
        ({"sipas": "tốt"}, "sipas"),
        ({"source": ""}, "source"),
    ],
)
def test_a_wrong_row_is_named(database: Database, change: dict[str, str], column: str) -> None:
    report = take(database, GOOD | {"year": "2023"}, GOOD | change)
    assert [(problem.row, problem.column) for problem in report.problems] == [(3, column)]


def test_the_same_year_and_unit_twice_is_wrong(database: Database) -> None:
    assert [problem.column for problem in take(database, GOOD, GOOD).problems] == ["unit"]
