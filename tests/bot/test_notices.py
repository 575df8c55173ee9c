"""An agency's answer reaches the citizen's thread once, with what its channel may carry."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from bot.models import Conversation
from bot.notices import NoticePolicy
from feedback.models import Case, Notice
from tests.bot.fakes import Stage, answer_case, open_case, telegram, web, zalo

ANSWER = "Tổ vệ sinh đã dọn rác chiều nay."


async def thread(stage: Stage, channel: str) -> Conversation:
    if channel == "webchat":
        conversation = stage.start()
        await stage.accept(web(conversation.key, "1", text="x"))
    else:
        await stage.accept((telegram if channel == "telegram" else zalo)("42", "1", text="x"))
        conversation = stage.conversation_of(channel, "42")
    await stage.run()
    return conversation


def answered(stage: Stage, conversation: Conversation, kind: str = "phan_anh") -> Case:
    case = open_case(stage.database, conversation.citizen_id, kind=kind, now=stage.clock())
    if kind == "to_cao":
        with stage.database.write() as session:
            session.add(notice_of(session, case))
    else:
        answer_case(stage.database, case.id, ANSWER, now=stage.clock())
    return case


def notice_of(session: Session, case: Case) -> Notice:
    from feedback.models import Answer, Staff

    staff = Staff(username="x", display_name="Cán bộ Mẫu", password_hash="x", role="officer", office_id=case.office_id)
    session.add(staff)
    session.flush()
    answer = Answer(
        case_id=case.id,
        effect_key="a",
        text=ANSWER,
        staff_id=staff.id,
        staff_name="x",
        office_id=case.office_id,
        office_name="UBND phường Hạc Thành",
        at=case.received_at,
    )
    session.add(answer)
    session.flush()
    return Notice(
        kind="case_answered",
        case_id=case.id,
        citizen_id=case.citizen_id,
        data={"answer": answer.id},
        created_at=case.received_at,
    )


@pytest.mark.parametrize("channel", ["webchat", "zalo", "telegram"])
async def test_an_answer_is_told_once_with_rating_buttons_and_a_rating_is_awaited(stage: Stage, channel: str) -> None:
    conversation = await thread(stage, channel)
    case = answered(stage, conversation)
    stage.woken.clear()
    await asyncio.gather(stage.run(), stage.run())
    row = stage.outbox(conversation.id)[-1]
    assert len(stage.outbox(conversation.id)) == 2
    assert row.sender == "staff"
    assert row.text.startswith(f"Trả lời của UBND phường Hạc Thành về việc mã {case.code}:\n{ANSWER}")
    assert [button["payload"] for button in row.buttons] == [f"rate:{case.code}:{score}" for score in range(1, 6)]
    assert row.buttons[0]["title"] == "1 - Rất không hài lòng"
    assert stage.conversation(conversation.id).awaiting == {"rating": case.code}
    assert conversation.id in stage.woken
    assert ("sender" in stage.woken) == (channel != "webchat")


async def test_over_telegram_goes_only_the_code_the_fact_and_where_to_read(stage: Stage) -> None:
    conversation = await thread(stage, "telegram")
    stage.policy = NoticePolicy(read_link=lambda key: f"https://langnghe.example/answers/{key}")
    case = answered(stage, conversation)
    await stage.run()
    row = stage.outbox(conversation.id)[-1]
    assert row.brief is not None
    assert ANSWER not in row.brief
    assert case.code in row.brief
    assert f"https://langnghe.example/answers/{conversation.key}" in row.brief
    assert ANSWER in row.text


async def test_without_a_link_the_telegram_citizen_is_referred_to_the_office(stage: Stage) -> None:
    conversation = await thread(stage, "telegram")
    answered(stage, conversation)
    await stage.run()
    assert "liên hệ UBND phường Hạc Thành" in (stage.outbox(conversation.id)[-1].brief or "")


async def test_full_text_over_telegram_is_a_setting(stage: Stage) -> None:
    conversation = await thread(stage, "telegram")
    stage.policy = NoticePolicy(telegram_full_text=True)
    answered(stage, conversation)
    await stage.run()
    assert stage.outbox(conversation.id)[-1].brief is None


@pytest.mark.parametrize("channel", ["zalo", "telegram"])
async def test_of_a_restricted_case_neither_content_nor_code_goes_out_and_no_rating_is_asked(
    stage: Stage, channel: str
) -> None:
    conversation = await thread(stage, channel)
    stage.policy = NoticePolicy(telegram_full_text=True)
    case = answered(stage, conversation, "to_cao")
    await stage.run()
    row = stage.outbox(conversation.id)[-1]
    assert row.brief is not None
    assert ANSWER not in row.brief
    assert case.code not in row.brief
    assert row.brief.startswith("Đã có trả lời cho việc anh/chị đã gửi.")
    assert row.buttons == []
    assert stage.conversation(conversation.id).awaiting == {}


async def test_guidance_on_a_petition_asks_for_no_rating(stage: Stage) -> None:
    conversation = await thread(stage, "webchat")
    answered(stage, conversation, "khieu_nai")
    await stage.run()
    row = stage.outbox(conversation.id)[-1]
    assert row.text.startswith("Hướng dẫn của UBND phường Hạc Thành")
    assert row.buttons == []


async def test_the_thread_that_was_written_in_last_gets_the_answer(stage: Stage) -> None:
    old, new = await thread(stage, "webchat"), await thread(stage, "zalo")
    with stage.database.write() as session:
        session.get_one(Conversation, new.id).citizen_id = old.citizen_id
    await stage.accept(web(old.key, "2", text="còn đây"))
    await stage.run()
    answered(stage, old)
    await stage.run()
    assert ANSWER in stage.said(old.id)[-1]
    assert ANSWER not in "".join(stage.said(new.id))


async def test_a_notice_waits_while_a_message_of_the_thread_is_being_handled(stage: Stage) -> None:
    conversation = await thread(stage, "webchat")
    case = answered(stage, conversation)
    with stage.database.write() as session:
        session.get_one(Conversation, conversation.id).claimed_until = stage.clock() + timedelta(seconds=60)
    await stage.run()
    assert len(stage.outbox(conversation.id)) == 1
    stage.clock.advance(61)
    await stage.run()
    assert case.code in stage.said(conversation.id)[-1]


async def test_a_citizen_without_a_thread_blocks_nothing(stage: Stage) -> None:
    conversation = await thread(stage, "webchat")
    with stage.database.write() as session:
        from feedback.models import Citizen

        nobody = Citizen(created_at=stage.clock())
        session.add(nobody)
        session.flush()
        nobody_id = nobody.id
    case = open_case(stage.database, nobody_id, now=stage.clock(), key="k9")
    answer_case(stage.database, case.id, ANSWER, now=stage.clock(), key="a9")
    answered(stage, conversation)
    await stage.run()
    assert ANSWER in stage.said(conversation.id)[-1]


async def test_a_subscriber_hears_of_its_kind_in_the_same_transaction(stage: Stage) -> None:
    conversation = await thread(stage, "webchat")
    heard: list[int] = []

    def failing(_session: Session, notice: Notice, _now: Any) -> None:
        heard.append(notice.case_id)
        if len(heard) == 1:
            raise RuntimeError

    stage.subscribers = {"case_answered": [failing]}
    case = answered(stage, conversation)
    with pytest.raises(RuntimeError):
        await stage.run()
    assert len(stage.outbox(conversation.id)) == 1
    await stage.run()
    assert heard == [case.id, case.id]
    assert len(stage.outbox(conversation.id)) == 2
