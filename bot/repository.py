"""All SQL of the conversation: intake, the claim that messages and clocks share, outbox, receipts, what a page reads.

The claim: a conversation is worked on by whoever last set `claimed_by` to a token of their own while no other claim was
alive. Every transaction of the holder begins with `hold`, which locks the row and checks the token, so that intake
(which updates the same row) is either seen by it or comes after it: no wake-up is lost on either database.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, exists, false, func, insert, or_, select, update
from sqlalchemy.orm import Session, aliased

from bot.models import ActionReceipt, Conversation, ForgottenSession, InboxMessage, OutboxMessage
from feedback.base import new_capability
from feedback.models import CaseFile, Citizen, Notice
from integrations.channel import Button


class LeaseLost(Exception):
    """The conversation is no longer ours: whoever holds it now decides, and this transaction must not commit."""


# ---------------------------------------------------------------- conversations


@dataclass(frozen=True, slots=True)
class Address:
    """Where a citizen's thread is: unique for ever."""

    channel: str
    account: str
    external_id: str


def conversation_by_key(session: Session, key: str) -> Conversation | None:
    return session.scalars(select(Conversation).where(Conversation.key == key)).first()


def _among(channel: Any, account: Any, last: Any, keys: Iterable[tuple[str, str, str]]) -> ColumnElement[bool]:
    """The rows with one of these keys. A list of whole keys (`(a, b, c) IN ...`) makes SQLite read the entire index."""
    groups: dict[tuple[str, str], set[str]] = {}
    for first, second, third in keys:
        groups.setdefault((first, second), set()).add(third)
    return or_(false(), *(and_(channel == c, account == a, last.in_(sorted(ids))) for (c, a), ids in groups.items()))


def locked_conversations(session: Session, addresses: Iterable[Address]) -> dict[Address, Conversation]:
    """The conversations there are, locked in the order of their ids until the transaction ends."""
    wanted = [(item.channel, item.account, item.external_id) for item in addresses]
    ours = _among(Conversation.channel, Conversation.account, Conversation.external_id, wanted)
    found = session.scalars(select(Conversation).where(ours).order_by(Conversation.id).with_for_update())
    return {Address(row.channel, row.account, row.external_id): row for row in found}


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


# ---------------------------------------------------------------- intake


EventKey = tuple[str, str, str]


def known_events(session: Session, keys: Iterable[EventKey]) -> dict[EventKey, tuple[int, int, int]]:
    """(conversation id, inbox id, n) of those events that are stored already."""
    ours = _among(InboxMessage.channel, InboxMessage.account, InboxMessage.event_id, keys)
    rows = session.execute(
        select(
            InboxMessage.channel,
            InboxMessage.account,
            InboxMessage.event_id,
            InboxMessage.conversation_id,
            InboxMessage.id,
            InboxMessage.n,
        ).where(ours)
    )
    return {(channel, account, event_id): (conv, inbox, n) for channel, account, event_id, conv, inbox, n in rows}


def add_messages(session: Session, rows: Sequence[Mapping[str, Any]]) -> dict[EventKey, int]:
    """Insert inbox rows at once; their ids by event key. IntegrityError when one of them is there already."""
    if not rows:
        return {}
    statement = insert(InboxMessage).returning(
        InboxMessage.channel, InboxMessage.account, InboxMessage.event_id, InboxMessage.id
    )
    inserted = session.execute(statement, list(rows))
    return {(channel, account, event_id): inbox_id for channel, account, event_id, inbox_id in inserted}


def settle_by_id(session: Session, address: Address, provider_message_id: str, *, now: datetime) -> bool:
    """The provider itself speaks of this message: it went out, whatever we thought. False for an unknown id."""
    owner = select(Conversation.id).where(*_at(address)).scalar_subquery()
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
            .where(*_at(address), OutboxMessage.state.in_(("sending", "unknown")))
            .order_by(OutboxMessage.n)
            .with_for_update(of=OutboxMessage)
        )
    )


def _at(address: Address) -> tuple[Any, ...]:
    return (
        Conversation.channel == address.channel,
        Conversation.account == address.account,
        Conversation.external_id == address.external_id,
    )


# ---------------------------------------------------------------- the claim


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


def inbox_row(session: Session, inbox_id: int) -> InboxMessage:
    return session.scalars(select(InboxMessage).where(InboxMessage.id == inbox_id)).one()


def set_aside_messages(session: Session, *, limit: int = 100) -> list[InboxMessage]:
    """What the bot gave up on, for a person to look at, newest first."""
    return list(
        session.scalars(
            select(InboxMessage).where(InboxMessage.state == "set_aside").order_by(InboxMessage.id.desc()).limit(limit)
        )
    )


# ---------------------------------------------------------------- receipts


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


# ---------------------------------------------------------------- outbox


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """A message to the citizen. `brief` is what a channel carries that must not carry `text`."""

    text: str
    buttons: tuple[Button, ...] = ()
    files: tuple[Mapping[str, Any], ...] = ()
    sender: str = "bot"
    brief: str | None = None


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
    return _buttons(buttons)


def _buttons(stored: list[Any] | None) -> list[Button]:
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
        buttons=tuple(_buttons(row.buttons)),
        file_keys=tuple(item["key"] for item in row.files or ()),
        attempts=row.attempts,
        created_at=row.created_at,
    )


def close_parcel(session: Session, parcel: Parcel, values: Mapping[str, Any]) -> bool:
    """Write what became of a send, if nobody did before (an echo, or the end of the lease)."""
    ours = (OutboxMessage.id == parcel.id, OutboxMessage.claimed_by == parcel.token, OutboxMessage.state == "sending")
    return _changed(session, update(OutboxMessage).where(*ours).values(claimed_by=None, **values)) == 1


def give_up_sending(session: Session, *, now: datetime) -> int:
    """Rows whose sender died in the middle: nobody knows whether they went out."""
    stale = (OutboxMessage.state == "sending", OutboxMessage.due_at < now)
    return _changed(
        session, update(OutboxMessage).where(*stale).values(state="unknown", claimed_by=None, error="sender_died")
    )


def _changed(session: Session, statement: Any) -> int:
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


# ---------------------------------------------------------------- notices and forgetting


def next_notices(session: Session, *, limit: int) -> list[int]:
    """Ids of notices that nobody handled yet, oldest first."""
    return list(session.scalars(select(Notice.id).where(Notice.handled_at.is_(None)).order_by(Notice.id).limit(limit)))


def take_notice(session: Session, notice_id: int, *, now: datetime) -> Notice | None:
    """The notice, marked as handled by this transaction, or None when another one was first."""
    ours = (Notice.id == notice_id, Notice.handled_at.is_(None))
    if not _changed(session, update(Notice).where(*ours).values(handled_at=now)):
        return None
    return session.scalars(select(Notice).where(Notice.id == notice_id)).one()


def blank_session(session: Session, conversation: Conversation) -> None:
    """Take the words of the conversation's current session out of inbox and outbox; unsent replies stay."""
    rows = (InboxMessage.conversation_id == conversation.id, InboxMessage.session_no == conversation.session_no)
    first = session.scalar(select(func.min(InboxMessage.n)).where(*rows))
    _changed(session, update(InboxMessage).where(*rows).values(text=None, payload=None, lat=None, lon=None, files=[]))
    if first is not None:
        said = (OutboxMessage.conversation_id == conversation.id, OutboxMessage.n > first)
        gone_out = OutboxMessage.state.in_(("sent", "unknown", "failed"))
        nothing: dict[str, Any] = {"text": "", "brief": None, "buttons": [], "files": []}
        _changed(session, update(OutboxMessage).where(*said, gone_out).values(**nothing))


def forget_later(session: Session, sender: str, *, now: datetime) -> None:
    session.merge(ForgottenSession(sender=sender, due_at=now))


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


# ---------------------------------------------------------------- what a page reads


@dataclass(frozen=True, slots=True)
class ChatFile:
    """A kept file as a page links to it."""

    key: str
    name: str
    content_type: str
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatMessage:
    """One message of a thread. `sender` is bot, staff or citizen; a location has its point."""

    n: int
    sender: str
    text: str
    buttons: tuple[Button, ...] = ()
    files: tuple[ChatFile, ...] = ()
    location: tuple[float, float] | None = None
    at: datetime
    removed: bool = field(default=False)


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
    written = [_citizen_message(session, row) for row in incoming if row.kind != "left"]
    merged = sorted([*written, *map(_our_message, outgoing)], key=lambda message: message.n)
    return merged[:limit]


def _citizen_message(session: Session, row: InboxMessage) -> ChatMessage:
    text = row.text or (_button_title(session, row) if row.payload else "")
    location = (row.lat, row.lon) if row.lat is not None and row.lon is not None else None
    files = _chat_files(row.files)
    said = text or location or files or row.payload
    removed = not said and row.kind in ("text", "payload", "location", "attachment")
    return ChatMessage(
        n=row.n, sender="citizen", text=text, files=files, location=location, at=row.received_at, removed=removed
    )


def _our_message(row: OutboxMessage) -> ChatMessage:
    return ChatMessage(
        n=row.n,
        sender=row.sender,
        text=row.text,
        buttons=tuple(_buttons(row.buttons)),
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
    titles = (button.title for buttons in shown for button in _buttons(buttons) if button.payload == row.payload)
    return next(titles, "")
