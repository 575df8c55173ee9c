"""What the HTTP application needs from outside: bootstrap fills it with the real parts, tests with fakes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, cast

from starlette.requests import Request

from bot.intake import Accepted
from feedback.base import Clock
from feedback.database import Database
from integrations.channel import InboundEvent
from langnghe.settings import Settings
from langnghe.web.hub import Hub
from langnghe.web.limits import PUBLIC, ChatRates


class EventIntake(Protocol):
    """Stores an event durably before it returns; raises bot.intake.IntakeError when it cannot be taken."""

    async def accept(self, event: InboundEvent, *, data: bytes | None = None) -> Accepted: ...


class ActionServer(Protocol):
    """Runs one action of the dialogue engine: the JSON call in, HTTP status and JSON answer out.

    200 with the result; 400 when the action rejects its execution; 404 for an unknown action; 449 when the domain is
    missing; each but the first with `{"error", "action_name"}`. Any other failure is an exception, answered with 500.
    """

    async def run(self, call: Mapping[str, Any]) -> tuple[int, Mapping[str, Any] | None]: ...


WebhookReader = Callable[[bytes, Mapping[str, str]], InboundEvent | None]
"""Verifies and parses one webhook call (body, headers with lower-case names).

Raises integrations.channel.InvalidSignature. None: a genuine call with nothing in it for us.
"""


@dataclass(frozen=True, slots=True)
class ReadyCheck:
    """Something that must work (`required`) or should (reported only: intake goes on without it)."""

    name: str
    check: Callable[[], Awaitable[bool]]
    required: bool = False


@dataclass(frozen=True, slots=True)
class OtherWay:
    """Another channel to write on, shown to people whose browser cannot run the chat."""

    name: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WebServices:
    """`zalo` and `telegram` are None when that channel is off, `actions` when this process serves no engine.

    `rates` limits abuse of the chat; the benchmark passes `limits.UNLIMITED`. `hotline` is the telephone number by
    which a citizen reaches a person.
    """

    settings: Settings
    database: Database
    clock: Clock
    intake: EventIntake
    hub: Hub = field(default_factory=Hub)
    wake_worker: Callable[[], None] = lambda: None
    actions: ActionServer | None = None
    zalo: WebhookReader | None = None
    telegram: WebhookReader | None = None
    ready_checks: tuple[ReadyCheck, ...] = ()
    rates: ChatRates = PUBLIC
    hotline: str = "1022"
    other_ways: tuple[OtherWay, ...] = ()


def services_of(request: Request) -> WebServices:
    """The services of the application that answers this request."""
    return cast(WebServices, request.app.state.services)
