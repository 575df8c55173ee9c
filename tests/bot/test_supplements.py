"""The agency asks, the citizen answers in the chat, the clock runs on: the whole way through the worker."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.core_texts import say
from bot.engine import EngineReply
from bot.models import Conversation
from bot.notices import NoticePolicy
from feedback import handling
from feedback.handling_models import CaseRemark
from feedback.models import Case, Office, Staff
from integrations.channel import RemoteFile
from tests.bot.fakes import Stage, open_case, telegram, web

QUESTION = "Xin anh/chị gửi mã hồ sơ."


def ask(stage: Stage, case: Case) -> None:
    """An officer of the case's office asks the citizen."""
    with stage.database.write() as session:
        officer = Staff(username="an", display_name="Cán bộ Mẫu", password_hash="x", role="officer")
        officer.office = session.get_one(Office, case.office_id)
        session.add(officer)
        session.flush()
        handling.ask_more(session, case.id, staff=officer, question=QUESTION, version=case.version, now=stage.clock())


def case_now(stage: Stage, case: Case) -> Case:
    with stage.database.read() as session:
        found = session.get_one(Case, case.id)
        _ = found.office.name
        return found


def given(stage: Stage, case: Case) -> list[str]:
    with stage.database.read() as session:
        mine = select(CaseRemark.text).where(CaseRemark.case_id == case.id, CaseRemark.kind == "more")
        return list(session.scalars(mine))


@pytest.fixture
async def asked(stage: Stage) -> tuple[Conversation, Case]:
    """A citizen of the web chat whose case waits for an answer; the question stands in the chat."""
    conversation = stage.start()
    case = open_case(stage.database, conversation.citizen_id, now=stage.clock())
    ask(stage, case)
    await stage.run()
    return conversation, case


async def test_the_question_reaches_the_chat_with_its_button_and_the_clock_stands(
    stage: Stage, asked: tuple[Conversation, Case]
) -> None:
    conversation, case = asked
    row = stage.outbox(conversation.id)[-1]
    assert QUESTION in row.text and "tạm dừng" in row.text
    assert [button["payload"] for button in row.buttons] == [f"more:{case.code}"]
    assert (case_now(stage, case).state, case_now(stage, case).due_at) == ("cho_bo_sung", None)


async def test_the_answer_right_under_the_question_goes_to_the_agency_and_the_clock_runs_on(
    stage: Stage, asked: tuple[Conversation, Case]
) -> None:
    conversation, case = asked
    before = case.due_at
    stage.clock.advance(timedelta(days=3).total_seconds())
    await stage.say(conversation.key, "Mã hồ sơ H38.1-251101-0001 nộp ở phường", event_id="1")
    await stage.run()
    now = case_now(stage, case)
    assert (now.state, now.paused_at) == ("da_bo_sung", None)
    assert now.due_at and before and now.due_at > before, "Wednesday, on which the citizen was asked, is taken out"
    assert given(stage, case) == ["Mã hồ sơ H38.1-251101-0001 nộp ở phường"]
    assert stage.engine.turns == [], "nothing of it is taken for a new matter"
    said = stage.said(conversation.id)
    assert said[-1].startswith(f"Đã chuyển phần bổ sung của anh/chị cho {now.office.name}") and len(said) == 2


async def test_a_photo_is_an_answer_too_and_belongs_to_the_case(stage: Stage, asked: tuple[Conversation, Case]) -> None:
    conversation, case = asked
    photo = RemoteFile("up", "hoa-don.png", "image/png", 4)
    await stage.accept(web(conversation.key, "1", kind="attachment", files=(photo,)), data=b"\x89PNG")
    await stage.run()
    assert case_now(stage, case).state == "da_bo_sung" and given(stage, case) == ["(gửi 1 tệp)"]
    with stage.database.read() as session:
        assert [file.name for file in session.get_one(Case, case.id).files] == ["hoa-don.png"]


@pytest.mark.parametrize("text", ["chào", "ok", "?"])
async def test_a_greeting_under_the_question_is_no_answer(
    stage: Stage, asked: tuple[Conversation, Case], text: str
) -> None:
    conversation, case = asked
    await stage.say(conversation.key, text, event_id="1")
    await stage.run()
    assert case_now(stage, case).state == "cho_bo_sung"


async def test_after_other_talk_the_button_says_what_the_next_words_are(
    stage: Stage, asked: tuple[Conversation, Case]
) -> None:
    conversation, case = asked
    await stage.say(conversation.key, "chào", event_id="1")
    await stage.run()
    await stage.say(conversation.key, "đường trước nhà tôi hỏng nặng lắm", event_id="2")
    await stage.run()
    assert case_now(stage, case).state == "cho_bo_sung", "a new matter is not put to the old case"
    await stage.say(conversation.key, f"more:{case.code}", event_id="3")
    await stage.run()
    assert stage.said(conversation.id)[-1] == say("more_wanted", code=case.code)
    await stage.say(conversation.key, "mã H38.1", event_id="4")
    await stage.run()
    assert given(stage, case) == ["mã H38.1"] and "more" not in stage.conversation(conversation.id).awaiting


async def test_in_the_middle_of_another_matter_words_belong_to_that_matter(stage: Stage) -> None:
    conversation = stage.start()
    case = open_case(stage.database, conversation.citizen_id, now=stage.clock())
    stage.engine.answer = lambda _text: [EngineReply(text="Việc ở phường nào?")]
    await stage.say(conversation.key, "đèn đường tắt cả tuần", event_id="1")
    await stage.run()
    ask(stage, case)
    await stage.run()
    await stage.say(conversation.key, "phường Hạc Thành chỗ ngõ mười hai", event_id="2")
    await stage.run()
    assert given(stage, case) == [] and stage.engine.turns[-1][1].startswith("phường Hạc Thành")


async def test_nobody_elses_case_can_be_answered_to(stage: Stage, asked: tuple[Conversation, Case]) -> None:
    _, case = asked
    other = stage.start()
    await stage.say(other.key, f"more:{case.code}", event_id="9")
    await stage.say(other.key, "mã hồ sơ giả", event_id="10")
    await stage.run()
    assert given(stage, case) == [] and stage.said(other.id)[0] == say("not_found", code=case.code)


async def test_an_answer_that_is_no_longer_wanted_is_told_so(stage: Stage, asked: tuple[Conversation, Case]) -> None:
    conversation, case = asked
    with stage.database.write() as session:
        officer = session.scalars(select(Staff)).one()
        version = session.get_one(Case, case.id).version
        handling.stop_waiting(session, case.id, staff=officer, reason="Đã rõ.", version=version, now=stage.clock())
    await stage.say(conversation.key, f"more:{case.code}", event_id="1")
    await stage.run()
    assert any("không cần bổ sung nữa" in text for text in stage.said(conversation.id)) and given(stage, case) == []


async def test_over_telegram_the_question_stays_at_home_behind_a_link(stage: Stage) -> None:
    stage.policy = NoticePolicy(read_link=lambda key: f"https://x/answers/{key}")
    await stage.accept(telegram("t1", "1", text="chào"))
    await stage.run()
    conversation = stage.conversation_of("telegram", "t1")
    case = open_case(stage.database, conversation.citizen_id, now=stage.clock())
    ask(stage, case)
    await stage.run()
    row = stage.outbox(conversation.id)[-1]
    assert row.brief and QUESTION not in row.brief and "https://x/answers/" in row.brief and row.buttons
