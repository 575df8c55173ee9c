"""Turns a verified Zalo webhook event into our event."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from integrations.channel import EventKind, InboundEvent, Location, RemoteFile
from integrations.filetypes import type_of_name
from integrations.phones import national_phone

BUTTON_MARK = "#ln:"
"""What our buttons put before their payload: a pressed button comes back as a text message."""

_PRESSED = re.compile(re.escape(BUTTON_MARK) + r"([\x21-\x7e]{1,64})")
_MEDIA = {  # event name -> (content type when the address tells none, name)
    "user_send_image": ("image/jpeg", "image.jpg"),
    "user_send_gif": ("image/gif", "image.gif"),
    "user_send_video": ("video/mp4", "video.mp4"),
    "user_send_audio": ("audio/amr", "audio.amr"),
    "user_send_voice": ("audio/amr", "audio.amr"),
}
_RECEIPTS = ("user_received_message", "user_seen_message")
_FOLLOWS: dict[str, EventKind] = {"follow": "started", "unfollow": "left"}
_POINT_FIELDS = (("latitude", "longitude"), ("lat", "long"), ("lat", "lon"), ("lat", "lng"))
_Map = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Content:
    kind: EventKind
    text: str | None = None
    payload: str | None = None
    location: Location | None = None
    files: tuple[RemoteFile, ...] = ()
    phone: str | None = None


def parse_event(event: Mapping[str, Any], *, app_id: str, oa_id: str) -> InboundEvent | None:
    """The event, None when it is for another app or account, or names no citizen (tags, anonymous web visitors).

    - `event_id` is `<event_name>:<msg_id>`, or `<event_name>:<citizen>:<timestamp>` where Zalo gives no message id.
    - A pressed button of ours arrives as text: it becomes `payload`, with the raw text kept in `text`.
    - `echo` (`oa_send_*`) keeps its text, by which an ambiguous send can be settled; `receipt` names the last message.
    - A phone from `user_submit_info` was typed by the citizen and is not verified.
    - Names that we do not know are `unsupported`; only those beginning with `user_send_` deserve an answer.
    Never raises on odd input.
    """
    name = _text(event.get("event_name"))
    sender = _citizen(event, oa_id)
    if name is None or sender is None or _id(event.get("app_id")) != app_id:
        return None
    message = _map(event.get("message"))
    message_id = _message_id(message)
    content = _content(name, event, message, _id(_map(event.get("sender")).get("id")) == oa_id)
    key = _text(message.get("msg_id")) or f"{sender}:{_id(event.get('timestamp'))}"
    return InboundEvent(
        channel="zalo",
        account=oa_id,
        event_id=f"{name}:{key}",
        sender=sender,
        kind=content.kind,
        text=content.text,
        payload=content.payload,
        location=content.location,
        files=content.files,
        phone=content.phone,
        provider_message_id=message_id,
        sent_at=_moment(event.get("timestamp")),
    )


def _content(name: str, event: _Map, message: _Map, from_us: bool) -> _Content:
    if name in _FOLLOWS:
        return _Content(_FOLLOWS[name])
    if name in _RECEIPTS:
        return _Content("receipt")
    if from_us or name.startswith("oa_"):
        return _Content("echo", text=_text(message.get("text")))
    if name == "user_submit_info":
        phone = national_phone(_map(event.get("info")).get("phone"))
        return _Content("contact", phone=phone) if phone else _Content("unsupported")
    if name in _MEDIA:
        return _media(name, message)
    reader = _READERS.get(name)
    return reader(message) if reader else _Content("unsupported", text=_text(message.get("text")))


def _written(message: _Map) -> _Content:
    text = _text(message.get("text"))
    if text is None:
        return _Content("unsupported")
    pressed = _PRESSED.fullmatch(text.strip())
    return _Content("payload", text=text, payload=pressed.group(1)) if pressed else _Content("text", text=text)


def _media(name: str, message: _Map) -> _Content:
    usual, file_name = _MEDIA[name]
    family = usual.split("/")[0]
    files = []
    for payload in _payloads(message):
        if url := _text(payload.get("url")):
            promised = type_of_name(_path(url)) or usual
            files.append(
                RemoteFile(ref=url, name=file_name, content_type=promised if promised.startswith(family) else usual)
            )
    text = _text(message.get("text"))
    return _Content("attachment", text=text, files=tuple(files)) if files else _Content("unsupported", text=text)


def _documents(message: _Map) -> _Content:
    files = tuple(file for payload in _payloads(message) if (file := _document(payload)))
    text = _text(message.get("text"))
    return _Content("attachment", text=text, files=files) if files else _Content("unsupported", text=text)


def _document(payload: _Map) -> RemoteFile | None:
    url = _text(payload.get("url"))
    if url is None:
        return None
    name = _text(payload.get("name")) or "document"
    size = _id(payload.get("size"))
    return RemoteFile(
        ref=url,
        name=name,
        content_type=type_of_name(name) or type_of_name(_id(payload.get("type"))) or "application/octet-stream",
        size=int(size) if size.isascii() and size.isdigit() else None,
    )


def _place(message: _Map) -> _Content:
    candidates = [message, _map(message.get("location")), _map(message.get("coordinates"))]
    for payload in _payloads(message):
        candidates += [_map(payload.get("coordinates")), payload, _map(payload.get("location"))]
    point = next(filter(None, map(_point, candidates)), None)
    return _Content("location", location=point) if point else _Content("unsupported", text=_text(message.get("text")))


def _link(message: _Map) -> _Content:
    lines = [_text(message.get("text"))]
    for payload in _payloads(message):
        lines += [_text(payload.get("description")), _text(payload.get("url"))]
    text = "\n".join(dict.fromkeys(filter(None, lines)))
    return _Content("text", text=text) if text else _Content("unsupported")


def _point(found: _Map) -> Location | None:
    for lat_field, lon_field in _POINT_FIELDS:
        lat, lon = _degrees(found.get(lat_field), 90), _degrees(found.get(lon_field), 180)
        if lat is not None and lon is not None:
            return Location(lat=lat, lon=lon)
    return None


def _degrees(value: object, most: float) -> float | None:
    if not isinstance(value, str | int | float) or isinstance(value, bool):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) and abs(number) <= most else None


def _citizen(event: _Map, oa_id: str) -> str | None:
    """The party of the event that is not our account; None when our account is no party of it."""
    if "follower" in event:
        return _id(_map(event["follower"]).get("id")) or None if _id(event.get("oa_id")) == oa_id else None
    sides = [_id(_map(event.get(side)).get("id")) for side in ("sender", "recipient")]
    if sides.count(oa_id) != 1:
        return None
    return next(side for side in sides if side != oa_id) or None


def _message_id(message: _Map) -> str | None:
    many = message.get("msg_ids")
    last = many[-1] if isinstance(many, list) and many else None
    return _text(message.get("msg_id")) or _text(last)


def _payloads(message: _Map) -> Iterator[_Map]:
    attachments = message.get("attachments")
    for attachment in attachments if isinstance(attachments, list) else []:
        yield _map(_map(attachment).get("payload"))


def _path(url: str) -> str:
    try:
        return urlsplit(url).path
    except ValueError:
        return ""


def _moment(stamp: object) -> datetime | None:
    text = _id(stamp)
    if not (text.isascii() and text.isdigit() and len(text) <= 14):
        return None
    return datetime.fromtimestamp(int(text) / 1000, UTC)


def _map(value: object) -> _Map:
    return value if isinstance(value, Mapping) else {}


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value.strip() else None


def _id(value: object) -> str:
    """Ids and numbers are strings at Zalo (greater than 2^53); an integer is tolerated."""
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""


_READERS: dict[str, Callable[[_Map], _Content]] = {
    "user_send_text": _written,
    "user_send_file": _documents,
    "user_send_location": _place,
    "user_send_link": _link,
}
