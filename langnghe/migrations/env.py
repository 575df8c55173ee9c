"""Alembic's environment: the metadata of every package, the URL that the caller gives."""

from __future__ import annotations

from typing import Any, Literal

from alembic import context
from sqlalchemy import JSON, create_engine, pool

from feedback.base import UtcDateTime
from langnghe.schema import metadata


def render_item(kind: str, item: Any, autogen: Any) -> str | Literal[False]:
    """A migration holds plain column types: our own classes may change later."""
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(item, JSON):
        autogen.imports.add("from sqlalchemy.dialects import postgresql")
        return "sa.JSON().with_variant(postgresql.JSONB(), 'postgresql')"
    return False


def run() -> None:
    """Migrate online, in one transaction; SQLite alters tables by copying them (batch mode)."""
    url = context.config.attributes["url"]
    engine = create_engine(url, poolclass=pool.NullPool)
    with engine.connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=metadata,
            render_as_batch=connection.dialect.name == "sqlite",
            compare_type=True,
            render_item=render_item,
        )
        with context.begin_transaction():
            context.run_migrations()


run()
