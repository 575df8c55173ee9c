"""What an action gets and gives: one call of the dialogue engine, and the replies and tracker events that answer it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy.orm import Session

from bot.matters import FURTHER
from bot.understanding import Understanding, understand

FORM = "report_form"
REPORT = "report"
REQUESTED = "requested_slot"
STRAYS = "strays"


class NoInboxRow(Exception):
    """An effect was asked for in a turn that no stored message stands behind."""

    code = "no_inbox_row"


@dataclass(frozen=True, slots=True)
class Origin:
    """Whose message this is, from the turn's metadata; all None when somebody talks to the engine directly."""

    inbox_id: int | None = None
    conversation_id: int | None = None
    citizen_id: int | None = None
    channel: str = "webchat"

    @property
    def effect_key(self) -> str:
        if self.inbox_id is None:
            raise NoInboxRow()
        return f"inbox:{self.inbox_id}"


@dataclass(frozen=True, slots=True)
class Call:
    """One action call: the message as understood, the tracker's slots, whether the form is active, the time."""

    action: str
    said: Understanding
    slots: Mapping[str, Any]
    form_active: bool
    origin: Origin
    now: datetime


@dataclass(frozen=True, slots=True)
class Reply:
    """One message to the citizen, or an instruction to the worker in `custom`."""

    text: str = ""
    buttons: tuple[Mapping[str, str], ...] = ()
    custom: Mapping[str, Any] = field(default_factory=dict)

    def as_response(self) -> dict[str, Any]:
        return {
            "text": self.text or None,
            "buttons": [dict(button) for button in self.buttons],
            "custom": dict(self.custom),
        }


@dataclass(frozen=True, slots=True)
class Outcome:
    """The replies in order and the tracker events."""

    replies: tuple[Reply, ...] = ()
    events: tuple[Mapping[str, Any], ...] = ()


class Action(Protocol):
    """A named thing to do. `run` may block; it runs in a thread, in a transaction that the caller commits."""

    @property
    def name(self) -> str: ...

    def run(self, call: Call, session: Session) -> Outcome: ...


def read_call(body: Mapping[str, Any], *, now: datetime) -> Call:
    """The engine's request body as a Call."""
    tracker = body.get("tracker") or {}
    message = tracker.get("latest_message") or {}
    loop = tracker.get("active_loop") or {}
    return Call(
        action=str(body.get("next_action") or ""),
        said=understand(message),
        slots=tracker.get("slots") or {},
        form_active=loop.get("name") == FORM,
        origin=_origin(message.get("metadata") or {}),
        now=now,
    )


def _origin(metadata: Mapping[str, Any]) -> Origin:
    return Origin(
        inbox_id=_whole(metadata.get("inbox_id")),
        conversation_id=_whole(metadata.get("conversation_id")),
        citizen_id=_whole(metadata.get("citizen_id")),
        channel=str(metadata.get("channel") or "webchat"),
    )


def _whole(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def set_slot(name: str, value: object) -> dict[str, Any]:
    return {"event": "slot", "timestamp": None, "name": name, "value": value}


def then(action: str) -> dict[str, Any]:
    """Run this action next, whatever the rules say."""
    return {"event": "followup", "timestamp": None, "name": action}


def session_end(*, purge: bool = False) -> Reply:
    """Tells the worker to begin a fresh tracker; `purge`: and to delete what this session said."""
    return Reply(custom={"session": "end", "purge": True} if purge else {"session": "end"})


def further_matter(text: str | None) -> tuple[Reply, ...]:
    """Tells the worker of another matter of the message, to be offered when this one is done."""
    return (Reply(custom={FURTHER: [text]}),) if text else ()


def matter_done() -> Reply:
    """Tells the worker that this matter is done although the session goes on: what waits is offered now."""
    return Reply(custom={"matter": "done"})
