"""Webhooks: only what the channel really sent is stored, once, and everything genuine is acknowledged."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from bot.intake import InvalidEvent
from langnghe.settings import Settings
from langnghe.web.app import create_app
from langnghe.web.services import WebServices
from langnghe.web.webhooks import telegram_reader, zalo_reader
from tests.web.conftest import BrokenIntake, Thread

APP_ID, OA_ID, OA_SECRET = "1112223334445556667", "7776665554443332221", "oa-secret"
BOT_TOKEN, WEBHOOK_SECRET = "123456789:AAexampleexampleexample", "tele-secret"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(
        update={
            "zalo_app_id": APP_ID,
            "zalo_oa_id": OA_ID,
            "zalo_oa_secret": SecretStr(OA_SECRET),
            "telegram_token": SecretStr(BOT_TOKEN),
            "telegram_secret": SecretStr(WEBHOOK_SECRET),
        }
    )


@pytest.fixture
async def services(services: WebServices, settings: Settings) -> AsyncIterator[WebServices]:
    yield replace(services, zalo=zalo_reader(settings), telegram=telegram_reader(settings))


def zalo_text(text: str, *, msg_id: str = "m1", name: str = "user_send_text") -> bytes:
    body = {
        "app_id": APP_ID,
        "sender": {"id": "5550001"},
        "recipient": {"id": OA_ID},
        "event_name": name,
        "message": {"text": text, "msg_id": msg_id},
        "timestamp": str(int(time.time() * 1000)),
    }
    return json.dumps(body, ensure_ascii=False, indent=1).encode()


def signed(raw: bytes, *, secret: str = OA_SECRET) -> dict[str, str]:
    stamp = json.loads(raw)["timestamp"]
    mac = hashlib.sha256(APP_ID.encode() + raw + stamp.encode() + secret.encode()).hexdigest()
    return {"X-ZEvent-Signature": f"mac={mac}", "Content-Type": "application/json"}


async def post_zalo(client: httpx.AsyncClient, raw: bytes, headers: dict[str, str] | None = None) -> httpx.Response:
    return await client.post("/webhooks/zalo", content=raw, headers=signed(raw) if headers is None else headers)


async def post_telegram(
    client: httpx.AsyncClient, update: Any, *, secret: str | None = WEBHOOK_SECRET
) -> httpx.Response:
    headers = {"X-Telegram-Bot-Api-Secret-Token": secret} if secret is not None else {}
    return await client.post("/webhooks/telegram", json=update, headers=headers)


def telegram_text(text: str, *, update_id: int = 9) -> dict[str, Any]:
    person = {"id": 42, "is_bot": False, "first_name": "An"}
    message = {"message_id": 1, "date": 1, "chat": {"id": 42, "type": "private"}, "from": person, "text": text}
    return {"update_id": update_id, "message": message}


async def test_a_signed_zalo_message_is_stored_once_however_often_it_comes(
    client: httpx.AsyncClient, thread: Thread
) -> None:
    raw = zalo_text("đường hỏng nặng")
    assert [(await post_zalo(client, raw)).status_code for _ in range(3)] == [200, 200, 200]
    assert [(row.channel, row.text) for row in thread.stored()] == [("zalo", "đường hỏng nặng")]


@pytest.mark.parametrize(
    "headers",
    [{}, {"X-ZEvent-Signature": "mac=00"}, {"X-ZEvent-Signature": "mac=điều"}, {"mac": "1"}],
    ids=["none", "wrong", "not ascii", "another header"],
)
async def test_an_unsigned_zalo_message_is_refused_and_not_stored(
    client: httpx.AsyncClient, thread: Thread, headers: dict[str, str]
) -> None:
    encoded = {name.encode(): value.encode() for name, value in headers.items()}
    answer = await client.post("/webhooks/zalo", content=zalo_text("a"), headers=encoded)  # type: ignore[arg-type]
    assert answer.status_code == 403
    assert answer.json()["error"] == "invalid_signature"
    assert thread.count() == 0


async def test_a_changed_byte_or_another_secret_breaks_zalos_signature(
    client: httpx.AsyncClient, thread: Thread
) -> None:
    raw = zalo_text("a")
    assert (await post_zalo(client, raw.replace(b'"a"', b'"b"'), signed(raw))).status_code == 403
    assert (await post_zalo(client, raw, signed(raw, secret="other"))).status_code == 403
    assert thread.count() == 0


async def test_zalos_check_of_the_address_gets_200_without_a_signature(
    client: httpx.AsyncClient, thread: Thread
) -> None:
    assert (await post_zalo(client, b"{}", {})).status_code == 200
    assert thread.count() == 0


async def test_zalos_other_notifications_are_acknowledged_and_not_stored(
    client: httpx.AsyncClient, thread: Thread
) -> None:
    assert (await post_zalo(client, zalo_text("a", name="add_user_to_tag"))).status_code == 200
    assert (await post_zalo(client, zalo_text("a", name="something_new_of_2027"))).status_code == 200
    assert thread.count() == 0


async def test_a_webhook_body_over_256_kb_is_refused(client: httpx.AsyncClient, thread: Thread) -> None:
    assert (await post_zalo(client, zalo_text("a" * 300_000))).status_code == 413
    assert thread.count() == 0


async def test_a_telegram_update_with_the_secret_is_stored_once(client: httpx.AsyncClient, thread: Thread) -> None:
    for _ in range(2):
        assert (await post_telegram(client, telegram_text("xin chào"))).status_code == 200
    assert [(row.channel, row.account, row.text) for row in thread.stored()] == [("telegram", "123456789", "xin chào")]


async def test_a_pressed_button_is_stored_and_its_spinner_stopped(client: httpx.AsyncClient, thread: Thread) -> None:
    person = {"id": 42, "is_bot": False, "first_name": "An"}
    message = {"message_id": 7, "date": 1763800000, "chat": {"id": 42, "type": "private"}}
    press = {"id": "press-1", "from": person, "message": message, "data": "act:huy"}
    answer = await post_telegram(client, {"update_id": 10, "callback_query": press})
    assert answer.json() == {"method": "answerCallbackQuery", "callback_query_id": "press-1"}
    assert [row.payload for row in thread.stored()] == ["act:huy"]


@pytest.mark.parametrize("secret", [None, "", "wrong", "tele-secret "])
async def test_a_telegram_update_without_the_secret_is_refused(
    client: httpx.AsyncClient, thread: Thread, secret: str | None
) -> None:
    assert (await post_telegram(client, telegram_text("a"), secret=secret)).status_code == 403
    assert thread.count() == 0


@pytest.mark.parametrize("update", [[], 5, {}, {"update_id": 1}, {"update_id": 2, "poll": {}}], ids=str)
async def test_a_telegram_update_that_does_not_concern_us_is_acknowledged(
    client: httpx.AsyncClient, thread: Thread, update: Any
) -> None:
    assert (await post_telegram(client, update)).status_code == 200
    assert thread.count() == 0


@pytest.mark.parametrize("channel", ["zalo", "telegram"])
async def test_a_channel_that_is_off_has_no_webhook(services: WebServices, channel: str) -> None:
    app = create_app(replace(services, zalo=None, telegram=None))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://test") as client:
        assert (await client.post(f"/webhooks/{channel}", content=b"{}")).status_code == 404


def test_a_channel_without_settings_has_no_reader(tmp_path: Any) -> None:
    off = Settings(_env_file=None, data_dir=tmp_path)
    assert (zalo_reader(off), telegram_reader(off)) == (None, None)


async def test_a_database_that_is_down_makes_the_channel_repeat(services: WebServices) -> None:
    app = create_app(replace(services, intake=BrokenIntake()))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://test") as client:
        assert (await post_telegram(client, telegram_text("a"))).status_code == 503


async def test_an_event_that_intake_refuses_is_acknowledged(services: WebServices) -> None:
    class Refusing:
        async def accept(self, event: Any, *, data: bytes | None = None) -> Any:
            raise InvalidEvent("text_too_long")

    app = create_app(replace(services, intake=Refusing()))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://test") as client:
        assert (await post_telegram(client, telegram_text("a"))).status_code == 200
