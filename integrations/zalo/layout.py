"""Lays a message of ours out as Zalo messages: parts of at most 2000 characters, buttons or numbers, files."""

from __future__ import annotations

from typing import Any

from integrations.channel import Button, OutgoingFile, OutgoingMessage, TransportError
from integrations.splitting import clip, split_text
from integrations.zalo.events import BUTTON_MARK

TEXT_LIMIT = 2000
BUTTON_LIMIT = 5
IMAGE_BYTES = 1 << 20
FILE_BYTES = 5 << 20
_TITLE_LIMIT = 100
_IMAGES = ("image/jpeg", "image/png")
_FILE_ENDINGS = (".pdf", ".doc", ".docx", ".csv")


def parts(message: OutgoingMessage, *, buttons: bool = True) -> tuple[OutgoingMessage, ...]:
    """The message as single sends, in order. Few sends, since only about 8 are free in 48 hours.

    With `buttons` off, or more than 5 of them, the choices stand as numbered lines in the text: the citizen types the
    number. A single picture goes out with its text. Raises TransportError, before
    anything is sent, for a file or a button that Zalo does not take.
    """
    for file in message.files:
        upload_kind(file)
    for button in message.buttons:
        _button(button)
    shown = buttons and len(message.buttons) <= BUTTON_LIMIT
    texts = split_text(message.text if shown else numbered(message), TEXT_LIMIT)
    if message.buttons and not message.text.strip():
        raise TransportError("buttons_without_text", permanent=True)
    if len(texts) == 1 and len(message.files) == 1 and not message.buttons and is_image(message.files[0]):
        return (OutgoingMessage(texts[0], files=message.files),)
    last = len(texts) - 1
    written = [
        OutgoingMessage(text, buttons=message.buttons if shown and number == last else ())
        for number, text in enumerate(texts)
    ]
    return tuple(written) + tuple(OutgoingMessage("", files=(file,)) for file in message.files)


def numbered(message: OutgoingMessage) -> str:
    """The text with its choices as lines `1. ...`, in the order of the buttons."""
    choices = [f"{number}. {button.title.strip()}" for number, button in enumerate(message.buttons, start=1)]
    return "\n".join([message.text.rstrip(), *choices])


def body(part: OutgoingMessage, asset: str | None = None) -> dict[str, Any]:
    """The `message` object of the send call; `asset` is what the upload of the part's file gave."""
    content: dict[str, Any] = {"text": part.text} if part.text else {}
    if part.files and is_image(part.files[0]):
        element = {"media_type": "image", "attachment_id": asset}
        content["attachment"] = _template(template_type="media", elements=[element])
    elif part.files:
        content["attachment"] = {"type": "file", "payload": {"token": asset}}
    elif part.buttons:
        content["attachment"] = _template(buttons=[_button(button) for button in part.buttons])
    return content


def upload_kind(file: OutgoingFile) -> str:
    """`image` or `file`: the upload that takes this file; raises TransportError when none does."""
    if is_image(file) and len(file.data) <= IMAGE_BYTES:
        return "image"
    if file.name.lower().endswith(_FILE_ENDINGS) and len(file.data) <= FILE_BYTES:
        return "file"
    raise TransportError("file_not_accepted", permanent=True)


def is_image(file: OutgoingFile) -> bool:
    return file.content_type in _IMAGES


def _button(button: Button) -> dict[str, str]:
    if not 1 <= len(button.payload.encode()) <= 64 or not button.payload.isascii():
        raise TransportError("button_payload_length", permanent=True)
    return {"title": clip(button.title, _TITLE_LIMIT), "type": "oa.query.hide", "payload": BUTTON_MARK + button.payload}


def _template(**payload: Any) -> dict[str, Any]:
    return {"type": "template", "payload": payload}
