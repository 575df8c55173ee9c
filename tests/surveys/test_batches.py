"""Nobody can be told from two looks at the figures: they move in whole batches."""

from __future__ import annotations

import random
from datetime import date, timedelta

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from feedback.database import Database
from surveys import batches, results
from surveys.chat import AFTER_CASE
from surveys.keeping import About, keep
from surveys.models import SurveyBatch, SurveyResponse
from tests.factories import HAC_THANH, HAM_RONG, MONDAY, make_office

CRITERIA = ("c1_1", "c2_1", "c3_1", "c4_1", "c5_1")


def answer(session: Session, office: int, level: int | None, *, day: int) -> None:
    now = MONDAY + timedelta(days=day)
    answers = dict.fromkeys(CRITERIA, level)
    keep(session, answers, questionnaire=AFTER_CASE, about=About(office_id=office), now=now, mode="chat")
    session.flush()


def test_the_difference_of_any_two_periods_is_nobody_or_five_people_of_each_office(database: Database) -> None:
    rng = random.Random(5)
    days = 24
    start = MONDAY.date()
    with database.write() as session:
        offices = [make_office(session, unit).id for unit in (HAC_THANH, HAM_RONG)]
        looks: dict[tuple[date, date], dict[int | None, int]] = {}
        for day in range(days):
            for office in offices:
                for _ in range(rng.randrange(3)):
                    answer(session, office, rng.randrange(1, 6), day=day)
            batches.release(session, least=5, now=MONDAY + timedelta(days=day))
            for since in range(0, day + 1, 3):
                period = (start + timedelta(days=since), start + timedelta(days=day))
                found = results.by_office(session, since=period[0], until=period[1], threshold=5)
                counts = {office: figure.respondents or 0 for office, figure in found.offices.items() if figure}
                looks[period] = {None: sum(counts.values()), **counts}
    assert any(counts[None] for counts in looks.values())
    within = [(a, b) for a in looks for b in looks if a[0] <= b[0] and b[1] <= a[1]]
    for longer, shorter in within:
        for office in offices:
            apart = looks[longer].get(office, 0) - looks[shorter].get(office, 0)
            assert apart == 0 or apart >= 5


def test_todays_answers_wait_and_blank_forms_do_not_count(database: Database) -> None:
    with database.write() as session:
        office = make_office(session).id
        for _ in range(4):
            answer(session, office, 5, day=0)
        answer(session, office, None, day=0)
        assert batches.release(session, least=5, now=MONDAY + timedelta(days=1)) == 0
        answer(session, office, 5, day=1)
        assert batches.release(session, least=5, now=MONDAY + timedelta(days=1)) == 0
        assert batches.release(session, least=5, now=MONDAY + timedelta(days=2)) == 6
        assert session.scalars(select(SurveyBatch.responses)).all() == [6]


def test_a_release_leaves_no_trace_of_the_order_in_which_answers_came(database: Database) -> None:
    with database.write() as session:
        office = make_office(session).id
    for level in (1, 2, 3, 4, 5):
        with database.write() as session:
            answer(session, office, level, day=0)
    with database.write() as session:
        assert batches.release(session, least=5, now=MONDAY + timedelta(days=1)) == 5
    with database.read() as session:
        if database.is_sqlite:
            schema = session.scalar(text("select sql from sqlite_master where name = 'survey_response'"))
            assert "WITHOUT ROWID" in str(schema)
        else:
            assert session.scalar(text("select count(distinct xmin::text) from survey_response")) == 1
            placed = session.scalars(text("select id from survey_response order by ctid")).all()
            assert placed == sorted(placed)
        assert session.scalar(select(func.count()).select_from(SurveyResponse)) == 5
