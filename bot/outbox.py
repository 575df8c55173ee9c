"""The sender: carries outbox rows to Zalo and Telegram, in order, and never repeats a send that may have gone out.

pending -> sending (committed before the call) -> sent | failed | unknown, or back to pending for a later try.
Rows of the web chat are never here: the page reads them from the table.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

import structlog
from sqlalchemy.orm import Session

from bot import repository
from bot.repository import Parcel
from bot.wake import nap
from feedback.base import Clock
from feedback.database import Database
from integrations.channel import ChannelClient, OutgoingFile, OutgoingMessage, Sent, TransportError

T = TypeVar("T")

_LOG = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class SenderOptions:
    """`pace` is the pause between two sends into one Telegram chat; `give_up` ends the tries of a row."""

    at_once: int = 16
    lease: timedelta = timedelta(seconds=120)
    poll_seconds: float = 2.0
    pace: timedelta = timedelta(seconds=1)
    longest_pause: float = 600.0
    give_up: timedelta = timedelta(hours=24)


class OutboxSender:
    """`clients` by channel name; a channel without a client keeps its rows pending."""

    def __init__(
        self,
        database: Database,
        clients: Mapping[str, ChannelClient],
        *,
        clock: Clock,
        options: SenderOptions | None = None,
    ) -> None:
        self._database, self._clients, self._clock = database, clients, clock
        self._options = options or SenderOptions()
        self._woken = asyncio.Event()
        self._stopping = False
        self._tasks: set[asyncio.Task[None]] = set()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="outbox")

    def wake(self, _payload: bytes = b"") -> None:
        """Look again now; to be called from the event loop."""
        self._woken.set()

    def stop(self) -> None:
        self._stopping = True
        self._woken.set()

    async def run(self) -> None:
        """Send until `stop`; what has been begun is ended first. Without any client there is only the waiting."""
        while not self._stopping:
            self._woken.clear()
            await nap(self._woken, await self._round())
        if self._tasks:
            await asyncio.wait(self._tasks)
        self.close()

    async def drain(self) -> None:
        """Send all that is due now, and return; for tests and tools."""
        while await self._take():
            await asyncio.gather(*self._tasks)

    def close(self) -> None:
        self._thread.shutdown(wait=True)

    async def _round(self) -> float:
        """Send what is due; the seconds until the next look. It survives a database that is away for a while."""
        try:
            await self._take()
            return await self._pause()
        except Exception as error:  # noqa: BLE001 - the sender's loop
            _LOG.error("sender_round_failed", error=type(error).__name__)
            return self._options.poll_seconds

    async def _pause(self) -> float:
        """Until the next row is due, at most `poll_seconds`; a paced chat is looked at again after its second."""

        def due() -> datetime | None:
            with self._database.read() as session:
                return repository.next_send_due(session, list(self._clients))

        next_due = await self._in_thread(due) if self._clients else None
        if next_due is None:
            return self._options.poll_seconds
        wait = (next_due - self._clock()).total_seconds()
        return min(self._options.poll_seconds, max(wait, self._options.pace.total_seconds() / 4))

    async def _take(self) -> int:
        room = self._options.at_once - len(self._tasks)
        if room <= 0 or not self._clients:
            return 0
        parcels = await self._write(lambda session: self._claim(session, room))
        for parcel in parcels:
            task = asyncio.create_task(self._deliver(parcel))
            self._tasks.add(task)
            task.add_done_callback(self._ended)
        return len(parcels)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._woken.set()

    def _claim(self, session: Session, room: int) -> list[Parcel]:
        now = self._clock()
        lost = repository.give_up_sending(session, now=now)
        if lost:
            _LOG.warning("sends_unknown", rows=lost)
        return repository.claim_parcels(
            session,
            channels=list(self._clients),
            limit=room,
            paced_since=now - self._options.pace,
            now=now,
            lease=self._options.lease,
        )

    async def _deliver(self, parcel: Parcel) -> None:
        """One send, and what became of it. Any error but a TransportError may have come after the request left."""
        message = await self._message(parcel)
        try:
            sent = await self._clients[parcel.channel].send(parcel.recipient, message)
        except TransportError as error:
            values = self._after(parcel, error)
            _LOG.warning("send_failed", outbox_id=parcel.id, code=error.code, state=values["state"])
        except Exception as error:  # noqa: BLE001 - the sender's loop
            values = {"state": "unknown", "error": type(error).__name__[:80]}
            _LOG.error("send_broken", outbox_id=parcel.id, error=type(error).__name__)
        else:
            values = self._sent(sent)
        await self._write(lambda session: repository.close_parcel(session, parcel, values))

    async def _message(self, parcel: Parcel) -> OutgoingMessage:
        def files() -> tuple[OutgoingFile, ...]:
            with self._database.read() as session:
                kept = repository.files_by_key(session, parcel.file_keys)
                return tuple(OutgoingFile(file.name, file.content_type, file.data) for file in kept)

        attached = await self._in_thread(files) if parcel.file_keys else ()
        return OutgoingMessage(text=parcel.brief or parcel.text, buttons=parcel.buttons, files=attached)

    def _sent(self, sent: Sent) -> dict[str, Any]:
        return {
            "state": "sent",
            "provider_message_id": sent.provider_message_id[:80],
            "sent_at": self._clock(),
            "error": None,
        }

    def _after(self, parcel: Parcel, error: TransportError) -> dict[str, Any]:
        code = error.code[:80]
        if error.ambiguous:
            return {"state": "unknown", "error": code}
        now = self._clock()
        if error.permanent or now - parcel.created_at > self._options.give_up:
            return {"state": "failed", "error": code}
        pause = min(self._options.longest_pause, 2.0**parcel.attempts)
        if error.retry_after is not None:
            pause = max(error.retry_after, 0.0)
        return {"state": "pending", "error": code, "due_at": now + timedelta(seconds=pause)}

    async def _write(self, work: Callable[[Session], T]) -> T:
        def transaction() -> T:
            with self._database.write() as session:
                return work(session)

        return await self._in_thread(transaction)

    async def _in_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)
