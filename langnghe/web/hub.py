"""Wakes waiting chat pages: a datagram names the conversation that has something new, a sweep finds what got lost."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

import structlog
from sqlalchemy.exc import SQLAlchemyError

from bot.wake import Listener

log = structlog.get_logger(__name__)

NumbersOf = Callable[[list[int]], Mapping[int, int]]


@dataclass(eq=False, slots=True)
class Waiter:
    """One waiting page that has seen everything up to number `after`."""

    after: int
    bell: asyncio.Event = field(default_factory=asyncio.Event)


class Hub:
    """Used from one event loop only."""

    def __init__(self) -> None:
        self._waiters: dict[int, set[Waiter]] = {}
        self._closed = False
        self.wakes = 0
        """How many wake-ups there have been: who looked before listening compares."""

    @property
    def closed(self) -> bool:
        return self._closed

    def waiting(self, conversation_id: int | None = None) -> int:
        """How many pages wait, for one conversation or altogether."""
        if conversation_id is not None:
            return len(self._waiters.get(conversation_id, ()))
        return sum(map(len, self._waiters.values()))

    @contextmanager
    def listen(self, conversation_id: int, *, after: int) -> Iterator[asyncio.Event]:
        """A bell that rings when the conversation may have something new. Clear it, look, then wait for it."""
        waiter = Waiter(after)
        self._waiters.setdefault(conversation_id, set()).add(waiter)
        try:
            yield waiter.bell
        finally:
            left = self._waiters[conversation_id]
            left.discard(waiter)
            if not left:
                del self._waiters[conversation_id]

    def heard(self, payload: bytes) -> None:
        """A datagram: the conversation's id in ASCII digits; anything else is ignored."""
        if payload.isdigit() and len(payload) < 20:
            self.wake(int(payload))

    def wake(self, conversation_id: int) -> None:
        self.wakes += 1
        for waiter in self._waiters.get(conversation_id, ()):
            waiter.bell.set()

    def close(self) -> None:
        """Let every waiting page go at once, and let no other wait: the program is stopping."""
        self._closed = True
        for conversation_id in list(self._waiters):
            self.wake(conversation_id)

    async def sweep(self, numbers_of: NumbersOf, *, seconds: float) -> None:
        """For ever: one query for all waiting conversations, in case a datagram was lost."""
        while True:
            await asyncio.sleep(seconds)
            waiting = list(self._waiters)
            if not waiting:
                continue
            try:
                numbers = await asyncio.to_thread(numbers_of, waiting)
            except SQLAlchemyError as error:
                log.warning("sweep_failed", reason=type(error).__name__)
                continue
            for conversation_id, number in numbers.items():
                for waiter in self._waiters.get(conversation_id, ()):
                    if number > waiter.after:
                        waiter.bell.set()


class HubRunner:
    """Runs a hub while the application is up: its datagram port and its sweep."""

    def __init__(self, hub: Hub, *, port: int, numbers_of: NumbersOf, seconds: float) -> None:
        self._hub, self._port, self._numbers_of, self._seconds = hub, port, numbers_of, seconds
        self._listener: Listener | None = None
        self._sweep: asyncio.Task[None] | None = None

    async def __aenter__(self) -> HubRunner:
        try:
            self._listener = await Listener.listen(self._port, self._hub.heard)
        except OSError:
            log.warning("wake_port_taken", port=self._port)
        self._sweep = asyncio.create_task(self._hub.sweep(self._numbers_of, seconds=self._seconds))
        return self

    async def __aexit__(self, *_error: object) -> None:
        self._hub.close()
        if self._listener is not None:
            self._listener.close()
        if self._sweep is not None:
            self._sweep.cancel()
            with suppress(asyncio.CancelledError):
                await self._sweep
