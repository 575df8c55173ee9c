"""What every messaging channel has in common: events in, messages out, and how a send can fail."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol

ChannelName = Literal["webchat", "zalo", "telegram"]
EventKind = Literal[
    "text", "payload", "location", "attachment", "contact", "started", "left", "echo", "receipt", "unsupported"
]


@dataclass(frozen=True, slots=True)
class Location:
    """A point on the map, degrees, WGS 84."""

    lat: float
    lon: float


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A file that still lies with the channel; `ref` is what the channel's client needs to fetch it."""

    ref: str
    name: str
    content_type: str
    size: int | None = None


@dataclass(frozen=True, slots=True)
class InboundEvent:
    """One event from a channel, verified and parsed. (`channel`, `account`, `event_id`) is unique for ever.

    `account` is the receiving side (Zalo OA id, Telegram bot id, "web"); `sender` the citizen's id or chat id there.
    `echo` is a message that our own account sent, `receipt` a delivery or seen mark: neither is ever answered.
    `sent_at` is the channel's own time, aware, or None where the channel gives none.
    """

    channel: ChannelName
    account: str
    event_id: str
    sender: str
    kind: EventKind
    text: str | None = None
    payload: str | None = None
    location: Location | None = None
    files: tuple[RemoteFile, ...] = ()
    phone: str | None = None
    provider_message_id: str | None = None
    sent_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Button:
    """A choice that is shown under a message. `payload` is at most 64 bytes of ASCII."""

    title: str
    payload: str


@dataclass(frozen=True, slots=True)
class OutgoingFile:
    """A file of ours to be sent, read whole."""

    name: str
    content_type: str
    data: bytes


@dataclass(frozen=True, slots=True)
class OutgoingMessage:
    """One message to a citizen, free of channel detail; the channel's client cuts and lays it out."""

    text: str
    buttons: tuple[Button, ...] = ()
    files: tuple[OutgoingFile, ...] = ()


@dataclass(frozen=True, slots=True)
class Sent:
    """The provider took the message. `quota_left` is what the provider says is left, None where it says nothing."""

    provider_message_id: str
    quota_left: int | None = None


@dataclass(slots=True, eq=False)
class TransportError(Exception):
    """A send or fetch that failed.

    `permanent`: trying again cannot help (blocked, unknown user, bad message).
    `ambiguous`: the request may have been carried out (a timeout after it left): never repeat it blindly.
    `retry_after`: seconds to wait, where the provider says so. `code`: the provider's own code, for the log.
    """

    code: str
    permanent: bool = False
    ambiguous: bool = False
    retry_after: float | None = None
    detail: str = field(default="", repr=False)

    def __str__(self) -> str:
        return f"{self.code} (permanent={self.permanent}, ambiguous={self.ambiguous})"


class InvalidSignature(Exception):
    """A webhook call that does not prove where it comes from; the route answers 403 and stores nothing."""


class ChannelClient(Protocol):
    """What the outbox sender and the worker need of a channel."""

    name: ChannelName

    async def send(self, recipient: str, message: OutgoingMessage) -> Sent:
        """Send one message; raises TransportError."""
        ...

    async def fetch(self, file: RemoteFile, *, limit: int) -> bytes:
        """The file's bytes, at most `limit` of them; raises TransportError."""
        ...

    async def aclose(self) -> None: ...
