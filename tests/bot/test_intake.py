"""Events become inbox rows once, numbered in order, durable before they are acknowledged."""

from __future__ import annotations

import asyncio
import unicodedata
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from bot import intake as intake_module
from bot import repository
from bot.intake import Accepted, InvalidEvent, UnknownConversation
from bot.models import Conversation, InboxMessage, OutboxMessage
from bot.repository import Reply
from feedback.models import CaseFile, Citizen
from integrations.channel import Location, RemoteFile
from tests.bot.fakes import Stage, telegram, web, zalo


async def test_a_first_message_makes_a_conversation_a_citizen_and_a_ready_row(stage: Stage) -> None:
    intake = stage.intake()
    accepted = await intake.accept(telegram("42", "1", text="Đường hỏng"))
    assert accepted.n == 1
    assert accepted.duplicate is False
    conversation = stage.conversation_of("telegram", "42")
    assert (conversation.id, conversation.last_n, conversation.ready_at) == (accepted.conversation_id, 1, stage.clock())
    assert stage.inbox(conversation.id)[0].text == "Đường hỏng"
    assert stage.woken == ["worker"]
    await intake.aclose()


async def test_the_same_event_twice_is_one_row_and_gives_the_same_number(stage: Stage) -> None:
    intake = stage.intake()
    first = await intake.accept(telegram("42", "1", text="Đường hỏng"))
    again = await intake.accept(telegram("42", "1", text="Đường hỏng"))
    assert again == replace(first, duplicate=True)
    assert stage.conversation_of("telegram", "42").last_n == 1
    await intake.aclose()


async def test_duplicates_that_arrive_at_once_are_one_row(stage: Stage) -> None:
    one, two = stage.intake(), stage.intake()
    calls = [writer.accept(telegram("42", "7", text="Đường hỏng")) for writer in (one, two) for _ in range(20)]
    accepted = await asyncio.gather(*calls)
    assert sum(not item.duplicate for item in accepted) == 1
    assert {(item.conversation_id, item.n) for item in accepted} == {(accepted[0].conversation_id, 1)}
    conversation = stage.conversation_of("telegram", "42")
    assert len(stage.inbox(conversation.id)) == 1
    assert conversation.last_n == 1
    await asyncio.gather(one.aclose(), two.aclose())


async def test_two_writers_at_once_number_a_conversation_without_gap_or_clash(stage: Stage) -> None:
    one, two = stage.intake(), stage.intake()
    calls = [
        writer.accept(telegram("42", f"{name}{i}", text="x"))
        for i in range(30)
        for name, writer in (("a", one), ("b", two))
    ]
    accepted = await asyncio.gather(*calls)
    assert sorted(item.n or 0 for item in accepted) == list(range(1, 61))
    await asyncio.gather(one.aclose(), two.aclose())


async def test_an_event_id_counts_within_its_channel_account_and_web_conversation(stage: Stage) -> None:
    one, two = stage.start(), stage.start()
    intake = stage.intake()
    accepted = [
        await intake.accept(web(one.key, "same", text="a")),
        await intake.accept(web(two.key, "same", text="b")),
        await intake.accept(telegram("42", "same", text="c")),
        await intake.accept(zalo("42", "same", text="d")),
    ]
    assert [item.duplicate for item in accepted] == [False] * 4
    await intake.aclose()


async def test_calls_that_come_together_share_transactions(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes: list[int] = []
    store = intake_module._store

    def counting(session: Any, batch: Any, **options: Any) -> Any:
        sizes.append(len(batch))
        return store(session, batch, **options)

    monkeypatch.setattr(intake_module, "_store", counting)
    intake = stage.intake()
    await asyncio.gather(*(intake.accept(telegram(str(i), f"e{i}", text="x")) for i in range(100)))
    assert sum(sizes) == 100
    assert len(sizes) <= 3
    await intake.aclose()


async def test_a_row_that_the_database_refuses_harms_no_other(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    store = intake_module._store

    def refusing(session: Any, batch: Any, **options: Any) -> Any:
        results = store(session, batch, **options)
        if any(item.event.text == "hỏng" for item in batch):
            raise OperationalError("insert", {}, Exception("refused"))
        return results

    monkeypatch.setattr(intake_module, "_store", refusing)
    intake = stage.intake()
    texts = ["tốt", "hỏng", "tốt"]
    results = await asyncio.gather(
        *(intake.accept(telegram(str(i), f"e{i}", text=text)) for i, text in enumerate(texts)), return_exceptions=True
    )
    assert [isinstance(item, Accepted) for item in results] == [True, False, True]
    with stage.database.read() as session:
        assert session.scalar(select(func.count()).select_from(InboxMessage)) == 2
        assert session.scalar(select(func.count()).select_from(Citizen)) == 2
    await intake.aclose()


async def test_an_unknown_web_conversation_is_refused_and_leaves_nothing(stage: Stage) -> None:
    known = stage.start()
    intake = stage.intake()
    good, bad = await asyncio.gather(
        intake.accept(web(known.key, "1", text="a")),
        intake.accept(web("x" * 22, "1", text="b")),
        return_exceptions=True,
    )
    assert isinstance(good, Accepted)
    assert isinstance(bad, UnknownConversation)
    await intake.aclose()


async def test_text_is_stored_composed_and_its_length_is_measured_composed(stage: Stage) -> None:
    intake = stage.intake()
    decomposed = unicodedata.normalize("NFD", "ề" * 10_000)
    accepted = await intake.accept(telegram("42", "1", text=decomposed))
    assert stage.inbox(accepted.conversation_id or 0)[0].text == "ề" * 10_000
    with pytest.raises(InvalidEvent, match="text_too_long"):
        await intake.accept(telegram("42", "2", text="a" * 10_001))
    await intake.aclose()


async def test_a_web_attachment_is_kept_with_its_citizen_in_the_same_transaction(stage: Stage) -> None:
    conversation = stage.start()
    photo = RemoteFile(ref="", name="anh.jpg", content_type="image/jpeg", size=3)
    event = web(conversation.key, "1", kind="attachment", files=(photo,))
    await stage.accept(event, data=b"abc")
    await stage.accept(event, data=b"abc")
    row = stage.inbox(conversation.id)[0]
    with stage.database.read() as session:
        (file,) = session.scalars(select(CaseFile)).all()
        assert (file.citizen_id, file.data, file.case_id) == (conversation.citizen_id, b"abc", None)
    assert row.files == [{"key": file.key, "name": "anh.jpg", "content_type": "image/jpeg", "size": 3}]


async def test_a_location_a_phone_and_a_remote_file_are_stored_as_they_came(stage: Stage) -> None:
    photo = RemoteFile(ref="f1", name="photo.jpg", content_type="image/jpeg")
    await stage.accept(telegram("42", "1", kind="location", location=Location(19.8, 105.78)))
    await stage.accept(telegram("42", "2", kind="contact", phone="0951234567"))
    await stage.accept(telegram("42", "3", kind="attachment", files=(photo,), text="đây"))
    place, contact, attachment = stage.inbox(stage.conversation_of("telegram", "42").id)
    assert (place.lat, place.lon) == (19.8, 105.78)
    assert contact.text == "0951234567"
    assert attachment.files[0]["ref"] == "f1"


@pytest.mark.parametrize(
    "event",
    [
        telegram("42", "9", kind="left"),
        zalo("42", "user_asks_chatbot:1", kind="unsupported"),
    ],
)
async def test_what_needs_no_answer_is_stored_and_wakes_nobody_later(stage: Stage, event: Any) -> None:
    await stage.accept(event)
    conversation = stage.conversation_of(event.channel, "42")
    assert conversation.ready_at is None
    assert [row.state for row in stage.inbox(conversation.id)] == ["done"]


def _unsure(stage: Stage, conversation: Conversation, text: str, *, state: str = "unknown", **extra: Any) -> int:
    with stage.database.write() as session:
        mine = session.get_one(Conversation, conversation.id)
        key = f"k{mine.last_n}"
        repository.add_replies(session, mine, [Reply(text=text, **extra)], effect_key=key, now=stage.clock())
        session.flush()
        row = session.scalars(select(OutboxMessage).where(OutboxMessage.effect_key == f"{key}:0")).one()
        row.state = state
        return row.id


async def test_an_echo_settles_an_ambiguous_send_by_its_words_and_makes_no_inbox_row(stage: Stage) -> None:
    await stage.accept(zalo("42", "user_send_text:1", text="a"))
    conversation = stage.conversation_of("zalo", "42")
    _unsure(stage, conversation, "Một")
    _unsure(stage, conversation, "Đã nhận\nviệc của anh/chị.")
    echo = zalo("42", "oa_send_text:m9", kind="echo", text="Đã nhận việc của anh/chị.", provider_message_id="m9")
    intake = stage.intake()
    assert (await intake.accept(echo)).n is None
    assert [(row.state, row.provider_message_id) for row in stage.outbox(conversation.id)] == [
        ("unknown", None),
        ("sent", "m9"),
    ]
    assert len(stage.inbox(conversation.id)) == 1
    await intake.aclose()


async def test_only_the_echo_of_the_last_part_settles_a_message_cut_in_parts(stage: Stage) -> None:
    await stage.accept(zalo("42", "user_send_text:1", text="a"))
    conversation = stage.conversation_of("zalo", "42")
    _unsure(stage, conversation, "Phần một. Phần hai.")
    await stage.accept(zalo("42", "e1", kind="echo", text="Phần một.", provider_message_id="m1"))
    assert stage.outbox(conversation.id)[0].state == "unknown"
    await stage.accept(zalo("42", "e2", kind="echo", text="Phần hai.", provider_message_id="m2"))
    assert stage.outbox(conversation.id)[0].state == "sent"


async def test_an_echo_never_settles_another_citizens_message(stage: Stage) -> None:
    await stage.accept(zalo("42", "u:1", text="a"), zalo("43", "u:2", text="a"))
    theirs = stage.conversation_of("zalo", "43")
    _unsure(stage, theirs, "Giống nhau")
    await stage.accept(zalo("42", "e1", kind="echo", text="Giống nhau", provider_message_id="m1"))
    assert stage.outbox(theirs.id)[0].state == "unknown"


async def test_a_receipt_settles_by_id_only(stage: Stage) -> None:
    await stage.accept(zalo("42", "u:1", text="a"))
    conversation = stage.conversation_of("zalo", "42")
    row_id = _unsure(stage, conversation, "x")
    await stage.accept(zalo("42", "r1", kind="receipt", provider_message_id="m1"))
    assert stage.outbox(conversation.id)[0].state == "unknown"
    with stage.database.write() as session:
        session.get_one(OutboxMessage, row_id).provider_message_id = "m1"
    await stage.accept(zalo("42", "r2", kind="receipt", provider_message_id="m1"))
    assert stage.outbox(conversation.id)[0].state == "sent"


async def test_a_new_message_brings_forward_a_postponed_conversation(stage: Stage) -> None:
    await stage.accept(telegram("42", "1", text="a"))
    with stage.database.write() as session:
        conversation = session.scalars(select(Conversation)).one()
        stage.clock.advance(10)
        conversation.ready_at = stage.clock.now.replace(hour=23)
    await stage.accept(telegram("42", "2", text="b"))
    assert stage.conversation_of("telegram", "42").ready_at == stage.clock()


async def test_while_another_process_writes_the_event_waits_and_the_loop_does_not(stage: Stage) -> None:
    conversation = stage.start()
    intake = stage.intake()
    with stage.database.write() as session:
        session.add(Citizen(created_at=stage.clock()))
        session.flush()
        waiting = asyncio.create_task(intake.accept(web(conversation.key, "1", text="Đường hỏng")))
        for _ in range(20):
            await asyncio.sleep(0.01)
        if stage.database.is_sqlite:
            assert not waiting.done()
    assert (await waiting).n == 1
    await intake.aclose()


async def test_a_batch_with_one_event_that_is_stored_already_keeps_the_others(stage: Stage) -> None:
    intake = stage.intake()
    first = await intake.accept(telegram("42", "1", text="Đường hỏng"))
    again, other = await asyncio.gather(
        intake.accept(telegram("42", "1", text="Đường hỏng")), intake.accept(telegram("42", "2", text="Đèn tắt"))
    )
    assert again == replace(first, duplicate=True)
    assert (other.n, other.duplicate) == (2, False)
    await intake.aclose()
