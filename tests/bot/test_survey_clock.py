"""Invitations and at most two reminders as due rows, in daytime; what lapses leaves nothing; nobody is asked twice."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from bot.models import Conversation, OutboxMessage
from bot.survey_clock import SurveyClock
from bot.turn import Turns
from surveys import chat, links
from surveys.due import Due
from surveys.models import SurveyInvitation, SurveyResponse
from surveys.rounds import repository, steps
from surveys.rounds.inviting import awake, invite_by_chat, issue_links
from surveys.rounds.models import SurveyRound
from surveys.rounds.plans import SamplePlan
from surveys.texts import say
from tests.bot.fakes import Stage, answer_case, open_case
from tests.bot.test_turn import ask
from tests.factories import MONDAY
from tests.surveys.rounds_stage import a_round, open_round

DAY = 86_400


class Asked:
    """Two citizens with an answered case, both in the sample of an open round."""

    def __init__(self, stage: Stage, **parts: object) -> None:
        self.stage = stage
        stage.turns = Turns(surveys=chat)
        self.conversations = [stage.start(), stage.start()]
        for number, one in enumerate(self.conversations):
            case = open_case(stage.database, one.citizen_id, now=MONDAY, key=f"k{number}")
            answer_case(stage.database, case.id, "Đã xong.", now=MONDAY, key=f"a{number}")
        with stage.database.write() as session:
            survey = a_round(
                session,
                frame_kind="cases",
                plan=SamplePlan(size=2),
                frame_since=date(2026, 11, 1),
                frame_until=date(2026, 11, 30),
                **parts,
            )
            steps.take_frame(session, survey.id, steps.frame_of_cases(session, survey), staff=None, now=MONDAY)
            steps.draw_sample(session, survey.id, seed="1", staff=None, now=MONDAY)
            steps.open_round(session, survey.id, staff=None, now=MONDAY)
            self.round_id = survey.id
            invite_by_chat(session, survey.id, staff=None, now=MONDAY)
        self.clock = SurveyClock(
            stage.database, stage.clock, Due(least=5), link=lambda token: f"https://x/surveys/{token}"
        )

    def said(self, at: int = 0) -> list[str]:
        return self.stage.said(self.conversations[at].id)

    def invitation(self, at: int = 0) -> SurveyInvitation:
        with self.stage.database.read() as session:
            mine = SurveyInvitation.citizen_id == self.conversations[at].citizen_id
            return session.scalars(select(SurveyInvitation).where(mine)).one()

    def days(self, number: float) -> None:
        self.stage.clock.advance(number * DAY)
        self.clock.round()


def test_an_invitation_two_reminders_and_never_more(stage: Stage) -> None:
    asked = Asked(stage)
    asked.clock.round()
    asked.clock.round()
    assert len(asked.said()) == 1 and "không bắt buộc" in asked.said()[0].lower()
    for _ in range(12):
        asked.days(2)
    texts = asked.said()
    assert len(texts) == 3 and all(text.startswith("Lắng Nghe xin nhắc") for text in texts[1:])
    with stage.database.read() as session:
        assert repository.dispositions(session, asked.round_id) == {"pending": 2}


def test_each_link_is_another_and_only_the_last_one_opens_the_form(stage: Stage) -> None:
    asked = Asked(stage)
    asked.clock.round()
    asked.days(4)
    first, second = (re.search(r"/surveys/(\S{22})", text) for text in asked.said())
    assert first and second
    with stage.database.read() as session:
        assert links.by_link(session, first[1], now=stage.clock()) is None
        assert links.by_link(session, second[1], now=stage.clock()) is not None


async def test_who_answers_is_not_reminded_and_the_response_has_its_design(stage: Stage) -> None:
    asked = Asked(stage)
    asked.clock.round()
    number = asked.invitation().id
    await ask(stage, asked.conversations[0], payload=f"sv:start:{number}")
    for _ in range(18):
        await ask(stage, asked.conversations[0], "4")
    assert (await ask(stage, asked.conversations[0], "không"))[-1] == say("thanks")
    for _ in range(5):
        asked.days(3)
    assert not any(text.startswith("Lắng Nghe xin nhắc") for text in asked.said())
    with stage.database.read() as session:
        kept = session.scalars(select(SurveyResponse)).one()
        assert (kept.round_id, kept.weight, kept.fpc, kept.cluster) == (asked.round_id, 1.0, 2, "")
        assert repository.dispositions(session, asked.round_id) == {"complete": 1, "pending": 1}
        words = session.scalars(select(OutboxMessage.text).where(OutboxMessage.survey_id == number)).all()
        assert set(words) == {""}  # also the invitation with its link


async def test_a_form_left_unfinished_lapses_after_a_week_with_all_its_answers(stage: Stage) -> None:
    asked = Asked(stage)
    asked.clock.round()
    number = asked.invitation().id
    await ask(stage, asked.conversations[0], payload=f"sv:start:{number}")
    await ask(stage, asked.conversations[0], "2")
    asked.days(6.9)
    assert asked.invitation().answers == {"c1_1": 2}
    asked.days(0.2)
    lapsed = asked.invitation()
    assert (lapsed.state, lapsed.answers, lapsed.token_hash) == ("expired", {}, None)
    with stage.database.read() as session:
        assert session.scalars(select(SurveyResponse)).all() == []
        assert repository.dispositions(session, asked.round_id)["break_off"] == 1
        words = session.scalars(select(OutboxMessage.text).where(OutboxMessage.survey_id == number)).all()
        assert set(words) == {""}


async def test_never_means_no_reminder_either(stage: Stage) -> None:
    asked = Asked(stage)
    asked.clock.round()
    await ask(stage, asked.conversations[0], payload=f"sv:never:{asked.invitation().id}")
    before = len(asked.said())
    for _ in range(6):
        asked.days(3)
    assert len(asked.said()) == before
    with stage.database.read() as session:
        assert repository.dispositions(session, asked.round_id)["refusal"] == 1


def test_a_conversation_that_a_worker_holds_is_left_for_later(stage: Stage) -> None:
    asked = Asked(stage)
    with stage.database.write() as session:
        held = session.get_one(Conversation, asked.conversations[0].id)
        held.claimed_by, held.claimed_until = "worker", stage.clock() + timedelta(seconds=30)
    asked.clock.round()
    assert (len(asked.said(0)), len(asked.said(1))) == (0, 1)
    asked.stage.clock.advance(31)
    asked.clock.round()
    assert len(asked.said(0)) == 1


def test_two_clocks_take_a_row_once(stage: Stage) -> None:
    asked = Asked(stage)
    number, due = asked.invitation().id, Due(least=5)
    with stage.database.write() as session:
        assert due.take(session, number, link=str, now=stage.clock()) is not None
    with stage.database.write() as session:
        assert due.take(session, number, link=str, now=stage.clock()) is None


def test_after_the_last_day_nobody_is_asked(stage: Stage) -> None:
    asked = Asked(stage, closes_on=date(2026, 11, 24))
    asked.clock.round()
    asked.days(3)
    assert len(asked.said()) == 1 and asked.invitation().state == "expired"
    with stage.database.read() as session:
        assert repository.dispositions(session, asked.round_id) == {"non_contact": 2}


@pytest.mark.parametrize(("hour", "morning"), [(1, 8), (7, 8), (12, 12), (19, 19), (20, 8), (23, 8)])
def test_nobody_is_asked_at_night(hour: int, morning: int) -> None:
    local = MONDAY.astimezone(steps.VIETNAM).replace(hour=hour)
    assert awake(local).astimezone(steps.VIETNAM).hour == morning
    assert awake(local) - local < timedelta(hours=13)


def test_who_has_no_chat_gets_a_link_and_a_new_one_ends_the_old(stage: Stage) -> None:
    with stage.database.write() as session:
        survey = open_round(session)
        first = issue_links(session, survey.id, staff=None, now=MONDAY)
        second = issue_links(session, survey.id, staff=None, now=MONDAY)
        assert len(first) == len(second) == 12 and {one.number for one in first} == set(range(1, 13))
        assert links.by_link(session, first[0].token, now=MONDAY) is None
        found = links.by_link(session, second[0].token, now=MONDAY)
        assert found is not None and found.citizen_id is None
        assert session.get_one(SurveyRound, survey.id).state == "open"


async def test_a_full_quota_ends_the_form_without_keeping_it(stage: Stage) -> None:
    quota = [{"question": "c1_1", "option": "4", "most": 1}]
    asked = Asked(stage, quotas=quota)
    asked.clock.round()
    with stage.database.write() as session:
        session.add(
            SurveyResponse(
                id="0" * 32, questionnaire="qd2640", round_id=asked.round_id, answered_on=MONDAY.date(), mode="web",
                answers={"c1_1": 4},
            )
        )  # fmt: skip
    await ask(stage, asked.conversations[0], payload=f"sv:start:{asked.invitation().id}")
    assert await ask(stage, asked.conversations[0], "4") == [say("over_quota")]
    with stage.database.read() as session:
        assert repository.dispositions(session, asked.round_id)["over_quota"] == 1
