"""What a citizen answers to the survey stays in no message of theirs."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from bot.models import ActionReceipt, InboxMessage, OutboxMessage
from bot.repository import add_receipt, messages_after
from bot.turn import Turns
from surveys import chat
from surveys.models import SurveyInvitation, SurveyResponse
from surveys.texts import say
from tests.bot.fakes import Stage, answer_case, open_case, telegram
from tests.bot.test_turn import FakeSurveys, ask


@pytest.fixture
def surveyed(stage: Stage) -> Stage:
    stage.turns = Turns(surveys=FakeSurveys(open=True))
    return stage


@pytest.mark.parametrize("said", [{"text": "4"}, {"payload": "sv:a:1:c1_1:5"}, {"text": "sv:a:1:c1_1:5"}])
async def test_an_answer_is_counted_and_its_words_go(surveyed: Stage, said: dict[str, str]) -> None:
    conversation = surveyed.start()
    assert await ask(surveyed, conversation, **said) == ["Câu 2?"]
    (row,) = surveyed.inbox(conversation.id)
    assert (row.state, row.kind, row.text, row.payload) == ("done", "survey", None, None)
    with surveyed.database.read() as session:
        shown = messages_after(session, conversation.id, 0)[0]
    assert (shown.survey, shown.removed, shown.text) == (True, False, "")


async def test_words_that_the_survey_declines_are_kept(surveyed: Stage) -> None:
    conversation = surveyed.start()
    assert await ask(surveyed, conversation, "đường hỏng") == ["nghe: đường hỏng"]
    assert [(row.kind, row.text) for row in surveyed.inbox(conversation.id)] == [("text", "đường hỏng")]


async def test_when_the_form_is_done_its_questions_answers_receipts_and_link_are_gone(stage: Stage) -> None:
    """In one transaction: afterwards the database holds no word that leads from the citizen to the response."""
    stage.turns = Turns(surveys=chat)
    conversation = stage.start()
    case = open_case(stage.database, conversation.citizen_id, now=stage.clock())
    answer_case(stage.database, case.id, "Đã dọn.", now=stage.clock())
    with stage.database.write() as session:
        chat.invite(session, citizen_id=conversation.citizen_id, case_id=case.id, now=stage.clock())
        invitation = session.scalars(select(SurveyInvitation)).one()
    await ask(stage, conversation, payload=f"sv:start:{invitation.id}")
    for answer in ("4", "rất hài lòng", "tạm được", "bỏ qua"):
        assert "/5)" in (await ask(stage, conversation, answer))[-1]
    with stage.database.write() as session:
        first = session.scalars(select(InboxMessage).where(InboxMessage.survey_id == invitation.id)).first()
        assert first is not None
        add_receipt(session, first.id, action="action_tiep", ok=True, now=stage.clock())
    assert await ask(stage, conversation, "2") == [say("thanks")]

    with stage.database.read() as session:
        assert session.scalars(select(SurveyResponse.answers)).all() == [{"c1_1": 4, "c2_1": 5, "c3_1": 3, "c5_1": 2}]
        heard = session.scalars(select(InboxMessage).where(InboxMessage.survey_id.is_not(None))).all()
        assert len(heard) == 6 and not any(row.text or row.payload for row in heard)
        asked = session.scalars(select(OutboxMessage).where(OutboxMessage.survey_id.is_not(None))).all()
        assert len(asked) == 5 and not any(row.text or row.buttons or row.brief for row in asked)
        assert session.scalar(select(func.count()).select_from(ActionReceipt)) == 0
        done = session.get_one(SurveyInvitation, invitation.id)
        assert (done.state, done.answers, done.case_id, done.office_id, done.token_hash) == (
            "done",
            {},
            None,
            None,
            None,
        )
        shown = [message.text for message in messages_after(session, conversation.id, 0)]
        assert shown[-1] == say("thanks") and "" not in shown
    assert not stage.engine.turns


async def test_a_question_that_was_not_sent_yet_never_will_be(stage: Stage) -> None:
    stage.turns = Turns(surveys=chat)
    await stage.accept(telegram("c9", "e1", text="xin chào"))
    conversation = stage.conversation_of("telegram", "c9")
    case = open_case(stage.database, conversation.citizen_id, now=stage.clock())
    with stage.database.write() as session:
        chat.invite(session, citizen_id=conversation.citizen_id, case_id=case.id, now=stage.clock())
        number = session.scalars(select(SurveyInvitation.id)).one()
    await stage.accept(telegram("c9", "e2", payload=f"sv:start:{number}"))
    await stage.run()
    await stage.accept(telegram("c9", "e3", text="dừng"))
    await stage.run()
    rows = [row for row in stage.outbox(conversation.id) if row.survey_id == number]
    assert [(row.state, row.error, row.text) for row in rows] == [("failed", "survey_over", "")]


async def test_who_never_wants_to_be_asked_again_is_not_asked_about_the_next_case(stage: Stage) -> None:
    stage.turns = Turns(surveys=chat)
    conversation = stage.start()
    cases = [open_case(stage.database, conversation.citizen_id, now=stage.clock(), key=f"k{n}") for n in range(2)]
    with stage.database.write() as session:
        chat.invite(session, citizen_id=conversation.citizen_id, case_id=cases[0].id, now=stage.clock())
        number = session.scalars(select(SurveyInvitation.id)).one()
    assert await ask(stage, conversation, payload=f"sv:never:{number}") == [say("never")]
    stage.clock.advance(timedelta(days=4000).total_seconds())
    with stage.database.write() as session:
        invited = chat.invite(session, citizen_id=conversation.citizen_id, case_id=cases[1].id, now=stage.clock())
        assert invited is None
