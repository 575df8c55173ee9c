"""The survey's figures by office, and what is hidden where few answered."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy.orm import Session

from feedback.database import Database
from surveys import results
from surveys.chat import AFTER_CASE
from surveys.keeping import About, keep
from tests.factories import HAM_RONG, MONDAY, make_office
from tests.surveys.rounds_stage import release_by_day

CRITERIA = ("c1_1", "c2_1", "c3_1", "c4_1", "c5_1")
TODAY = date(2026, 11, 23)


def answer(session: Session, office_id: int, *levels: int, days_ago: int = 0) -> None:
    """One response for each level, the same for all criteria; 0 leaves everything blank."""
    for level in levels:
        answers = dict.fromkeys(CRITERIA, level or None)
        now = MONDAY - timedelta(days=days_ago)
        keep(session, answers, questionnaire=AFTER_CASE, about=About(office_id=office_id), now=now, mode="chat")
    release_by_day(session)


def test_without_responses_there_is_no_figure(database: Database) -> None:
    with database.read() as session:
        found = results.by_office(session, since=TODAY, until=TODAY, threshold=5)
        assert (found.overall, found.offices) == (None, {})
        assert found.questionnaire == "Phiếu hỏi sau vụ việc"


def test_the_index_is_the_share_of_satisfied_answers(database: Database) -> None:
    with database.write() as session:
        office = make_office(session).id
        answer(session, office, 5, 4, 4, 3, 1)
        found = results.by_office(session, since=TODAY, until=TODAY, threshold=5)
        own = found.offices[office]
        assert own is not None and found.overall is not None
        assert own.estimate == pytest.approx(60)
        assert (own.n, own.respondents) == (25, 5)
        assert own.ci_low is not None and own.ci_high is not None and own.ci_low < 60 < own.ci_high
        assert found.overall.estimate == pytest.approx(60)


def test_both_ends_of_the_period_are_in_it(database: Database) -> None:
    with database.write() as session:
        office = make_office(session).id
        answer(session, office, 5, 5, 5, days_ago=10)
        answer(session, office, 1, 1)
        answer(session, office, 1, 1, 1, days_ago=11)
        found = results.by_office(session, since=TODAY - timedelta(days=10), until=TODAY, threshold=1)
        assert found.overall is not None and found.overall.respondents == 5


def test_a_small_office_is_hidden_and_another_so_that_it_stays_hidden(database: Database) -> None:
    with database.write() as session:
        small, middle, large = (make_office(session, unit).id for unit in (HAM_RONG, "14812", "14797"))
        answer(session, small, 1, 1)
        answer(session, middle, *[4] * 6)
        answer(session, large, *[5] * 20)
        found = results.by_office(session, since=TODAY, until=TODAY, threshold=5)
        hidden = {office for office, figure in found.offices.items() if figure is not None and figure.suppressed}
        assert hidden == {small, middle}
        shown = found.offices[large]
        assert shown is not None and shown.respondents == 20
        assert found.overall is not None and found.overall.respondents == 28


def test_a_hidden_figure_holds_no_number(database: Database) -> None:
    with database.write() as session:
        office = make_office(session).id
        answer(session, office, 5, 5)
        found = results.by_office(session, since=TODAY, until=TODAY, threshold=5)
        for figure in (found.overall, found.offices[office]):
            assert figure is not None and figure.suppressed
            assert (figure.estimate, figure.n, figure.respondents, figure.ci_low) == (None, None, None, None)


def test_other_questionnaires_are_not_mixed_in(database: Database) -> None:
    with database.write() as session:
        office = make_office(session).id
        answer(session, office, 5, 5, 5, 5, 5)
        keep(session, {"c1_1": 1}, questionnaire="qd2640", about=About(office_id=office), now=MONDAY, mode="paper")
        release_by_day(session)
        found = results.by_office(session, since=TODAY, until=TODAY, threshold=5)
        assert found.overall is not None and found.overall.estimate == pytest.approx(100)
