"""The engine is away, then comes back; Telegram (polled) and Zalo (webhook) go the same way as the web."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx

from tests.e2e.stack import Citizen, Stack

sys.path.insert(0, str(Path(__file__).parents[1] / "integrations"))
from loopback import serving
from telegram_fake import TOKEN, TelegramFake
from zalo_fake import APP_ID, APP_SECRET, OA_ID, OA_SECRET, ZaloFake, envelope, signed

TELEGRAM_USER = 777


async def until(found: Callable[[], Any], *, seconds: float = 30) -> Any:
    """What `found` gives once it gives something; fails when it never does."""
    async with asyncio.timeout(seconds):
        while not (value := found()):
            await asyncio.sleep(0.1)
        return value


def settings_of_channels(telegram_url: str, zalo_url: str) -> dict[str, str]:
    return {
        "LANGNGHE_TELEGRAM_TOKEN": TOKEN,
        "LANGNGHE_TELEGRAM_API": telegram_url,
        "LANGNGHE_ZALO_APP_ID": APP_ID,
        "LANGNGHE_ZALO_APP_SECRET": APP_SECRET,
        "LANGNGHE_ZALO_OA_ID": OA_ID,
        "LANGNGHE_ZALO_OA_SECRET": OA_SECRET,
        "LANGNGHE_ZALO_REFRESH_TOKEN": "RT-0",
        "LANGNGHE_ZALO_API": zalo_url,
        "LANGNGHE_ZALO_OAUTH": zalo_url,
    }


def text_of(sent: dict[str, Any]) -> str:
    message = sent.get("message", sent)
    return str(message.get("text", ""))


async def post_to_zalo_webhook(stack: Stack, text: str, *, msg_id: str, how: str = "good") -> int:
    event = envelope("user_send_text", message={"text": text, "msg_id": msg_id})
    raw, headers = signed(event, how=how)
    async with httpx.AsyncClient(base_url=stack.base, timeout=10) as http:
        return (await http.post("/webhooks/zalo", content=raw, headers=headers)).status_code


async def test_messages_survive_an_outage_and_every_channel_is_answered(tmp_path: Path) -> None:
    telegram, zalo = TelegramFake(), ZaloFake()
    async with serving(telegram.app()) as telegram_url, serving(zalo.app()) as zalo_url:
        stack = Stack(tmp_path, extra=settings_of_channels(telegram_url, zalo_url))
        await asyncio.to_thread(stack.prepare, sample=False)
        try:
            await asyncio.to_thread(stack.start_app)
            stack.start_worker()
            await play(stack, telegram, zalo)
        finally:
            await asyncio.to_thread(stack.family.__exit__)


async def play(stack: Stack, telegram: TelegramFake, zalo: ZaloFake) -> None:
    citizen = Citizen(stack.base)

    # The engine is not there: taken, acknowledged honestly, once.
    told = await asyncio.to_thread(citizen.say, "xin chào")
    assert "đã nhận" in told[0]["text"]
    assert await asyncio.to_thread(citizen.say, "còn ai ở đó không", wait=4) == []
    await telegram.write(TELEGRAM_USER, text="xin chào")
    assert await post_to_zalo_webhook(stack, "xin chào", msg_id="m1") == 200
    assert await post_to_zalo_webhook(stack, "xin chào", msg_id="m1") == 200
    assert await post_to_zalo_webhook(stack, "giả mạo", msg_id="m2", how="bad") == 403
    await until(lambda: telegram.sent and zalo.sent)
    assert "đã nhận" in text_of(telegram.sent[0])
    assert "đã nhận" in text_of(zalo.sent[0])

    # It comes back: everything that waited is answered, in order and once.
    await asyncio.to_thread(stack.start_engine)
    answered = await asyncio.to_thread(citizen.hear, wait=60)
    assert "máy trả lời tự động" in answered[0]["text"]
    await until(lambda: any("máy trả lời tự động" in text_of(one) for one in telegram.sent), seconds=60)
    await until(lambda: any("máy trả lời tự động" in text_of(one) for one in zalo.sent), seconds=60)
    greetings = [one for one in zalo.sent if "máy trả lời tự động" in text_of(one)]
    assert len(greetings) == 1

    # Buttons and locations come in, buttons go out.
    sent_before = len(telegram.sent)
    await telegram.press(TELEGRAM_USER, "act:gap_can_bo")
    await until(lambda: len(telegram.sent) > sent_before)
    assert telegram.answered
    sent_before = len(telegram.sent)
    await telegram.write(TELEGRAM_USER, location={"latitude": 19.8, "longitude": 105.77})
    await until(lambda: len(telegram.sent) > sent_before)
    sent_before = len(zalo.sent)
    assert await post_to_zalo_webhook(stack, "#ln:act:huy", msg_id="m3") == 200
    await until(lambda: len(zalo.sent) > sent_before)
