"""Fixtures for every test: a database of each kind, and a clock that stands still."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import settings as hypothesis_settings
from sqlalchemy import text

import langnghe.schema  # noqa: F401 - registers every table
from feedback.base import Base
from feedback.database import Database
from tests.databases import new_database

hypothesis_settings.register_profile("whenever", deadline=None)
hypothesis_settings.load_profile("whenever")
"""A property is true or not, however busy the machine is; what must be fast has a test or a bench of its own."""

WORKER = os.environ.get("PYTEST_XDIST_WORKER", "")
"""The name of this test process where several run at once; each has a database of its own on the test server."""

POSTGRES_URL = os.environ.get("LANGNGHE_TEST_POSTGRES_URL", "")
REQUIRED = os.environ.get("LANGNGHE_REQUIRE", "").split(",")
DATABASES = ["sqlite", "postgresql"] if POSTGRES_URL else ["sqlite"]


def pytest_sessionstart(session: pytest.Session) -> None:
    if not POSTGRES_URL and "postgresql" in REQUIRED:
        raise pytest.UsageError("PostgreSQL is required here: set LANGNGHE_TEST_POSTGRES_URL")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if not POSTGRES_URL:
        terminalreporter.write_line(
            "SKIPPED: everything was tested on SQLite only; set LANGNGHE_TEST_POSTGRES_URL to test PostgreSQL too",
            yellow=True,
            bold=True,
        )


class FakeClock:
    """Monday 23/11/2026, 9:00 in Vietnam, until told otherwise."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture(scope="session")
def empty_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One SQLite file with all tables, to be copied."""
    path = tmp_path_factory.mktemp("schema") / "empty.sqlite"
    database = Database(f"sqlite:///{path}")
    Base.metadata.create_all(database.engine)
    with database.engine.connect() as connection:
        connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
    database.dispose()
    return path


@pytest.fixture(scope="session")
def postgres() -> Iterator[Database]:
    """The test server, with all tables."""
    database = Database(new_database(POSTGRES_URL, f"langnghe_test_{WORKER}") if WORKER else POSTGRES_URL)
    Base.metadata.drop_all(database.engine)
    Base.metadata.create_all(database.engine)
    yield database
    database.dispose()


@pytest.fixture(params=DATABASES)
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """An empty database; each test that uses it runs once for each kind."""
    if request.param == "postgresql":
        server: Database = request.getfixturevalue("postgres")
        tables = ", ".join(f'"{table.name}"' for table in Base.metadata.sorted_tables)
        with server.engine.begin() as connection:
            connection.execute(text(f"TRUNCATE {tables} RESTART IDENTITY CASCADE"))
        yield server
        return
    path = tmp_path / "test.sqlite"
    shutil.copy(request.getfixturevalue("empty_sqlite"), path)
    fresh = Database(f"sqlite:///{path}")
    yield fresh
    fresh.dispose()
