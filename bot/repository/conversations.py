"""Citizens' threads: found, locked, made."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, false, func, or_, select, update
from sqlalchemy.orm import Session

from bot.models import Conversation, InboxMessage
from feedback.base import new_capability
from feedback.models import Citizen


@dataclass(frozen=True, slots=True)
class Address:
    """Where a citizen's thread is: unique for ever."""

    channel: str
    account: str
    external_id: str


def conversation_by_key(session: Session, key: str) -> Conversation | None:
    return session.scalars(select(Conversation).where(Conversation.key == key)).first()


def among(channel: Any, account: Any, last: Any, keys: Iterable[tuple[str, str, str]]) -> ColumnElement[bool]:
    """The rows with one of these keys. A list of whole keys (`(a, b, c) IN ...`) makes SQLite read the entire index."""
    groups: dict[tuple[str, str], set[str]] = {}
    for first, second, third in keys:
        groups.setdefault((first, second), set()).add(third)
    return or_(false(), *(and_(channel == c, account == a, last.in_(sorted(ids))) for (c, a), ids in groups.items()))


@dataclass(slots=True)
class Counters:
    """What intake reads and writes of a conversation. Plain rows: the Session's bookkeeping costs more than the SQL."""

    id: int
    citizen_id: int
    last_n: int
    ready_at: datetime | None


def locked_counters(session: Session, addresses: Iterable[Address]) -> dict[Address, Counters]:
    """Of the conversations there are, locked in the order of their ids until the transaction ends."""
    table = Conversation.__table__.c
    wanted = [(item.channel, item.account, item.external_id) for item in addresses]
    rows = session.connection().execute(
        select(
            table.channel, table.account, table.external_id, table.id, table.citizen_id, table.last_n, table.ready_at
        )
        .where(among(table.channel, table.account, table.external_id, wanted))
        .order_by(table.id)
        .with_for_update()
    )
    return {Address(row[0], row[1], row[2]): Counters(*row[3:]) for row in rows}


def save_counters(session: Session, counters: Iterable[Counters]) -> None:
    """Write `last_n` and `ready_at` back."""
    values = [{"row_id": each.id, "new_n": each.last_n, "new_ready": each.ready_at} for each in counters]
    if values:
        table: Any = Conversation.__table__
        changed = update(table).where(table.c.id == bindparam("row_id"))
        new: dict[str, Any] = {"last_n": bindparam("new_n"), "ready_at": bindparam("new_ready")}
        session.connection().execute(changed.values(new), values)


def add_conversation(session: Session, address: Address, *, key: str | None = None, now: datetime) -> Conversation:
    """A new thread with a new citizen."""
    citizen = Citizen(created_at=now)
    session.add(citizen)
    session.flush()
    conversation = Conversation(
        key=key or new_capability(),
        channel=address.channel,
        account=address.account,
        external_id=address.external_id,
        citizen_id=citizen.id,
        created_at=now,
    )
    session.add(conversation)
    session.flush()
    return conversation


def latest_conversation_of(session: Session, citizen_id: int) -> Conversation | None:
    """The citizen's conversation that was written in last, locked."""
    last_word = (
        select(func.max(InboxMessage.id)).where(InboxMessage.conversation_id == Conversation.id).scalar_subquery()
    )
    return session.scalars(
        select(Conversation)
        .where(Conversation.citizen_id == citizen_id)
        .order_by(func.coalesce(last_word, 0).desc(), Conversation.id.desc())
        .limit(1)
        .with_for_update(of=Conversation)
    ).first()


def at(address: Address) -> tuple[Any, ...]:
    return (
        Conversation.channel == address.channel,
        Conversation.account == address.account,
        Conversation.external_id == address.external_id,
    )
