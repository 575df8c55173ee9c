"""The words under which a case is found, and how both databases keep them: pure rules and one column type."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Boolean, Dialect, Text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator, TypeEngine

from nlu.text import fold
from nlu.text import words as written_words

LONGEST_WORD = 40
MOST_WORDS = 10
SHORTEST_BEGINNING = 4


def words_of_case(text: str, *, code: str, dossier: str | None) -> list[str]:
    """Each distinct word of the text as written and without marks, and the parts of both codes, sorted.

    A part of the dossier's code is also found by its beginning, from four characters on: the date that somebody
    remembers only half.
    """
    found = set(written_words(text))
    found |= {fold(word) for word in found} | set(written_words(code))
    for part in written_words(dossier or ""):
        found |= {part, *(part[:end] for end in range(SHORTEST_BEGINNING, len(part)))}
    return sorted({word[:LONGEST_WORD] for word in found})


def wanted_words(query: str) -> Iterator[tuple[str, ...]]:
    """What a searcher asks for, the best reading first: the words as they were typed, then without their marks.

    Nothing where the query holds no word at all.
    """
    typed = tuple(word[:LONGEST_WORD] for word in written_words(query)[:MOST_WORDS])
    bare = tuple(fold(word) for word in typed)
    if typed:
        yield typed
    if bare != typed:
        yield bare


class Words(TypeDecorator[list[str]]):
    """A set of words: text[] with a GIN index on PostgreSQL; on SQLite " a b c ", each word between blanks."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(ARRAY(Text()) if dialect.name == "postgresql" else Text())

    def process_bind_param(self, value: list[str] | None, dialect: Dialect) -> Any:
        if value is None or dialect.name == "postgresql":
            return value
        return f" {' '.join(value)} "

    def process_result_value(self, value: Any, dialect: Dialect) -> list[str] | None:
        return value.split() if isinstance(value, str) else value


class has_word(FunctionElement[bool]):
    """`has_word(Case.words, "den")`: the row holds this very word."""

    inherit_cache = True
    type = Boolean()


@compiles(has_word, "postgresql")
def _in_array(element: has_word, compiler: SQLCompiler, **options: Any) -> str:
    column, word = (compiler.process(clause, **options) for clause in element.clauses)
    return f"{column} @> ARRAY[{word}::text]"


@compiles(has_word, "sqlite")
def _between_blanks(element: has_word, compiler: SQLCompiler, **options: Any) -> str:
    column, word = (compiler.process(clause, **options) for clause in element.clauses)
    return f"{column} LIKE '% ' || {word} || ' %'"
