"""Tells Telegram where to post its updates, until it has heard it."""

from __future__ import annotations

import asyncio
from typing import Protocol

import structlog

from bot.wake import nap
from integrations.channel import TransportError

LONGEST_PAUSE = 600.0

_LOG = structlog.get_logger(__name__)


class Webhooks(Protocol):
    """What this needs of the Telegram client."""

    async def set_webhook(self, url: str, secret: str) -> None: ...


class TelegramWebhook:
    """Registers `url` once, with growing pauses while Telegram is away or refuses it; no failure ends the process."""

    def __init__(self, client: Webhooks, url: str, secret: str, *, pause: float = 5.0) -> None:
        self._client, self._url, self._secret, self._pause = client, url, secret, pause
        self._stopping = asyncio.Event()

    def stop(self) -> None:
        self._stopping.set()

    async def run(self) -> None:
        failures = 0
        while not self._stopping.is_set():
            code = await self._register()
            if code is None:
                _LOG.info("telegram_webhook_set")
                await self._stopping.wait()
                return
            wait = min(LONGEST_PAUSE, self._pause * 2.0**failures)
            _LOG.error("telegram_webhook_not_set", code=code, pause=wait)
            await nap(self._stopping, wait)
            failures += 1

    async def _register(self) -> str | None:
        """None when it is done, otherwise why not."""
        if not self._url.startswith("https://"):
            return "public_url_is_not_https"
        try:
            await self._client.set_webhook(self._url, self._secret)
        except TransportError as error:
            return error.code
        except ValueError:
            return "unusable_secret"
        return None
