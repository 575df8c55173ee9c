"""One-time links: the capability goes to the person, only its hash is kept, and that goes with the end of the form."""

from __future__ import annotations

import hashlib
import re
from datetime import datetime

from sqlalchemy.orm import Session

from feedback.base import new_capability
from surveys import filling, repository
from surveys.models import SurveyInvitation

TOKEN = re.compile(r"[A-Za-z0-9_-]{22}")


def new_link(invitation: SurveyInvitation) -> str:
    """The token of the invitation's link; an earlier one is good no more."""
    token = new_capability()
    invitation.token_hash = _hash(token)
    return token


def by_link(session: Session, token: str, *, now: datetime, lock: bool = False) -> SurveyInvitation | None:
    """The form that this link opens; None when it was used, is too old, or never was."""
    if not TOKEN.fullmatch(token):
        return None
    found = repository.invitation_by_token(session, _hash(token), lock=lock)
    return found if found is not None and filling.is_open(found, now=now) else None


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
