"""The clock of the surveys: invitations and reminders that fall due, forms that lapse, responses to be released.

A due row is taken by a conditional UPDATE, under the same lock of the conversation as messages.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol

import structlog
from sqlalchemy.orm import Session

from bot import repository
from bot.due_clock import DueClock
from bot.repository import Reply
from bot.survey_talk import SurveyWords
from bot.wake import Wakes
from feedback.base import Clock
from feedback.database import Database
from integrations.channel import Button

_LOG = structlog.get_logger(__name__)


class DueSurveys(Protocol):
    """The surveys as their clock sees them (surveys.due)."""

    def due(self, session: Session, *, now: datetime) -> Sequence[int]:
        """Ids of invitations to which something happens by now."""
        ...

    def citizen_of(self, session: Session, invitation_id: int) -> int | None: ...

    def take(
        self, session: Session, invitation_id: int, *, link: Callable[[str], str], now: datetime
    ) -> tuple[SurveyWords | None, bool] | None:
        """(what to say, whether the form is over); None when another worker was first."""
        ...

    def release(self, session: Session, *, now: datetime) -> int:
        """Release what may be counted; how many responses. Called again and again."""
        ...


class SurveyClock(DueClock[list[int]]):
    """Looks every `poll_seconds`. `link(token)` makes a one-time link."""

    failure = "survey_clock_failed"

    def __init__(
        self,
        database: Database,
        clock: Clock,
        surveys: DueSurveys,
        *,
        link: Callable[[str], str],
        wakes: Wakes | None = None,
        poll_seconds: float = 20.0,
    ) -> None:
        super().__init__(rest_seconds=poll_seconds)
        self._database, self._clock, self._surveys, self._link = database, clock, surveys, link
        self._wakes = wakes or Wakes()

    def round(self) -> list[int]:
        """Do all that is due; the conversations that were written to."""
        with self._database.read() as session:
            due = self._surveys.due(session, now=self._clock())
        told = [self._one(invitation_id) for invitation_id in due]
        with self._database.write() as session:
            released = self._surveys.release(session, now=self._clock())
        if released:
            _LOG.info("responses_released", responses=released)
        return [conversation_id for conversation_id in told if conversation_id is not None]

    def _after(self, done: list[int]) -> None:
        for conversation_id in done:
            self._wakes.app(conversation_id)
        if done:
            self._wakes.sender()

    def _one(self, invitation_id: int) -> int | None:
        """One due row in its own transaction. One whose conversation a worker holds stays due."""
        now = self._clock()
        with self._database.write() as session:
            citizen_id = self._surveys.citizen_of(session, invitation_id)
            conversation = repository.latest_conversation_of(session, citizen_id) if citizen_id is not None else None
            held = conversation is not None and conversation.claimed_until is not None
            if held and conversation is not None and conversation.claimed_until >= now:  # type: ignore[operator]
                return None
            taken = self._surveys.take(session, invitation_id, link=self._link, now=now)
            if taken is None:
                return None
            words, over = taken
            if over:
                repository.blank_survey(session, invitation_id)
            if words is None or conversation is None:
                return None
            buttons = tuple(Button(title, payload) for title, payload in words.buttons)
            reply = Reply(text=words.text, buttons=buttons, survey_id=words.survey_id)
            key = f"survey:{invitation_id}:{now.isoformat()}"
            repository.add_replies(session, conversation, (reply,), effect_key=key, now=now)
            return conversation.id
