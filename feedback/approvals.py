"""The official track: a draft goes to the leader, comes back or is approved; what is approved is signed and sent."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from feedback.models import Case, Staff
from feedback.moves import actor_of, for_work, take


def submit(
    session: Session,
    case_id: int,
    *,
    staff: Staff,
    version: int,
    now: datetime,
    data: Mapping[str, Any] | None = None,
    words: Mapping[str, str] | None = None,
) -> Case:
    """Put the draft before the leader. `data`: ids of what is submitted, `words`: its wording, for the ledger."""
    case = for_work(session, case_id, staff=staff, version=version)
    take(session, case, "submit", actor=actor_of(staff), now=now, data=data, words=words)
    return case


def recall(session: Session, case_id: int, *, staff: Staff, version: int, now: datetime) -> Case:
    """Take the draft back before the leader has decided."""
    case = for_work(session, case_id, staff=staff, version=version)
    take(session, case, "recall", actor=actor_of(staff), now=now)
    return case


def send_back(session: Session, case_id: int, *, staff: Staff, reason: str, version: int, now: datetime) -> Case:
    """The leader wants the draft changed, and says what."""
    case = for_work(session, case_id, staff=staff, version=version)
    take(session, case, "send_back", actor=actor_of(staff), now=now, carried={"reason": reason})
    return case


def approve(
    session: Session,
    case_id: int,
    *,
    staff: Staff,
    version: int,
    now: datetime,
    data: Mapping[str, Any] | None = None,
) -> Case:
    """The leader agrees; the answer is then signed, numbered and sent."""
    case = for_work(session, case_id, staff=staff, version=version)
    take(session, case, "approve", actor=actor_of(staff), now=now, data=data)
    return case
