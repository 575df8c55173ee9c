"""Telegram without a webhook: store a batch of updates, then confirm it by asking for the next one.

The offset lives in memory: after a crash Telegram gives the unconfirmed batch again, and its keys make each update one.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import structlog

from bot.intake import Intake, InvalidEvent
from bot.wake import nap
from integrations.channel import InboundEvent, TransportError
from integrations.telegram.updates import next_offset, parse_update

LONGEST_PAUSE = 60.0

_LOG = structlog.get_logger(__name__)


class Updates(Protocol):
    """What polling needs of the Telegram client."""

    account: str

    async def poll(self, offset: int | None, timeout: float) -> list[dict[str, Any]]: ...  # noqa: ASYNC109

    async def answer_callback(self, callback_id: str, *, text: str | None = None) -> bool: ...


class TelegramPoller:
    """Long polling into the inbox. A batch is confirmed only when every update of it is stored or was no concern."""

    def __init__(self, client: Updates, intake: Intake, *, timeout: float = 25.0, pause: float = 1.0) -> None:
        self._client, self._intake, self._timeout, self._pause = client, intake, timeout, pause
        self._offset: int | None = None
        self._stopping = asyncio.Event()
        self._spinners: set[asyncio.Task[None]] = set()

    def stop(self) -> None:
        self._stopping.set()

    async def run(self) -> None:
        """Poll until `stop`, with growing pauses while Telegram or the database is away."""
        failures = 0
        while not self._stopping.is_set():
            poll = asyncio.create_task(self.once())
            stopped = asyncio.create_task(self._stopping.wait())
            await asyncio.wait({poll, stopped}, return_when=asyncio.FIRST_COMPLETED)
            stopped.cancel()
            if not poll.done():
                poll.cancel()
                await asyncio.wait({poll})
                return
            failures = await self._after(poll, failures)

    async def _after(self, poll: asyncio.Task[int], failures: int) -> int:
        error = poll.exception()
        if error is None:
            return 0
        if not isinstance(error, Exception):
            raise error
        wait = min(LONGEST_PAUSE, self._pause * 2.0**failures)
        if isinstance(error, TransportError):
            wait = max(wait, error.retry_after or 0.0)
        code = error.code if isinstance(error, TransportError) else type(error).__name__
        _LOG.warning("poll_failed", code=code, pause=wait)
        await nap(self._stopping, wait)
        return failures + 1

    async def once(self) -> int:
        """One poll; the number of updates stored. The offset moves only after all of them are."""
        updates = await self._client.poll(self._offset, self._timeout)
        events = [event for event in map(self._event, updates) if event is not None]
        await self._store(events)
        self._offset = next_offset(updates, offset=self._offset)
        return len(events)

    def _event(self, update: Mapping[str, Any]) -> InboundEvent | None:
        return parse_update(update, bot_id=self._client.account)

    async def _store(self, events: Sequence[InboundEvent]) -> None:
        results = await asyncio.gather(*map(self._intake.accept, events), return_exceptions=True)
        for event, result in zip(events, results, strict=True):
            if isinstance(result, InvalidEvent):
                _LOG.warning("update_dropped", event_id=event.event_id, reason=str(result))
            elif isinstance(result, BaseException):
                raise result
            if event.kind == "payload" and event.provider_message_id:
                self._stop_spinner(event.provider_message_id)

    def _stop_spinner(self, callback_id: str) -> None:
        async def answer() -> None:
            with contextlib.suppress(TransportError):
                await self._client.answer_callback(callback_id)

        task = asyncio.create_task(answer())
        self._spinners.add(task)
        task.add_done_callback(self._spinners.discard)
