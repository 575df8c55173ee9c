"""Anchors the chains of all cases in one global chain, so that a cut tail or a case that is gone is found.

Writers never wait for it: a link is made now and then over the heads of the cases that moved meanwhile. The newest hash
can be noted outside (a newspaper, another office): from then on nobody can rewrite what was before it.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from feedback.ledger import GENESIS
from feedback.ledger_models import LedgerAnchor, LedgerHead
from feedback.models import CaseEvent

WINDOW = 100_000
"""Events that one link looks at, at most."""

Head = tuple[int, int, str]


def anchor(session: Session, *, secret: str, now: datetime) -> LedgerAnchor | None:
    """Add a link over what moved since the last one; None when nothing did, or when another process was first.

    The window of the link before is looked at again: a transaction that was slow may have committed behind it.
    """
    last = latest(session)
    start = last.after_event_id if last else 0
    end = last.up_to_event_id if last else 0
    newest = session.scalar(select(func.max(CaseEvent.id))) or 0
    until = min(newest, end + WINDOW)
    heads = _moved(session, start, until)
    if not heads:
        return None
    link = LedgerAnchor(
        id=last.id + 1 if last else 1,
        at=now,
        after_event_id=end,
        up_to_event_id=max(until, end),
        heads=len(heads),
        previous_hash=last.hash if last else GENESIS,
    )
    link.hash = link_hash(link, heads)
    link.seal = sealed(link.hash, secret)
    try:
        with session.begin_nested():
            session.add(link)
            session.flush()
            session.add_all(
                LedgerHead(anchor_id=link.id, case_id=one, seq=seq, hash=hashed) for one, seq, hashed in heads
            )
            session.flush()
    except IntegrityError:
        return None
    return link


def latest(session: Session) -> LedgerAnchor | None:
    """The newest link."""
    return session.scalars(select(LedgerAnchor).order_by(LedgerAnchor.id.desc()).limit(1)).first()


def recent(session: Session, *, limit: int = 30) -> list[LedgerAnchor]:
    """The newest links, newest first."""
    return list(session.scalars(select(LedgerAnchor).order_by(LedgerAnchor.id.desc()).limit(limit)))


def link_hash(link: LedgerAnchor, heads: Iterable[Head]) -> str:
    """SHA-256 over the link before, the number, the time and the heads in the order of the cases."""
    body = [
        link.previous_hash,
        link.id,
        link.at.astimezone(UTC).isoformat(timespec="microseconds"),
        [link.after_event_id, link.up_to_event_id],
        sorted(list(head) for head in heads),
    ]
    return hashlib.sha256(json.dumps(body, separators=(",", ":")).encode()).hexdigest()


def sealed(hashed: str, secret: str) -> str:
    """The hash keyed with the installation's secret: who can only write the database cannot make one."""
    return hmac.new(secret.encode(), hashed.encode(), hashlib.sha256).hexdigest()


def _moved(session: Session, start: int, until: int) -> Sequence[Head]:
    """The heads of the cases with events in (start, until] that no link holds yet."""
    touched = (
        select(CaseEvent.case_id, func.max(CaseEvent.seq).label("seq"))
        .where(CaseEvent.id > start, CaseEvent.id <= until)
        .group_by(CaseEvent.case_id)
        .subquery()
    )
    known = select(LedgerHead.case_id).where(LedgerHead.case_id == touched.c.case_id, LedgerHead.seq >= touched.c.seq)
    statement = (
        select(CaseEvent.case_id, CaseEvent.seq, CaseEvent.hash)
        .join(touched, (touched.c.case_id == CaseEvent.case_id) & (touched.c.seq == CaseEvent.seq))
        .where(~known.exists())
        .order_by(CaseEvent.case_id)
    )
    return [(case_id, seq, hashed) for case_id, seq, hashed in session.execute(statement)]
