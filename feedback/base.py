"""What every table shares: the declarative base, the UTC time type, the clock and the random ids."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from sqlalchemy import JSON, DateTime, Dialect, Index, MetaData, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import TypeDecorator

VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")

Clock = Callable[[], datetime]

# JSON text in SQLite, jsonb in PostgreSQL.
Json = JSON().with_variant(JSONB(), "postgresql")


class UtcDateTime(TypeDecorator[datetime]):
    """An aware datetime, stored in UTC and read back in UTC on both databases; a naive one is refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a naive datetime cannot be stored")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """The one declarative base: every package's tables hang on its metadata."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_N_label)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar = {datetime: UtcDateTime(), dict[str, Any]: Json, list[Any]: Json}


def waiting(name: str, *columns: str, where: str) -> Index:
    """An index of those rows only that still wait: it stays as small as they are few, whatever was done before."""
    return Index(name, *columns, postgresql_where=text(where), sqlite_where=text(where))


def only_on_postgresql(index: Index) -> Index:
    """An index that SQLite cannot have (NULLS LAST, an inverted one): it is for small installations."""
    index.info["only"] = "postgresql"
    return index.ddl_if(dialect="postgresql")


def utc_now() -> datetime:
    """The real clock; everything that needs the time takes it as a parameter, and bootstrap passes this one."""
    return datetime.now(UTC)


def new_capability() -> str:
    """A URL-safe secret of 128 random bits."""
    return secrets.token_urlsafe(16)
