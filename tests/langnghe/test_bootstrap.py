"""What the composition root hands on: settings reach the part that they are about."""

from __future__ import annotations

import asyncio
import socket
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from bot.telegram_poll import TelegramPoller
from bot.telegram_webhook import TelegramWebhook
from bot.wake import Wakes
from bot.worker import Worker
from feedback.database import Database
from langnghe import bootstrap
from langnghe.settings import Settings


class _Telegram:
    account = "1"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(_env_file=None, data_dir=tmp_path, lease_seconds=12, public_url="https://langnghe.example")


def worker_of(settings: Settings, database: Database, channels: bootstrap.Channels) -> Worker:
    return bootstrap._worker(settings, database, channels, bootstrap.rasa_engine(settings), Wakes())


async def test_the_lease_is_the_settings(settings: Settings, database: Database) -> None:
    worker = worker_of(settings, database, bootstrap.Channels())
    assert worker._options.lease == timedelta(seconds=12)
    worker.close()


@pytest.mark.parametrize(("secret", "way"), [("", TelegramPoller), ("bi-mat", TelegramWebhook)])
async def test_updates_come_by_webhook_when_there_is_a_secret(
    settings: Settings, database: Database, secret: str, way: type[object]
) -> None:
    client: Any = _Telegram()
    channels = bootstrap.Channels({"telegram": client})
    chosen = settings.model_copy(update={"telegram_secret": SecretStr(secret)})
    worker = worker_of(chosen, database, channels)
    async with AsyncExitStack() as stack:
        assert isinstance(bootstrap._telegram_updates(chosen, database, channels, worker, stack), way)
    worker.close()


async def test_a_second_worker_lives_without_the_wake_up_port(settings: Settings, database: Database) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        stop = asyncio.Event()
        chosen = settings.model_copy(
            update={"wake_worker_port": taken.getsockname()[1], "database_url": database.url, "poll_seconds": 0.05}
        )
        running = asyncio.create_task(bootstrap.run_worker(chosen, stop))
        await asyncio.sleep(0.3)
        assert not running.done()
        stop.set()
        await asyncio.wait_for(running, 5)
