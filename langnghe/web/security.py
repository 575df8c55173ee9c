"""Headers that every answer carries, and the counters of answered requests."""

from __future__ import annotations

import time
from collections import Counter
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data: blob:",
        "connect-src 'self'",
        "font-src 'self'",
        "manifest-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
SECURITY_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "geolocation=(self), camera=(), microphone=(), payment=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_RAW_HEADERS = tuple((name.lower().encode(), value.encode()) for name, value in SECURITY_HEADERS.items())
_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
_PRIVATE_PATHS = ("/api/", "/chat", "/console", "/dashboard", "/answers/", "/surveys/")


class RequestCounters:
    """How many requests each route answered, with which class of status, and the seconds they took."""

    def __init__(self) -> None:
        self.requests: Counter[tuple[str, str, str]] = Counter()
        self.seconds: Counter[tuple[str, str]] = Counter()

    def add(self, scope: Scope, status: int, seconds: float) -> None:
        route = getattr(scope.get("route"), "path", "other")
        method = scope["method"] if scope["method"] in _METHODS else "OTHER"
        self.requests[method, route, f"{status // 100}xx"] += 1
        self.seconds[method, route] += seconds  # type: ignore[assignment]


class AnswerHeaders:
    """ASGI middleware: adds the security headers to every answer and counts it.

    An answer's own header of the same name wins, so that a route may be stricter.
    """

    def __init__(self, app: ASGIApp, counters: RequestCounters) -> None:
        self.app = app
        self.counters = counters

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started, status = time.perf_counter(), 500

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                _add_headers(message, scope["path"])
            await send(message)

        try:
            await self.app(scope, receive, send_with_headers)
        finally:
            self.counters.add(scope, status, time.perf_counter() - started)


def _add_headers(message: Message, path: str) -> None:
    headers: list[Any] = list(message["headers"])
    present = {name for name, _ in headers}
    headers += [(name, value) for name, value in _RAW_HEADERS if name not in present]
    if path.startswith(_PRIVATE_PATHS) and b"cache-control" not in present:
        headers.append((b"cache-control", b"no-store"))
    message["headers"] = headers
