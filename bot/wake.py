"""Wake-ups between the processes of one machine: UDP datagrams on loopback, of which any may be lost."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Callable
from dataclasses import dataclass

LOOPBACK = "127.0.0.1"


async def nap(event: asyncio.Event, seconds: float) -> None:
    """Wait for the event, at most so long. (`wait_for` of Python 3.11 may swallow a cancellation.)"""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()


@dataclass(frozen=True, slots=True)
class Wakes:
    """Who is told after a commit: `app(conversation_id)` the pages that wait, `sender()` the outbox."""

    app: Callable[[int], None] = lambda _conversation_id: None
    sender: Callable[[], None] = lambda: None

    def tell(self, conversation_id: int, channel: str) -> None:
        """Something new lies in this conversation's outbox."""
        self.app(conversation_id)
        if channel != "webchat":
            self.sender()


class Waker:
    """Sends wake-ups to one port; never blocks and never fails, since polling is the safety net."""

    def __init__(self, port: int) -> None:
        self._address = (LOOPBACK, port)
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setblocking(False)

    def wake(self, payload: bytes = b"") -> None:
        with contextlib.suppress(OSError):
            self._socket.sendto(payload, self._address)

    def wake_conversation(self, conversation_id: int) -> None:
        """To the application's port: this conversation has something new to read."""
        self.wake(str(conversation_id).encode())

    def close(self) -> None:
        self._socket.close()


class Listener(asyncio.DatagramProtocol):
    """Calls `heard` with each payload that arrives on the port; made by `listen`."""

    def __init__(self, heard: Callable[[bytes], None]) -> None:
        self._heard = heard
        self._transport: asyncio.BaseTransport | None = None

    @classmethod
    async def listen(cls, port: int, heard: Callable[[bytes], None]) -> Listener:
        """Bind the port on loopback (0: any free one, see `port`); raises OSError when it is taken."""
        loop = asyncio.get_running_loop()
        _transport, listener = await loop.create_datagram_endpoint(lambda: cls(heard), local_addr=(LOOPBACK, port))
        return listener

    @property
    def port(self) -> int:
        assert self._transport is not None
        return int(self._transport.get_extra_info("sockname")[1])

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def datagram_received(self, data: bytes, addr: object) -> None:
        self._heard(data)

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()
