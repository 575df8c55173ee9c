"""What came in, and the receipts of the actions that ran for it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, insert, select, update
from sqlalchemy.orm import Session

from bot.models import ActionReceipt, InboxMessage, OutboxMessage
from bot.repository.conversations import grouped
from bot.repository.outbox import changed
from feedback.repository import drop_loose_files

EventKey = tuple[str, str, str]


_INBOX: Any = InboxMessage.__table__
_KNOWN = select(_INBOX.c.event_id, _INBOX.c.conversation_id, _INBOX.c.n).where(
    _INBOX.c.channel == bindparam("of_channel"),
    _INBOX.c.account == bindparam("of_account"),
    _INBOX.c.event_id.in_(bindparam("of_ids", expanding=True)),
)
_ADD = insert(_INBOX)


def known_events(session: Session, keys: Iterable[EventKey]) -> dict[EventKey, tuple[int, int]]:
    """(conversation id, n) of those events that are stored already."""
    connection = session.connection()
    found = {}
    for (channel, account), ids in grouped(keys):
        values = {"of_channel": channel, "of_account": account, "of_ids": ids}
        for event_id, conversation_id, n in connection.execute(_KNOWN, values):
            found[channel, account, event_id] = (conversation_id, n)
    return found


def add_messages(session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert inbox rows at once. IntegrityError when one of the events is there already."""
    if rows:
        session.connection().execute(_ADD, list(rows))


def inbox_row(session: Session, inbox_id: int) -> InboxMessage:
    return session.scalars(select(InboxMessage).where(InboxMessage.id == inbox_id)).one()


def blank_answer(session: Session, inbox_id: int, *, survey_id: int | None = None) -> None:
    """A survey's answer: that the citizen said something stays, what they said goes."""
    row = inbox_row(session, inbox_id)
    row.kind, row.text, row.payload, row.survey_id = "survey", None, None, survey_id
    session.flush()


def blank_survey(session: Session, survey_id: int) -> None:
    """A form is over: the words of its messages go both ways, with the receipts; what was not sent yet never will be.

    Its questions would tell whom the skip rules let pass, and its invitation holds the one-time link.
    """
    mine = InboxMessage.survey_id == survey_id
    receipts_of_it = ActionReceipt.inbox_id.in_(select(InboxMessage.id).where(mine))
    statements: tuple[Any, ...] = (
        delete(ActionReceipt).where(receipts_of_it),
        update(InboxMessage).where(mine).values(kind="survey_over", text=None, payload=None),
        update(OutboxMessage)
        .where(OutboxMessage.survey_id == survey_id, OutboxMessage.state == "pending")
        .values(state="failed", error="survey_over"),
        update(OutboxMessage)
        .where(OutboxMessage.survey_id == survey_id)
        .values(text="", brief=None, buttons=[], files=[]),
    )
    for statement in statements:
        session.execute(statement.execution_options(synchronize_session=False))


def blank_message(session: Session, inbox_id: int) -> None:
    """Take a message's words, point and files away; that something came in stays."""
    row = inbox_row(session, inbox_id)
    drop_loose_files(session, [file["key"] for file in row.files or () if "key" in file])
    row.text, row.payload, row.lat, row.lon, row.files = None, None, None, None, []
    session.flush()


def set_aside_messages(session: Session, *, limit: int = 100) -> list[InboxMessage]:
    """What the bot gave up on, for a person to look at, newest first."""
    return list(
        session.scalars(
            select(InboxMessage).where(InboxMessage.state == "set_aside").order_by(InboxMessage.id.desc()).limit(limit)
        )
    )


def set_aside_text(session: Session, inbox_id: int) -> str | None:
    """The words of one message that was set aside; None where there is none (any more)."""
    mine = (InboxMessage.id == inbox_id, InboxMessage.state == "set_aside")
    return session.scalars(select(InboxMessage.text).where(*mine)).first()


def close_set_aside(session: Session, inbox_id: int) -> None:
    """A person has looked at it."""
    mine = (InboxMessage.id == inbox_id, InboxMessage.state == "set_aside")
    session.execute(update(InboxMessage).where(*mine).values(state="done"))


def take_set_aside(session: Session, inbox_id: int) -> InboxMessage | None:
    """The message, done by this transaction; None where another one was first, or it was never set aside."""
    mine = (InboxMessage.id == inbox_id, InboxMessage.state == "set_aside")
    if not changed(session, update(InboxMessage).where(*mine).values(state="done")):
        return None
    return inbox_row(session, inbox_id)


def session_is_fresh(session: Session, conversation_id: int, session_no: int) -> bool:
    """Whether nothing has been said yet in this tracker session: no matter is being told."""
    mine = (InboxMessage.conversation_id == conversation_id, InboxMessage.session_no == session_no)
    return session.scalars(select(InboxMessage.id).where(*mine, InboxMessage.state == "done").limit(1)).first() is None


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
