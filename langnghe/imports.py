"""The files that an installation takes in, all of one or nothing: the same from the command line and over the API."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy.orm import Session

from feedback.database import Database
from feedback.importing import Report, Row, import_cases, import_offices, import_procedures, import_staff, read_rows
from feedback.importing import cases as case_rows
from feedback.importing import offices as office_rows
from feedback.importing import procedures as procedure_rows
from feedback.importing import staff as staff_rows
from surveys import official


class _Undone(Exception):
    """Takes a transaction back: a dry run, or a file with bad rows."""


@dataclass(frozen=True, slots=True)
class Import:
    """A kind of file: the columns that it must have, all that it may have, and who takes its rows in."""

    needed: Sequence[str]
    columns: Sequence[str]
    work: Callable[[Session, Sequence[Row], datetime, bool], Report]


def _users(session: Session, rows: Sequence[Row], _now: datetime, dry_run: bool) -> Report:
    return import_staff(session, rows, hash_password=lambda _: "-") if dry_run else import_staff(session, rows)


IMPORTS: Mapping[str, Import] = {
    "agencies": Import(
        office_rows.NEEDED, office_rows.COLUMNS, lambda session, rows, _now, _dry: import_offices(session, rows)
    ),
    "procedures": Import(
        procedure_rows.NEEDED,
        procedure_rows.COLUMNS,
        lambda session, rows, now, _dry: import_procedures(session, rows, now=now),
    ),
    "users": Import(staff_rows.NEEDED, staff_rows.COLUMNS, _users),
    "cases": Import(
        case_rows.NEEDED, case_rows.COLUMNS, lambda session, rows, now, _dry: import_cases(session, rows, now=now)
    ),
    "sipas": Import(
        official.NEEDED,
        official.COLUMNS,
        lambda session, rows, now, _dry: official.import_official(session, rows, now=now),
    ),
}


def take_in(database: Database, what: str, file: Path, *, dry_run: bool, now: datetime) -> Report:
    """Import, or only look; nothing is kept when a row is bad. Raises BadFile for a file that is no such table."""
    kind = IMPORTS[what]
    rows = read_rows(file, needed=kind.needed, known=kind.columns)
    report = Report()
    try:
        with database.write() as session:
            report = kind.work(session, rows, now, dry_run)
            if report.problems or dry_run:
                raise _Undone
    except _Undone:
        pass
    return report
