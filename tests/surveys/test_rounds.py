"""A round's way: planned, its frame taken, drawn once, opened; its log tells all of it."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from feedback.database import Database
from surveys.errors import InvalidOption
from surveys.models import SurveyOptOut
from surveys.rounds import repository, steps
from surveys.rounds.dispositions import ENTERED, GROUP, TITLES, response_rates
from surveys.rounds.models import FrameUnit, SampleUnit
from surveys.rounds.plans import SamplePlan
from surveys.rounds.steps import UnknownRound, WrongStep
from tests.bot.fakes import answer_case
from tests.factories import MONDAY, make_case, make_citizen
from tests.surveys.rounds_stage import a_round, drawn_round, households, open_round


def kinds(session: Session, round_id: int) -> list[str]:
    session.flush()
    return [entry.kind for entry, _ in repository.entries(session, round_id)]


def test_a_round_is_planned_drawn_and_opened(database: Database) -> None:
    with database.write() as session:
        survey = open_round(session)
        assert (survey.state, survey.frame_size, len(survey.questionnaire_sha256)) == ("open", 80, 64)
        assert survey.geo_version.startswith("2025-07-01/")
        assert kinds(session, survey.id) == ["warning", "frame", "draw", "open"]  # qd2640 ended with 2020
        sample = repository.sample(session, survey.id)
        assert Counter(unit.role for unit in sample) == {"main": 12, "reserve": 8}
        assert [unit.number for unit in sample] == list(range(1, 21))
        assert all(unit.issued == (unit.role == "main") for unit in sample)
        assert sum(unit.recheck for unit in sample) == 1
        assert sum(unit.weight for unit in sample if unit.role == "main") == pytest.approx(80)


def test_who_was_not_drawn_loses_their_name_with_the_draw(database: Database) -> None:
    with database.write() as session:
        survey = drawn_round(session)
        drawn = set(session.scalars(select(SampleUnit.frame_unit_id)))
        for unit in session.scalars(select(FrameUnit).where(FrameUnit.round_id == survey.id)):
            assert bool(unit.name and unit.phone and unit.address) == (unit.id in drawn)


def test_a_sample_is_drawn_once_and_discarded_only_with_a_reason(database: Database) -> None:
    with database.write() as session:
        survey = drawn_round(session)
        first = [unit.frame_unit.key for unit in repository.sample(session, survey.id)]
        with pytest.raises(WrongStep):
            steps.draw_sample(session, survey.id, seed="x", staff=None, now=MONDAY)
        with pytest.raises(InvalidOption):
            steps.discard_sample(session, survey.id, reason="không", staff=None, now=MONDAY)
        steps.discard_sample(session, survey.id, reason="Khung thiếu thôn 5 của Hạc Thành", staff=None, now=MONDAY)
        assert survey.state == "draft" and kinds(session, survey.id)[-1] == "discard"
        steps.take_frame(session, survey.id, households(), staff=None, now=MONDAY)
        steps.draw_sample(session, survey.id, seed="24/11/2026", staff=None, now=MONDAY)
        assert [unit.frame_unit.key for unit in repository.sample(session, survey.id)] == first


def test_an_open_round_takes_no_other_frame_and_an_unknown_one_nothing(database: Database) -> None:
    with database.write() as session:
        survey = open_round(session)
        with pytest.raises(WrongStep):
            steps.take_frame(session, survey.id, households(), staff=None, now=MONDAY)
        with pytest.raises(UnknownRound):
            steps.open_round(session, 999, staff=None, now=MONDAY)


def test_closed_cases_give_each_citizen_once_and_no_denunciation(database: Database) -> None:
    with database.write() as session:
        one, other = make_citizen(session), make_citizen(session)
        cases = [make_case(session, citizen_id=person) for person in (one, one, other)]
        secret = make_case(session, kind="to_cao")
        make_case(session)  # without an answer
    for number, case in enumerate([*cases, secret]):
        if not case.restricted:
            answer_case(database, case.id, "Đã xong.", now=MONDAY + timedelta(hours=number), key=f"a{number}")
    with database.write() as session:
        survey = a_round(
            session,
            frame_kind="cases",
            plan=SamplePlan(size=2),
            frame_since=date(2026, 11, 23),
            frame_until=date(2026, 11, 23),
        )
        lines = steps.frame_of_cases(session, survey)
        assert [(line.citizen_id, line.key) for line in lines] == [(other, cases[2].code), (one, cases[1].code)]
        session.add(SurveyOptOut(citizen_id=one, at=MONDAY))
        steps.take_frame(session, survey.id, lines, staff=None, now=MONDAY)
        steps.draw_sample(session, survey.id, seed="1", staff=None, now=MONDAY)
        assert {unit.frame_unit.citizen_id: unit.disposition for unit in repository.sample(session, survey.id)} == {
            one: "refusal",
            other: "pending",
        }


@pytest.mark.parametrize(
    "wrong",
    [
        {"questionnaire": "sipas2024"},
        {"code": "a"},
        {"title": " "},
        {"closes_on": date(2026, 1, 1)},
        {"frame_kind": "phone_book"},
        {"frame_kind": "cases"},
        {"quotas": [{"question": "c1_1", "option": "9", "most": 5}]},
        {"quotas": [{"question": "c1_1", "option": "1", "most": 0}]},
        {"recheck_share": 2},
    ],
)
def test_what_cannot_be_planned_is_refused(database: Database, wrong: dict[str, object]) -> None:
    with database.write() as session, pytest.raises(InvalidOption):
        a_round(session, **wrong)


def test_two_rounds_do_not_share_a_code(database: Database) -> None:
    with database.write() as session:
        a_round(session)
        with pytest.raises(InvalidOption, match="Đã có"):
            a_round(session)


def test_interviewers_get_their_areas(database: Database) -> None:
    with database.write() as session:
        survey = drawn_round(session)
        people = [{"name": "Điều tra viên Một", "areas": ["14797"]}, {"name": "Điều tra viên Hai", "areas": ["14758"]}]
        assert steps.assign_interviewers(session, survey.id, people, staff=None, now=MONDAY) == 20
        names = {(unit.frame_unit.commune, unit.interviewer) for unit in repository.sample(session, survey.id)}
        assert names == {("14797", "Điều tra viên Một"), ("14758", "Điều tra viên Hai")}


def test_reserves_replace_in_order_within_their_cell_until_there_are_none(database: Database) -> None:
    with database.write() as session:
        survey = open_round(session)
        unit = repository.sample_unit(session, survey.id, 1)
        assert unit is not None
        replaced = [steps.replace_unit(session, unit, staff=None, now=MONDAY) for _ in range(3)]
        assert [one.rank if one else None for one in replaced] == [4, 5, None]
        assert all(one is None or (one.cell == unit.cell and one.replaces_id == unit.id) for one in replaced)
        assert sum(repository.dispositions(session, survey.id).values()) == 14


def test_response_rates_by_hand() -> None:
    counts = {"complete": 60, "partial": 10, "refusal": 10, "non_contact": 10, "unknown_household": 5, "pending": 5}
    rates = response_rates({**counts, "not_eligible": 20, "over_quota": 3})
    assert (rates.rr1, rates.rr2, rates.issued) == (60.0, 70.0, 123)
    assert response_rates({}).rr1 is None


def test_every_disposition_has_a_title_and_a_group() -> None:
    assert set(TITLES) == set(GROUP) and set(ENTERED) < set(TITLES)
