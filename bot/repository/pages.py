"""What a page reads of a thread: both directions, in order."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.models import InboxMessage, OutboxMessage
from bot.repository.outbox import buttons_of
from integrations.channel import Button


@dataclass(frozen=True, slots=True)
class ChatFile:
    """A kept file as a page links to it."""

    key: str
    name: str
    content_type: str
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatMessage:
    """One message of a thread. `sender` is bot, staff or citizen; a location has its point.

    `survey`: an answer to the survey, whose words are not kept here.
    """

    n: int
    sender: str
    text: str
    buttons: tuple[Button, ...] = ()
    files: tuple[ChatFile, ...] = ()
    location: tuple[float, float] | None = None
    at: datetime
    removed: bool = field(default=False)
    survey: bool = field(default=False)


def messages_after(session: Session, conversation_id: int, after: int, *, limit: int = 500) -> list[ChatMessage]:
    """Both directions in the order of their numbers, from `after` on (not included)."""
    incoming = session.scalars(
        select(InboxMessage)
        .where(InboxMessage.conversation_id == conversation_id, InboxMessage.n > after)
        .order_by(InboxMessage.n)
        .limit(limit)
    ).all()
    outgoing = session.scalars(
        select(OutboxMessage)
        .where(OutboxMessage.conversation_id == conversation_id, OutboxMessage.n > after)
        .order_by(OutboxMessage.n)
        .limit(limit)
    ).all()
    written = [_citizen_message(session, row) for row in incoming if row.kind not in ("left", "survey_over")]
    # Of a form that is over nothing is shown: its questions and answers left no words behind.
    said = [_our_message(row) for row in outgoing if row.text or row.files or row.survey_id is None]
    merged = sorted([*written, *said], key=lambda message: message.n)
    return merged[:limit]


def _citizen_message(session: Session, row: InboxMessage) -> ChatMessage:
    text = row.text or (_button_title(session, row) if row.payload else "")
    location = (row.lat, row.lon) if row.lat is not None and row.lon is not None else None
    files = _chat_files(row.files)
    said = text or location or files or row.payload
    removed = not said and row.kind in ("text", "payload", "location", "attachment")
    return ChatMessage(
        n=row.n,
        sender="citizen",
        text=text,
        files=files,
        location=location,
        at=row.received_at,
        removed=removed,
        survey=row.kind == "survey",
    )


def _our_message(row: OutboxMessage) -> ChatMessage:
    return ChatMessage(
        n=row.n,
        sender=row.sender,
        text=row.text,
        buttons=tuple(buttons_of(row.buttons)),
        files=_chat_files(row.files),
        at=row.created_at,
        removed=not (row.text or row.files),
    )


def _chat_files(stored: list[Any] | None) -> tuple[ChatFile, ...]:
    kept = [item for item in stored or [] if "key" in item]
    return tuple(ChatFile(item["key"], item["name"], item["content_type"], item["size"]) for item in kept)


def _button_title(session: Session, row: InboxMessage) -> str:
    """A press is shown with the words of the button that was pressed, if it is among the last ones shown."""
    shown = session.scalars(
        select(OutboxMessage.buttons)
        .where(OutboxMessage.conversation_id == row.conversation_id, OutboxMessage.n < row.n)
        .order_by(OutboxMessage.n.desc())
        .limit(10)
    )
    titles = (button.title for buttons in shown for button in buttons_of(buttons) if button.payload == row.payload)
    return next(titles, "")
