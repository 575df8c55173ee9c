"""Reads one message of the web chat from untrusted JSON: exactly one of text, payload, location and attachment."""

from __future__ import annotations

import json
import unicodedata
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.payloads import parse as parse_payload
from integrations.channel import Location
from langnghe.web.attachments import Attachment, read_attachment
from langnghe.web.errors import WebError

MOST_CHARACTERS = 10_000
"""Of a text, after NFC: an accented letter counts once however it was typed."""

_MOST_RAW = 4 * MOST_CHARACTERS  # a decomposed Vietnamese letter has at most three code points
_TOO_LONG = "Tin nhắn dài quá 10.000 ký tự. Mời anh/chị chia thành nhiều tin ngắn hơn."
_CONTENTS = ("text", "payload", "location", "attachment")
_KEPT_CONTROLS = "\n\t"


@dataclass(frozen=True, slots=True)
class ChatMessage:
    """A checked message. `id` is the client's uuid in canonical form; exactly one of the others is set."""

    id: str
    text: str | None = None
    payload: str | None = None
    location: Location | None = None
    attachment: Attachment | None = None


def read_message(raw: bytes, *, attachment_limit: int) -> ChatMessage:
    """The message in a request's body; raises a WebError (400, 413, 415, 422) that says in Vietnamese what is wrong."""
    body = _object(raw)
    message_id = _uuid(body.get("id"))
    given = [name for name in _CONTENTS if body.get(name) is not None]
    if len(given) != 1:
        raise _invalid("Mỗi tin nhắn phải có đúng một trong: text, payload, location, attachment.")
    name = given[0]
    value = body[name]
    if name == "text":
        return ChatMessage(message_id, text=_text(value))
    if name == "payload":
        return ChatMessage(message_id, payload=_payload(value))
    if name == "location":
        return ChatMessage(message_id, location=_location(value))
    return ChatMessage(message_id, attachment=_attachment(value, attachment_limit))


def _object(raw: bytes) -> Mapping[str, Any]:
    try:
        body = json.loads(raw)
    except (ValueError, RecursionError):
        raise WebError(400, "bad_json", "Yêu cầu không phải JSON hợp lệ.") from None
    if not isinstance(body, dict):
        raise WebError(400, "bad_json", "Yêu cầu phải là một đối tượng JSON.")
    return body


def _uuid(value: object) -> str:
    try:
        return str(uuid.UUID(value)) if isinstance(value, str) and len(value) <= 45 else _no_uuid()
    except ValueError:
        return _no_uuid()


def _no_uuid() -> str:
    raise _invalid("Thiếu mã tin nhắn (id) hoặc mã không phải UUID.")


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise _invalid("Nội dung (text) phải là chữ.")
    text = unicodedata.normalize("NFC", _printable(value[:_MOST_RAW])).strip()
    if len(value) > _MOST_RAW or len(text) > MOST_CHARACTERS:
        raise WebError(413, "text_too_long", _TOO_LONG)
    if not any(unicodedata.category(character)[0] not in "ZC" for character in text):
        raise _invalid("Anh/chị chưa nhập nội dung.")
    return text


def _printable(text: str) -> str:
    """Without control characters (PostgreSQL stores no NUL) and with half surrogates made visible."""
    whole = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    unix = whole.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(c for c in unix if c in _KEPT_CONTROLS or unicodedata.category(c) != "Cc")


def _payload(value: object) -> str:
    pressed = parse_payload(value) if isinstance(value, str) else None
    if pressed is None:
        raise _invalid("Nút bấm này không hợp lệ.")
    return pressed.raw


def _location(value: object) -> Location:
    if not isinstance(value, dict):
        raise _invalid("Vị trí (location) phải có lat và lon.")
    return Location(lat=_degrees(value.get("lat"), 90), lon=_degrees(value.get("lon"), 180))


def _degrees(value: object, most: float) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= most:
        raise _invalid("Tọa độ không hợp lệ.")
    return float(value)


def _attachment(value: object, limit: int) -> Attachment:
    if not isinstance(value, dict):
        raise _invalid("Tệp (attachment) phải có name, content_type và data.")
    name, content_type, data = (value.get(key) for key in ("name", "content_type", "data"))
    if not (isinstance(name, str) and isinstance(content_type, str) and isinstance(data, str)):
        raise _invalid("Tệp (attachment) phải có name, content_type và data (base64).")
    return read_attachment(name=_printable(name), content_type=content_type, encoded=data, limit=limit)


def _invalid(message: str) -> WebError:
    return WebError(422, "invalid_message", message)
