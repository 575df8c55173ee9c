"""The worker's clock that anchors the ledgers; each new hash also stands in the log, which is outside the database."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import structlog

from feedback import anchors
from feedback.base import Clock
from feedback.database import Database

log = structlog.get_logger(__name__)


class LedgerClock:
    """Looks every minute at most; any number of workers may run one, each link is made once."""

    def __init__(self, database: Database, clock: Clock, *, secret: str, every: timedelta) -> None:
        self._database, self._clock, self._secret, self._every = database, clock, secret, every
        self._stopping = asyncio.Event()

    def stop(self) -> None:
        """`run` returns when the round that has begun is over."""
        self._stopping.set()

    async def run(self) -> None:
        while not self._stopping.is_set():
            try:
                await asyncio.to_thread(self.round)
            except Exception as error:  # noqa: BLE001 - a worker's loop: what is due stays due
                log.error("ledger_clock_failed", error=type(error).__name__)
            try:
                await asyncio.wait_for(self._stopping.wait(), min(60.0, self._every.total_seconds()))
            except TimeoutError:
                continue

    def round(self) -> int:
        """The number of the link that was made, 0 when none was due or nothing had moved."""
        now = self._clock()
        with self._database.read() as session:
            last = anchors.latest(session)
        if last is not None and now - last.at < self._every:
            return 0
        with self._database.write() as session:
            link = anchors.anchor(session, secret=self._secret, now=now)
        if link is None:
            return 0
        log.info("ledger_anchored", number=link.id, heads=link.heads, hash=link.hash)
        return link.id
