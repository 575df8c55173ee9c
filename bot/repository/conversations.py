"""Citizens' threads: found, locked, made."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, func, select, update
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


def grouped(keys: Iterable[tuple[str, str, str]]) -> list[tuple[tuple[str, str], list[str]]]:
    """Keys by their first two parts, in order. A list of whole keys (`(a, b, c) IN ...`) makes SQLite read the entire
    index, and a condition built anew for each batch costs more than the query."""
    groups: dict[tuple[str, str], set[str]] = {}
    for first, second, third in keys:
        groups.setdefault((first, second), set()).add(third)
    return [(group, sorted(thirds)) for group, thirds in sorted(groups.items())]


@dataclass(slots=True)
class Counters:
    """What intake reads and writes of a conversation. Plain rows: the Session's bookkeeping costs more than the SQL."""

    id: int
    citizen_id: int
    last_n: int
    ready_at: datetime | None


_THREAD: Any = Conversation.__table__
_COUNTERS = (
    select(_THREAD.c.external_id, _THREAD.c.id, _THREAD.c.citizen_id, _THREAD.c.last_n, _THREAD.c.ready_at)
    .where(
        _THREAD.c.channel == bindparam("of_channel"),
        _THREAD.c.account == bindparam("of_account"),
        _THREAD.c.external_id.in_(bindparam("of_ids", expanding=True)),
    )
    .order_by(_THREAD.c.id)
    .with_for_update()
)
_SAVE_COUNTERS = (
    update(_THREAD)
    .where(_THREAD.c.id == bindparam("of_id"))
    .values(last_n=bindparam("new_n"), ready_at=bindparam("new_ready"))
)


def locked_counters(session: Session, addresses: Iterable[Address]) -> dict[Address, Counters]:
    """Of the conversations there are, locked in the order of their ids (within a channel's account) to the end."""
    connection = session.connection()
    found = {}
    for (channel, account), ids in grouped((each.channel, each.account, each.external_id) for each in addresses):
        values = {"of_channel": channel, "of_account": account, "of_ids": ids}
        for external_id, *counters in connection.execute(_COUNTERS, values):
            found[Address(channel, account, external_id)] = Counters(*counters)
    return found


def save_counters(session: Session, counters: Iterable[Counters]) -> None:
    """Write `last_n` and `ready_at` back."""
    values = [{"of_id": each.id, "new_n": each.last_n, "new_ready": each.ready_at} for each in counters]
    if values:
        session.connection().execute(_SAVE_COUNTERS, values)


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
