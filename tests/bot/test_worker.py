"""The worker: order, one holder at a time, exactly-once effects whatever dies when, outages told once."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, event
from sqlalchemy.orm import Session

from bot.core_texts import say
from bot.engine import EngineFailed, EngineReply, EngineUnavailable
from bot.models import Conversation, ForgottenSession
from bot.worker import WorkerOptions
from feedback.database import Database
from integrations.channel import Button
from tests.bot.fakes import Killed, Stage, effects, telegram, web

DEATH = 100.0  # seconds, longer than the lease


async def test_a_message_is_answered_and_the_conversation_released(stage: Stage) -> None:
    conversation = stage.start()
    inbox_id = await stage.say(conversation.key, "Đường hỏng", event_id="1")
    await stage.run()
    after = stage.conversation(conversation.id)
    (reply,) = stage.outbox(conversation.id)
    assert (reply.text, reply.effect_key, reply.state, reply.n) == (
        "nghe: Đường hỏng",
        f"inbox:{inbox_id}:0",
        "sent",
        2,
    )
    assert (after.claimed_by, after.ready_at, after.last_n) == (None, None, 2)
    assert [row.state for row in stage.inbox(conversation.id)] == ["done"]
    assert conversation.id in stage.woken


async def test_the_engine_hears_who_speaks_and_which_message_it_is(stage: Stage) -> None:
    conversation = stage.start()
    inbox_id = await stage.say(conversation.key, "Đường hỏng", event_id="1")
    await stage.run()
    sender, text, metadata = stage.engine.turns[0]
    assert (sender, text) == (f"c{conversation.id}s1", "Đường hỏng")
    assert metadata == {
        "inbox_id": inbox_id,
        "conversation_id": conversation.id,
        "citizen_id": conversation.citizen_id,
        "channel": "webchat",
    }


async def test_messages_of_one_conversation_are_handled_strictly_in_order(stage: Stage) -> None:
    conversation = stage.start()
    stage.engine.delay = 0.01
    for i in range(5):
        await stage.say(conversation.key, f"tin {i}", event_id=str(i))
    await asyncio.gather(stage.run(), stage.run())
    assert [text for _sender, text, _metadata in stage.engine.turns] == [f"tin {i}" for i in range(5)]
    assert stage.said(conversation.id) == [f"nghe: tin {i}" for i in range(5)]


async def test_two_workers_at_once_never_hold_the_same_conversation(stage: Stage) -> None:
    threads = [stage.start() for _ in range(12)]
    for conversation in threads:
        for i in range(3):
            await stage.say(conversation.key, f"{i}", event_id=str(i))
    stage.engine.delay = 0.005
    running: set[str] = set()
    turn = stage.engine.turn

    async def watched(sender: str, text: str, metadata: Any) -> Any:
        assert sender not in running
        running.add(sender)
        try:
            return await turn(sender, text, metadata)
        finally:
            running.discard(sender)

    stage.engine.turn = watched  # type: ignore[method-assign]
    await asyncio.gather(*(stage.run(WorkerOptions(conversations=4)) for _ in range(3)))
    for conversation in threads:
        assert stage.said(conversation.id) == ["nghe: 0", "nghe: 1", "nghe: 2"]
    assert len(effects(stage.database)) == 36


async def test_a_message_that_comes_while_the_last_one_is_being_closed_is_not_forgotten(stage: Stage) -> None:
    conversation = stage.start()
    worker = stage.worker(WorkerOptions(poll_seconds=30))
    running = asyncio.create_task(worker.run())
    intake = stage.intake()
    intake._wake = worker.wake
    for i in range(60):
        await intake.accept(web(conversation.key, str(i), text=f"{i}"))
        await asyncio.sleep(0.004 * (i % 5))
    async with asyncio.timeout(20):
        while len(stage.outbox(conversation.id)) < 60:
            await asyncio.sleep(0.02)
    worker.stop()
    await running
    await intake.aclose()
    assert stage.said(conversation.id) == [f"nghe: {i}" for i in range(60)]


# ---------------------------------------------------------------- kills


class Guillotine:
    """Kills at the k-th database step (a statement, before a commit, after a commit) that is made while armed."""

    def __init__(self) -> None:
        self.left: int | None = None

    def __call__(self, where: Any, *_args: Any) -> None:
        if self.left is None:
            return
        self.left -= 1
        if self.left < 0:
            self.left = None
            if isinstance(where, Connection):
                where.invalidate()  # a dead process's connection is closed, and its transaction rolled back
            raise Killed


@contextlib.contextmanager
def guillotine(database: Database) -> Iterator[Guillotine]:
    blade = Guillotine()
    engines = {database.engine, database._writer}
    for engine in engines:
        event.listen(engine, "before_cursor_execute", blade)
        event.listen(engine, "commit", blade)
    event.listen(Session, "after_commit", blade)
    try:
        yield blade
    finally:
        for engine in engines:
            event.remove(engine, "before_cursor_execute", blade)
            event.remove(engine, "commit", blade)
        event.remove(Session, "after_commit", blade)


async def _revive(stage: Stage, conversation: Conversation) -> None:
    """A fresh worker after the lease; again, while the server still holds the locks of the connection that died."""
    stage.clock.advance(DEATH)
    for _ in range(50):
        await stage.run()
        if all(row.state != "new" for row in stage.inbox(conversation.id)):
            return
        await asyncio.sleep(0.02)


def _check_once(stage: Stage, conversation: Conversation, inbox_id: int) -> None:
    assert [row.state for row in stage.inbox(conversation.id)] == ["done"]
    assert stage.said(conversation.id) == ["nghe: Đường hỏng"]
    assert effects(stage.database).count(f"inbox:{inbox_id}") == 1
    tracker = stage.engine.trackers[f"c{conversation.id}s1"]
    assert sum(item["event"] == "user" for item in tracker) == 1
    assert stage.conversation(conversation.id).ready_at is None


async def test_wherever_the_process_dies_the_turn_has_its_effects_exactly_once(stage: Stage) -> None:
    deaths = 0
    with guillotine(stage.database) as blade:
        for step in range(100):
            conversation = stage.start()
            inbox_id = await stage.say(conversation.key, "Đường hỏng", event_id="1")
            blade.left = step
            try:
                await stage.run()
            except Killed:
                deaths += 1
            survived = blade.left is not None
            blade.left = None
            await _revive(stage, conversation)
            _check_once(stage, conversation, inbox_id)
            if survived:
                break
    assert survived
    assert deaths >= 12


async def test_two_deaths_in_a_row_change_nothing_either(stage: Stage) -> None:
    with guillotine(stage.database) as blade:
        for first in range(4, 16, 3):
            for second in range(1, 20, 2):
                conversation = stage.start()
                inbox_id = await stage.say(conversation.key, "Đường hỏng", event_id="1")
                for step in (first, second):
                    blade.left = step
                    with contextlib.suppress(Killed):
                        await stage.run()
                    blade.left = None
                    stage.clock.advance(DEATH)
                await _revive(stage, conversation)
                _check_once(stage, conversation, inbox_id)


@pytest.mark.parametrize("place", ["before", "acted", "saved"])
async def test_a_death_inside_the_engine_call_is_settled_from_tracker_and_receipts(stage: Stage, place: str) -> None:
    conversation = stage.start()
    inbox_id = await stage.say(conversation.key, "Đường hỏng", event_id="1")

    def die(where: str) -> None:
        if where == place:
            raise Killed

    stage.engine.hook = die
    with pytest.raises(Killed):
        await stage.run()
    stage.engine.hook = lambda _where: None
    stage.clock.advance(DEATH)
    await stage.run()
    _check_once(stage, conversation, inbox_id)
    assert len(stage.engine.turns) == (1 if place == "saved" else 2)


async def test_a_living_claim_is_respected_and_a_dead_one_is_taken_over(stage: Stage) -> None:
    conversation = stage.start()
    await stage.say(conversation.key, "Đường hỏng", event_id="1")
    stage.engine.hook = lambda where: (_ for _ in ()).throw(Killed) if where == "before" else None
    with pytest.raises(Killed):
        await stage.run()
    stage.engine.hook = lambda _where: None
    await stage.run()
    assert stage.said(conversation.id) == []
    stage.clock.advance(DEATH)
    await stage.run()
    assert stage.said(conversation.id) == ["nghe: Đường hỏng"]


async def test_a_worker_that_lost_its_claim_writes_nothing(stage: Stage) -> None:
    conversation = stage.start()
    inbox_id = await stage.say(conversation.key, "Đường hỏng", event_id="1")
    other: list[asyncio.Task[None]] = []

    async def overtaken(sender: str, text: str, metadata: Any) -> list[EngineReply]:
        stage.engine.turn = turn  # type: ignore[method-assign]
        stage.clock.advance(DEATH)
        other.append(asyncio.create_task(stage.run()))
        await other[0]
        return [EngineReply(text="quá muộn")]

    turn = stage.engine.turn
    stage.engine.turn = overtaken  # type: ignore[method-assign]
    await stage.run()
    _check_once(stage, conversation, inbox_id)


async def test_a_slow_turn_keeps_its_claim(stage: Stage) -> None:
    conversation = stage.start()
    await stage.say(conversation.key, "Đường hỏng", event_id="1")
    stage.engine.delay = 1.0
    worker = stage.worker(WorkerOptions(lease=timedelta(seconds=0.3), poll_seconds=0.05))
    running = asyncio.create_task(worker.run())
    for _ in range(10):
        await asyncio.sleep(0.1)
        stage.clock.advance(0.1)
        await stage.run()
    async with asyncio.timeout(5):
        while not stage.outbox(conversation.id):
            await asyncio.sleep(0.02)
    worker.stop()
    await running
    assert len(stage.engine.turns) == 1


# ---------------------------------------------------------------- proof


async def test_a_turn_whose_action_failed_is_taken_back_and_repeated(stage: Stage) -> None:
    conversation = stage.start()
    inbox_id = await stage.say(conversation.key, "Đường hỏng", event_id="1")
    stage.engine.receipt_error = "database_locked"
    await stage.run()
    assert stage.said(conversation.id) == []
    assert stage.inbox(conversation.id)[0].error == "action_tiep:database_locked"
    stage.engine.receipt_error = None
    stage.clock.advance(1.5)
    await stage.run()
    _check_once(stage, conversation, inbox_id)


@pytest.mark.parametrize("place", ["looking", "taken_back", "before", "acted", "saved"])
async def test_a_death_while_a_failed_turn_is_repaired_does_no_harm(stage: Stage, place: str) -> None:
    conversation = stage.start()
    inbox_id = await stage.say(conversation.key, "Đường hỏng", event_id="1")
    stage.engine.receipt_error = "broken"
    await stage.run()
    stage.engine.receipt_error = None

    def die(where: str) -> None:
        if where == place:
            raise Killed

    stage.engine.hook = die
    stage.clock.advance(2)
    with pytest.raises(Killed):
        await stage.run()
    stage.engine.hook = lambda _where: None
    stage.clock.advance(DEATH)
    await stage.run()
    _check_once(stage, conversation, inbox_id)


async def test_an_action_endpoint_that_is_away_is_an_outage_and_counts_as_no_try(stage: Stage) -> None:
    """Rasa answers 200 with nothing, and believes that the action ran."""
    conversation = stage.start()
    inbox_id = await stage.say(conversation.key, "Đường hỏng", event_id="1")
    stage.engine.endpoint_down = True
    for _ in range(8):
        await stage.run()
        stage.clock.advance(20)
    assert stage.said(conversation.id) == [say("delayed")]
    assert [(row.state, row.attempts) for row in stage.inbox(conversation.id)] == [("new", 0)]
    stage.engine.endpoint_down = False
    await stage.run()
    assert stage.said(conversation.id) == [say("delayed"), "nghe: Đường hỏng"]
    assert effects(stage.database).count(f"inbox:{inbox_id}") == 1


async def test_an_engine_without_a_model_is_an_outage(stage: Stage) -> None:
    conversation = stage.start()
    await stage.say(conversation.key, "Đường hỏng", event_id="1")
    stage.engine.loaded = False
    for _ in range(8):
        await stage.run()
        stage.clock.advance(20)
    assert stage.inbox(conversation.id)[0].attempts == 0
    stage.engine.loaded = True
    await stage.run()
    assert stage.said(conversation.id)[-1] == "nghe: Đường hỏng"


# ---------------------------------------------------------------- outages


async def test_with_the_engine_down_the_citizen_is_told_once_and_answered_when_it_is_back(stage: Stage) -> None:
    conversation = stage.start()
    await stage.say(conversation.key, "Đường hỏng", event_id="1")
    stage.engine.down = True
    for _ in range(10):
        await stage.run()
        stage.clock.advance(15.1)
    await stage.say(conversation.key, "Rác nữa", event_id="2")
    await stage.run()
    assert stage.said(conversation.id) == [say("delayed")]
    assert [row.state for row in stage.inbox(conversation.id)] == ["new", "new"]
    stage.engine.down = False
    stage.clock.advance(15.1)
    await stage.run()
    assert stage.said(conversation.id) == [say("delayed"), "nghe: Đường hỏng", "nghe: Rác nữa"]


async def test_each_outage_is_told_again(stage: Stage) -> None:
    conversation = stage.start()
    for number in range(2):
        stage.engine.down = True
        await stage.say(conversation.key, "x", event_id=str(number))
        await stage.run()
        stage.engine.down = False
        stage.clock.advance(20)
        await stage.run()
    assert stage.said(conversation.id) == [say("delayed"), "nghe: x"] * 2


async def test_the_pauses_of_an_outage_grow_to_fifteen_seconds_at_most(stage: Stage) -> None:
    conversation = stage.start()
    await stage.say(conversation.key, "x", event_id="1")
    stage.engine.down = True
    worker, pauses = stage.worker(), []
    for _ in range(7):
        await worker.drain()
        again_at = stage.conversation(conversation.id).ready_at
        assert again_at is not None
        pauses.append((again_at - stage.clock()).total_seconds())
        stage.clock.now = again_at
    worker.close()
    assert pauses == [1, 2, 4, 8, 15, 15, 15]


async def test_a_lost_connection_in_the_middle_of_a_turn_is_settled_before_it_is_repeated(stage: Stage) -> None:
    conversation = stage.start()
    inbox_id = await stage.say(conversation.key, "Đường hỏng", event_id="1")

    def lose(where: str) -> None:
        if where == "saved":
            raise EngineUnavailable("ReadTimeout", started=True)

    stage.engine.hook = lose
    await stage.run()
    stage.engine.hook = lambda _where: None
    stage.clock.advance(2)
    await stage.run()
    assert stage.said(conversation.id) == [say("delayed"), "nghe: Đường hỏng"]
    assert len(stage.engine.turns) == 1
    assert effects(stage.database) == [f"inbox:{inbox_id}"]


# ---------------------------------------------------------------- poison


async def test_a_message_that_always_fails_is_set_aside_and_the_next_ones_go_on(stage: Stage) -> None:
    conversation = stage.start()
    await stage.say(conversation.key, "độc", event_id="1")
    await stage.say(conversation.key, "Đường hỏng", event_id="2")
    turn = stage.engine.turn

    async def failing(sender: str, text: str, metadata: Any) -> list[EngineReply]:
        if text == "độc":
            raise EngineFailed("http_500")
        return await turn(sender, text, metadata)

    stage.engine.turn = failing  # type: ignore[method-assign]
    for _ in range(6):
        await stage.run()
        stage.clock.advance(15.1)
    assert [(row.state, row.attempts) for row in stage.inbox(conversation.id)] == [("set_aside", 5), ("done", 1)]
    assert stage.said(conversation.id) == [say("set_aside"), "nghe: Đường hỏng"]
    assert stage.outbox(conversation.id)[0].buttons == [{"title": "Gặp cán bộ", "payload": "act:gap_can_bo"}]
    assert stage.engine.turns[-1][0] == f"c{conversation.id}s2"


async def test_a_message_that_kills_the_worker_each_time_is_set_aside_too(stage: Stage) -> None:
    conversation = stage.start()
    await stage.say(conversation.key, "độc", event_id="1")
    stage.engine.hook = lambda where: (_ for _ in ()).throw(Killed) if where == "before" else None
    for _ in range(5):
        with pytest.raises(Killed):
            await stage.run()
        stage.clock.advance(DEATH)
    await stage.run()
    assert [row.state for row in stage.inbox(conversation.id)] == ["set_aside"]
    assert stage.said(conversation.id) == [say("set_aside")]


async def test_an_error_in_our_own_step_leaves_the_row_for_a_retry(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    conversation = stage.start()
    await stage.say(conversation.key, "Đường hỏng", event_id="1")
    plan = stage.turns.plan

    def broken(*_args: Any, **_keywords: Any) -> Any:
        raise ZeroDivisionError

    monkeypatch.setattr(stage.turns, "plan", broken)
    await stage.run()
    assert stage.inbox(conversation.id)[0].error == "ZeroDivisionError"
    monkeypatch.setattr(stage.turns, "plan", plan)
    stage.clock.advance(2)
    await stage.run()
    assert stage.said(conversation.id) == ["nghe: Đường hỏng"]


# ---------------------------------------------------------------- what the engine may order


async def test_the_end_of_a_session_gives_the_next_message_a_fresh_tracker(stage: Stage) -> None:
    conversation = stage.start()
    stage.engine.answer = lambda text: [
        EngineReply(text="Xong", buttons=(Button("Xem", "status:LN-0000-000H"), Button("Lạ", "/restart"))),
        EngineReply(custom={"session": "end", "awaiting": {"x": 1}}),
    ]
    await stage.say(conversation.key, "đúng rồi", event_id="1")
    await stage.say(conversation.key, "chào", event_id="2")
    await stage.run()
    assert [sender for sender, _text, _metadata in stage.engine.turns] == [
        f"c{conversation.id}s1",
        f"c{conversation.id}s2",
    ]
    after = stage.conversation(conversation.id)
    assert (after.session_no, after.awaiting) == (3, {"x": 1})
    assert stage.outbox(conversation.id)[0].buttons == [{"title": "Xem", "payload": "status:LN-0000-000H"}]


async def test_a_purge_blanks_this_sessions_words_and_has_the_tracker_deleted(stage: Stage) -> None:
    conversation = stage.start()
    await stage.say(conversation.key, "việc cũ", event_id="0")
    stage.engine.answer = lambda text: [EngineReply(text=f"nghe: {text}"), EngineReply(custom={"session": "end"})]
    await stage.run()
    stage.engine.answer = lambda text: [EngineReply(text=f"nghe: {text}")]
    await stage.say(conversation.key, "ông A nhận tiền", event_id="1")
    await stage.run()
    stage.engine.answer = lambda text: [EngineReply(text="Đã ghi nhận."), EngineReply(custom={"purge": True})]
    await stage.say(conversation.key, "đúng rồi", event_id="2")
    await stage.run()
    assert [row.text for row in stage.inbox(conversation.id)] == ["việc cũ", None, None]
    assert stage.said(conversation.id) == ["nghe: việc cũ", "", "Đã ghi nhận."]
    assert stage.engine.forgotten == [f"c{conversation.id}s2"]
    with stage.database.read() as session:
        left = [row.sender for row in session.query(ForgottenSession)]
        assert left == [f"c{conversation.id}s1"], "of the session before only the tracker goes, in its time"


async def test_a_tracker_that_cannot_be_deleted_now_is_deleted_later(stage: Stage) -> None:
    conversation = stage.start()
    stage.engine.answer = lambda text: [EngineReply(custom={"purge": True})]
    await stage.say(conversation.key, "x", event_id="1")

    def down_after(where: str) -> None:
        stage.engine.down = where == "saved"

    stage.engine.hook = down_after
    await stage.run()
    assert stage.engine.forgotten == []
    stage.engine.down = False
    stage.clock.advance(16)
    await stage.run()
    assert stage.engine.forgotten == [f"c{conversation.id}s1"]


async def test_a_telegram_reply_waits_in_the_outbox_and_wakes_the_sender(stage: Stage) -> None:
    await stage.accept(telegram("42", "1", text="Đường hỏng"))
    await stage.run()
    conversation = stage.conversation_of("telegram", "42")
    assert [row.state for row in stage.outbox(conversation.id)] == ["pending"]
    assert "sender" in stage.woken


async def test_a_stopped_worker_gives_back_what_it_has_not_begun(stage: Stage) -> None:
    conversation = stage.start()
    for i in range(3):
        await stage.say(conversation.key, f"{i}", event_id=str(i))
    worker = stage.worker()
    stage.engine.hook = lambda where: worker.stop() if where == "saved" else None
    await worker.run()
    assert stage.said(conversation.id) == ["nghe: 0"]
    assert [(row.state, row.attempts) for row in stage.inbox(conversation.id)] == [("done", 1), ("new", 0), ("new", 0)]
    stage.engine.hook = lambda _where: None
    await stage.run()
    assert stage.said(conversation.id) == ["nghe: 0", "nghe: 1", "nghe: 2"]
