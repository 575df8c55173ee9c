"""The database: one engine for reading, one for writing, the same models on SQLite and on PostgreSQL."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.orm import Session, sessionmaker

from feedback.deadlines import DeadlineSettings


class Database:
    """`read()` and `write()` give a session in a transaction; `write()` commits at the end.

    On SQLite a writing transaction takes the write lock at its start (BEGIN IMMEDIATE), so that two processes wait for
    each other instead of failing in the middle. `deadlines`, what the installation has settled of the law's open
    points, goes with every session (feedback.clocks.settings_of).
    """

    def __init__(self, url: str, *, pool_size: int = 10, deadlines: DeadlineSettings | None = None) -> None:
        self.url = url
        self._info = {"deadlines": deadlines or DeadlineSettings()}
        self.is_sqlite = url.startswith("sqlite")
        options: dict[str, Any] = (
            {} if self.is_sqlite else {"pool_size": pool_size, "max_overflow": pool_size, "pool_pre_ping": True}
        )
        # A database error must not carry citizens' words into a log.
        options["hide_parameters"] = True
        self.engine: Engine = create_engine(url, **options)
        self._writer: Engine = create_engine(url, **options) if self.is_sqlite else self.engine
        if self.is_sqlite:
            self._prompt_writer = create_engine(url, **options)
            _prepare_sqlite(self.engine, begin="BEGIN")
            _prepare_sqlite(self._writer, begin="BEGIN IMMEDIATE")
            _prepare_sqlite(self._prompt_writer, begin="BEGIN IMMEDIATE", busy_milliseconds=0)
        else:
            _prepare_postgresql(self.engine)
        self._read_session = sessionmaker(self.engine, expire_on_commit=False, info=self._info)
        self._write_session = sessionmaker(self._writer, expire_on_commit=False, info=self._info)

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A session for looking only; whatever it holds at the end is rolled back."""
        with self._read_session() as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A session whose changes are committed together at the end, or not at all."""
        with self._write_session.begin() as session:
            yield session

    @contextmanager
    def write_at_once(self) -> Iterator[Session]:
        """On SQLite only: `write()` for a caller that must not wait. OperationalError when another process writes."""
        with Session(self._prompt_writer, expire_on_commit=False, info=self._info) as session, session.begin():
            yield session

    def dispose(self) -> None:
        self.engine.dispose()
        self._writer.dispose()
        if self.is_sqlite:
            self._prompt_writer.dispose()


def _prepare_postgresql(engine: Engine) -> None:
    """Each query is planned for its own values: an office has ten cases or fifty thousand, a word is in one or in half.

    Short queries gain nothing from compiled expressions (jit), which cost more than the query itself.
    """

    @event.listens_for(engine, "connect")
    def _connect(connection: Any, _record: object) -> None:
        connection.autocommit = True
        connection.execute("SET plan_cache_mode = force_custom_plan")
        connection.execute("SET jit = off")
        connection.autocommit = False


def _prepare_sqlite(engine: Engine, *, begin: str, busy_milliseconds: int = 15_000) -> None:
    @event.listens_for(engine, "connect")
    def _connect(connection: sqlite3.Connection, _record: object) -> None:
        # The driver's own transaction handling is switched off; SQLAlchemy's "begin" event below opens them.
        connection.isolation_level = None
        for pragma in ("journal_mode=WAL", "synchronous=FULL", f"busy_timeout={busy_milliseconds}", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql(begin)
