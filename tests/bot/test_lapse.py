"""A denunciation that was neither sent nor cancelled does not stay in inbox and tracker."""

from __future__ import annotations

from datetime import timedelta

from bot import repository
from bot.closing import UNSENT_SECRET
from bot.core_texts import say
from bot.engine import EngineReply
from bot.intake import keep_file
from bot.models import Conversation, ForgottenSession, InboxMessage
from bot.texts import load_texts
from feedback.models import CaseFile
from tests.bot.fakes import Stage

HOURS = int(UNSENT_SECRET / timedelta(hours=1))


def asked_secretly(_text: str) -> list[EngineReply]:
    return [EngineReply(text="Anh/chị muốn thế nào?"), EngineReply(custom={"secret": True})]


async def denounced(stage: Stage) -> Conversation:
    conversation = stage.start()
    stage.engine.answer = asked_secretly
    await stage.say(conversation.key, "ông A nhận tiền", event_id="1")
    await stage.run()
    return conversation


def due_rows(stage: Stage) -> int:
    with stage.database.read() as session:
        return session.query(ForgottenSession).count()


async def test_an_unsent_denunciation_is_purged_after_its_time_and_the_citizen_is_told(stage: Stage) -> None:
    conversation = await denounced(stage)
    assert stage.inbox(conversation.id)[0].text == "ông A nhận tiền" and stage.engine.forgotten == []
    stage.clock.advance(UNSENT_SECRET.total_seconds() + 1)
    await stage.run()
    assert stage.inbox(conversation.id)[0].text is None
    assert stage.engine.forgotten == [f"c{conversation.id}s1"] and due_rows(stage) == 0
    told = say("lapsed", hours=HOURS)
    assert stage.said(conversation.id) == ["", told] and "tố cáo" not in told
    stage.engine.answer = lambda text: [EngineReply(text=f"nghe: {text}")]
    await stage.say(conversation.key, "đường hỏng", event_id="2")
    await stage.run()
    assert stage.engine.turns[-1][0] == f"c{conversation.id}s2"


async def test_each_word_on_it_gives_it_its_time_again(stage: Stage) -> None:
    conversation = await denounced(stage)
    stage.clock.advance(UNSENT_SECRET.total_seconds() - 60)
    await stage.say(conversation.key, "còn nữa", event_id="2")
    await stage.run()
    stage.clock.advance(120)
    await stage.run()
    assert stage.inbox(conversation.id)[0].text == "ông A nhận tiền" and due_rows(stage) == 1


async def test_what_turned_out_to_be_no_denunciation_stays(stage: Stage) -> None:
    conversation = await denounced(stage)
    stage.engine.answer = lambda text: [EngineReply(text="Vâng."), EngineReply(custom={"secret": False})]
    await stage.say(conversation.key, "chỉ phản ánh thôi", event_id="2")
    await stage.run()
    assert due_rows(stage) == 0
    stage.clock.advance(UNSENT_SECRET.total_seconds() + 1)
    await stage.run()
    assert stage.inbox(conversation.id)[0].text == "ông A nhận tiền" and stage.engine.forgotten == []


async def test_a_session_that_ended_otherwise_loses_its_words_and_leaves_later_ones_alone(stage: Stage) -> None:
    conversation = await denounced(stage)
    stage.engine.answer = lambda text: [EngineReply(text="Đã mở."), EngineReply(custom={"session": "end"})]
    await stage.say(conversation.key, "việc khác", event_id="2")
    await stage.run()
    stage.engine.answer = lambda text: [EngineReply(text=f"nghe: {text}")]
    await stage.say(conversation.key, "đường hỏng", event_id="3")
    await stage.run()
    stage.clock.advance(UNSENT_SECRET.total_seconds() + 1)
    await stage.run()
    assert [row.text for row in stage.inbox(conversation.id)] == [None, None, "đường hỏng"]
    assert stage.said(conversation.id)[-1] == "nghe: đường hỏng"


async def test_the_lapse_waits_for_an_engine_that_is_away_and_tells_once(stage: Stage) -> None:
    conversation = await denounced(stage)
    stage.engine.down = True
    stage.clock.advance(UNSENT_SECRET.total_seconds() + 1)
    await stage.run()
    assert due_rows(stage) == 1 and stage.inbox(conversation.id)[0].text is None
    stage.engine.down = False
    stage.clock.advance(60)
    await stage.run()
    assert due_rows(stage) == 0 and stage.said(conversation.id).count(say("lapsed", hours=HOURS)) == 1


def test_the_citizen_is_told_the_time_that_is_kept() -> None:
    assert f"sau {HOURS} giờ" in load_texts().texts["to_cao_confirm"]


async def test_photos_of_a_purged_session_go_too(stage: Stage) -> None:
    conversation = await denounced(stage)
    with stage.database.write() as session:
        row = session.query(InboxMessage).filter_by(conversation_id=conversation.id).one()
        kept = [
            keep_file(session, name, "image/png", b"png", citizen_id=conversation.citizen_id, now=stage.clock())
            for name in ("a.png", "b.png")
        ]
        row.files = kept
    with stage.database.write() as session:
        repository.blank_session(session, session.get_one(Conversation, conversation.id))
    with stage.database.read() as session:
        assert session.query(CaseFile).count() == 0
