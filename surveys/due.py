"""What the clock does to the surveys: messages that are due, forms that lapse, batches that are released."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from surveys import batches, filling, repository
from surveys.chat import SurveyMessage
from surveys.models import SurveyInvitation
from surveys.rounds.inviting import next_message


class Due:
    """`least`: responses that are released together at least, as many as suppression asks for."""

    def __init__(self, *, least: int) -> None:
        self._least = least

    def due(self, session: Session, *, now: datetime) -> Sequence[int]:
        return repository.due_invitations(session, now=now)

    def citizen_of(self, session: Session, invitation_id: int) -> int | None:
        invitation = session.get(SurveyInvitation, invitation_id)
        return invitation.citizen_id if invitation else None

    def take(
        self, session: Session, invitation_id: int, *, link: Callable[[str], str], now: datetime
    ) -> tuple[SurveyMessage | None, bool] | None:
        """(the message, whether the form is over); None when another worker took the row before."""
        invitation = repository.take_due(session, invitation_id, now=now)
        if invitation is None:
            return None
        message = next_message(session, invitation, link=link, now=now)
        return message, invitation.state in filling.OVER

    def release(self, session: Session, *, now: datetime) -> int:
        return batches.release(session, least=self._least, now=now)
