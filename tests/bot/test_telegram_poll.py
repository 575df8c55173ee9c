"""Long polling: a batch is confirmed only after it is stored, and a batch that comes again changes nothing."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from bot.intake import Intake
from bot.telegram_poll import TelegramPoller
from integrations.channel import InboundEvent, TransportError
from tests.bot.fakes import Stage


def message(update_id: int, text: str) -> dict[str, Any]:
    body = {"message_id": update_id, "chat": {"id": 42, "type": "private"}, "from": {"id": 42}, "text": text}
    return {"update_id": update_id, "message": body}


def press(update_id: int, data: str) -> dict[str, Any]:
    query = {
        "id": f"q{update_id}",
        "from": {"id": 42},
        "data": data,
        "message": {"chat": {"id": 42, "type": "private"}},
    }
    return {"update_id": update_id, "callback_query": query}


class FakeTelegram:
    """Gives again what was not confirmed, as Telegram does."""

    account = "777"

    def __init__(self, *updates: dict[str, Any]) -> None:
        self.updates = list(updates)
        self.offsets: list[int | None] = []
        self.answered: list[str] = []
        self.error: TransportError | None = None

    async def poll(self, offset: int | None, timeout: float) -> list[dict[str, Any]]:
        self.offsets.append(offset)
        if self.error is not None:
            error, self.error = self.error, None
            raise error
        if offset is not None:
            self.updates = [update for update in self.updates if update["update_id"] >= offset]
        if not self.updates:
            await asyncio.sleep(min(timeout, 0.01))
        return list(self.updates)

    async def answer_callback(self, callback_id: str, *, text: str | None = None) -> bool:
        self.answered.append(callback_id)
        return True


async def test_updates_become_inbox_rows_and_are_confirmed_by_the_next_poll(stage: Stage) -> None:
    client, intake = FakeTelegram(message(5, "một"), message(6, "hai")), stage.intake()
    poller = TelegramPoller(client, intake)
    assert await poller.once() == 2
    assert await poller.once() == 0
    assert client.offsets == [None, 7]
    conversation = stage.conversation_of("telegram", "42")
    assert [row.text for row in stage.inbox(conversation.id)] == ["một", "hai"]
    await intake.aclose()


async def test_after_a_crash_the_same_batch_is_stored_once(stage: Stage) -> None:
    client, intake = FakeTelegram(message(5, "một")), stage.intake()
    await TelegramPoller(client, intake).once()
    await TelegramPoller(client, intake).once()
    assert len(stage.inbox(stage.conversation_of("telegram", "42").id)) == 1
    await intake.aclose()


async def test_a_batch_that_could_not_be_stored_is_not_confirmed(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    client, intake = FakeTelegram(message(5, "một")), stage.intake()
    poller = TelegramPoller(client, intake)
    accept = Intake.accept

    async def refuse(self: Intake, event: InboundEvent, *, data: bytes | None = None) -> Any:
        raise OSError("disk full")

    monkeypatch.setattr(Intake, "accept", refuse)
    with pytest.raises(OSError, match="disk full"):
        await poller.once()
    monkeypatch.setattr(Intake, "accept", accept)
    assert await poller.once() == 1
    assert client.offsets == [None, None]
    await intake.aclose()


async def test_an_update_that_can_never_be_stored_does_not_block_the_others(stage: Stage) -> None:
    client, intake = (
        FakeTelegram(message(5, "a" * 10_001), {"update_id": 6, "poll": {}}, message(7, "hai")),
        stage.intake(),
    )
    poller = TelegramPoller(client, intake)
    await poller.once()
    await poller.once()
    assert client.offsets == [None, 8]
    conversation = stage.conversation_of("telegram", "42")
    assert [row.text for row in stage.inbox(conversation.id)] == ["hai"]
    await intake.aclose()


async def test_a_pressed_button_is_acknowledged_to_telegram(stage: Stage) -> None:
    client, intake = FakeTelegram(press(5, "act:dong_y")), stage.intake()
    await TelegramPoller(client, intake).once()
    await asyncio.sleep(0.01)
    assert client.answered == ["q5"]
    await intake.aclose()


async def test_polling_goes_on_after_a_failure_and_stops_when_told(stage: Stage) -> None:
    client, intake = FakeTelegram(message(5, "một")), stage.intake()
    client.error = TransportError("network", retry_after=0.02)
    poller = TelegramPoller(client, intake, pause=0.01)
    running = asyncio.create_task(poller.run())
    async with asyncio.timeout(5):
        while len(client.offsets) < 4:
            await asyncio.sleep(0.01)
        poller.stop()
        await running
    assert len(stage.inbox(stage.conversation_of("telegram", "42").id)) == 1
    await intake.aclose()
