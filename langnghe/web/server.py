"""Serves the application, and lets waiting chat pages go at once when it is told to stop."""

from __future__ import annotations

from contextlib import suppress
from types import FrameType

import uvicorn
from fastapi import FastAPI

from langnghe.web.services import WebServices


class ChatServer(uvicorn.Server):
    """Uvicorn waits for open requests before it stops; a long poll may be open for half a minute."""

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        services: WebServices = self.config.app.state.services  # type: ignore[union-attr]
        services.hub.close()
        super().handle_exit(sig, frame)


def serve(app: FastAPI, *, host: str, port: int) -> None:
    """Runs until SIGINT or SIGTERM, then ends within a second or two; no access log: a chat's path is its key."""
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        log_config=None,
        access_log=False,
        proxy_headers=True,
        timeout_graceful_shutdown=5,
        backlog=2048,
    )
    with suppress(KeyboardInterrupt):  # uvicorn raises SIGINT again once it has stopped
        ChatServer(config).run()
