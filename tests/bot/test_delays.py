"""Whoever waits for long hears once that the message is kept: also behind a turn that hangs."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from bot.core_texts import say
from bot.delays import Delays
from bot.worker import WorkerOptions
from tests.bot.fakes import Stage

PATIENCE = timedelta(seconds=10)


async def test_a_citizen_is_told_while_the_turn_hangs_and_answered_afterwards(stage: Stage) -> None:
    conversation = stage.start()
    await stage.say(conversation.key, "Đường hỏng", event_id="1")
    stage.engine.delay = 0.6
    worker = stage.worker(WorkerOptions(poll_seconds=0.05))
    running = asyncio.create_task(worker.run())
    await asyncio.sleep(0.2)
    stage.clock.advance(11)
    await asyncio.sleep(0.3)
    assert stage.said(conversation.id) == [say("delayed")]
    async with asyncio.timeout(10):
        while len(stage.outbox(conversation.id)) < 2:
            await asyncio.sleep(0.05)
    worker.stop()
    await running
    assert stage.said(conversation.id) == [say("delayed"), "nghe: Đường hỏng"]
    assert conversation.id in stage.woken


async def test_only_the_first_waiting_message_is_spoken_of_and_once(stage: Stage) -> None:
    conversation = stage.start()
    delays = Delays(stage.database, stage.clock, patience=PATIENCE)
    for number in ("1", "2", "3"):
        await stage.say(conversation.key, f"tin {number}", event_id=number)
    stage.clock.advance(9)
    assert delays.tell() == []
    stage.clock.advance(1)
    assert delays.tell() == [(conversation.id, "webchat")]
    stage.clock.advance(60)
    assert delays.tell() == []
    assert stage.said(conversation.id) == [say("delayed")]


async def test_who_was_just_answered_is_not_told_of_a_delay(stage: Stage) -> None:
    conversation = stage.start()
    delays = Delays(stage.database, stage.clock, patience=PATIENCE)
    await stage.say(conversation.key, "một", event_id="1")
    stage.clock.advance(60)
    await stage.run()
    await stage.say(conversation.key, "hai", event_id="2")
    assert delays.tell() == []
    stage.clock.advance(10)
    assert delays.tell() == [(conversation.id, "webchat")]


async def test_after_a_restart_the_answers_get_their_chance_first(stage: Stage) -> None:
    conversation = stage.start()
    await stage.say(conversation.key, "một", event_id="1")
    stage.clock.advance(600)
    delays = Delays(stage.database, stage.clock, patience=PATIENCE)
    assert delays.tell() == []
    stage.clock.advance(10)
    assert delays.tell() == [(conversation.id, "webchat")]
