"""The history of a case: rows that are appended, never edited, each holding the hash of the one before."""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from feedback.handling_models import CaseClock
from feedback.models import Case, CaseEvent

GENESIS = "0" * 64


def event_hash(event: CaseEvent) -> str:
    """SHA-256 over every stored field and the previous hash; times to the microsecond in UTC."""
    body = {
        "case": event.case_id,
        "seq": event.seq,
        "at": _utc(event.at),
        "actor": event.actor,
        "move": event.move,
        "from": event.from_state,
        "to": event.to_state,
        "office": event.office_id,
        "data": event.data,
        "previous": event.previous_hash,
    }
    canonical = json.dumps(body, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def new_key() -> str:
    """A case's own key: 256 random bits. Erasing it makes the marks of its words dumb and leaves the chain whole."""
    return secrets.token_hex(32)


def mark(key: str, text: str) -> str:
    """The keyed hash of words that a row speaks of: it shows that they were changed, and tells nothing of them."""
    return hmac.new(bytes.fromhex(key), text.encode(), hashlib.sha256).hexdigest()


def marks(case: Case, words: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """What a row keeps of words, by their kind; nothing for none, and nothing of a case without a key."""
    if not words or case.ledger_key is None:
        return {}
    return {"marks": {kind: mark(case.ledger_key, text) for kind, text in sorted(words.items())}}


def clock_marks(clocks: Sequence[CaseClock]) -> list[Any]:
    """[number of the last, 128 bits of a hash over what was set of these clocks in their order]."""
    body = [
        [one.id, one.step, one.rule, one.because, one.office_id, *(_utc(at) for at in (one.started_at, one.due_at))]
        for one in clocks
    ]
    hashed = hashlib.sha256(json.dumps(body, separators=(",", ":")).encode()).hexdigest()
    return [clocks[-1].id if clocks else 0, hashed[:32]]


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def append(
    session: Session,
    case: Case,
    *,
    move: str,
    to_state: str,
    actor: str,
    now: datetime,
    data: dict[str, Any] | None = None,
) -> CaseEvent:
    """Write the next row of the case's chain. `data` holds ids and codes only, never personal data.

    The row also holds every deadline that was set before it, as one hash.
    """
    last = last_event(session, case.id)
    clocks = session.scalars(select(CaseClock).where(CaseClock.case_id == case.id).order_by(CaseClock.id)).all()
    event = CaseEvent(
        case_id=case.id,
        seq=last.seq + 1 if last else 1,
        at=now,
        actor=actor,
        move=move,
        from_state=last.to_state if last else None,
        to_state=to_state,
        office_id=case.office_id,
        data={**(data or {}), **({"clocks": clock_marks(clocks)} if clocks else {})},
        previous_hash=last.hash if last else GENESIS,
    )
    event.hash = event_hash(event)
    session.add(event)
    session.flush()
    return event


def last_event(session: Session, case_id: int) -> CaseEvent | None:
    """The latest row of a case's chain."""
    return session.scalars(
        select(CaseEvent).where(CaseEvent.case_id == case_id).order_by(CaseEvent.seq.desc()).limit(1)
    ).first()


def first_broken(session: Session, case_id: int) -> int | None:
    """The sequence number of the first row that does not fit its chain, or None when all is well."""
    previous = GENESIS
    rows = session.scalars(select(CaseEvent).where(CaseEvent.case_id == case_id).order_by(CaseEvent.seq))
    for expected, row in enumerate(rows, start=1):
        if row.seq != expected or row.previous_hash != previous or row.hash != event_hash(row):
            return row.seq
        previous = row.hash
    return None
