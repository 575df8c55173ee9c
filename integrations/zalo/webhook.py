"""Proves that a webhook call comes from Zalo: SHA-256 over app id, raw body, timestamp and the OA secret key."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import time
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from integrations.channel import InvalidSignature

SIGNATURE_HEADER = "X-ZEvent-Signature"
TIMESTAMP_HEADER = "X-ZEvent-Timestamp"
BODY_LIMIT = 256 * 1024
MIN_AGE = timedelta(hours=3)
"""Zalo repeats a delivery for 1 h 50 min 30 s with the same body, so a narrower check would refuse real retries."""

_MILLISECONDS = re.compile(r"[0-9]{12,14}")


def is_console_check(raw: bytes) -> bool:
    """Whether this is the unsigned `{}` that Zalo's console posts when the URL is saved: answer 200, store nothing."""
    return len(raw) <= 64 and raw.split() in ([b"{}"], [b"{", b"}"])


def verify(
    raw: bytes,
    headers: Mapping[str, str],
    *,
    app_id: str,
    secret: str,
    max_age: timedelta = MIN_AGE,
    now: float | None = None,
) -> dict[str, Any]:
    """The event in a webhook body; raises InvalidSignature unless Zalo signed exactly these bytes for our app.

    The signature is plain `sha256(app_id + body + timestamp + secret)`, not an HMAC, over the bytes as received;
    `timestamp` is the body's. `secret` is the OA Secret Key of the webhook page. A `max_age` under 3 hours counts as
    3 hours; replays inside it are caught by the inbox's unique key. `now` is in epoch seconds.
    """
    if not app_id or not secret:
        raise InvalidSignature("zalo app id or secret is not set")
    if len(raw) > BODY_LIMIT:
        raise InvalidSignature("zalo body is too large")
    given = {name.lower(): value for name, value in headers.items()}
    event = _object(raw)
    stamp = _timestamp(event)
    if given.get(TIMESTAMP_HEADER.lower(), stamp).strip() != stamp:
        raise InvalidSignature("zalo timestamps differ")
    expected = hashlib.sha256(app_id.encode() + raw + stamp.encode() + secret.encode()).hexdigest()
    signature = given.get(SIGNATURE_HEADER.lower(), "").strip().removeprefix("mac=").lower()
    if not hmac.compare_digest(signature.encode("utf-8", "replace"), expected.encode()):
        raise InvalidSignature("zalo signature does not match")
    _check_age(stamp, max(max_age, MIN_AGE), time.time() if now is None else now)
    return event


def _object(raw: bytes) -> dict[str, Any]:
    try:
        event = json.loads(raw)
    except (ValueError, RecursionError):
        raise InvalidSignature("zalo body is not JSON") from None
    if not isinstance(event, dict):
        raise InvalidSignature("zalo body is not an object")
    return event


def _timestamp(event: dict[str, Any]) -> str:
    stamp = event.get("timestamp")
    if isinstance(stamp, int):
        stamp = str(stamp)
    if not isinstance(stamp, str) or not _MILLISECONDS.fullmatch(stamp):
        raise InvalidSignature("zalo body has no timestamp")
    return stamp


def _check_age(stamp: str, max_age: timedelta, now: float) -> None:
    if abs(now - int(stamp) / 1000) > max_age.total_seconds():
        raise InvalidSignature("zalo event is too old")
