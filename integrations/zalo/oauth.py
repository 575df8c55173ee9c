"""Zalo's OAuth v4: an authorisation code, or a refresh token that works once, for a new pair of tokens."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from integrations.channel import TransportError

OAUTH_URL = "https://oauth.zaloapp.com"
REFUSED_PAUSE = 300.0
_PATH = "/v4/oa/access_token"
_USED_SHARE = 0.8
_NEVER_LEFT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError, httpx.UnsupportedProtocol)


@dataclass(frozen=True, slots=True)
class Tokens:
    """One pair of tokens of an OA; both are secrets, and stay out of any repr."""

    access: str = field(repr=False)
    refresh: str = field(repr=False)
    issued_at: datetime
    expires_at: datetime

    def is_due(self, now: datetime) -> bool:
        """Four fifths of the life is over (20 of 25 hours): time to refresh, while the old pair still works."""
        return now >= self.issued_at + (self.expires_at - self.issued_at) * _USED_SHARE

    def is_expired(self, now: datetime) -> bool:
        return now >= self.expires_at


@dataclass(frozen=True, slots=True)
class App:
    """Our application at developers.zalo.me. `secret` is the app's, not the OA Secret Key of the webhook."""

    id: str
    secret: str = field(repr=False)
    oauth_url: str = OAUTH_URL


async def exchange_code(http: httpx.AsyncClient, app: App, *, code: str, verifier: str) -> Tokens:
    """The first pair, for the code that the consent page handed back (10 minutes, once); raises TransportError.

    `verifier` is the one whose S256 challenge stands in Zalo's console.
    """
    return await _grant(http, app, grant_type="authorization_code", code=code, code_verifier=verifier)


async def refresh_tokens(http: httpx.AsyncClient, app: App, refresh: str) -> Tokens:
    """The next pair. The old pair dies as soon as Zalo answers: the caller stores the new one before using it.

    Raises TransportError: `consent_needed` when Zalo refuses the refresh token (used, expired, withdrawn), ambiguous
    when the answer was lost, which loses the grant if Zalo had answered.
    """
    try:
        return await _grant(http, app, grant_type="refresh_token", refresh_token=refresh)
    except TransportError as error:
        if error.code.startswith("oauth_-"):
            raise TransportError("consent_needed", retry_after=REFUSED_PAUSE, detail=error.code) from None
        raise


async def _grant(http: httpx.AsyncClient, app: App, **form: str) -> Tokens:
    asked_at = datetime.now(UTC)
    try:
        answer = await http.post(
            app.oauth_url.rstrip("/") + _PATH, headers={"secret_key": app.secret}, data={"app_id": app.id, **form}
        )
    except _NEVER_LEFT as error:
        raise TransportError("oauth_connect", detail=type(error).__name__) from None
    except httpx.HTTPError as error:
        raise TransportError("oauth_lost", ambiguous=True, detail=type(error).__name__) from None
    return _tokens(answer, asked_at)


def _tokens(answer: httpx.Response, asked_at: datetime) -> Tokens:
    try:
        body: Any = answer.json()
    except ValueError:
        raise TransportError("oauth_bad_answer", ambiguous=True, detail=str(answer.status_code)) from None
    found = body if isinstance(body, dict) else {}
    access, refresh = found.get("access_token"), found.get("refresh_token")
    if not isinstance(access, str) or not isinstance(refresh, str) or not access or not refresh:
        raise _refusal(found.get("error"), answer.status_code)
    return Tokens(
        access=access, refresh=refresh, issued_at=asked_at, expires_at=asked_at + _life(found.get("expires_in"))
    )


def _refusal(code: object, status: int) -> TransportError:
    """Zalo's OAuth errors are negative numbers (the -140xx family); anything else is no verdict on our token."""
    if isinstance(code, int) and code < 0:
        return TransportError(f"oauth_{code}", permanent=True)
    return TransportError("oauth_bad_answer", ambiguous=True, detail=str(status))


def _life(seconds: object) -> timedelta:
    """`expires_in` is a string of seconds; an hour when it cannot be read."""
    text = str(seconds)
    return timedelta(seconds=int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 3600)
