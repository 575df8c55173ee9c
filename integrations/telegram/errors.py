"""What each failure of a call to Telegram means for the message that was being sent."""

from datetime import timedelta

import httpx
from telegram import error as telegram_error

from integrations.channel import TransportError

OPERATOR_PAUSE = 300.0
OPERATOR_CODES = frozenset({"invalid_token", "conflict"})
"""Codes that no retry cures: a person must look. They stay temporary, so that nothing is lost meanwhile."""

_NEVER_LEFT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError, httpx.UnsupportedProtocol)


def transport_error(error: telegram_error.TelegramError) -> TransportError:
    """The TransportError for a telegram.error; its text never reaches the result, for it may quote what was sent."""
    match error:
        case telegram_error.RetryAfter():
            failure = TransportError("retry_after", retry_after=_seconds(error.retry_after))
        case telegram_error.Forbidden():
            failure = TransportError("forbidden", permanent=True)
        case telegram_error.InvalidToken():
            failure = TransportError("invalid_token", retry_after=OPERATOR_PAUSE)
        case telegram_error.Conflict():
            failure = TransportError("conflict", retry_after=OPERATOR_PAUSE)
        case telegram_error.ChatMigrated() | telegram_error.BadRequest():
            failure = TransportError(_bad_request(error), permanent=True)
        case telegram_error.NetworkError():
            failure = _network(error)
        case _:
            failure = TransportError("bad_answer", ambiguous=True)
    failure.detail = failure.detail or type(error).__name__
    return failure


def _network(error: telegram_error.NetworkError) -> TransportError:
    """A lost connection or a gateway's page leaves the outcome open; Telegram's own {"ok": false} closes it."""
    cause = error.__cause__
    if isinstance(cause, _NEVER_LEFT):
        return TransportError("connect", detail=type(cause).__name__)
    if isinstance(cause, httpx.TimeoutException):
        return TransportError("timeout", ambiguous=True, detail=type(cause).__name__)
    if cause is not None:
        return TransportError("network", ambiguous=True, detail=type(cause).__name__)
    return TransportError("server_error")


def _bad_request(error: telegram_error.TelegramError) -> str:
    text = error.message.lower()
    if "chat not found" in text or "user not found" in text:
        return "chat_not_found"
    if "file is too big" in text:
        return "too_large"
    if "query is too old" in text or "query id is invalid" in text:
        return "query_too_old"
    return "bad_request"


def _seconds(wait: int | timedelta) -> float:
    return wait.total_seconds() if isinstance(wait, timedelta) else float(wait)
