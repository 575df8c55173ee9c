"""Which responses may be counted: they are released in batches, so that two looks at the figures tell of no one person.

Figures count released responses only, and a period takes or leaves a batch whole, by the day of its release. Of each
office a batch holds at least `least` people who answered some criterion, or none. So the difference of any two periods
is a sum of such batches (docs/adr/0006-released-batches.md).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy.orm import Session

from feedback.base import VIETNAM
from surveys import repository
from surveys.models import SurveyBatch, SurveyResponse
from surveys.questionnaires import Questionnaire


def release(session: Session, *, least: int, now: datetime) -> int:
    """Release what waits of the surveys without a round, office by office; how many responses.

    Today's responses wait for tomorrow: a batch of the day that is running would grow.
    """
    today = now.astimezone(VIETNAM).date()
    released = 0
    for (questionnaire, _office, _sample), waiting in repository.waiting_responses(session, before=today).items():
        criteria = Questionnaire.load(questionnaire).criteria
        people = sum(any(code in response.answers for code in criteria) for response in waiting)
        if people >= max(least, 1):
            released += _released(session, waiting, form=questionnaire, day=today)
    return released


def release_round(session: Session, round_id: int, *, day: date) -> int:
    """Release all responses of a round at once, when it is closed; how many."""
    form, number = repository.waiting_in_round(session, round_id)
    if number:
        batch = _batch(session, form, round_id=round_id, day=day, responses=number)
        repository.write_round_anew(session, round_id, batch_id=batch.id)
    return number


def _batch(session: Session, form: str, *, round_id: int | None, day: date, responses: int) -> SurveyBatch:
    batch = SurveyBatch(questionnaire=form, round_id=round_id, released_on=day, responses=responses)
    session.add(batch)
    session.flush()
    return batch


def _released(session: Session, waiting: Sequence[SurveyResponse], *, form: str, day: date) -> int:
    """Written anew in the order of their random ids: neither their place nor their transaction tells when they came."""
    batch = _batch(session, form, round_id=None, day=day, responses=len(waiting))
    repository.write_anew(session, waiting, batch_id=batch.id)
    return len(waiting)
