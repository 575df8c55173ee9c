"""The installation's database, for commands that may also do without it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from feedback.database import Database
from langnghe.settings import get_settings
from surveys.errors import InvalidOption


@dataclass(frozen=True, slots=True)
class Records:
    """Where cases and official figures come from: how to open a session for looking, and the home province."""

    open: Callable[[], AbstractContextManager[Session]]
    home_province: str


def records_of_installation() -> Records:
    """Those of this installation, by its settings."""
    return Records(session_of_installation, get_settings().home_province)


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
