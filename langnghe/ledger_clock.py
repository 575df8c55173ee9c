"""The worker's clock that anchors the ledgers; each new hash also stands in the log, which is outside the database."""

from __future__ import annotations

from datetime import timedelta

import structlog

from bot.due_clock import DueClock
from feedback import anchors
from feedback.base import Clock
from feedback.database import Database

log = structlog.get_logger(__name__)


class LedgerClock(DueClock[int]):
    """Looks every minute at most; each link is made once."""

    failure = "ledger_clock_failed"

    def __init__(self, database: Database, clock: Clock, *, secret: str, every: timedelta) -> None:
        super().__init__(rest_seconds=min(60.0, every.total_seconds()))
        self._database, self._clock, self._secret, self._every = database, clock, secret, every

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
