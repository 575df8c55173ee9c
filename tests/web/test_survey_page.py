"""The survey behind a one-time link: the same engine and the same data as in the chat."""

from __future__ import annotations

import html
from collections.abc import AsyncIterator
from datetime import timedelta

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select

from feedback.database import Database
from langnghe.web import survey_page
from langnghe.web.app import create_app
from langnghe.web.services import WebServices
from surveys.links import by_link
from surveys.models import SurveyInvitation, SurveyOptOut, SurveyResponse
from surveys.questionnaires import Questionnaire
from surveys.rounds import repository
from surveys.rounds.inviting import issue_links
from surveys.texts import say
from tests.conftest import FakeClock
from tests.factories import MONDAY, make_citizen
from tests.surveys.rounds_stage import open_round


@pytest.fixture
async def survey_app(staff_services: WebServices) -> AsyncIterator[FastAPI]:
    made = create_app(staff_services, routers=(survey_page.router(),))
    async with made.router.lifespan_context(made):
        yield made


@pytest.fixture
async def http(survey_app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=survey_app, raise_app_exceptions=False)
    headers = {"Accept": "text/html"}
    async with httpx.AsyncClient(transport=transport, base_url="http://test", headers=headers) as made:
        yield made


def a_link(database: Database, questionnaire: str = "qd2640") -> tuple[str, int]:
    with database.write() as session:
        survey = open_round(session, questionnaire=questionnaire)
        return issue_links(session, survey.id, staff=None, now=MONDAY)[0].token, survey.id


async def send(http: httpx.AsyncClient, token: str, **fields: object) -> httpx.Response:
    return await http.post(f"/surveys/{token}", data=fields)


def invitation(database: Database, token: str) -> SurveyInvitation:
    with database.read() as session:
        found = by_link(session, token, now=MONDAY)
        assert found is not None
        return found


@pytest.mark.parametrize("name", ["qd2640", "sipas2023"])
async def test_a_whole_form_is_filled_in_and_its_link_ends(
    http: httpx.AsyncClient, database: Database, name: str
) -> None:
    token, round_id = a_link(database, name)
    form = Questionnaire.load(name)
    first = await http.get(f"/surveys/{token}")
    assert "Bắt đầu trả lời" in first.text and first.headers["cache-control"] == "no-store"
    assert (await send(http, token, action="start")).status_code == 303
    expected: dict[str, object] = {}
    while (question := form.next_question(expected)) is not None:  # type: ignore[arg-type]
        page = html.unescape((await http.get(f"/surveys/{token}")).text)
        assert question.text in page and all(label in page for label in question.options.values())
        chosen = list(question.options)[-1]
        several = list(question.options)[:2]
        if question.code in ("c1_2", "p1_2", "q1_2"):
            expected[question.code] = None
            answered = await send(http, token, question=question.code, action="skip")
        elif question.kind == "choices":
            expected[question.code] = several
            answered = await send(http, token, question=question.code, given=several)
        else:
            expected[question.code] = int(chosen) if question.kind == "scale" else chosen
            answered = await send(http, token, question=question.code, given=chosen)
        assert answered.status_code in (200, 303)
    assert say("thanks") in answered.text
    assert (await http.get(f"/surveys/{token}")).status_code == 404
    with database.read() as session:
        kept = session.scalars(select(SurveyResponse)).one()
        assert kept.answers == {code: value for code, value in expected.items() if value is not None}
        assert (kept.mode, kept.round_id) == ("web", round_id) and kept.stratum == kept.commune
        assert repository.dispositions(session, round_id)["complete"] == 1


async def test_who_never_gave_feedback_is_not_asked_about_it(http: httpx.AsyncClient, database: Database) -> None:
    token, _ = a_link(database)
    await send(http, token, action="start")
    for code in Questionnaire.load("qd2640").criteria[:18]:
        await send(http, token, question=code, given="4")
    assert "/18" not in (await http.get(f"/surveys/{token}")).text
    gate = Questionnaire.load("qd2640").factors[-1].gate
    assert gate is not None
    assert say("thanks") in (await send(http, token, question=gate.code, given="khong")).text


async def test_an_answer_without_a_choice_and_one_outside_the_scale_are_asked_again(
    http: httpx.AsyncClient, database: Database
) -> None:
    token, _ = a_link(database)
    await send(http, token, action="start")
    for given in ({}, {"given": "9"}, {"given": "<b>"}):
        answered = await send(http, token, question="c1_1", **given)
        assert answered.headers["location"].endswith("?missing=true")
    assert "Mời anh/chị chọn" in (await http.get(f"/surveys/{token}?missing=true")).text
    assert invitation(database, token).answers == {}


async def test_a_question_sent_twice_counts_once(http: httpx.AsyncClient, database: Database) -> None:
    token, _ = a_link(database)
    await send(http, token, action="start")
    await send(http, token, question="c1_1", given="4")
    await send(http, token, question="c1_1", given="1")
    assert invitation(database, token).answers == {"c1_1": 4}


async def test_stopping_leaves_nothing(http: httpx.AsyncClient, database: Database) -> None:
    token, round_id = a_link(database)
    await send(http, token, action="start")
    await send(http, token, question="c1_1", given="4")
    assert say("declined") in (await send(http, token, action="stop")).text
    with database.read() as session:
        assert session.scalars(select(SurveyResponse)).all() == []
        stopped = session.scalars(select(SurveyInvitation).where(SurveyInvitation.state == "declined")).one()
        assert (stopped.answers, stopped.token_hash) == ({}, None)
        assert repository.dispositions(session, round_id)["refusal"] == 1


async def test_never_again_is_kept(http: httpx.AsyncClient, database: Database) -> None:
    token, _ = a_link(database)
    with database.write() as session:
        citizen = make_citizen(session)
        session.get_one(SurveyInvitation, invitation(database, token).id).citizen_id = citizen
    assert say("never") in (await send(http, token, action="never")).text
    with database.read() as session:
        assert session.get(SurveyOptOut, citizen) is not None


async def test_a_link_ends_a_week_after_the_first_answer(
    http: httpx.AsyncClient, database: Database, clock: FakeClock
) -> None:
    token, _ = a_link(database)
    await send(http, token, action="start")
    clock.advance(timedelta(days=6, hours=23).total_seconds())
    assert (await http.get(f"/surveys/{token}")).status_code == 200
    clock.advance(7200)
    assert (await http.get(f"/surveys/{token}")).status_code == 404


@pytest.mark.parametrize("token", ["x", "A" * 22, "A" * 2000, "..%2F", "%00"])
async def test_a_link_that_never_was_opens_nothing(http: httpx.AsyncClient, token: str) -> None:
    assert (await http.get(f"/surveys/{token}")).status_code == 404
    assert (await http.post(f"/surveys/{token}", data={"action": "start"})).status_code == 404
