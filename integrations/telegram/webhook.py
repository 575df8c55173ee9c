"""Proves that a webhook call comes from Telegram: the secret that we gave it comes back in a header."""

import hmac
import re

from integrations.channel import InvalidSignature

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105
_SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")
_TOKEN = re.compile(r"([0-9]{3,20}):[A-Za-z0-9_-]{10,}")


def verify_secret(header: str | None, secret: str) -> None:
    """Raise InvalidSignature unless `header` equals our secret; an empty or impossible secret lets nobody in."""
    if not is_usable_secret(secret) or not header:
        raise InvalidSignature("telegram secret is missing")
    if not hmac.compare_digest(header.encode("utf-8", "replace"), secret.encode()):
        raise InvalidSignature("telegram secret does not match")


def is_usable_secret(secret: str) -> bool:
    """Telegram takes 1 to 256 of A-Z a-z 0-9 _ -."""
    return _SECRET.fullmatch(secret) is not None


def bot_id_of(token: str) -> str:
    """The bot's id, which is the part of its token before the colon; ValueError when it is no bot token."""
    found = _TOKEN.fullmatch(token.strip())
    if found is None:
        raise ValueError("not a Telegram bot token: expected digits, a colon and a key")
    return found.group(1)
