"""Where Zalo's tokens lie: encrypted in the database, replaced by one process at a time under a lease."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

from cryptography.fernet import Fernet
from sqlalchemy import or_, update
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import Session

from feedback.database import Database
from integrations.zalo.oauth import Tokens
from integrations.zalo.tokens import TokenSlot
from langnghe.models import ChannelSecret

LEASE = timedelta(seconds=60)
SAVE_PAUSES = (0.2, 0.5, 1.0, 2.0, 4.0)
_WAIT = 0.2


class DatabaseTokenStore:
    """The TokenStore of one Official Account. `key` is the installation's Fernet key; `first_refresh` starts it off."""

    def __init__(
        self, database: Database, *, account: str, key: str, first_refresh: str, clock: Callable[[], datetime]
    ) -> None:
        self._database, self._account, self._clock = database, account, clock
        self._fernet = Fernet(key)
        self._first_refresh = first_refresh

    async def load(self) -> Tokens | None:
        return await asyncio.to_thread(self._read)

    @asynccontextmanager
    async def exclusive(self) -> AsyncIterator[TokenSlot]:
        """Held by one task of all processes; a holder that dies frees it after a minute."""
        while (until := await asyncio.to_thread(self._claim)) is None:  # noqa: ASYNC110 (the holder is elsewhere)
            await asyncio.sleep(_WAIT)
        try:
            yield _Slot(self, await self.load())
        finally:
            await asyncio.to_thread(self._release, until)

    def store(self, tokens: Tokens) -> None:
        """Commit the pair at once."""
        body = {
            "access": tokens.access,
            "refresh": tokens.refresh,
            "issued_at": tokens.issued_at.isoformat(),
            "expires_at": tokens.expires_at.isoformat(),
            "began_with": self._mark(),
        }
        with self._database.write() as session:
            row = self._row(session)
            row.sealed = self._fernet.encrypt(json.dumps(body).encode()).decode()
            row.version += 1
            row.updated_at = self._clock()

    def _read(self) -> Tokens | None:
        with self._database.read() as session:
            row = session.get(ChannelSecret, self._account)
        if row is None or not row.sealed:
            return self._first()
        body = json.loads(self._fernet.decrypt(row.sealed.encode()))
        if self._first_refresh and body.get("began_with") != self._mark():
            return self._first()
        return Tokens(
            access=body["access"],
            refresh=body["refresh"],
            issued_at=datetime.fromisoformat(body["issued_at"]),
            expires_at=datetime.fromisoformat(body["expires_at"]),
        )

    def _mark(self) -> str:
        """Tells whether the stored pair descends from the setting: after a new consent the new setting wins."""
        return hashlib.sha256(self._first_refresh.encode()).hexdigest()

    def _first(self) -> Tokens | None:
        """The refresh token of the settings, as a pair that has already expired."""
        if not self._first_refresh:
            return None
        long_ago = datetime(2000, 1, 1, tzinfo=UTC)
        return Tokens(access="", refresh=self._first_refresh, issued_at=long_ago, expires_at=long_ago)

    def _claim(self) -> datetime | None:
        """The end of the lease that was won, None when somebody else holds it."""
        now = self._clock()
        until = now + LEASE
        with self._database.write() as session:
            self._row(session)
            free = or_(ChannelSecret.claimed_until.is_(None), ChannelSecret.claimed_until < now)
            claimed = session.execute(
                update(ChannelSecret)
                .where(ChannelSecret.account == self._account, free)
                .values(claimed_until=until)
                .returning(ChannelSecret.account)
            ).first()
        return until if claimed is not None else None

    def _release(self, until: datetime) -> None:
        """Give back a lease, if it is still the one that was won."""
        with self._database.write() as session:
            mine = ChannelSecret.claimed_until == until
            session.execute(
                update(ChannelSecret).where(ChannelSecret.account == self._account, mine).values(claimed_until=None)
            )

    def _row(self, session: Session) -> ChannelSecret:
        """The account's row, entered on first use; another process may enter it at the same moment."""
        row = session.get(ChannelSecret, self._account)
        if row is not None:
            return row
        try:
            with session.begin_nested():
                session.add(ChannelSecret(account=self._account, sealed="", updated_at=self._clock()))
        except IntegrityError:
            pass
        return session.get_one(ChannelSecret, self._account)


class _Slot:
    def __init__(self, store: DatabaseTokenStore, tokens: Tokens | None) -> None:
        self._store = store
        self.tokens = tokens

    async def save(self, tokens: Tokens) -> None:
        """Stored at all costs: the pair exists nowhere else, and Zalo has already ended the old one."""
        for pause in (*SAVE_PAUSES, None):
            try:
                await asyncio.to_thread(self._store.store, tokens)
                break
            except OperationalError:
                if pause is None:
                    raise
                await asyncio.sleep(pause)
        self.tokens = tokens
