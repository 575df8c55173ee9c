"""The demo has a closed round with results and one in the field, all of it marked as sample data."""

from __future__ import annotations

from sqlalchemy import select

from feedback.database import Database
from langnghe.seed_rounds import CLOSED, OPEN, seed_rounds
from surveys.models import SurveyResponse
from surveys.rounds import repository
from surveys.rounds.dispositions import response_rates
from surveys.rounds.publication import publish
from tests.factories import HAC_THANH, HAM_RONG, MONDAY


def test_the_sample_rounds_can_be_looked_at(database: Database) -> None:
    with database.write() as session:
        seed_rounds(session, [HAC_THANH, HAC_THANH, HAM_RONG], now=MONDAY)
    with database.read() as session:
        closed, in_field = repository.round_by_code(session, CLOSED), repository.round_by_code(session, OPEN)
        assert closed is not None and in_field is not None
        assert (closed.state, in_field.state) == ("closed", "open") and closed.is_sample and in_field.is_sample
        found = publish(session, closed, threshold=5)
        assert found is not None and found.total.overall is not None and found.total.overall.se
        assert next(one.code for one in found.breakdowns if not one.withheld) == "commune"
        rates = response_rates(repository.dispositions(session, closed.id))
        assert rates.rr1 is not None and 60 < rates.rr1 < 95
        assert all(one.is_sample for one in session.scalars(select(SurveyResponse)))
