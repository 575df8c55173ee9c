"""The application around a real SQLite database in a temporary folder, with fakes for what lies outside."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from pydantic import SecretStr
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

import langnghe.models  # noqa: F401  (all tables)
from bot import repository as bot_repository
from bot.intake import Intake
from bot.models import Conversation, InboxMessage
from bot.repository import Reply
from feedback.database import Database
from langnghe.settings import Settings
from langnghe.web.app import create_app
from langnghe.web.limits import UNLIMITED
from langnghe.web.services import WebServices
from tests.web.staff_cast import cast, staff_app, staff_services, woken  # noqa: F401 - fixtures

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
ACTION_TOKEN = "engine-token"


class FakeActions:
    """Answers each action call with what the test set, and remembers the calls."""

    def __init__(self) -> None:
        self.calls: list[dict[str, Any]] = []
        self.answer: tuple[int, dict[str, Any] | None] = (200, {"events": [], "responses": []})

    async def run(self, call: Any) -> tuple[int, dict[str, Any] | None]:
        self.calls.append(call)
        return self.answer


class Thread:
    """One conversation as the test sees it from behind: what was stored, and replies written into it."""

    def __init__(self, database: Database, wake: Callable[[int], None]) -> None:
        self._database, self._wake = database, wake

    def stored(self) -> list[InboxMessage]:
        with self._database.read() as session:
            return list(session.scalars(select(InboxMessage).order_by(InboxMessage.id)))

    def count(self) -> int:
        with self._database.read() as session:
            return session.scalar(select(func.count()).select_from(InboxMessage)) or 0

    def reply(self, key: str, *replies: Reply, wake: bool = True) -> None:
        with self._database.write() as session:
            conversation = session.scalars(select(Conversation).where(Conversation.key == key)).one()
            effect = f"test:{conversation.last_n}"
            bot_repository.add_replies(session, conversation, replies, effect_key=effect, now=NOW)
            conversation_id = conversation.id
        if wake:
            self._wake(conversation_id)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(
        _env_file=None,
        data_dir=tmp_path,
        action_token=SecretStr(ACTION_TOKEN),
        wake_app_port=0,
        max_photo_mb=1,
        poll_seconds=0.2,
    )


@pytest.fixture
def actions() -> FakeActions:
    return FakeActions()


@pytest.fixture
async def services(database: Database, settings: Settings, actions: FakeActions) -> AsyncIterator[WebServices]:
    intake = Intake(database, lambda: NOW, lambda: None)
    yield WebServices(
        settings=settings, database=database, clock=lambda: NOW, intake=intake, actions=actions, rates=UNLIMITED
    )
    await intake.aclose()


@pytest.fixture
async def app(services: WebServices) -> AsyncIterator[FastAPI]:
    made = create_app(services)
    async with made.router.lifespan_context(made):
        yield made


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as made:
        yield made


@pytest.fixture
def thread(database: Database, services: WebServices) -> Thread:
    return Thread(database, services.hub.wake)


class BrokenIntake:
    """An intake whose database does not answer."""

    async def accept(self, event: Any, *, data: bytes | None = None) -> Any:
        raise OperationalError("insert into inbox_message", {}, ConnectionError("no database"))
