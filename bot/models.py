"""The tables of the conversation: who is talking, what came in, what goes out, which actions ran."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column

from feedback.base import Base, waiting


def _of_survey(name: str) -> Index:
    """Finds the few messages of one survey, and costs the others nothing."""
    marked = text("survey_id IS NOT NULL")
    return Index(name, "survey_id", sqlite_where=marked, postgresql_where=marked)


class Conversation(Base):
    """One citizen's thread on one channel. `key` is public on the web: a capability of 128 random bits.

    `session_no` counts tracker sessions (a case done = a fresh one); `claimed_until` is the lock that messages and
    clocks share, `claimed_by` the token of one claim; `ready_at` is when there is work, null when there is none.
    `last_n` numbers the messages in both directions; `awaiting` names what the next words answer.
    """

    __tablename__ = "conversation"
    __table_args__ = (
        UniqueConstraint("channel", "account", "external_id"),
        Index("ix_conversation_ready", "ready_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(40), unique=True)
    channel: Mapped[str] = mapped_column(String(12))
    account: Mapped[str] = mapped_column(String(60))
    external_id: Mapped[str] = mapped_column(String(80))
    citizen_id: Mapped[int] = mapped_column(ForeignKey("citizen.id"), index=True)
    created_at: Mapped[datetime]
    session_no: Mapped[int] = mapped_column(default=1)
    last_n: Mapped[int] = mapped_column(default=0)
    awaiting: Mapped[dict[str, Any]] = mapped_column(default=dict)
    ready_at: Mapped[datetime | None]
    claimed_by: Mapped[str | None] = mapped_column(String(40))
    claimed_until: Mapped[datetime | None]


class InboxMessage(Base):
    """A citizen's message, stored before it is acknowledged. States: new, done, set_aside.

    `attempts` counts the tries begun, outages of the engine not among them; `unsettled` means that an engine turn was
    begun and its outcome is not known; `session_no` is the tracker session in which it was handled. `files` lists
    {key, name, content_type, size} of kept files, or {ref, ...} of files that still lie with the channel. `kind` is the
    event's; `survey` for an answer to a survey, whose words are not kept, `survey_over` once that form is over.
    `survey_id`: the invitation it belongs to.
    """

    __tablename__ = "inbox_message"
    __table_args__ = (
        UniqueConstraint("channel", "account", "event_id"),
        UniqueConstraint("conversation_id", "n"),
        Index("ix_inbox_waiting", "conversation_id", "state", "n"),
        waiting("ix_inbox_left", "state", "id", where="state <> 'done'"),
        _of_survey("ix_inbox_message_survey"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversation.id"))
    n: Mapped[int]
    channel: Mapped[str] = mapped_column(String(12))
    account: Mapped[str] = mapped_column(String(60))
    event_id: Mapped[str] = mapped_column(String(120))
    kind: Mapped[str] = mapped_column(String(12))
    text: Mapped[str | None] = mapped_column(Text)
    payload: Mapped[str | None] = mapped_column(String(256))
    lat: Mapped[float | None]
    lon: Mapped[float | None]
    files: Mapped[list[Any]] = mapped_column(default=list)
    received_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(12), default="new")
    attempts: Mapped[int] = mapped_column(default=0)
    unsettled: Mapped[bool] = mapped_column(default=False)
    session_no: Mapped[int | None]
    survey_id: Mapped[int | None]
    notified_delay: Mapped[bool] = mapped_column(default=False)
    error: Mapped[str | None] = mapped_column(String(80))
    done_at: Mapped[datetime | None]


class OutboxMessage(Base):
    """A message to a citizen. States: pending, sending, sent, unknown, failed. `effect_key` makes it single.

    `sender` is bot or staff. `brief` stands in for `text` on a channel that must not carry the content itself;
    the web page always reads `text`. While `sending`, `due_at` is when the sender's claim runs out. `survey_id`: the
    invitation that the message belongs to; its words go when that form is done.
    """

    __tablename__ = "outbox_message"
    __table_args__ = (
        UniqueConstraint("conversation_id", "n"),
        Index("ix_outbox_due", "state", "due_at"),
        _of_survey("ix_outbox_message_survey"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversation.id"))
    n: Mapped[int]
    effect_key: Mapped[str] = mapped_column(String(80), unique=True)
    sender: Mapped[str] = mapped_column(String(8), default="bot")
    text: Mapped[str] = mapped_column(Text)
    brief: Mapped[str | None] = mapped_column(Text)
    buttons: Mapped[list[Any]] = mapped_column(default=list)
    files: Mapped[list[Any]] = mapped_column(default=list)
    created_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(12), default="pending")
    attempts: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime]
    claimed_by: Mapped[str | None] = mapped_column(String(40))
    provider_message_id: Mapped[str | None] = mapped_column(String(80), index=True)
    error: Mapped[str | None] = mapped_column(String(80))
    survey_id: Mapped[int | None]
    sent_at: Mapped[datetime | None]


class ActionReceipt(Base):
    """Proof that one action ran for one inbox row, or why it did not."""

    __tablename__ = "action_receipt"
    __table_args__ = (Index("ix_action_receipt_inbox", "inbox_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    inbox_id: Mapped[int] = mapped_column(ForeignKey("inbox_message.id"))
    action: Mapped[str] = mapped_column(String(60))
    ok: Mapped[bool]
    error: Mapped[str | None] = mapped_column(String(80))
    at: Mapped[datetime]


class ForgottenSession(Base):
    """A tracker session that the engine must still delete: a denunciation's words stay nowhere but in its case.

    `only_tracker`: an ordinary session that is over; what was said stays in inbox, outbox and case.
    """

    __tablename__ = "forgotten_session"

    sender: Mapped[str] = mapped_column(String(40), primary_key=True)
    due_at: Mapped[datetime] = mapped_column(index=True)
    only_tracker: Mapped[bool] = mapped_column(default=False, server_default=false())
