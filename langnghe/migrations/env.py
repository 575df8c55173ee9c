"""Alembic's environment: the metadata of every package, the URL that the caller gives."""

from __future__ import annotations

import sqlite3
from typing import Any, Literal

from alembic import context
from sqlalchemy import JSON, Connection, Engine, create_engine, event, pool

from feedback.base import UtcDateTime
from langnghe.schema import belongs, metadata


def render_item(kind: str, item: Any, autogen: Any) -> str | Literal[False]:
    """A migration holds plain column types: our own classes may change later."""
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(item, JSON):
        autogen.imports.add("from sqlalchemy.dialects import postgresql")
        return "sa.JSON().with_variant(postgresql.JSONB(), 'postgresql')"
    return False


def run() -> None:
    """Migrate online, in one transaction, all or nothing; SQLite alters tables by copying them (batch mode)."""
    url = context.config.attributes["url"]
    engine = create_engine(url, poolclass=pool.NullPool)
    if engine.dialect.name == "sqlite":
        _open_transactions_ourselves(engine)
    with engine.connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=metadata,
            render_as_batch=connection.dialect.name == "sqlite",
            compare_type=True,
            transactional_ddl=True,
            render_item=render_item,
            include_object=belongs(connection.dialect.name),
        )
        with context.begin_transaction():
            context.run_migrations()


def _open_transactions_ourselves(engine: Engine) -> None:
    """SQLite's driver leaves statements on tables outside of its transactions: half a migration could stay behind."""

    @event.listens_for(engine, "connect")
    def _connect(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")


run()
