"""Alembic's environment: the metadata of every package, the URL that the caller gives."""

from __future__ import annotations

from alembic import context
from sqlalchemy import create_engine, pool

from langnghe.schema import metadata


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
        )
        with context.begin_transaction():
            context.run_migrations()


run()
