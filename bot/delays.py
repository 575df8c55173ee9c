"""Tells a citizen whose message has been waiting for long that it is kept, whatever holds it up."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot import repository
from bot.closing import tell_delay
from bot.models import Conversation
from feedback.base import Clock
from feedback.database import Database


class Delays:
    """For a turn that hangs and for a message that does not get its turn: who may wait in silence for `patience`.

    What came in before this object was made counts from then on: after a restart the answers are on their way.
    """

    def __init__(self, database: Database, clock: Clock, *, patience: timedelta) -> None:
        self._database, self._clock, self._patience = database, clock, patience
        self._started = clock()

    def tell(self) -> list[tuple[int, str]]:
        """(conversation id, channel) of those that were told, each in its own transaction."""
        now = self._clock()
        since = now - self._patience
        if since < self._started:
            return []
        with self._database.read() as session:
            waiting = repository.waiting_since(session, since)
        told = (self._write(conversation_id, since, now) for conversation_id in waiting)
        return [(conversation.id, conversation.channel) for conversation in told if conversation is not None]

    def _write(self, conversation_id: int, since: datetime, now: datetime) -> Conversation | None:
        with self._database.write() as session:
            found = repository.first_waiting(session, conversation_id, since)
            if found is None:
                return None
            conversation, row = found
            tell_delay(session, conversation, row, now=now)
            return conversation
