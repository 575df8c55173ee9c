"""Fakes on loopback and the clients that speak to them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from loopback import serving
from telegram_fake import TOKEN, TelegramFake
from zalo_fake import APP_ID, APP_SECRET, ZaloFake

from integrations.telegram.client import TelegramClient
from integrations.zalo.client import ZaloClient
from integrations.zalo.media import MediaPolicy
from integrations.zalo.oauth import App, Tokens
from integrations.zalo.tokens import MemoryTokenStore

_TLS = httpx.create_ssl_context()


@pytest.fixture(autouse=True)
def _plain_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    """No proxy of this machine in between; the certificates, of no use here, are read once (25 ms for each client)."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("httpx._transports.default.create_ssl_context", lambda *args, **named: _TLS)


@pytest.fixture
async def telegram() -> TelegramFake:
    return TelegramFake()


@pytest.fixture
async def telegram_url(telegram: TelegramFake) -> AsyncIterator[str]:
    async with serving(telegram.app()) as url:
        yield url


@pytest.fixture
async def telegram_client(telegram_url: str) -> AsyncIterator[TelegramClient]:
    client = TelegramClient(TOKEN, base_url=telegram_url, timeout=0.4, download_seconds=0.4)
    yield client
    await client.aclose()


@pytest.fixture
def zalo() -> ZaloFake:
    return ZaloFake()


@pytest.fixture
async def zalo_url(zalo: ZaloFake) -> AsyncIterator[str]:
    async with serving(zalo.app()) as url:
        yield url


@pytest.fixture
def app(zalo_url: str) -> App:
    return App(id=APP_ID, secret=APP_SECRET, oauth_url=zalo_url)


@pytest.fixture
def store(zalo: ZaloFake) -> MemoryTokenStore:
    now = datetime.now(UTC)
    return MemoryTokenStore(Tokens(zalo.access, zalo.refresh, issued_at=now, expires_at=now + timedelta(hours=25)))


@pytest.fixture
async def zalo_client(zalo_url: str, app: App, store: MemoryTokenStore) -> AsyncIterator[ZaloClient]:
    policy = MediaPolicy(private_hosts=frozenset({zalo_url.removeprefix("http://")}), seconds=0.5)
    client = ZaloClient(app, store, base_url=zalo_url, policy=policy, timeout=0.4)
    yield client
    await client.aclose()
