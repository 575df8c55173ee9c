"""The worker's clocks, beside the messages: notices of cases, sessions to be forgotten, long silences."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog
from sqlalchemy.orm import Session

from bot import closing, repository
from bot.delays import Delays
from bot.engine import DialogueEngine, EngineError, EngineUnavailable
from bot.notices import Notices
from bot.threads import DatabaseThreads
from bot.wake import Wakes
from feedback.base import Clock

_LOG = structlog.get_logger(__name__)


class Clocks:
    """Every clock is a due row, taken under the lock of its conversation; what cannot be done now stays due.

    `pause` is for a conversation that is busy for a moment, `long_pause` for an engine that is away.
    """

    def __init__(
        self,
        threads: DatabaseThreads,
        engine: DialogueEngine,
        *,
        clock: Clock,
        notices: Notices,
        delays: Delays,
        wakes: Wakes,
        pause: timedelta,
        long_pause: timedelta,
    ) -> None:
        self._threads, self._engine, self._clock = threads, engine, clock
        self._notices, self._delays, self._wakes = notices, delays, wakes
        self._pause, self._long_pause = pause, long_pause

    async def round(self) -> bool:
        """Do what is due now; True when something was done."""
        told = await self._threads.run(self._notices.deliver)
        self._tell(told)
        return await self._forget_sessions() or bool(told)

    async def tell_delays(self) -> None:
        """Nobody waits in silence while a turn hangs."""
        self._tell(await self._threads.run(self._delays.tell))

    async def _forget_sessions(self) -> bool:
        due = await self._threads.read(lambda session: repository.sessions_to_forget(session, now=self._clock()))
        done = [await self._forget(sender) for sender in due]
        return any(done)

    async def _forget(self, sender: str) -> bool:
        """Take the session's words out of our tables where that is due, then have the engine delete its tracker."""
        again_at: datetime | None = None
        told = await self._threads.write(functools.partial(self._lapse, sender))
        self._tell(told or ())
        try:
            if told is None:
                raise EngineUnavailable("conversation_busy")
            await self._engine.forget(sender)
        except EngineError as error:
            _LOG.warning("forgetting_postponed", sender=sender, reason=error.reason)
            again_at = self._clock() + (self._pause if told is None else self._long_pause)
        await self._threads.write(functools.partial(repository.close_forgotten, sender=sender, again_at=again_at))
        return again_at is None

    def _lapse(self, sender: str, session: Session) -> tuple[tuple[int, str], ...] | None:
        return closing.lapse(sender, session=session, now=self._clock())

    def _tell(self, told: Sequence[tuple[int, str]]) -> None:
        for conversation_id, channel in told:
            self._wakes.tell(conversation_id, channel)
