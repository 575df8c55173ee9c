"""`langnghe serve` and `langnghe worker`: the two long-running processes."""

from __future__ import annotations

import asyncio
import signal
import sys

from langnghe import bootstrap
from langnghe.settings import get_settings

TURN_SECONDS = 0.0005
"""How long a thread keeps the interpreter when another waits (Python's own: 0.005).

Both processes go back and forth between their event loop and database threads: a citizen would wait for each turn.
"""


def serve() -> int:
    """Run the web application until it is told to stop."""
    from langnghe.web import server

    sys.setswitchinterval(TURN_SECONDS)
    settings = get_settings()
    server.serve(bootstrap.web_application(settings), host=settings.host, port=settings.port)
    return 0


def work() -> int:
    """Run the worker until it is told to stop."""
    sys.setswitchinterval(TURN_SECONDS)
    asyncio.run(_work())
    return 0


async def _work() -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    await bootstrap.run_worker(get_settings(), stop)
