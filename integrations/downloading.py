"""Reads a file over HTTP with a cap on size and on time, following nothing and trusting no header."""

import asyncio
from collections.abc import Mapping
from typing import Any

import httpx

from integrations.channel import TransportError

DOWNLOAD_SECONDS = 20.0
_GONE = (401, 403, 404, 410)


async def read_capped(
    client: httpx.AsyncClient,
    url: httpx.URL | str,
    *,
    limit: int,
    seconds: float = DOWNLOAD_SECONDS,
    headers: Mapping[str, str] | None = None,
    extensions: Mapping[str, Any] | None = None,
) -> bytes:
    """The body of a 200 answer, at most `limit` bytes within `seconds`.

    Raises TransportError: permanent for a redirect, a missing file or one too large; temporary for network and time.
    The address never enters the error: it may contain a token.
    """
    sent = {"Accept-Encoding": "identity", **(headers or {})}
    try:
        async with (
            asyncio.timeout(seconds),
            client.stream(
                "GET", url, headers=sent, extensions=dict(extensions or {}), follow_redirects=False
            ) as response,
        ):
            _check_answer(response, limit)
            return await _collect(response, limit)
    except (TimeoutError, httpx.TimeoutException):
        raise TransportError("download_timeout") from None
    except (httpx.HTTPError, httpx.StreamError):
        raise TransportError("download_failed") from None


def _check_answer(response: httpx.Response, limit: int) -> None:
    status = response.status_code
    if status in _GONE:
        raise TransportError("download_gone", permanent=True, detail=str(status))
    if 300 <= status < 400:
        raise TransportError("download_redirect", permanent=True, detail=str(status))
    if status != 200:
        raise TransportError("download_failed", permanent=400 <= status < 500 and status != 429, detail=str(status))
    if response.headers.get("content-encoding", "identity") != "identity":
        raise TransportError("download_encoded", permanent=True)
    announced = response.headers.get("content-length", "")
    if announced.isascii() and announced.isdigit() and int(announced) > limit:
        raise TransportError("too_large", permanent=True)


async def _collect(response: httpx.Response, limit: int) -> bytes:
    body = bytearray()
    async for chunk in response.aiter_raw():
        body += chunk
        if len(body) > limit:
            raise TransportError("too_large", permanent=True)
    return bytes(body)
