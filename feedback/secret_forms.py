"""The one-time form for a denunciation: a link that lives a day, is used once, and leads from no chat to the case.

Luật Tố cáo art. 8, 9, 47: nothing that could betray who denounces may be disclosed.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from feedback.base import new_capability
from feedback.cases import CaseDraft, open_case
from feedback.errors import InvalidInput, LinkSpent
from feedback.models import Case
from feedback.secrecy_models import SecretForm

LIFETIME = timedelta(hours=24)
CHANNEL = "kin"


def issue(session: Session, *, now: datetime) -> str:
    """A new link's capability; the database keeps its hash only. What has run out is cleared away."""
    session.execute(delete(SecretForm).where(SecretForm.expires_at <= now))
    token = new_capability()
    session.add(SecretForm(token_hash=_hash(token), issued_at=now, expires_at=now + LIFETIME))
    session.flush()
    return token


def is_open(session: Session, token: str, *, now: datetime) -> bool:
    """Whether the link may still be used."""
    found = session.get(SecretForm, _hash(token))
    return found is not None and found.expires_at > now


def use(session: Session, token: str, draft: CaseDraft, *, now: datetime) -> Case:
    """Open the restricted case and spend the link, both or neither. Raises LinkSpent, InvalidInput.

    The case's key is random and its citizen unknown, so that nothing leads back to the conversation.
    """
    if draft.kind != "to_cao":
        raise InvalidInput("Biểu mẫu này chỉ nhận tố cáo.")
    locked = select(SecretForm).where(SecretForm.token_hash == _hash(token), SecretForm.expires_at > now)
    form = session.scalars(locked.with_for_update()).first()
    if form is None:
        raise LinkSpent()
    session.delete(form)
    session.flush()
    key = f"{CHANNEL}:{new_capability()}"
    return open_case(session, draft, citizen_id=None, effect_key=key, received_at=now, now=now)


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
