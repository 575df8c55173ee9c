"""The clock beside the worker's own: reminders that fall due, and the staff's mail."""

from __future__ import annotations

import structlog

from bot.due_clock import DueClock
from feedback import mailing, reminders
from feedback.base import Clock
from feedback.database import Database
from feedback.deadlines import DeadlineSettings
from feedback.mailing import Mailer

log = structlog.get_logger(__name__)


class StaffClock(DueClock[tuple[int, int]]):
    """Looks every `poll_seconds`; each reminder is taken once."""

    failure = "staff_clock_failed"

    def __init__(
        self,
        database: Database,
        clock: Clock,
        *,
        base_url: str,
        settings: DeadlineSettings,
        mailer: Mailer | None = None,
        poll_seconds: float = 30.0,
    ) -> None:
        super().__init__(rest_seconds=poll_seconds)
        self._database, self._clock = database, clock
        self._base_url, self._settings, self._mailer = base_url, settings, mailer

    def round(self) -> tuple[int, int]:
        """(reminders taken, mails sent) in one round."""
        told = 0
        while (taken := self._take()) and not self._stopping.is_set():
            told += taken
            if taken < reminders.BATCH:
                break
        sent = mailing.send_due(self._database, self._mailer, self._clock) if self._mailer is not None else 0
        if told or sent:
            log.info("staff_reminded", reminders=told, mails=sent)
        return told, sent

    def _take(self) -> int:
        with self._database.write() as session:
            return reminders.take_due(session, now=self._clock(), settings=self._settings, link=self._link)

    def _link(self, case_id: int) -> str:
        return f"{self._base_url}/console/cases/{case_id}"
