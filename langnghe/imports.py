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
from feedback.importing.staff import new_passwords
from feedback.people import usernames
from surveys import official


class _Undone(Exception):
    """Takes a transaction back: a dry run, or a file with bad rows."""


Work = Callable[[Session, Sequence[Row], datetime], Report]


@dataclass(frozen=True, slots=True)
class Import:
    """A kind of file: the columns that it must have, all that it may have, and who takes its rows in.

    `prepare`: what is slow, done once a dry run has found nothing wrong; it gives the work that writes.
    """

    needed: Sequence[str]
    columns: Sequence[str]
    work: Work
    prepare: Callable[[Database, Sequence[Row]], Work] | None = None


def _users(database: Database, rows: Sequence[Row]) -> Work:
    """The slow hashes of the passwords, while no transaction is open."""
    with database.read() as session:
        known = usernames(session)
    passwords = new_passwords(rows, known)
    return lambda session, rows, _now: import_staff(session, rows, passwords=passwords)


IMPORTS: Mapping[str, Import] = {
    "agencies": Import(
        office_rows.NEEDED, office_rows.COLUMNS, lambda session, rows, _now: import_offices(session, rows)
    ),
    "procedures": Import(
        procedure_rows.NEEDED,
        procedure_rows.COLUMNS,
        lambda session, rows, now: import_procedures(session, rows, now=now),
    ),
    "users": Import(
        staff_rows.NEEDED, staff_rows.COLUMNS, lambda session, rows, _now: import_staff(session, rows), prepare=_users
    ),
    "cases": Import(
        case_rows.NEEDED, case_rows.COLUMNS, lambda session, rows, now: import_cases(session, rows, now=now)
    ),
    "sipas": Import(
        official.NEEDED,
        official.COLUMNS,
        lambda session, rows, now: official.import_official(session, rows, now=now),
    ),
}


def take_in(database: Database, what: str, file: Path, *, dry_run: bool, now: datetime) -> Report:
    """Import, or only look; nothing is kept when a row is bad. Raises BadFile for a file that is no such table."""
    kind = IMPORTS[what]
    rows = read_rows(file, needed=kind.needed, known=kind.columns)
    work = kind.work
    if kind.prepare is not None and not dry_run:
        looked = _run(database, work, rows, dry_run=True, now=now)
        if looked.problems:
            return looked
        work = kind.prepare(database, rows)
    return _run(database, work, rows, dry_run=dry_run, now=now)


def _run(database: Database, work: Work, rows: Sequence[Row], *, dry_run: bool, now: datetime) -> Report:
    report = Report()
    try:
        with database.write() as session:
            report = work(session, rows, now)
            if report.problems or dry_run:
                raise _Undone
    except _Undone:
        pass
    return report
