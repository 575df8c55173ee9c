"""The claim on a conversation, which messages and clocks share.

A conversation is worked on by whoever last set `claimed_by` to a token of their own while no other claim was
alive. Every transaction of the holder begins with `hold`, which locks the row and checks the token, so that intake
(which updates the same row) is either seen by it or comes after it: no wake-up is lost on either database.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from bot.models import Conversation, InboxMessage


class LeaseLost(Exception):
    """The conversation is no longer ours: whoever holds it now decides, and this transaction must not commit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """One inbox row as its turn begins: `attempts` counts this try, `unsettled` is what earlier tries left."""

    id: int
    n: int
    kind: str
    text: str | None
    payload: str | None
    lat: float | None
    lon: float | None
    files: tuple[Mapping[str, Any], ...]
    received_at: datetime
    attempts: int
    unsettled: bool
    notified_delay: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A conversation that is ours until the lease ends, and the message whose turn it is."""

    token: str
    conversation_id: int
    citizen_id: int
    channel: str
    session_no: int
    awaiting: Mapping[str, Any]
    message: Incoming

    @property
    def sender(self) -> str:
        """The engine's id of this tracker session."""
        return f"c{self.conversation_id}s{self.session_no}"


def claim_conversations(session: Session, *, limit: int, now: datetime, lease: timedelta) -> list[Claim]:
    """Take up to `limit` conversations that have work and no living claim, each with its first new message.

    One that turns out to have no message is let go at once.
    """
    free = or_(Conversation.claimed_until.is_(None), Conversation.claimed_until < now)
    ready = session.scalars(
        select(Conversation)
        .where(Conversation.ready_at <= now, free)
        .order_by(Conversation.ready_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
    claims = []
    for conversation in ready:
        conversation.claimed_by = secrets.token_hex(12)
        conversation.claimed_until = now + lease
        claim = begin_next(session, conversation)
        if claim is None:
            release(conversation, ready_at=None)
        else:
            claims.append(claim)
    return claims


def hold(session: Session, claim: Claim) -> Conversation:
    """The claimed conversation, locked until the transaction ends; LeaseLost when somebody else has it."""
    conversation = session.scalars(
        select(Conversation).where(Conversation.id == claim.conversation_id).with_for_update()
    ).one()
    if conversation.claimed_by != claim.token:
        raise LeaseLost
    return conversation


def begin_next(session: Session, conversation: Conversation) -> Claim | None:
    """Begin a try of the conversation's first new message. The caller holds the conversation."""
    row = session.scalars(
        select(InboxMessage)
        .where(InboxMessage.conversation_id == conversation.id, InboxMessage.state == "new")
        .order_by(InboxMessage.n)
        .limit(1)
    ).first()
    if row is None:
        return None
    assert conversation.claimed_by is not None
    message = _incoming(row)
    row.attempts, row.unsettled, row.session_no = message.attempts, True, conversation.session_no
    return Claim(
        token=conversation.claimed_by,
        conversation_id=conversation.id,
        citizen_id=conversation.citizen_id,
        channel=conversation.channel,
        session_no=conversation.session_no,
        awaiting=dict(conversation.awaiting or {}),
        message=message,
    )


def _incoming(row: InboxMessage) -> Incoming:
    return Incoming(
        id=row.id,
        n=row.n,
        kind=row.kind,
        text=row.text,
        payload=row.payload,
        lat=row.lat,
        lon=row.lon,
        files=tuple(row.files or ()),
        received_at=row.received_at,
        attempts=row.attempts + 1,
        unsettled=row.unsettled,
        notified_delay=row.notified_delay,
    )


def release(conversation: Conversation, *, ready_at: datetime | None) -> None:
    """Let go of a held conversation; `ready_at` is when it wants attention again."""
    conversation.claimed_by = None
    conversation.claimed_until = None
    conversation.ready_at = ready_at


def renew(session: Session, tokens: Iterable[str], *, until: datetime) -> None:
    """Lengthen the claims that are still alive."""
    session.execute(
        update(Conversation)
        .where(Conversation.claimed_by.in_(list(tokens)))
        .values(claimed_until=until)
        .execution_options(synchronize_session=False)
    )
