"""Takes events from the channels: durable before `accept` returns, each once, many in one transaction."""

from __future__ import annotations

import asyncio
import hashlib
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlalchemy.orm import Session

from bot import repository
from bot.models import Conversation
from bot.repository import Address, Counters, EventKey
from feedback.base import Clock, new_capability
from feedback.cases import attach_file
from feedback.database import Database
from feedback.models import CaseFile
from integrations.channel import InboundEvent

MAX_TEXT = 10_000
MAX_BATCH = 200
WEB_ACCOUNT = "web"

_LOG = structlog.get_logger(__name__)


class IntakeError(Exception):
    """Base of what makes an event impossible to take; nothing was stored."""


class UnknownConversation(IntakeError):
    """No web conversation has this key."""


class InvalidEvent(IntakeError):
    """An event that does not fit the table; `args[0]` says which part, without its content."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """Where an event lies now. For an echo or a receipt, which make no inbox row, all is None."""

    conversation_id: int | None
    n: int | None
    duplicate: bool


@dataclass(frozen=True, slots=True)
class _Item:
    event: InboundEvent
    data: bytes | None
    done: asyncio.Future[Accepted]
    address: Address
    key: EventKey

    @classmethod
    def of(cls, event: InboundEvent, data: bytes | None, done: asyncio.Future[Accepted]) -> _Item:
        address = Address(event.channel, event.account, event.sender)
        return cls(event, data, done, address, (event.channel, event.account, _stored_event_id(event)))


def start_web_conversation(session: Session, *, now: datetime) -> Conversation:
    """A new thread of the web chat; its key is the capability that its owner holds."""
    key = new_capability()
    return repository.add_conversation(session, Address("webchat", WEB_ACCOUNT, key), key=key, now=now)


class Intake:
    """One writer for all calls of this process: what arrives while a batch is being committed makes the next batch.

    `wake` is called once after each commit that left work for the worker. `storing` is off in the benchmark only: the
    same way through the queue, without the database.
    """

    def __init__(self, database: Database, clock: Clock, wake: Callable[[], None], *, storing: bool = True) -> None:
        self._database, self._clock, self._wake, self._storing = database, clock, wake, storing
        self._waiting: list[_Item] = []
        self._writing: asyncio.Task[None] | None = None
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="intake")

    async def accept(self, event: InboundEvent, *, data: bytes | None = None) -> Accepted:
        """Store one event; it is durable when this returns. `data`: the bytes of a web attachment.

        Raises UnknownConversation, InvalidEvent, or the database's own error; in each case nothing was stored.
        On the web an event id is unique within its conversation only.
        """
        _check(event)
        item = _Item.of(event, data, asyncio.get_running_loop().create_future())
        self._waiting.append(item)
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write_all())
        return await item.done

    async def aclose(self) -> None:
        """Let the running batch end."""
        if self._writing is not None:
            await asyncio.wait([self._writing])
        self._thread.shutdown(wait=True)

    async def _write_all(self) -> None:
        loop = asyncio.get_running_loop()
        while self._waiting:
            await self._let_arrive()
            batch, self._waiting = self._waiting[:MAX_BATCH], self._waiting[MAX_BATCH:]
            try:
                results = self._write_here(batch)
                if results is None:
                    results = await loop.run_in_executor(self._thread, self._write, batch)
            except BaseException as error:
                for item in batch:
                    if not item.done.done():
                        item.done.set_exception(error)
                raise
            if any(isinstance(result, Accepted) and not result.duplicate for result in results):
                self._wake()
            for item, result in zip(batch, results, strict=True):
                if item.done.done():
                    continue
                if isinstance(result, Accepted):
                    item.done.set_result(result)
                else:
                    item.done.set_exception(result)

    async def _let_arrive(self) -> None:
        """As long as each pass of the loop brings another event: a commit costs the same for one as for thirty."""
        seen = 0
        while seen < len(self._waiting) < MAX_BATCH:
            seen = len(self._waiting)
            await asyncio.sleep(0)

    def _write_here(self, batch: Sequence[_Item]) -> list[Accepted | Exception] | None:
        """On the event loop, where that is quicker; None when nothing was written and the thread has to do it.

        SQLite's transaction takes a millisecond or two, and a thread beside a busy loop waits longer than that for the
        interpreter. What may have to wait goes to the thread: a server, another process's lock, a file's bytes, a
        batch with something wrong in it.
        """
        if not self._storing:
            return [Accepted(0, 0, duplicate=False) for _ in batch]
        if not self._database.is_sqlite or any(item.data is not None for item in batch):
            return None
        try:
            with self._database.write_at_once() as session:
                return _store(session, batch, looking=False, now=self._clock())
        except SQLAlchemyError:
            return None

    def _write(self, batch: Sequence[_Item]) -> list[Accepted | Exception]:
        """All in one transaction; if that fails, one by one, so that a bad event harms no other.

        An event that is stored already is rare: the unique key finds it, and only then are all looked up.
        """
        for looking in (False, True):
            try:
                with self._database.write() as session:
                    return _store(session, batch, looking=looking, now=self._clock())
            except IntegrityError:
                continue
            except SQLAlchemyError as error:
                _LOG.warning("intake_batch_failed", size=len(batch), error=type(error).__name__)
                break
        return [self._write_alone(item) for item in batch]

    def _write_alone(self, item: _Item) -> Accepted | Exception:
        """Twice, since the first try may have lost a race against another process for the same row."""
        failure: SQLAlchemyError | None = None
        for _attempt in range(2):
            try:
                with self._database.write() as session:
                    return _store(session, [item], looking=True, now=self._clock())[0]
            except SQLAlchemyError as error:
                failure = error
        assert failure is not None
        _LOG.error("intake_failed", channel=item.event.channel, error=type(failure).__name__)
        return failure


def _check(event: InboundEvent) -> None:
    if event.text is not None and len(unicodedata.normalize("NFC", event.text)) > MAX_TEXT:
        raise InvalidEvent("text_too_long")
    if event.payload is not None and len(event.payload) > 256:
        raise InvalidEvent("payload_too_long")
    if not event.sender or len(event.sender) > 80 or len(event.account) > 60:
        raise InvalidEvent("bad_sender")
    if not event.event_id:
        raise InvalidEvent("no_event_id")


def _stored_event_id(event: InboundEvent) -> str:
    """On the web the client chooses the id, so it counts within its conversation; what is too long is hashed."""
    whole = f"{event.sender}:{event.event_id}" if event.channel == "webchat" else event.event_id
    return whole if len(whole) <= 120 else hashlib.sha256(whole.encode()).hexdigest()


def _store(session: Session, batch: Sequence[_Item], *, looking: bool, now: datetime) -> list[Accepted | Exception]:
    """Without `looking`, an event that is stored already raises IntegrityError."""
    inbound = [item for item in batch if item.event.kind not in ("echo", "receipt")]
    results: dict[int, Accepted | Exception] = {}
    for item in batch:
        if item.event.kind in ("echo", "receipt"):
            results[id(item)] = _settle(session, item, now=now)
    if inbound:
        known = repository.known_events(session, (item.key for item in inbound)) if looking else {}
        results.update(_store_messages(session, inbound, known, now=now))
    return [results[id(item)] for item in batch]


def _store_messages(
    session: Session, items: Sequence[_Item], known: Mapping[EventKey, tuple[int, int]], *, now: datetime
) -> dict[int, Accepted | Exception]:
    conversations = repository.locked_counters(session, (item.address for item in items))
    results: dict[int, Accepted | Exception] = {}
    fresh: dict[EventKey, tuple[_Item, Counters, int]] = {}
    for item in items:
        if item.key in known:
            results[id(item)] = Accepted(*known[item.key], duplicate=True)
        elif item.key not in fresh:
            conversation = conversations.get(item.address) or _new_conversation(session, item, conversations, now=now)
            if conversation is None:
                results[id(item)] = UnknownConversation()
                continue
            conversation.last_n += 1
            fresh[item.key] = (item, conversation, conversation.last_n)
    rows = [_row(session, item, conversation, n, now=now) for item, conversation, n in fresh.values()]
    repository.add_messages(session, rows)
    _make_ready(fresh.values(), now=now)
    repository.save_counters(session, {conversation.id: conversation for _, conversation, _ in fresh.values()}.values())
    for item in items:
        if id(item) not in results:
            first, conversation, n = fresh[item.key]
            results[id(item)] = Accepted(conversation.id, n, duplicate=item is not first)
    return results


def _new_conversation(
    session: Session, item: _Item, conversations: dict[Address, Counters], *, now: datetime
) -> Counters | None:
    if item.event.channel == "webchat":
        return None
    made = repository.add_conversation(session, item.address, now=now)
    conversations[item.address] = Counters(made.id, made.citizen_id, made.last_n, made.ready_at)
    return conversations[item.address]


def _make_ready(fresh: Any, *, now: datetime) -> None:
    for item, conversation, _n in fresh:
        waits = conversation.ready_at is not None and conversation.ready_at <= now
        if _deserves_turn(item.event) and not waits:
            conversation.ready_at = now


def _deserves_turn(event: InboundEvent) -> bool:
    """Not a citizen who left, nor an event of Zalo's that is unknown to us and no message."""
    if event.kind == "unsupported" and event.channel == "zalo":
        return event.event_id.startswith("user_send_")
    return event.kind != "left"


def _row(session: Session, item: _Item, conversation: Counters, n: int, *, now: datetime) -> dict[str, Any]:
    event = item.event
    over = not _deserves_turn(event)
    text = event.phone if event.kind == "contact" else event.text
    return {
        "conversation_id": conversation.id,
        "n": n,
        "channel": event.channel,
        "account": event.account,
        "event_id": item.key[2],
        "kind": event.kind,
        "text": unicodedata.normalize("NFC", text) if text is not None else None,
        "payload": event.payload,
        "lat": event.location.lat if event.location else None,
        "lon": event.location.lon if event.location else None,
        "files": _files(session, item, conversation, now=now),
        "received_at": now,
        "state": "done" if over else "new",
        "attempts": 0,
        "unsettled": False,
        "notified_delay": False,
        "done_at": now if over else None,
    }


def _files(session: Session, item: _Item, conversation: Counters, *, now: datetime) -> list[dict[str, Any]]:
    """A web file is kept at once; one that lies with its channel is fetched by the worker."""
    if item.data is not None:
        file, citizen_id = item.event.files[0], conversation.citizen_id
        return [keep_file(session, file.name, file.content_type, item.data, citizen_id=citizen_id, now=now)]
    return [
        {"ref": file.ref, "name": file.name, "content_type": file.content_type, "size": file.size}
        for file in item.event.files
    ]


def keep_file(
    session: Session, name: str, content_type: str, data: bytes, *, citizen_id: int, now: datetime
) -> dict[str, Any]:
    """Store a citizen's file until their next case takes it; what the inbox row keeps of it."""
    file = attach_file(
        session,
        CaseFile(
            citizen_id=citizen_id,
            key=new_capability(),
            name=name[:200],
            content_type=content_type[:100],
            size=len(data),
            sha256=hashlib.sha256(data).hexdigest(),
            created_at=now,
            data=data,
        ),
    )
    return file_entry(file)


def file_entry(file: CaseFile) -> dict[str, Any]:
    """What an inbox or outbox row keeps of a stored file."""
    return {"key": file.key, "name": file.name, "content_type": file.content_type, "size": file.size}


def _settle(session: Session, item: _Item, *, now: datetime) -> Accepted:
    """An echo or a receipt tells that a message of ours went out. By its id, or else, for an echo, by its words:
    an ambiguous send left us no id. Of a message cut in parts only the echo of the last one settles it."""
    event = item.event
    nothing = Accepted(None, None, duplicate=False)
    known = event.provider_message_id
    if known and repository.settle_by_id(session, item.address, known, now=now):
        return nothing
    if event.kind != "echo" or not known or not event.text:
        return nothing
    echoed = _squeezed(event.text)
    for row in repository.unsure_messages(session, item.address):
        if any(_squeezed(form).endswith(echoed) for form in _forms(row)):
            row.state, row.sent_at, row.error, row.provider_message_id = "sent", now, None, known[:80]
            break
    return nothing


def _forms(row: Any) -> tuple[str, str]:
    """The words as they may have gone out: plain, or with the choices as numbered lines."""
    text = row.brief or row.text
    lines = [f"{number}. {button['title'].strip()}" for number, button in enumerate(row.buttons, start=1)]
    return text, "\n".join([text, *lines])


def _squeezed(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).split())
