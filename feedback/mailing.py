"""Sends the staff's mail: claimed in one transaction, sent outside of any, settled in another.

A mail whose fate is unknown (the connection broke after the text went out, or the sender died) is never sent again.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal, Protocol

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from feedback.base import Clock
from feedback.database import Database
from feedback.reminder_models import StaffMail

LEASE = timedelta(minutes=5)
MOST_ATTEMPTS = 8
BATCH = 20

Outcome = Literal["sent", "retry", "failed", "unknown"]


class Mailer(Protocol):
    """Hands one mail to a mail server; it never raises for what the server or the network does."""

    def send(self, *, to: str, subject: str, text: str) -> tuple[Outcome, str]:
        """(what became of it, the reason for the log)."""
        ...


def send_due(database: Database, mailer: Mailer, clock: Clock) -> int:
    """Send what is due now; how many went out."""
    sent = 0
    for mail_id in _due(database, now=clock()):
        mail = _claim(database, mail_id, now=clock())
        if mail is None:
            continue
        outcome, reason = mailer.send(to=mail.address, subject=mail.subject, text=mail.text)
        with database.write() as session:
            settle(session, mail_id, outcome=outcome, reason=reason, now=clock())
        sent += outcome == "sent"
    return sent


def settle(session: Session, mail_id: int, *, outcome: Outcome, reason: str, now: datetime) -> None:
    """Write down what became of a mail; one that failed for now is tried again later, a few times."""
    mail = session.get_one(StaffMail, mail_id)
    mail.error = reason[:80] or None
    if outcome == "retry" and mail.attempts < MOST_ATTEMPTS:
        mail.state, mail.due_at = "pending", now + timedelta(minutes=2**mail.attempts)
        return
    mail.state = "failed" if outcome == "retry" else outcome
    mail.sent_at = now if outcome == "sent" else None


def _due(database: Database, *, now: datetime) -> list[int]:
    """What is due; a claim that ran out means a sender that died in the middle: its mail is unknown from then on."""
    with database.write() as session:
        dead = (StaffMail.state == "sending", StaffMail.due_at <= now)
        session.execute(update(StaffMail).where(*dead).values(state="unknown", error="sender_died"))
        due = select(StaffMail.id).where(StaffMail.state == "pending", StaffMail.due_at <= now)
        return list(session.scalars(due.order_by(StaffMail.due_at).limit(BATCH)))


def _claim(database: Database, mail_id: int, *, now: datetime) -> StaffMail | None:
    """The mail, ours to send; None when another sender was first. While `sending`, `due_at` is when the claim ends."""
    with database.write() as session:
        ours = (StaffMail.id == mail_id, StaffMail.state == "pending", StaffMail.due_at <= now)
        values = {"state": "sending", "due_at": now + LEASE, "attempts": StaffMail.attempts + 1}
        taken = session.execute(
            update(StaffMail).where(*ours).values(**values).execution_options(synchronize_session=False)
        )
        if not taken.rowcount:  # type: ignore[attr-defined]
            return None
        return session.get_one(StaffMail, mail_id, populate_existing=True)
