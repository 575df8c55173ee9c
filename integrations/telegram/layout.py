"""Lays a message of ours out as Telegram messages: parts of at most 4096 characters, inline keyboard, files."""

from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from integrations.channel import Button, OutgoingMessage, TransportError
from integrations.splitting import clip, split_text

TEXT_LIMIT = 4096
PAYLOAD_BYTES = 64
_ROW_BUTTONS = 5
_ROW_CHARACTERS = 26
_TITLE_LIMIT = 64


def parts(message: OutgoingMessage) -> tuple[OutgoingMessage, ...]:
    """The message as single sends, in order: pieces of text, the buttons under the last one, then each file.

    Raises TransportError for buttons that Telegram would refuse, before anything is sent.
    """
    keyboard(message.buttons)
    texts = split_text(message.text, TEXT_LIMIT)
    if message.buttons and not texts:
        raise TransportError("buttons_without_text", permanent=True)
    last = len(texts) - 1
    written = [
        OutgoingMessage(text, buttons=message.buttons if number == last else ()) for number, text in enumerate(texts)
    ]
    return tuple(written) + tuple(OutgoingMessage("", files=(file,)) for file in message.files)


def keyboard(buttons: tuple[Button, ...]) -> InlineKeyboardMarkup | None:
    """Short choices side by side, long ones each on a row; raises TransportError for a payload of a wrong length."""
    rows: list[list[InlineKeyboardButton]] = []
    room = 0
    for button in buttons:
        title = clip(button.title, _TITLE_LIMIT)
        if not rows or room < len(title) or len(rows[-1]) == _ROW_BUTTONS:
            rows.append([])
            room = _ROW_CHARACTERS
        rows[-1].append(InlineKeyboardButton(title, callback_data=_checked(button.payload)))
        room -= len(title) + 2
    return InlineKeyboardMarkup(rows) if rows else None


def _checked(payload: str) -> str:
    """The library does not look: Telegram takes 1 to 64 bytes of UTF-8."""
    if not 1 <= len(payload.encode()) <= PAYLOAD_BYTES:
        raise TransportError("button_payload_length", permanent=True)
    return payload
