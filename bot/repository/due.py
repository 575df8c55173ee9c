"""Due rows beside the messages: notices of cases, messages that wait for long, sessions whose words must go."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Select, exists, func, select, update
from sqlalchemy.orm import Session, aliased

from bot.models import Conversation, ForgottenSession, InboxMessage, OutboxMessage
from bot.repository.outbox import changed
from feedback.models import Notice
from feedback.repository import drop_loose_files


def next_notices(session: Session, *, limit: int) -> list[int]:
    """Ids of notices that nobody handled yet, oldest first."""
    return list(session.scalars(select(Notice.id).where(Notice.handled_at.is_(None)).order_by(Notice.id).limit(limit)))


def take_notice(session: Session, notice_id: int, *, now: datetime) -> Notice | None:
    """The notice, marked as handled by this transaction, or None when another one was first."""
    ours = (Notice.id == notice_id, Notice.handled_at.is_(None))
    if not changed(session, update(Notice).where(*ours).values(handled_at=now)):
        return None
    return session.scalars(select(Notice).where(Notice.id == notice_id)).one()


def waiting_since(session: Session, since: datetime, *, limit: int = 100) -> list[int]:
    """Conversations whose first waiting message came in by then, and whose citizen has heard nothing since."""
    late = _late(since).with_only_columns(Conversation.id)
    return list(session.scalars(late.order_by(InboxMessage.received_at).limit(limit)))


def first_waiting(session: Session, conversation_id: int, since: datetime) -> tuple[Conversation, InboxMessage] | None:
    """This conversation, locked, with the message that waits; None when it has been seen to meanwhile."""
    locked = select(Conversation.id).where(Conversation.id == conversation_id).with_for_update()
    session.execute(locked)
    row = session.execute(_late(since).where(Conversation.id == conversation_id)).first()
    return None if row is None else (row.Conversation, row.InboxMessage)


def _late(since: datetime) -> Select[Conversation, InboxMessage]:
    other = aliased(InboxMessage)
    same = other.conversation_id == InboxMessage.conversation_id
    earlier = exists().where(same, other.state == "new", other.n < InboxMessage.n)
    answered = exists().where(same, other.done_at > since)
    return (
        select(Conversation, InboxMessage)
        .join(InboxMessage, InboxMessage.conversation_id == Conversation.id)
        .where(Conversation.ready_at.is_not(None), InboxMessage.state == "new", InboxMessage.received_at <= since)
        .where(InboxMessage.notified_delay.is_(False), ~earlier, ~answered)
    )


def blank_session(session: Session, conversation: Conversation) -> None:
    """Take the words of the conversation's current session out of inbox and outbox; unsent replies stay."""
    rows = (InboxMessage.conversation_id == conversation.id, InboxMessage.session_no == conversation.session_no)
    first = session.scalar(select(func.min(InboxMessage.n)).where(*rows))
    blank_inbox(session, conversation.id, conversation.session_no)
    if first is not None:
        said = (OutboxMessage.conversation_id == conversation.id, OutboxMessage.n > first)
        gone_out = OutboxMessage.state.in_(("sent", "unknown", "failed"))
        nothing: dict[str, Any] = {"text": "", "brief": None, "buttons": [], "files": []}
        changed(session, update(OutboxMessage).where(*said, gone_out).values(**nothing))


def blank_inbox(session: Session, conversation_id: int, session_no: int) -> None:
    """Take the citizen's words of one session out of the inbox, and its files that no case has taken.

    What was not handled yet is not among them.
    """
    rows = (InboxMessage.conversation_id == conversation_id, InboxMessage.session_no == session_no)
    kept = session.scalars(select(InboxMessage.files).where(*rows))
    drop_loose_files(session, [file["key"] for files in kept for file in files or () if "key" in file])
    changed(session, update(InboxMessage).where(*rows).values(text=None, payload=None, lat=None, lon=None, files=[]))


def conversation_of_sender(session: Session, sender: str) -> tuple[Conversation | None, int]:
    """The conversation behind the engine's id of a tracker session ("c12s3"), locked, and the session's number."""
    conversation_id, _, session_no = sender.removeprefix("c").partition("s")
    locked = select(Conversation).where(Conversation.id == int(conversation_id)).with_for_update()
    return session.scalars(locked).first(), int(session_no)


def forget_later(session: Session, sender: str, *, due_at: datetime) -> None:
    """Have the engine delete this tracker session at that time; a later word moves it."""
    session.merge(ForgottenSession(sender=sender, due_at=due_at, only_tracker=False))
    session.flush()


def forget_tracker_later(session: Session, sender: str, *, due_at: datetime) -> None:
    """Have the engine delete what it keeps of an ordinary session; one that goes for secrecy keeps its own time."""
    if session.get(ForgottenSession, sender) is None:
        session.add(ForgottenSession(sender=sender, due_at=due_at, only_tracker=True))


def only_tracker_goes(session: Session, sender: str) -> bool:
    row = session.get(ForgottenSession, sender)
    return row is not None and row.only_tracker


def sessions_to_forget(session: Session, *, now: datetime, limit: int = 20) -> list[str]:
    due = select(ForgottenSession.sender).where(ForgottenSession.due_at <= now)
    return list(session.scalars(due.order_by(ForgottenSession.due_at).limit(limit)))


def close_forgotten(session: Session, sender: str, *, again_at: datetime | None = None) -> None:
    """The engine has deleted the session, or is asked again later."""
    row = session.get(ForgottenSession, sender)
    if row is None:
        return
    if again_at is None:
        session.delete(row)
    else:
        row.due_at = again_at
