"""Telegram hears where to post its updates, sooner or later, and the worker lives on meanwhile."""

from __future__ import annotations

import asyncio

import pytest

from bot.telegram_webhook import TelegramWebhook
from integrations.channel import TransportError

URL = "https://langnghe.example/webhooks/telegram"


class Client:
    """Fails as often as it is told to."""

    def __init__(self, *failures: Exception) -> None:
        self.failures = list(failures)
        self.calls: list[tuple[str, str]] = []

    async def set_webhook(self, url: str, secret: str) -> None:
        self.calls.append((url, secret))
        if self.failures:
            raise self.failures.pop(0)


async def run_for(webhook: TelegramWebhook, seconds: float) -> bool:
    """Whether it was still running when it was told to stop."""
    running = asyncio.create_task(webhook.run())
    await asyncio.sleep(seconds)
    ran = not running.done()
    webhook.stop()
    await asyncio.wait_for(running, 2)
    return ran


async def test_the_address_is_registered_once_and_the_runner_stays() -> None:
    client = Client()
    assert await run_for(TelegramWebhook(client, URL, "bi-mat"), 0.05)
    assert client.calls == [(URL, "bi-mat")]


@pytest.mark.parametrize("failure", [TransportError("network"), ValueError("secret")])
async def test_a_failure_is_tried_again_and_ends_nothing(failure: Exception) -> None:
    client = Client(failure, failure)
    assert await run_for(TelegramWebhook(client, URL, "bi-mat", pause=0.005), 0.2)
    assert len(client.calls) == 3


async def test_an_address_without_tls_is_never_sent() -> None:
    client = Client()
    assert await run_for(TelegramWebhook(client, "http://127.0.0.1:8000/x", "bi-mat", pause=0.005), 0.05)
    assert client.calls == []
