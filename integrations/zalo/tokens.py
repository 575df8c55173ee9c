"""Keeps the OA's access token fresh: refreshed once however many ask, stored before it is used."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Protocol

import httpx

from integrations.channel import TransportError
from integrations.zalo.oauth import REFUSED_PAUSE, App, Tokens, refresh_tokens

logger = logging.getLogger(__name__)
_PAUSE = 15.0


class TokenSlot(Protocol):
    """The stored pair, while nobody else may refresh it."""

    @property
    def tokens(self) -> Tokens | None:
        """The pair as read after the exclusive section was entered."""
        ...

    async def save(self, tokens: Tokens) -> None:
        """Store and commit at once; when it returns, the pair survives a crash.

        Try again on a passing database error: the pair exists nowhere else, and the old one is dead.
        """
        ...


class TokenStore(Protocol):
    """Where the pair of one OA lies, encrypted at rest; implemented where the tables are."""

    async def load(self) -> Tokens | None: ...

    def exclusive(self) -> AbstractAsyncContextManager[TokenSlot]:
        """A section that one task of all processes holds at a time (an advisory lock or a lease, no open transaction).

        A call to Zalo is made inside: at most about 30 s, so a lease should last a minute.
        """
        ...


class MemoryTokenStore:
    """A TokenStore that forgets at exit, for tests and trials."""

    def __init__(self, tokens: Tokens | None = None) -> None:
        self.tokens = tokens
        self._lock = asyncio.Lock()

    async def load(self) -> Tokens | None:
        return self.tokens

    async def save(self, tokens: Tokens) -> None:
        self.tokens = tokens

    @asynccontextmanager
    async def exclusive(self) -> AsyncIterator[TokenSlot]:
        async with self._lock:
            yield self


class TokenKeeper:
    """Hands out a living access token, with at most one refresh under way in this process, and in all by the store."""

    def __init__(
        self, http: httpx.AsyncClient, app: App, store: TokenStore, *, clock: Callable[[], datetime] | None = None
    ) -> None:
        self._http, self._app, self._store = http, app, store
        self._now = clock or (lambda: datetime.now(UTC))
        self._refreshing: asyncio.Task[str] | None = None
        self._pause_until = datetime.min.replace(tzinfo=UTC)
        self._pause_error: TransportError | None = None

    async def access(self, *, rejected: str | None = None) -> str:
        """An access token other than `rejected`, which Zalo has just refused.

        Raises TransportError, never ambiguous: the message that wanted the token has not been sent. A refresh that
        fails before the old token has expired is no failure: the old one is handed out meanwhile.
        """
        tokens = await self._store.load()
        now = self._now()
        if tokens and tokens.access != rejected and not tokens.is_due(now):
            return tokens.access
        usable = tokens.access if tokens and tokens.access != rejected and not tokens.is_expired(now) else None
        try:
            return await self._refreshed(rejected)
        except TransportError as error:
            if usable is None:
                raise TransportError(error.code, retry_after=error.retry_after or _PAUSE, detail=error.detail) from None
            logger.warning("zalo token refresh failed, the old token is used on: %s", error.code)
            return usable

    async def aclose(self) -> None:
        """Wait for a refresh under way: cutting it off could lose the grant."""
        if self._refreshing:
            await asyncio.wait([self._refreshing])

    async def _refreshed(self, rejected: str | None) -> str:
        if self._refreshing is None:
            if self._pause_error and self._now() < self._pause_until:
                raise self._pause_error
            self._refreshing = asyncio.create_task(self._refresh(rejected))
            self._refreshing.add_done_callback(self._done)
        return await asyncio.shield(self._refreshing)  # a caller that is cancelled must not cancel the refresh

    def _done(self, task: asyncio.Task[str]) -> None:
        self._refreshing = None
        error = None if task.cancelled() else task.exception()
        self._pause_error = error if isinstance(error, TransportError) else None
        if self._pause_error:
            logger.error("zalo token refresh failed: %s", self._pause_error.code)
            seconds = REFUSED_PAUSE if self._pause_error.code in ("consent_needed", "no_tokens") else _PAUSE
            self._pause_until = self._now() + timedelta(seconds=seconds)

    async def _refresh(self, rejected: str | None) -> str:
        async with self._store.exclusive() as slot:
            tokens = slot.tokens
            if tokens is None:
                raise TransportError("no_tokens", retry_after=REFUSED_PAUSE)
            if tokens.access != rejected and not tokens.is_due(self._now()):
                return tokens.access  # another process was faster
            fresh = await refresh_tokens(self._http, self._app, tokens.refresh)
            await slot.save(fresh)
            return fresh.access
