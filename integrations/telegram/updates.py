"""Turns a raw Telegram update into our event."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from integrations.channel import EventKind, InboundEvent, Location, RemoteFile
from integrations.filetypes import type_of_name
from integrations.phones import national_phone

ALLOWED_UPDATES = ("message", "edited_message", "callback_query", "my_chat_member")

_MEDIA = {  # field -> (content type when Telegram gives none, name when it gives none)
    "document": ("application/octet-stream", "document"),
    "voice": ("audio/ogg", "voice.ogg"),
    "audio": ("audio/mpeg", "audio.mp3"),
    "video": ("video/mp4", "video.mp4"),
    "video_note": ("video/mp4", "video.mp4"),
}
_SERVICE_NOTES = (
    "pinned_message",
    "message_auto_delete_timer_changed",
    "write_access_allowed",
    "connected_website",
    "chat_background_set",
)
_Map = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Content:
    kind: EventKind
    text: str | None = None
    payload: str | None = None
    location: Location | None = None
    files: tuple[RemoteFile, ...] = ()
    phone: str | None = None


def parse_update(update: Mapping[str, Any], *, bot_id: str) -> InboundEvent | None:
    """The event in one update of a private chat, None for what does not concern us (groups, channels, bots, notes).

    - `event_id` is the update id: unique for a bot, so an edit is an event of its own. An edited text (or caption)
      comes as a new `text` event with the `provider_message_id` of the message that it corrects; other edits,
      a moving live location above all, are dropped.
    - For a pressed button (`payload`) `provider_message_id` is the callback query id, to be answered promptly.
    - `started` carries the deep-link parameter of /start in `payload`; `left` means that the citizen blocked the bot.
    - A contact counts only when it is the sender's own; somebody else's card is `unsupported`.
    Never raises on odd input.
    """
    update_id = update.get("update_id")
    if not isinstance(update_id, int):
        return None
    for field, parse in _PARSERS.items():
        body = update.get(field)
        if isinstance(body, Mapping):
            return parse(body, bot_id, str(update_id))
    return None


def next_offset(updates: Iterable[Mapping[str, Any]], *, offset: int | None = None) -> int | None:
    """The offset that confirms `updates`. Pass it to the next poll only when all of them are stored."""
    ids = [update["update_id"] for update in updates if isinstance(update.get("update_id"), int)]
    return max(ids) + 1 if ids else offset


def _message(message: _Map, bot_id: str, event_id: str) -> InboundEvent | None:
    sender = _private_sender(message)
    content = _content(message)
    return _event(message, bot_id, event_id, sender, content) if sender and content else None


def _edited(message: _Map, bot_id: str, event_id: str) -> InboundEvent | None:
    sender = _private_sender(message)
    text = _text(message.get("text")) or _text(message.get("caption"))
    return _event(message, bot_id, event_id, sender, _Content("text", text=text)) if sender and text else None


def _event(message: _Map, bot_id: str, event_id: str, sender: str, content: _Content) -> InboundEvent:
    message_id = message.get("message_id")
    return InboundEvent(
        channel="telegram",
        account=bot_id,
        event_id=event_id,
        sender=sender,
        kind=content.kind,
        text=content.text,
        payload=content.payload,
        location=content.location,
        files=content.files,
        phone=content.phone,
        provider_message_id=str(message_id) if isinstance(message_id, int) else None,
        sent_at=_moment(message.get("edit_date")) or _moment(message.get("date")),
    )


def _pressed(query: _Map, bot_id: str, event_id: str) -> InboundEvent | None:
    chat = _map(_map(query.get("message")).get("chat"))
    person = _map(query.get("from"))
    data, query_id = _text(query.get("data")), query.get("id")
    sender = person.get("id")
    if chat.get("type", "private") != "private" or not isinstance(sender, int) or not data or not query_id:
        return None
    return InboundEvent(
        channel="telegram",
        account=bot_id,
        event_id=event_id,
        sender=str(sender),
        kind="payload",
        payload=data,
        provider_message_id=str(query_id),
    )


def _membership(change: _Map, bot_id: str, event_id: str) -> InboundEvent | None:
    sender = _private_sender(change)
    if sender is None or _map(change.get("new_chat_member")).get("status") not in ("kicked", "left"):
        return None
    return _event(change, bot_id, event_id, sender, _Content("left"))


def _content(message: _Map) -> _Content | None:
    text = _text(message.get("text"))
    if text is not None:
        return _command_or_text(text)
    if any(field in message for field in _SERVICE_NOTES):
        return None
    caption = _text(message.get("caption"))
    if "location" in message:
        point = _point(_map(message["location"]))
        return _Content("location", location=point) if point else _Content("unsupported")
    if "contact" in message:
        return _contact(message)
    file = _photo(message) or _media(message)
    return _Content("attachment", text=caption, files=(file,)) if file else _Content("unsupported", text=caption)


def _command_or_text(text: str) -> _Content:
    words = text.split(maxsplit=1)
    if words and words[0].split("@")[0] == "/start":
        return _Content("started", payload=words[1] if len(words) > 1 else None)
    return _Content("text", text=text)


def _contact(message: _Map) -> _Content:
    contact, own = _map(message["contact"]), _map(message.get("from")).get("id")
    phone = national_phone(contact.get("phone_number"))
    if phone is None or own is None or contact.get("user_id") != own:
        return _Content("unsupported")
    return _Content("contact", phone=phone)


def _photo(message: _Map) -> RemoteFile | None:
    sizes = message.get("photo")
    if not isinstance(sizes, list) or not sizes:
        return None
    return _file(_map(sizes[-1]), content_type="image/jpeg", name="photo.jpg")


def _media(message: _Map) -> RemoteFile | None:
    for field, (content_type, name) in _MEDIA.items():
        if field in message:
            return _file(_map(message[field]), content_type=content_type, name=name)
    return None


def _file(found: _Map, *, content_type: str, name: str) -> RemoteFile | None:
    ref, size = _text(found.get("file_id")), found.get("file_size")
    if ref is None:
        return None
    own_name = _text(found.get("file_name"))
    return RemoteFile(
        ref=ref,
        name=own_name or name,
        content_type=_text(found.get("mime_type")) or type_of_name(own_name or "") or content_type,
        size=size if isinstance(size, int) else None,
    )


def _point(found: _Map) -> Location | None:
    lat, lon = found.get("latitude"), found.get("longitude")
    if not isinstance(lat, int | float) or not isinstance(lon, int | float):
        return None
    if not (math.isfinite(lat) and math.isfinite(lon) and abs(lat) <= 90 and abs(lon) <= 180):
        return None
    return Location(lat=float(lat), lon=float(lon))


def _private_sender(body: _Map) -> str | None:
    chat, person = _map(body.get("chat")), _map(body.get("from"))
    if chat.get("type") != "private" or not isinstance(chat.get("id"), int) or person.get("is_bot") is True:
        return None
    return str(chat["id"])


def _moment(seconds: object) -> datetime | None:
    if not isinstance(seconds, int) or not 0 < seconds < 1 << 33:
        return None
    return datetime.fromtimestamp(seconds, UTC)


def _map(value: object) -> _Map:
    return value if isinstance(value, Mapping) else {}


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value.strip() else None


_PARSERS = {
    "message": _message,
    "edited_message": _edited,
    "callback_query": _pressed,
    "my_chat_member": _membership,
}
