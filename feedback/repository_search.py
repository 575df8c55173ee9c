"""Finding cases by their words and codes, within what a person may see; restricted ones are never found.

A word that many cases have is met in those of the latest months; one that is not has few cases altogether. So the
months of the newest case and before are asked first, and only where they give too few, all: no query reads more than a
small part of the index, whatever the words are.

Office, months and words are conditions apart, many words one by one, the rarest first: PostgreSQL's index then leaps
from each to the next over what the ones before it do not have. In one array it would look every word up for each case
that has the rarest.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import ColumnElement, select, text
from sqlalchemy.orm import Session

from feedback.case_lists import BY_RECEIPT
from feedback.codes import parse_code
from feedback.models import Case, Staff
from feedback.repository import PAGE, in_queue_of, listed, oversees
from feedback.search_models import CaseWords, has_any_number, has_numbers
from feedback.search_words import month_word, numbers, office_word, wanted_words

RECENT_MONTHS = 2
MANY_WORDS = 5
"""More than a dossier's code has parts."""
_COMMON = text(
    """
    SELECT word, share
    FROM pg_stats, unnest(most_common_elems::text::integer[], most_common_elem_freqs) AS common (word, share)
    WHERE schemaname = current_schema() AND tablename = 'case_words' AND attname = 'words'
    AND word = ANY (CAST(:wanted AS integer[]))
    """
)


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
    office = [] if oversees(staff) else [_has(numbers([office_word(staff.office_id or 0)]))]
    months = _recent_months(session, scope)
    readings = [numbers(words) for words in wanted_words(query)]
    shares = _shares(session, readings)
    found: dict[int, None] = {}
    for words in readings:
        found |= dict.fromkeys(_newest_with(session, [*office, *_each(words, shares)], months))
        if len(found) > PAGE:
            break
    return Found(listed(session, list(found)[:PAGE], within=scope), more=len(found) > PAGE)


def _newest_with(session: Session, conditions: Sequence[ColumnElement[bool]], months: Sequence[str]) -> Sequence[int]:
    """Ids of the newest cases for which these hold, one more than a page."""
    in_months = has_any_number(CaseWords.words, *numbers(months))
    recent = _first(session, in_months, *conditions) if months else []
    return recent if len(recent) > PAGE else _first(session, *conditions)


def _first(session: Session, *conditions: ColumnElement[bool]) -> Sequence[int]:
    newest = select(CaseWords.case_id).order_by(CaseWords.received_at.desc(), CaseWords.case_id.desc())
    return session.scalars(newest.where(*conditions).limit(PAGE + 1)).all()


def _has(wanted: Sequence[int]) -> ColumnElement[bool]:
    return has_numbers(CaseWords.words, *wanted)


def _each(words: Sequence[int], shares: Mapping[int, float]) -> list[ColumnElement[bool]]:
    """The words, the rarest first; together where nothing is known of how rare they are."""
    if not shares:
        return [_has(words)]
    return [_has([word]) for word in sorted(words, key=lambda word: shares.get(word, 0.0))]


def _shares(session: Session, readings: Sequence[Sequence[int]]) -> dict[int, float]:
    """Of the common ones among many words: the share of all cases that have each, as PostgreSQL's ANALYZE found it.

    Only an order comes of it. Nothing for few words, on SQLite, and before the first ANALYZE.
    """
    wanted = {word for words in readings if len(words) >= MANY_WORDS for word in words}
    if not wanted or session.get_bind().dialect.name != "postgresql":
        return {}
    return dict(session.execute(_COMMON, {"wanted": sorted(wanted)}).all())


def _recent_months(session: Session, scope: ColumnElement[bool]) -> list[str]:
    """The month of the newest case of the scope, and those before it."""
    month = session.scalar(select(Case.received_at).where(scope).order_by(*BY_RECEIPT).limit(1))
    found: list[str] = []
    while month is not None and len(found) < RECENT_MONTHS:
        found.append(month_word(month))
        month = month.replace(day=1) - timedelta(days=1)
    return found
