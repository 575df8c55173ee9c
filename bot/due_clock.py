"""The loop of a clock that runs beside the worker's own: do what is due, rest, until told to stop."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from typing import Generic, TypeVar

import structlog

from bot.wake import nap

_LOG = structlog.get_logger(__name__)

Done = TypeVar("Done")


class DueClock(ABC, Generic[Done]):
    """Any number of workers may run one: what is due is taken by conditional writes. `round` works in a thread."""

    failure: str
    """The name under which a failed round stands in the log."""

    def __init__(self, *, rest_seconds: float) -> None:
        self._rest_seconds = rest_seconds
        self._stopping = asyncio.Event()

    def stop(self) -> None:
        """`run` returns when the round that has begun is over."""
        self._stopping.set()

    async def run(self) -> None:
        while not self._stopping.is_set():
            try:
                self._after(await asyncio.to_thread(self.round))
            except Exception as error:  # noqa: BLE001 - a worker's loop: what is due stays due
                _LOG.error(self.failure, error=type(error).__name__)
            await nap(self._stopping, self._rest_seconds)

    @abstractmethod
    def round(self) -> Done:
        """Do all that is due now; what was done."""

    def _after(self, done: Done) -> None:
        """On the event loop, after a round that went well."""
