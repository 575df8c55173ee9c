"""Finding cases by their words and codes, within what a person may see; restricted ones are never found.

A word that many cases have is met in those of the latest months; one that is not has few cases altogether. So the
months of the newest case and before are asked first, and only where they give too few, all: no query reads more than a
small part of the index, whatever the words are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from feedback.case_lists import BY_RECEIPT
from feedback.codes import parse_code
from feedback.models import Case, Staff
from feedback.repository import PAGE, in_queue_of, listed, oversees
from feedback.search_models import CaseWords, has_numbers
from feedback.search_words import month_word, numbers, office_word, wanted_words

RECENT_MONTHS = 2


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
        ids = session.scalars(select(Case.id).where(Case.code == code)).all()
        return Found(listed(session, ids, within=scope), more=False)
    where = [] if oversees(staff) else [office_word(staff.office_id or 0)]
    months = _recent_months(session, scope)
    found: dict[int, None] = {}
    for words in wanted_words(query):
        found |= dict.fromkeys(_newest_with(session, [*words, *where], months))
        if len(found) > PAGE:
            break
    return Found(listed(session, list(found)[:PAGE], within=scope), more=len(found) > PAGE)


def _newest_with(session: Session, words: Sequence[str], months: Sequence[str]) -> Sequence[int]:
    """Ids of the newest cases with all of these words, one more than a page."""
    recent = _first(session, or_(*(_has([*words, month]) for month in months))) if months else []
    return recent if len(recent) > PAGE else _first(session, _has(words))


def _first(session: Session, condition: ColumnElement[bool]) -> Sequence[int]:
    newest = select(CaseWords.case_id).order_by(CaseWords.received_at.desc(), CaseWords.case_id.desc())
    return session.scalars(newest.where(condition).limit(PAGE + 1)).all()


def _has(words: Sequence[str]) -> ColumnElement[bool]:
    return has_numbers(CaseWords.words, *numbers(words))


def _recent_months(session: Session, scope: ColumnElement[bool]) -> list[str]:
    """The month of the newest case of the scope, and those before it."""
    month = session.scalar(select(Case.received_at).where(scope).order_by(*BY_RECEIPT).limit(1))
    found: list[str] = []
    while month is not None and len(found) < RECENT_MONTHS:
        found.append(month_word(month))
        month = month.replace(day=1) - timedelta(days=1)
    return found
