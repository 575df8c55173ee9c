"""Official SIPAS figures of an installation: entered from a file, read for PAR INDEX and for the dashboard."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime

from sqlalchemy.orm import Session

from feedback.importing.rows import BadRow, Report, Row
from nlu import places
from surveys import repository
from surveys.models import OfficialIndex
from surveys.score_sheets import Entry

SIPAS, COUNTRY = "sipas", "00"
NEEDED = ("year", "unit", "sipas", "source")
COLUMNS = (*NEEDED, "note")
FIRST_YEAR = 2012
_PERCENT = re.compile(r"\d{1,3}(?:[.,]\d{1,4})?")


def import_official(session: Session, rows: Sequence[Row], *, now: datetime) -> Report:
    """Enter or replace the figure of each year and unit, all of them with their source."""
    report = Report()
    seen: set[tuple[int, str]] = set()

    def enter(row: Row) -> str:
        year, unit = _year(row, now=now), _unit(row)
        if (year, unit) in seen:
            raise BadRow("unit", f"năm {year} của {unit} đã có ở một dòng trước")
        seen.add((year, unit))
        value, source = _value(row), row.needed("source", most=300)
        found = repository.official_index(session, index=SIPAS, year=year, unit=unit)
        if found is not None and (found.value, found.source) == (value, source):
            return "unchanged"
        outcome = "changed" if found else "added"
        figure = found or OfficialIndex(index=SIPAS, year=year, unit=unit)
        figure.value, figure.source, figure.entered_at = value, source, now
        session.add(figure)
        session.flush()
        return outcome

    report.each(rows, enter)
    return report


def sipas_entry(session: Session, *, year: int, unit: str) -> Mapping[str, Entry]:
    """The PAR INDEX criterion of the year, empty while the figure has not been entered."""
    found = repository.official_index(session, index=SIPAS, year=year, unit=unit)
    return {"SIPAS": Entry(num=found.value, den=100.0, evidence=found.source)} if found else {}


def latest_sipas(session: Session, *, unit: str, today: date) -> OfficialIndex | None:
    """The latest figure of the unit, or of the country where the unit has none of that year."""
    return repository.latest_official_index(session, index=SIPAS, units=[unit, COUNTRY], until=today.year)


def _year(row: Row, *, now: datetime) -> int:
    text = row.needed("year")
    if not (text.isascii() and text.isdigit() and FIRST_YEAR <= int(text) <= now.year):
        raise BadRow("year", f"“{text[:10]}” không phải một năm từ {FIRST_YEAR} đến {now.year}")
    return int(text)


def _unit(row: Row) -> str:
    unit = row.needed("unit")
    if unit != COUNTRY and places.province(unit) is None:
        raise BadRow("unit", f"“{unit[:10]}” không phải mã tỉnh, thành phố hiện hành hoặc 00 (cả nước)")
    return unit


def _value(row: Row) -> float:
    text = row.needed("sipas").removesuffix("%").strip()
    value = float(text.replace(",", ".")) if _PERCENT.fullmatch(text) else -1.0
    if not 0 <= value <= 100:
        raise BadRow("sipas", f"“{text[:10]}” không phải một tỷ lệ từ 0 đến 100")
    return value
