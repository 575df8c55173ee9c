"""The sender: each row once, in order, paced, and honest about what may have gone out."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from bot import repository
from bot.intake import keep_file
from bot.models import Conversation, OutboxMessage
from bot.outbox import OutboxSender, SenderOptions
from bot.repository import Reply
from integrations.channel import Button, OutgoingMessage, TransportError
from tests.bot.fakes import FakeClient, Killed, Stage, telegram, zalo


async def thread(stage: Stage, channel: str = "zalo", who: str = "42") -> Conversation:
    make = telegram if channel == "telegram" else zalo
    await stage.accept(make(who, f"hello-{who}", kind="left"))
    return stage.conversation_of(channel, who)


def put(stage: Stage, conversation: Conversation, *texts: str, **extra: Any) -> None:
    with stage.database.write() as session:
        mine = session.get_one(Conversation, conversation.id)
        replies = [Reply(text=text, **extra) for text in texts]
        repository.add_replies(session, mine, replies, effect_key=f"t{mine.id}.{mine.last_n}", now=stage.clock())


async def send(stage: Stage, *, options: SenderOptions | None = None) -> None:
    """A fresh sender sends all that is due, as after a restart."""
    sender = OutboxSender(stage.database, stage.clients, clock=stage.clock, options=options)
    try:
        await sender.drain()
    finally:
        sender.close()


def states(stage: Stage, conversation: Conversation) -> list[str]:
    return [row.state for row in stage.outbox(conversation.id)]


def sent_texts(client: FakeClient) -> list[str]:
    return [message.text for _recipient, message in client.sent]


def failing(error: BaseException, *, times: int = 1) -> Callable[[str, OutgoingMessage], None]:
    left = [times]

    def fail(_recipient: str, _message: OutgoingMessage) -> None:
        if left[0]:
            left[0] -= 1
            raise error

    return fail


async def test_rows_go_out_in_order_and_keep_the_providers_id(stage: Stage) -> None:
    conversation = await thread(stage)
    put(stage, conversation, "một", "hai", "ba", buttons=(Button("Đúng", "act:dong_y"),))
    await send(stage)
    assert stage.clients["zalo"].sent[0] == ("42", OutgoingMessage("một", (Button("Đúng", "act:dong_y"),)))
    assert sent_texts(stage.clients["zalo"]) == ["một", "hai", "ba"]
    rows = stage.outbox(conversation.id)
    assert [(row.state, row.provider_message_id) for row in rows] == [("sent", "m1"), ("sent", "m2"), ("sent", "m3")]
    assert rows[0].sent_at == stage.clock()


async def test_the_brief_words_go_out_where_there_are_any(stage: Stage) -> None:
    conversation = await thread(stage, "telegram")
    put(stage, conversation, "nội dung đầy đủ", brief="đã có trả lời")
    await send(stage)
    assert sent_texts(stage.clients["telegram"]) == ["đã có trả lời"]


async def test_telegram_gets_one_message_a_second_in_each_chat(stage: Stage) -> None:
    one, two = await thread(stage, "telegram", "1"), await thread(stage, "telegram", "2")
    put(stage, one, "1a", "1b")
    put(stage, two, "2a")
    await send(stage)
    assert sent_texts(stage.clients["telegram"]) == ["1a", "2a"]
    stage.clock.advance(0.9)
    await send(stage)
    assert len(stage.clients["telegram"].sent) == 2
    stage.clock.advance(0.2)
    await send(stage)
    assert sent_texts(stage.clients["telegram"]) == ["1a", "2a", "1b"]


async def test_a_temporary_failure_is_tried_again_after_a_pause_and_holds_back_what_follows(stage: Stage) -> None:
    conversation = await thread(stage)
    put(stage, conversation, "một", "hai")
    stage.clients["zalo"].fail = failing(TransportError("http_503"))
    await send(stage)
    assert sent_texts(stage.clients["zalo"]) == []
    assert states(stage, conversation) == ["pending", "pending"]
    stage.clock.advance(2.1)
    await send(stage)
    assert sent_texts(stage.clients["zalo"]) == ["một", "hai"]


async def test_the_providers_own_pause_is_kept(stage: Stage) -> None:
    conversation = await thread(stage)
    put(stage, conversation, "một")
    stage.clients["zalo"].fail = failing(TransportError("rate", retry_after=30))
    await send(stage)
    assert stage.outbox(conversation.id)[0].due_at == stage.clock() + timedelta(seconds=30)


async def test_a_permanent_failure_ends_the_row_and_the_next_one_goes_on(stage: Stage) -> None:
    conversation = await thread(stage)
    put(stage, conversation, "một", "hai")
    stage.clients["zalo"].fail = failing(TransportError("blocked", permanent=True))
    await send(stage)
    assert states(stage, conversation) == ["failed", "sent"]
    assert stage.outbox(conversation.id)[0].error == "blocked"


@pytest.mark.parametrize("error", [TransportError("timeout", ambiguous=True), ValueError("bug in a client")])
async def test_an_ambiguous_send_becomes_unknown_and_is_never_repeated(stage: Stage, error: Exception) -> None:
    conversation = await thread(stage)
    put(stage, conversation, "một", "hai")
    stage.clients["zalo"].fail = failing(error)
    await send(stage)
    stage.clock.advance(86400)
    await send(stage)
    assert states(stage, conversation) == ["unknown", "sent"]
    assert sent_texts(stage.clients["zalo"]) == ["hai"]


async def test_a_row_is_given_up_after_a_day_of_failures(stage: Stage) -> None:
    conversation = await thread(stage)
    put(stage, conversation, "một")
    stage.clients["zalo"].fail = failing(TransportError("http_503"), times=9999)
    for _ in range(200):
        await send(stage)
        if states(stage, conversation) == ["failed"]:
            break
        stage.clock.advance(601)
    age = stage.clock() - stage.outbox(conversation.id)[0].created_at
    assert timedelta(hours=24) < age < timedelta(hours=25)


@pytest.mark.parametrize("after", [False, True])
async def test_a_sender_that_dies_in_the_middle_leaves_unknown_and_never_a_second_send(
    stage: Stage, after: bool
) -> None:
    conversation = await thread(stage)
    put(stage, conversation, "một", "hai")
    client = stage.clients["zalo"]

    def die(recipient: str, message: OutgoingMessage) -> None:
        if after:
            client.sent.append((recipient, message))
        raise Killed

    client.fail = die
    with pytest.raises(Killed):
        await send(stage)
    client.fail = lambda _recipient, _message: None
    await send(stage)
    assert states(stage, conversation) == ["sending", "pending"]
    stage.clock.advance(121)
    await send(stage)
    assert states(stage, conversation) == ["unknown", "sent"]
    assert sent_texts(client) == (["một", "hai"] if after else ["hai"])


async def test_an_echo_that_comes_before_the_answer_wins_over_an_ambiguous_answer(stage: Stage) -> None:
    conversation = await thread(stage)
    put(stage, conversation, "Một")
    client = stage.clients["zalo"]
    original = client.send

    async def echoed(recipient: str, message: OutgoingMessage) -> Any:
        await stage.accept(zalo("42", "oa_send_text:m5", kind="echo", text="Một", provider_message_id="m5"))
        await original(recipient, message)
        raise TransportError("timeout", ambiguous=True)

    client.send = echoed  # type: ignore[method-assign]
    await send(stage)
    assert [(row.state, row.provider_message_id) for row in stage.outbox(conversation.id)] == [("sent", "m5")]


async def test_two_senders_at_once_send_each_row_once_and_in_order(stage: Stage) -> None:
    threads = [await thread(stage, "zalo", str(who)) for who in range(6)]
    for conversation in threads:
        put(stage, conversation, "1", "2", "3")
    await asyncio.gather(*(send(stage, options=SenderOptions(at_once=2)) for _ in range(3)))
    await send(stage)
    client = stage.clients["zalo"]
    assert len(client.sent) == 18
    for conversation in threads:
        mine = [message.text for recipient, message in client.sent if recipient == conversation.external_id]
        assert mine == ["1", "2", "3"]


async def test_a_channel_without_a_client_keeps_its_rows(stage: Stage) -> None:
    conversation = await thread(stage)
    put(stage, conversation, "một")
    del stage.clients["zalo"]
    await send(stage)
    assert states(stage, conversation) == ["pending"]


async def test_files_go_out_with_their_bytes(stage: Stage) -> None:
    conversation = await thread(stage)

    def keep(session: Session) -> dict[str, Any]:
        return keep_file(
            session, "don.pdf", "application/pdf", b"%PDF", citizen_id=conversation.citizen_id, now=stage.clock()
        )

    with stage.database.write() as session:
        kept = keep(session)
    put(stage, conversation, "Mẫu đơn", files=(kept,))
    await send(stage)
    (file,) = stage.clients["zalo"].sent[0][1].files
    assert (file.name, file.data) == ("don.pdf", b"%PDF")


async def test_a_running_sender_sends_at_a_wake_up_and_stops_when_told(stage: Stage) -> None:
    conversation = await thread(stage)
    sender = OutboxSender(stage.database, stage.clients, clock=stage.clock, options=SenderOptions(poll_seconds=30))
    running = asyncio.create_task(sender.run())
    await asyncio.sleep(0.1)
    put(stage, conversation, "một")
    sender.wake()
    async with asyncio.timeout(5):
        while states(stage, conversation) != ["sent"]:
            await asyncio.sleep(0.01)
        sender.stop()
        await running


async def test_a_sender_without_any_channel_waits_until_it_is_stopped(stage: Stage) -> None:
    sender = OutboxSender(stage.database, {}, clock=stage.clock)
    running = asyncio.create_task(sender.run())
    await asyncio.sleep(0.05)
    assert not running.done()
    sender.stop()
    async with asyncio.timeout(5):
        await running


def test_web_rows_are_never_pending(stage: Stage) -> None:
    conversation = stage.start()
    put(stage, conversation, "một")
    row: OutboxMessage = stage.outbox(conversation.id)[0]
    assert (row.state, row.sent_at) == ("sent", stage.clock())
