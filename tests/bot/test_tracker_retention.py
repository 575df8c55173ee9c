"""Of an ordinary session that is over, the engine's tracker loses words, names and phones after its time."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from bot.engine import EngineReply
from bot.models import Conversation, ForgottenSession
from bot.worker import WorkerOptions
from tests.bot.fakes import Stage
from tests.bot.test_turn import ask

KEEP = WorkerOptions().keep


def ends(text: str) -> list[EngineReply]:
    return [EngineReply(text=f"nghe: {text}"), EngineReply(custom={"session": "end"})]


def due(stage: Stage) -> list[tuple[str, bool]]:
    with stage.database.read() as session:
        rows = session.scalars(select(ForgottenSession).order_by(ForgottenSession.sender))
        return [(row.sender, row.only_tracker) for row in rows]


async def finished(stage: Stage) -> Conversation:
    conversation = stage.start()
    stage.engine.answer = ends
    await ask(stage, conversation, "Nguyễn Văn Mẫu 0950000123")
    return conversation


async def test_the_tracker_goes_after_its_time_and_the_chat_stays(stage: Stage) -> None:
    conversation = await finished(stage)
    assert due(stage) == [(f"c{conversation.id}s1", True)] and stage.engine.forgotten == []
    stage.clock.advance((KEEP - timedelta(hours=1)).total_seconds())
    await stage.run()
    assert stage.engine.forgotten == []
    stage.clock.advance(7200)
    await stage.run()
    assert stage.engine.forgotten == [f"c{conversation.id}s1"] and due(stage) == []
    assert stage.inbox(conversation.id)[0].text == "Nguyễn Văn Mẫu 0950000123"
    assert len(stage.said(conversation.id)) == 1


async def test_the_time_is_a_setting(stage: Stage) -> None:
    conversation = stage.start()
    stage.engine.answer = ends
    await stage.say(conversation.key, "đường hỏng", event_id="1")
    await stage.run(WorkerOptions(keep=timedelta(days=1)))
    stage.clock.advance(timedelta(days=1, minutes=1).total_seconds())
    await stage.run()
    assert stage.engine.forgotten == [f"c{conversation.id}s1"]


async def test_the_session_that_goes_on_is_left_alone(stage: Stage) -> None:
    conversation = await finished(stage)
    stage.engine.answer = lambda text: [EngineReply(text=f"nghe: {text}")]
    await ask(stage, conversation, "đèn đường tắt")
    stage.clock.advance((KEEP + timedelta(days=1)).total_seconds())
    await stage.run()
    assert f"c{conversation.id}s2" in stage.engine.trackers


async def test_an_engine_that_is_away_is_asked_again(stage: Stage) -> None:
    conversation = await finished(stage)
    stage.engine.down = True
    stage.clock.advance((KEEP + timedelta(days=1)).total_seconds())
    await stage.run()
    assert due(stage) == [(f"c{conversation.id}s1", True)]
    stage.engine.down = False
    stage.clock.advance(60)
    await stage.run()
    assert due(stage) == []


async def test_a_denunciation_keeps_its_own_shorter_time(stage: Stage) -> None:
    conversation = stage.start()
    stage.engine.answer = lambda text: [EngineReply(text="Vâng."), EngineReply(custom={"secret": True})]
    await ask(stage, conversation, "ông A nhận tiền")
    stage.engine.answer = ends
    await ask(stage, conversation, "việc khác")
    assert due(stage) == [(f"c{conversation.id}s1", False)]


async def test_a_message_that_was_set_aside_leaves_a_tracker_that_goes_as_well(stage: Stage) -> None:
    conversation = stage.start()
    stage.engine.receipt_error = "boom"
    await stage.say(conversation.key, "đường hỏng", event_id="1")
    for _ in range(8):
        await stage.run(WorkerOptions(max_attempts=2))
        stage.clock.advance(60)
    assert due(stage) == [(f"c{conversation.id}s1", True)]


async def test_a_further_matter_that_was_never_taken_up_goes_too(stage: Stage) -> None:
    conversation = await finished(stage)
    with stage.database.write() as session:
        session.get_one(Conversation, conversation.id).awaiting = {"matters": ["rác ở chợ"], "rating": "LN-40K7-2M19"}
    stage.clock.advance((KEEP + timedelta(days=1)).total_seconds())
    await stage.run()
    assert stage.conversation(conversation.id).awaiting == {"rating": "LN-40K7-2M19"}
