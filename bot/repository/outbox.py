"""What goes out: written with its cause, claimed for sending, closed once."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import exists, func, select, update
from sqlalchemy.orm import Session, aliased

from bot.models import Conversation, OutboxMessage
from bot.repository.conversations import Address, at
from feedback.models import CaseFile
from integrations.channel import Button


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """A message to the citizen. `brief` is what a channel carries that must not carry `text`; `survey_id` is the form
    that the message belongs to."""

    text: str
    buttons: tuple[Button, ...] = ()
    files: tuple[Mapping[str, Any], ...] = ()
    sender: str = "bot"
    brief: str | None = None
    survey_id: int | None = None


def add_replies(
    session: Session, conversation: Conversation, replies: Sequence[Reply], *, effect_key: str, now: datetime
) -> None:
    """Write replies as outbox rows, keyed `<effect_key>:<i>`. The web page reads them from here: they are `sent`."""
    sent_now = conversation.channel == "webchat"
    for index, reply in enumerate(replies):
        conversation.last_n += 1
        session.add(
            OutboxMessage(
                conversation_id=conversation.id,
                n=conversation.last_n,
                effect_key=f"{effect_key}:{index}",
                sender=reply.sender,
                text=reply.text,
                brief=reply.brief,
                buttons=[{"title": button.title, "payload": button.payload} for button in reply.buttons],
                files=list(reply.files),
                survey_id=reply.survey_id,
                created_at=now,
                state="sent" if sent_now else "pending",
                due_at=now,
                sent_at=now if sent_now else None,
            )
        )


def last_buttons(session: Session, conversation_id: int, *, before: int) -> list[Button]:
    """The buttons under the newest message that the citizen could have seen when writing number `before`."""
    buttons = session.scalars(
        select(OutboxMessage.buttons)
        .where(OutboxMessage.conversation_id == conversation_id, OutboxMessage.n < before)
        .order_by(OutboxMessage.n.desc())
        .limit(1)
    ).first()
    return buttons_of(buttons)


def buttons_of(stored: list[Any] | None) -> list[Button]:
    return [Button(item["title"], item["payload"]) for item in stored or []]


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """An outbox row that is ours to send."""

    id: int
    token: str
    conversation_id: int
    channel: str
    recipient: str
    text: str
    brief: str | None
    buttons: tuple[Button, ...]
    file_keys: tuple[str, ...]
    attempts: int
    created_at: datetime


def claim_parcels(
    session: Session, *, channels: Sequence[str], limit: int, paced_since: datetime, now: datetime, lease: timedelta
) -> list[Parcel]:
    """Move due rows from pending to sending. A row waits for the earlier ones of its conversation, and on Telegram for
    a second since the last send there (`paced_since`)."""
    earlier, recent = aliased(OutboxMessage), aliased(OutboxMessage)
    blocked = exists().where(
        earlier.conversation_id == OutboxMessage.conversation_id,
        earlier.n < OutboxMessage.n,
        earlier.state.in_(("pending", "sending")),
    )
    too_soon = (Conversation.channel == "telegram") & exists().where(
        recent.conversation_id == OutboxMessage.conversation_id, recent.sent_at > paced_since
    )
    due = session.execute(
        select(OutboxMessage, Conversation.channel, Conversation.external_id)
        .join(Conversation, Conversation.id == OutboxMessage.conversation_id)
        .where(OutboxMessage.state == "pending", OutboxMessage.due_at <= now, Conversation.channel.in_(list(channels)))
        .where(~blocked, ~too_soon)
        .order_by(OutboxMessage.due_at, OutboxMessage.id)
        .limit(limit)
        .with_for_update(of=OutboxMessage, skip_locked=True)
    )
    parcels = []
    for row, channel, recipient in due:
        row.state, row.claimed_by, row.due_at = "sending", secrets.token_hex(12), now + lease
        row.attempts += 1
        parcels.append(_parcel(row, channel, recipient))
    return parcels


def _parcel(row: OutboxMessage, channel: str, recipient: str) -> Parcel:
    assert row.claimed_by is not None
    return Parcel(
        id=row.id,
        token=row.claimed_by,
        conversation_id=row.conversation_id,
        channel=channel,
        recipient=recipient,
        text=row.text,
        brief=row.brief,
        buttons=tuple(buttons_of(row.buttons)),
        file_keys=tuple(item["key"] for item in row.files or ()),
        attempts=row.attempts,
        created_at=row.created_at,
    )


def close_parcel(session: Session, parcel: Parcel, values: Mapping[str, Any]) -> bool:
    """Write what became of a send, if nobody did before (an echo, or the end of the lease)."""
    ours = (OutboxMessage.id == parcel.id, OutboxMessage.claimed_by == parcel.token, OutboxMessage.state == "sending")
    return changed(session, update(OutboxMessage).where(*ours).values(claimed_by=None, **values)) == 1


def give_up_sending(session: Session, *, now: datetime) -> int:
    """Rows whose sender died in the middle: nobody knows whether they went out."""
    stale = (OutboxMessage.state == "sending", OutboxMessage.due_at < now)
    return changed(
        session, update(OutboxMessage).where(*stale).values(state="unknown", claimed_by=None, error="sender_died")
    )


def changed(session: Session, statement: Any) -> int:
    result = session.execute(statement.execution_options(synchronize_session=False))
    return int(result.rowcount)  # type: ignore[attr-defined]


def next_send_due(session: Session, channels: Sequence[str]) -> datetime | None:
    """When the next pending row of these channels becomes due."""
    return session.scalar(
        select(func.min(OutboxMessage.due_at))
        .join(Conversation, Conversation.id == OutboxMessage.conversation_id)
        .where(OutboxMessage.state == "pending", Conversation.channel.in_(list(channels)))
    )


def files_by_key(session: Session, keys: Sequence[str]) -> list[CaseFile]:
    """Kept files with their bytes, in the order of the keys."""
    if not keys:
        return []
    found = {file.key: file for file in session.scalars(select(CaseFile).where(CaseFile.key.in_(list(keys))))}
    return [found[key] for key in keys if key in found]


def settle_by_id(session: Session, address: Address, provider_message_id: str, *, now: datetime) -> bool:
    """The provider itself speaks of this message: it went out, whatever we thought. False for an unknown id."""
    owner = select(Conversation.id).where(*at(address)).scalar_subquery()
    known = (OutboxMessage.conversation_id == owner) & (OutboxMessage.provider_message_id == provider_message_id)
    if session.scalar(select(OutboxMessage.id).where(known).limit(1)) is None:
        return False
    unsure = known & OutboxMessage.state.in_(("sending", "unknown"))
    session.execute(update(OutboxMessage).where(unsure).values(state="sent", sent_at=now, error=None))
    return True


def unsure_messages(session: Session, address: Address) -> list[OutboxMessage]:
    """What may or may not have gone out to this citizen, oldest first, locked."""
    return list(
        session.scalars(
            select(OutboxMessage)
            .join(Conversation, Conversation.id == OutboxMessage.conversation_id)
            .where(*at(address), OutboxMessage.state.in_(("sending", "unknown")))
            .order_by(OutboxMessage.n)
            .with_for_update(of=OutboxMessage)
        )
    )
