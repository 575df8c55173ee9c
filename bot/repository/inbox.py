"""What came in, and the receipts of the actions that ran for it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from bot.models import ActionReceipt, InboxMessage
from bot.repository.conversations import among

EventKey = tuple[str, str, str]


def known_events(session: Session, keys: Iterable[EventKey]) -> dict[EventKey, tuple[int, int, int]]:
    """(conversation id, inbox id, n) of those events that are stored already."""
    table = InboxMessage.__table__.c
    rows = session.connection().execute(
        select(table.channel, table.account, table.event_id, table.conversation_id, table.id, table.n).where(
            among(table.channel, table.account, table.event_id, keys)
        )
    )
    return {(channel, account, event_id): (conv, inbox, n) for channel, account, event_id, conv, inbox, n in rows}


def add_messages(session: Session, rows: Sequence[Mapping[str, Any]]) -> dict[EventKey, int]:
    """Insert inbox rows at once; their ids by event key. IntegrityError when one of them is there already."""
    if not rows:
        return {}
    table: Any = InboxMessage.__table__
    statement = insert(table).returning(table.c.channel, table.c.account, table.c.event_id, table.c.id)
    inserted = session.connection().execute(statement, list(rows))
    return {(channel, account, event_id): inbox_id for channel, account, event_id, inbox_id in inserted}


def inbox_row(session: Session, inbox_id: int) -> InboxMessage:
    return session.scalars(select(InboxMessage).where(InboxMessage.id == inbox_id)).one()


def blank_answer(session: Session, inbox_id: int) -> None:
    """A survey's answer: that the citizen said something stays, what they said goes."""
    row = inbox_row(session, inbox_id)
    row.kind, row.text, row.payload = "survey", None, None


def set_aside_messages(session: Session, *, limit: int = 100) -> list[InboxMessage]:
    """What the bot gave up on, for a person to look at, newest first."""
    return list(
        session.scalars(
            select(InboxMessage).where(InboxMessage.state == "set_aside").order_by(InboxMessage.id.desc()).limit(limit)
        )
    )


def close_set_aside(session: Session, inbox_id: int) -> None:
    """A person has looked at it."""
    mine = (InboxMessage.id == inbox_id, InboxMessage.state == "set_aside")
    session.execute(update(InboxMessage).where(*mine).values(state="done"))


def add_receipt(
    session: Session, inbox_id: int, *, action: str, ok: bool, error: str | None = None, now: datetime
) -> None:
    """Written by the action route: in the action's own transaction when it succeeded, in one of its own when not."""
    session.add(ActionReceipt(inbox_id=inbox_id, action=action[:60], ok=ok, error=error and error[:80], at=now))


def receipts(session: Session, inbox_id: int) -> list[ActionReceipt]:
    mine = select(ActionReceipt).where(ActionReceipt.inbox_id == inbox_id)
    return list(session.scalars(mine.order_by(ActionReceipt.id)))


def drop_failed_receipts(session: Session, inbox_id: int) -> None:
    """Before a turn is repeated: what failed then says nothing about now."""
    session.execute(delete(ActionReceipt).where(ActionReceipt.inbox_id == inbox_id, ActionReceipt.ok.is_(False)))
