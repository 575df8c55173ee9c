"""The Telegram client against a Bot API server on loopback."""

from __future__ import annotations

import asyncio
import json
import logging
from typing import Any

import pytest
from aiohttp import web
from loopback import PDF, PNG, free_port, serving
from telegram_fake import TOKEN, TelegramFake

from integrations.channel import Button, InvalidSignature, OutgoingFile, OutgoingMessage, RemoteFile, TransportError
from integrations.telegram import SECRET_HEADER, next_offset, parse_update, verify_secret
from integrations.telegram.client import TelegramClient
from integrations.telegram.errors import OPERATOR_CODES

USER = 5001
HELLO = OutgoingMessage("Chào anh/chị")
PHOTO = RemoteFile("F1", "photo.jpg", "image/jpeg")


@pytest.fixture(autouse=True)
async def _known(telegram: TelegramFake) -> None:
    telegram.citizens.add(USER)


async def failure(client: TelegramClient, message: OutgoingMessage = HELLO, to: str = str(USER)) -> TransportError:
    with pytest.raises(TransportError) as caught:
        await client.send(to, message)
    return caught.value


async def test_me_is_the_bot_of_the_token(telegram_client: TelegramClient) -> None:
    me = await telegram_client.me()
    assert (me.id, me.username, telegram_client.account) == ("7000000001", "lang_nghe_thu_bot", "7000000001")


async def test_a_text_with_buttons_arrives(telegram: TelegramFake, telegram_client: TelegramClient) -> None:
    buttons = (*(Button(str(n), f"rate:{n}") for n in range(1, 6)), Button("Gặp cán bộ phụ trách", "agent"))
    sent = await telegram_client.send(str(USER), OutgoingMessage("Anh/chị hài lòng không?", buttons))
    [message] = telegram.sent
    rows = json.loads(message["reply_markup"])["inline_keyboard"]
    assert sent.provider_message_id == str(message["message_id"])
    assert [[button["text"] for button in row] for row in rows] == [["1", "2", "3", "4", "5"], ["Gặp cán bộ phụ trách"]]
    assert rows[0][4]["callback_data"] == "rate:5"
    assert json.loads(message["link_preview_options"]) == {"is_disabled": True}


async def test_a_long_text_goes_out_in_parts_with_the_buttons_last(
    telegram: TelegramFake, telegram_client: TelegramClient
) -> None:
    text = "Một câu dài vừa phải. " * 400
    await telegram_client.send(str(USER), OutgoingMessage(text, (Button("Có", "yes"),)))
    assert [len(sent["text"]) <= 4096 for sent in telegram.sent] == [True, True, True]
    assert ["reply_markup" in sent for sent in telegram.sent] == [False, False, True]
    assert " ".join(sent["text"] for sent in telegram.sent) == text.strip()


async def test_files_follow_the_text(telegram: TelegramFake, telegram_client: TelegramClient) -> None:
    files = (OutgoingFile("anh.png", "image/png", PNG), OutgoingFile("tra-loi.pdf", "application/pdf", PDF))
    await telegram_client.send(str(USER), OutgoingMessage("Trả lời", files=files))
    assert telegram.calls == ["sendMessage", "sendPhoto", "sendDocument"]
    assert telegram.sent[2]["document"] == "tra-loi.pdf"


@pytest.mark.parametrize("payload", ["ằ" * 30, "", "x" * 65])
async def test_a_payload_that_telegram_refuses_is_refused_before_anything_is_sent(
    payload: str, telegram: TelegramFake, telegram_client: TelegramClient
) -> None:
    error = await failure(telegram_client, OutgoingMessage("a " * 3000, (Button("Có", payload),)))
    assert (error.code, error.permanent) == ("button_payload_length", True)
    assert telegram.calls == []


@pytest.mark.parametrize(
    "message", [OutgoingMessage(""), OutgoingMessage(" \n"), OutgoingMessage("", (Button("a", "b"),))]
)
async def test_an_empty_message_is_a_permanent_error(message: OutgoingMessage, telegram_client: TelegramClient) -> None:
    assert (await failure(telegram_client, message)).permanent


async def test_a_citizen_who_blocked_the_bot_is_permanent(
    telegram: TelegramFake, telegram_client: TelegramClient
) -> None:
    telegram.blocked.add(USER)
    error = await failure(telegram_client)
    assert (error.code, error.permanent, error.ambiguous) == ("forbidden", True, False)


@pytest.mark.parametrize("to", ["999", "not-a-number", ""])
async def test_an_unknown_chat_is_permanent(to: str, telegram_client: TelegramClient) -> None:
    error = await failure(telegram_client, to=to)
    assert (error.code, error.permanent) == ("chat_not_found", True)


async def test_flood_control_says_how_long_to_wait(telegram: TelegramFake, telegram_client: TelegramClient) -> None:
    answer = {"ok": False, "error_code": 429, "description": "Too Many Requests", "parameters": {"retry_after": 7}}
    telegram.faults.plan(path="sendMessage", status=429, answer=answer)
    error = await failure(telegram_client)
    assert (error.permanent, error.ambiguous, error.retry_after) == (False, False, 7.0)


@pytest.mark.parametrize(
    ("fault", "carried_out"),
    [
        ({"drop": "after"}, 1),
        ({"drop": "before"}, 0),
        ({"delay": 1.0}, 1),
        ({"status": 502}, 0),
        ({"status": 200, "body": "<html>"}, 0),
        ({"status": 200, "answer": {"ok": True}}, 0),
        ({"status": 200, "answer": {"ok": False, "description": "odd"}}, 0),
    ],
)
async def test_an_outcome_that_cannot_be_known_is_ambiguous_and_sent_once(
    fault: dict[str, Any], carried_out: int, telegram: TelegramFake, telegram_client: TelegramClient
) -> None:
    telegram.faults.plan(path="sendMessage", **fault)
    error = await failure(telegram_client)
    assert (error.ambiguous, error.permanent) == (True, False)
    assert len(telegram.sent) == carried_out


async def test_telegrams_own_500_is_temporary(telegram: TelegramFake, telegram_client: TelegramClient) -> None:
    answer = {"ok": False, "error_code": 500, "description": "Internal Server Error"}
    telegram.faults.plan(path="sendMessage", status=500, answer=answer)
    error = await failure(telegram_client)
    assert (error.ambiguous, error.permanent) == (False, False)


async def test_a_server_that_is_not_there_is_temporary() -> None:
    client = TelegramClient(TOKEN, base_url=f"http://127.0.0.1:{await free_port()}", timeout=0.4)
    error = await failure(client)
    await client.aclose()
    assert (error.code, error.ambiguous, error.permanent) == ("connect", False, False)


async def test_a_withdrawn_token_waits_for_the_operator(telegram_url: str) -> None:
    client = TelegramClient("7000000002:AAAnotherTokenForTests", base_url=telegram_url)
    error = await failure(client)
    await client.aclose()
    assert error.code in OPERATOR_CODES
    assert (error.permanent, error.retry_after) == (False, 300.0)


async def test_a_message_that_went_out_in_part_is_ambiguous(
    telegram: TelegramFake, telegram_client: TelegramClient
) -> None:
    telegram.faults.plan(
        path="sendMessage", skip=1, status=400, answer={"ok": False, "error_code": 400, "description": "Bad"}
    )
    error = await failure(telegram_client, OutgoingMessage("Câu một. " * 700))
    assert (error.code, error.ambiguous) == ("partial_bad_request", True)
    assert len(telegram.sent) == 1


async def test_a_later_part_is_tried_again_after_flood_control(
    telegram: TelegramFake, telegram_client: TelegramClient
) -> None:
    answer = {"ok": False, "error_code": 429, "description": "Too Many", "parameters": {"retry_after": 1}}
    telegram.faults.plan(path="sendMessage", skip=1, status=429, answer=answer)
    await telegram_client.send(str(USER), OutgoingMessage("Câu một. " * 700))
    assert len(telegram.sent) == 2


async def test_a_press_is_answered_once_and_an_old_one_does_no_harm(
    telegram: TelegramFake, telegram_client: TelegramClient
) -> None:
    event = parse_update(await telegram.press(USER, "rate:5"), bot_id=telegram_client.account)
    assert event is not None and event.provider_message_id is not None
    assert await telegram_client.answer_callback(event.provider_message_id)
    assert not await telegram_client.answer_callback(event.provider_message_id)
    assert len(telegram.answered) == 1


async def test_polling_gives_a_batch_again_until_it_is_confirmed(
    telegram: TelegramFake, telegram_client: TelegramClient
) -> None:
    await telegram.write(USER, text="một")
    await telegram.write(USER, text="hai")
    first = await telegram_client.poll(None, 0)
    again = await telegram_client.poll(None, 0)
    assert [update["message"]["text"] for update in first] == ["một", "hai"]
    assert again == first
    assert await telegram_client.poll(next_offset(first), 0) == []
    assert telegram.updates == []


async def test_polling_returns_as_soon_as_something_arrives(
    telegram: TelegramFake, telegram_client: TelegramClient
) -> None:
    waiting = asyncio.create_task(telegram_client.poll(None, 5))
    await asyncio.sleep(0.1)
    await telegram.write(USER, text="có ai không")
    assert len(await asyncio.wait_for(waiting, 2)) == 1


async def test_an_odd_update_does_not_spoil_the_batch(telegram: TelegramFake, telegram_client: TelegramClient) -> None:
    telegram.updates.append({"update_id": 99_999_999, "message": {"date": "odd", "new_in_2030": []}})
    await telegram.write(USER, text="vẫn đến")
    events = [parse_update(update, bot_id="1") for update in await telegram_client.poll(None, 0)]
    assert [event.text if event else None for event in events] == [None, "vẫn đến"]


async def test_polling_while_a_webhook_is_set_is_a_conflict(
    telegram: TelegramFake, telegram_client: TelegramClient
) -> None:
    await telegram_client.set_webhook("https://example.gov.vn/webhooks/telegram", "s3cret")
    with pytest.raises(TransportError) as caught:
        await telegram_client.poll(None, 0)
    assert caught.value.code == "conflict"
    await telegram_client.delete_webhook()
    assert await telegram_client.poll(None, 0) == []


async def test_setting_and_deleting_the_webhook_keeps_waiting_messages(
    telegram: TelegramFake, telegram_client: TelegramClient
) -> None:
    await telegram.write(USER, text="đừng bỏ tôi")
    await telegram_client.set_webhook("https://example.gov.vn/webhooks/telegram", "s3cret")
    assert json.loads(telegram.webhook["allowed_updates"])[:3] == ["message", "edited_message", "callback_query"]
    await telegram_client.delete_webhook()
    assert len(telegram.updates) == 1


async def test_a_webhook_without_a_usable_secret_is_never_set(
    telegram: TelegramFake, telegram_client: TelegramClient
) -> None:
    for secret in ("", "có dấu", "x" * 257):
        with pytest.raises(ValueError, match="secret"):
            await telegram_client.set_webhook("https://example.gov.vn/webhooks/telegram", secret)
    assert telegram.webhook == {}


async def test_the_webhook_is_delivered_with_the_secret_and_again_after_a_failure(
    telegram: TelegramFake, telegram_client: TelegramClient
) -> None:
    stored: dict[str, str | None] = {}
    failures = [500]

    async def route(request: web.Request) -> web.Response:
        try:
            verify_secret(request.headers.get(SECRET_HEADER), "s3cret")
        except InvalidSignature:
            return web.Response(status=403)
        if failures:
            return web.Response(status=failures.pop())
        event = parse_update(await request.json(), bot_id=telegram_client.account)
        assert event is not None
        stored.setdefault(event.event_id, event.text)
        return web.Response()

    receiver = web.Application()
    receiver.add_routes([web.post("/webhooks/telegram", route)])
    async with serving(receiver) as url:
        await telegram_client.set_webhook(f"{url}/webhooks/telegram", "s3cret")
        update = await telegram.write(USER, text="Đèn đường hỏng")
        await telegram.deliver()
        await telegram.deliver([update])  # a duplicate
        telegram.webhook["secret_token"] = "forged"
        await telegram.deliver([update])
    assert [delivery["statuses"] for delivery in telegram.deliveries] == [[500, 200], [200], [403, 403, 403, 403]]
    assert list(stored.values()) == ["Đèn đường hỏng"]


async def test_a_file_is_fetched(telegram: TelegramFake, telegram_client: TelegramClient) -> None:
    telegram.store_file("F1", PNG, path="photos/ảnh 1.jpg")
    assert await telegram_client.fetch(PHOTO, limit=1000) == PNG


@pytest.mark.parametrize(
    ("data", "path", "code"),
    [
        (PNG * 100, "photos/a.jpg", "too_large"),
        (b"<html>not a photo</html>", "photos/a.jpg", "wrong_type"),
        (PNG, "/etc/passwd", "no_file_path"),
        (PNG, "photos/../../secret", "no_file_path"),
    ],
)
async def test_a_file_that_is_not_what_it_should_be_is_refused_for_good(
    data: bytes, path: str, code: str, telegram: TelegramFake, telegram_client: TelegramClient
) -> None:
    telegram.store_file("F1", data, path=path)
    with pytest.raises(TransportError) as caught:
        await telegram_client.fetch(PHOTO, limit=1000)
    assert (caught.value.code, caught.value.permanent) == (code, True)


async def test_an_unknown_file_is_refused_for_good(telegram_client: TelegramClient) -> None:
    with pytest.raises(TransportError) as caught:
        await telegram_client.fetch(PHOTO, limit=1000)
    assert caught.value.permanent


@pytest.mark.parametrize("fault", [{"delay": 1.0}, {"status": 502}, {"drop": "before"}])
async def test_a_fetch_that_fails_on_the_way_may_be_repeated(
    fault: dict[str, Any], telegram: TelegramFake, telegram_client: TelegramClient
) -> None:
    telegram.store_file("F1", PNG)
    telegram.faults.plan(path="/file/", **fault)
    with pytest.raises(TransportError) as caught:
        await telegram_client.fetch(PHOTO, limit=1000)
    assert (caught.value.permanent, caught.value.ambiguous) == (False, False)
    assert await telegram_client.fetch(PHOTO, limit=1000) == PNG


async def test_a_read_is_never_ambiguous(telegram: TelegramFake, telegram_client: TelegramClient) -> None:
    telegram.faults.plan(path="getUpdates", status=502)
    with pytest.raises(TransportError) as caught:
        await telegram_client.poll(None, 0)
    assert (caught.value.permanent, caught.value.ambiguous) == (False, False)


async def test_neither_the_token_nor_a_text_reaches_the_log_or_the_error(
    telegram: TelegramFake, telegram_client: TelegramClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    telegram.store_file("F1", PNG)
    await telegram_client.send(str(USER), OutgoingMessage("chuyện riêng của tôi"))
    await telegram_client.fetch(PHOTO, limit=1000)
    telegram.faults.plan(path="sendMessage", status=502, body="chuyện riêng của tôi")
    error = await failure(telegram_client, OutgoingMessage("chuyện riêng của tôi"))
    told = caplog.text + repr(error) + str(error) + error.detail + repr(error.__cause__)
    assert TOKEN not in told and "AAFake" not in told
    assert "chuyện riêng" not in told
