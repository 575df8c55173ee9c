"""A chat that was closed to a denunciation: until its one-time form runs out, what is written there is not kept."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from bot import repository
from bot.core_texts import button, say
from bot.repository import Reply

OPEN_CHANNELS = frozenset({"zalo", "telegram"})
"""Apps whose owner, or whoever runs the account, can read the chat (Zalo's console, servers abroad)."""

SEALED = "sealed"
UNSEAL = "seal:off"


def seal(until: datetime) -> dict[str, Any]:
    """What the conversation awaits from now on."""
    return {SEALED: until.isoformat()}


def is_sealed(awaiting: Mapping[str, Any], *, now: datetime) -> bool:
    until = awaiting.get(SEALED)
    return isinstance(until, str) and now < datetime.fromisoformat(until)


def unsealed(awaiting: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in awaiting.items() if name != SEALED}


def refuse(session: Session, inbox_id: int) -> tuple[Reply, ...]:
    """Take the words and files of this message away, and say where they belong."""
    repository.blank_message(session, inbox_id)
    return (Reply(text=say("sealed"), buttons=(button("other_matter", UNSEAL),)),)
