"""Finding cases by their words and codes, within what a person may see; restricted ones are never found.

A word that is in many cases is met soon when walking back from the newest; one that is in few is found at once in the
index of words. So the newest WALK cases are looked through first, and only where that gives too few is the index asked:
no query reads more than a small part of the table, whatever the words are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, and_, select
from sqlalchemy.orm import Session

from feedback.case_lists import BY_RECEIPT
from feedback.codes import parse_code
from feedback.models import Case, Staff
from feedback.repository import PAGE, in_queue_of, listed
from feedback.search_words import has_word, wanted_words

WALK = 5_000


@dataclass(frozen=True, slots=True)
class Found:
    """The best PAGE cases; `more`: there are others that fit."""

    cases: list[Case]
    more: bool


def search(session: Session, staff: Staff, query: str) -> Found:
    """The case with this code, also one that was half remembered; else those with every word, the newest first.

    Cases with the words as they were typed come before those that have them with other marks or none.
    """
    scope = in_queue_of(staff)
    code = parse_code(query)
    if code is not None:
        return Found(
            listed(session, session.scalars(select(Case.id).where(scope, Case.code == code)).all()), more=False
        )
    found: dict[int, None] = {}
    for words in wanted_words(query):
        found |= dict.fromkeys(_newest_with(session, scope, words))
        if len(found) > PAGE:
            break
    return Found(listed(session, list(found)[:PAGE]), more=len(found) > PAGE)


def _newest_with(session: Session, scope: ColumnElement[bool], words: Sequence[str]) -> Sequence[int]:
    """Ids of the newest cases of the scope with all of these words, one more than a page."""
    newest = select(Case.id, Case.received_at, Case.words).where(scope).order_by(*BY_RECEIPT).limit(WALK).subquery()
    near = session.scalars(_first(newest, _all(newest.c.words, words))).all()
    if len(near) > PAGE or not _goes_beyond(session, scope):
        return near
    fitting = select(Case.id, Case.received_at).where(scope, _all(Case.words, words)).cte("fitting")
    return session.scalars(_first(fitting.prefix_with("MATERIALIZED", dialect="postgresql"))).all()


def _first(rows: FromClause, *conditions: ColumnElement[bool]) -> Select[int]:
    return select(rows.c.id).where(*conditions).order_by(rows.c.received_at.desc(), rows.c.id.desc()).limit(PAGE + 1)


def _all(column: Any, words: Sequence[str]) -> ColumnElement[bool]:
    return and_(*(has_word(column, word) for word in words))


def _goes_beyond(session: Session, scope: ColumnElement[bool]) -> bool:
    """Whether the scope has more cases than were walked through."""
    return session.scalar(select(Case.id).where(scope).order_by(*BY_RECEIPT).offset(WALK).limit(1)) is not None
