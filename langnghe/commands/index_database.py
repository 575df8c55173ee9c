"""The installation's database, for commands that may also do without it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from feedback.database import Database
from langnghe.settings import get_settings
from surveys.errors import InvalidOption


@contextmanager
def session_of_installation(*, write: bool = False) -> Iterator[Session]:
    """A session for looking, or for a change that is committed at the end.

    Raises InvalidOption where there is no database of this version's schema; none is made on the way.
    """
    settings = get_settings()
    hint = "chạy “langnghe migrate”, hoặc tính từ tệp với --cases, --counts"
    if not settings.database_url and not (settings.data_dir / "langnghe.sqlite").exists():
        raise InvalidOption(f"Chưa có cơ sở dữ liệu; {hint}.")
    database = Database(settings.sqlalchemy_url)
    try:
        with database.write() if write else database.read() as session:
            yield session
    except SQLAlchemyError:
        raise InvalidOption(f"Không dùng được cơ sở dữ liệu; {hint}.") from None
    finally:
        database.dispose()
