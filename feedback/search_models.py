"""Where a search looks: beside each case that may be found a narrow row of its words, its office and its month."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, Dialect, ForeignKey, Index, Integer, Text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator, TypeEngine

from feedback.base import Base, only_on_postgresql
from feedback.search_words import month_word, numbers, office_word, words_of_case


class Numbers(TypeDecorator[list[int]]):
    """A set of numbers: integer[] on PostgreSQL; on SQLite " 1 -2 3 ", each number between blanks."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(ARRAY(Integer()) if dialect.name == "postgresql" else Text())

    def process_bind_param(self, value: list[int] | None, dialect: Dialect) -> Any:
        if value is None or dialect.name == "postgresql":
            return value
        return f" {' '.join(map(str, value))} "

    def process_result_value(self, value: Any, dialect: Dialect) -> list[int] | None:
        return [int(number) for number in value.split()] if isinstance(value, str) else value


class CaseWords(Base):
    """The words of one case, as numbers. A restricted case has no row: nothing finds it.

    The row is apart from the case, which changes often and is wide: a search for a word of a hundred thousand cases
    reads few pages, and a step of a case writes nothing here. `feedback.models` keeps it.
    """

    __tablename__ = "case_words"
    __table_args__ = (
        only_on_postgresql(
            Index("ix_case_words_words", "words", postgresql_using="gin", postgresql_with={"fastupdate": "off"})
        ),
    )

    case_id: Mapped[int] = mapped_column(ForeignKey("case.id", ondelete="CASCADE"), primary_key=True)
    received_at: Mapped[datetime]
    words: Mapped[list[int]] = mapped_column(Numbers)


def entry(
    *, case_id: int, text: str, code: str, dossier: str | None, office_id: int, received_at: datetime
) -> dict[str, Any]:
    """The values of a case's row."""
    words = words_of_case(text, code=code, dossier=dossier) | {office_word(office_id), month_word(received_at)}
    return {"case_id": case_id, "received_at": received_at, "words": numbers(words)}


class has_numbers(FunctionElement[bool]):
    """`has_numbers(CaseWords.words, 7, 12)`: the row holds all of these."""

    inherit_cache = True
    type = Boolean()


class has_any_number(FunctionElement[bool]):
    """`has_any_number(CaseWords.words, 7, 12)`: the row holds at least one of these."""

    inherit_cache = True
    type = Boolean()


@compiles(has_numbers, "postgresql")
def _all_in_array(element: has_numbers, compiler: SQLCompiler, **options: Any) -> str:
    column, *wanted = (compiler.process(clause, **options) for clause in element.clauses)
    return f"{column} @> ARRAY[{', '.join(wanted)}]"


@compiles(has_any_number, "postgresql")
def _any_in_array(element: has_any_number, compiler: SQLCompiler, **options: Any) -> str:
    column, *wanted = (compiler.process(clause, **options) for clause in element.clauses)
    return f"{column} && ARRAY[{', '.join(wanted)}]"


@compiles(has_numbers, "sqlite")
def _all_between_blanks(element: has_numbers, compiler: SQLCompiler, **options: Any) -> str:
    return f"({' AND '.join(_between_blanks(element, compiler, options))})"


@compiles(has_any_number, "sqlite")
def _any_between_blanks(element: has_any_number, compiler: SQLCompiler, **options: Any) -> str:
    return f"({' OR '.join(_between_blanks(element, compiler, options))})"


def _between_blanks(element: FunctionElement[bool], compiler: SQLCompiler, options: Mapping[str, Any]) -> list[str]:
    column, *wanted = (compiler.process(clause, **options) for clause in element.clauses)
    return [f"{column} LIKE '% ' || {number} || ' %'" for number in wanted]
