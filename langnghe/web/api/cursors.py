"""The place where a page of a list ended, as one word that a program sends back unread."""

from __future__ import annotations

import base64
import binascii
from datetime import UTC, datetime

from feedback.errors import InvalidInput
from feedback.repository import LARGEST_ID
from feedback.repository_lists import Place


def cursor_of(place: Place) -> str:
    """URL-safe text; it says nothing that the page did not."""
    text = f"{place.received_at.astimezone(UTC).isoformat()} {place.case_id}"
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def place_of(cursor: str) -> Place:
    """Raises InvalidInput for a word that is no cursor."""
    try:
        text = base64.urlsafe_b64decode(cursor.encode() + b"=" * (-len(cursor) % 4)).decode()
        moment, number = text.split(" ")
        place = Place(datetime.fromisoformat(moment), int(number))
    except (ValueError, binascii.Error, UnicodeError):
        raise InvalidInput("Con trỏ trang (cursor) không đúng.") from None
    if place.received_at.tzinfo is None or not 0 <= place.case_id <= LARGEST_ID:
        raise InvalidInput("Con trỏ trang (cursor) không đúng.")
    return place
