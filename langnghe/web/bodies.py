"""Caps the size of every request body before anything parses it, by its announced length and while it arrives."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from langnghe.web.errors import WebError

DEFAULT_LIMIT = 1024 * 1024
WEBHOOK_LIMIT = 256 * 1024
ROUND_LIMIT = 32 * 1024 * 1024
"""A frame of some hundred thousand units."""
API_FILES = ("/api/v1/cases/import", "/api/v1/registry/", "/api/v1/pakn/", "/api/v1/rounds/", "/api/v1/indices/")
"""Where other programs send whole tables."""
ACTION_LIMIT = 4 * 1024 * 1024
DRAIN_LIMIT = 64 * 1024 * 1024
"""Read and thrown away after a refusal, so that the sender sees the answer and not a broken connection."""

PAUSE_LIMIT = 30.0
"""Seconds between two parts of a body."""


def limits_by_path(*, max_attachment_bytes: int) -> dict[str, int]:
    """Path prefix -> bytes. A chat attachment travels as base64 inside JSON, a staff's file as it is."""
    return {
        "/api/chat": max_attachment_bytes * 4 // 3 + 64 * 1024,
        "/console/cases/": max_attachment_bytes + 256 * 1024,
        **dict.fromkeys(API_FILES, ROUND_LIMIT),
        "/api/v1/cases/": max_attachment_bytes + 256 * 1024,
        "/console/rounds/": ROUND_LIMIT,
        "/webhooks/": WEBHOOK_LIMIT,
        "/rasa/": ACTION_LIMIT,
    }


class BodyLimits:
    """ASGI middleware: the first read past the limit raises a 413, which the application answers like any error."""

    def __init__(self, app: ASGIApp, limits: Mapping[str, int]) -> None:
        self.app = app
        self.limits = dict(limits)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        limit = next((most for prefix, most in self.limits.items() if scope["path"].startswith(prefix)), DEFAULT_LIMIT)
        announced = _announced_length(scope)
        seen, complete = 0, False

        async def capped_receive() -> Message:
            nonlocal seen, complete
            if announced is not None and announced > limit:
                await _drain(receive, seen)
                raise _too_large(limit)
            message = await (receive() if complete else _in_time(receive))
            complete = not message.get("more_body", False)
            seen += len(message.get("body", b""))
            if seen > limit:
                await _drain(receive, seen)
                raise _too_large(limit)
            return message

        await self.app(scope, capped_receive, send)


async def _in_time(receive: Receive) -> Message:
    """The next part of a body; a sender that stops in the middle does not hold the connection for ever."""
    try:
        async with asyncio.timeout(PAUSE_LIMIT):
            return await receive()
    except TimeoutError:
        message = "Nội dung gửi lên bị ngắt giữa chừng. Mời anh/chị gửi lại."
        raise WebError(408, "body_timeout", message, headers={"Connection": "close"}) from None


async def _drain(receive: Receive, seen: int) -> None:
    while seen <= DRAIN_LIMIT:
        message = await receive()
        seen += len(message.get("body", b""))
        if message["type"] != "http.request" or not message.get("more_body", False):
            return


def _announced_length(scope: Scope) -> int | None:
    for name, value in scope["headers"]:
        if name == b"content-length" and value.isdigit():
            return int(value)
    return None


def _too_large(limit: int) -> WebError:
    size = f"{limit // (1024 * 1024)} MB" if limit >= 1024 * 1024 else f"{limit // 1024} kB"
    message = f"Nội dung gửi lên quá lớn (tối đa khoảng {size}). Mời anh/chị gửi bản nhỏ hơn."
    return WebError(413, "too_large", message, headers={"Connection": "close"})
