"""New databases on the test server."""

from __future__ import annotations

from sqlalchemy import create_engine, make_url, text


def new_database(server: str, name: str) -> str:
    """The URL of an empty database of this name on the server; one that was there before is gone."""
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"DROP DATABASE IF EXISTS {name}"))
        connection.execute(text(f"CREATE DATABASE {name}"))
    engine.dispose()
    return make_url(server).set(database=name).render_as_string(hide_password=False)
