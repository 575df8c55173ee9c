"""What the fake servers share: serving on loopback, and faults that tests inject."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 40
PDF = b"%PDF-1.4\n" + b"x" * 40


@dataclass
class Fault:
    """One planned misfortune: the next `times` calls whose path contains `path`, after `skip` good ones.

    `drop` cuts the connection before or after the call is carried out; `status` answers with `body` instead of it;
    `answer` is a JSON body with that status (200 when none is given).
    """

    path: str = ""
    times: int = 1
    skip: int = 0
    delay: float = 0.0
    drop: str | None = None
    status: int | None = None
    body: str = "<html>bad gateway</html>"
    answer: dict[str, Any] | None = None

    def due(self, path: str) -> bool:
        if self.path not in path or self.times < 1:
            return False
        if self.skip > 0:
            self.skip -= 1
            return False
        self.times -= 1
        return True


@dataclass
class Faults:
    """An aiohttp middleware that plays the planned faults."""

    planned: list[Fault] = field(default_factory=list)

    def plan(self, **fault: Any) -> None:
        self.planned.append(Fault(**fault))

    def middleware(self) -> Any:
        @web.middleware
        async def play(request: web.Request, handler: Handler) -> web.StreamResponse:
            fault = next((fault for fault in self.planned if fault.due(request.path)), None)
            return await handler(request) if fault is None else await _suffer(fault, request, handler)

        return play


async def _suffer(fault: Fault, request: web.Request, handler: Handler) -> web.StreamResponse:
    if fault.drop == "before":
        _cut(request)
        return web.Response()
    if fault.answer is not None:
        return web.json_response(fault.answer, status=fault.status or 200)
    if fault.status is not None:
        return web.Response(status=fault.status, text=fault.body, content_type="text/html")
    response = await handler(request)
    await asyncio.sleep(fault.delay)
    if fault.drop == "after":
        _cut(request)
    return response


def _cut(request: web.Request) -> None:
    if request.transport is not None:
        request.transport.close()


@asynccontextmanager
async def serving(app: web.Application) -> AsyncIterator[str]:
    """The base URL of `app`, served on a free port of 127.0.0.1."""
    runner = web.AppRunner(app, shutdown_timeout=0.1, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        host, port = runner.addresses[0][:2]
        yield f"http://{host}:{port}"
    finally:
        await runner.cleanup()


async def free_port() -> int:
    """A port on which nobody listens just now."""
    server = await asyncio.start_server(lambda reader, writer: None, "127.0.0.1", 0)
    port: int = server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()
    return port
