"""The few questions that only the web asks of the tables of the conversation."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.models import Conversation, InboxMessage, OutboxMessage
from feedback.models import CaseFile


def conversation_id_of(session: Session, key: str) -> int | None:
    """The web conversation that this capability opens."""
    return session.scalar(select(Conversation.id).where(Conversation.key == key, Conversation.channel == "webchat"))


def last_numbers(session: Session, conversation_ids: Sequence[int]) -> dict[int, int]:
    """The number of the newest message of each conversation."""
    rows = session.execute(select(Conversation.id, Conversation.last_n).where(Conversation.id.in_(conversation_ids)))
    return dict(rows.all())


def shown_file(session: Session, conversation_id: int, key: str) -> CaseFile | None:
    """A kept file that one of the conversation's messages shows; no other conversation can reach it."""
    for table in (InboxMessage, OutboxMessage):
        lists = session.scalars(select(table.files).where(table.conversation_id == conversation_id))
        if any(file.get("key") == key for files in lists for file in files or ()):
            return session.scalars(select(CaseFile).where(CaseFile.key == key)).first()
    return None


def queue_counts(session: Session) -> dict[tuple[str, str], int]:
    """(inbox or outbox, state) -> rows that are not finished."""
    counts: dict[tuple[str, str], int] = {}
    waiting = InboxMessage.state.in_(("new", "set_aside"))
    for state, number in session.execute(
        select(InboxMessage.state, func.count()).where(waiting).group_by(InboxMessage.state)
    ):
        counts["inbox", state] = number
    unfinished = OutboxMessage.state.in_(("pending", "sending", "unknown", "failed"))
    for state, number in session.execute(
        select(OutboxMessage.state, func.count()).where(unfinished).group_by(OutboxMessage.state)
    ):
        counts["outbox", state] = number
    return counts


def citizen_of_thread(session: Session, key: str) -> int | None:
    """Whose thread on Zalo or Telegram this key belongs to; web threads have a page of their own."""
    return session.scalar(
        select(Conversation.citizen_id).where(Conversation.key == key, Conversation.channel != "webchat")
    )
