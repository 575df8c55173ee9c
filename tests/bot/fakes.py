"""Stand-ins for the engine, the channels and the world around the conversation, and small makers of rows."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select

from bot import repository
from bot.attachments import Attachments
from bot.engine import EngineReply, EngineUnavailable, SavedTurn
from bot.intake import Intake, start_web_conversation
from bot.models import Conversation, InboxMessage, OutboxMessage
from bot.notices import NoticePolicy, Notices, Subscriber
from bot.turn import Turns
from bot.wake import Wakes
from bot.worker import Worker, WorkerOptions
from feedback import cases
from feedback.database import Database
from feedback.models import Case, Citizen, Staff
from feedback.routing import Route
from integrations.channel import InboundEvent, OutgoingMessage, RemoteFile, Sent, TransportError


class Killed(BaseException):
    """The process dies here: nothing after this line happens."""


Hook = Callable[[str], None]


@dataclass
class FakeEngine:
    """Like Rasa: the turn's action works in the database on its own, the tracker is saved once, at the end.

    `hook` is called with the name of each place where the process may die or the network may break: `before`, `acted`
    (the action's effect is stored, the tracker is not), `saved` (the answer is lost on its way).
    `endpoint_down`: as Rasa does, the action is believed to have run, and nothing was said.
    """

    database: Database
    clock: Callable[[], datetime]
    hook: Hook = lambda _place: None
    down: bool = False
    loaded: bool = True
    endpoint_down: bool = False
    receipt_error: str | None = None
    answer: Callable[[str], list[EngineReply]] = lambda text: [EngineReply(text=f"nghe: {text}")]
    trackers: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    turns: list[tuple[str, str, Mapping[str, Any]]] = field(default_factory=list)
    forgotten: list[str] = field(default_factory=list)
    delay: float = 0.0

    async def turn(self, sender: str, text: str, metadata: Mapping[str, Any]) -> list[EngineReply]:
        self._check_up()
        self.turns.append((sender, text, metadata))
        self.hook("before")
        if self.delay:
            await asyncio.sleep(self.delay)
        if not self.loaded:
            return []
        events: list[dict[str, Any]] = [{"event": "user", "text": text, "metadata": dict(metadata)}]
        events.append({"event": "action", "name": "action_tiep"})
        replies = await asyncio.to_thread(self._act, int(metadata["inbox_id"]), text)
        self.hook("acted")
        events += [{"event": "bot", "reply": reply} for reply in replies]
        self.trackers.setdefault(sender, []).extend(events)
        self.hook("saved")
        return replies

    def _act(self, inbox_id: int, text: str) -> list[EngineReply]:
        """The action's effect, keyed by the inbox row, with its receipt."""
        if self.endpoint_down:
            return []
        now = self.clock()
        with self.database.write() as session:
            if self.receipt_error:
                repository.add_receipt(
                    session, inbox_id, action="action_tiep", ok=False, error=self.receipt_error, now=now
                )
                return []
            add_effect(session, f"inbox:{inbox_id}", now)
            repository.add_receipt(session, inbox_id, action="action_tiep", ok=True, now=now)
        return self.answer(text)

    async def saved_turn(self, sender: str, inbox_id: int) -> SavedTurn | None:
        self._check_up()
        self.hook("looking")
        events = self.trackers.get(sender, [])
        starts = [
            index
            for index, event in enumerate(events)
            if event["event"] == "user" and event["metadata"]["inbox_id"] == inbox_id
        ]
        if not starts:
            return None
        turn = events[starts[-1] + 1 :]
        return SavedTurn(
            replies=tuple(event["reply"] for event in turn if event["event"] == "bot"),
            actions=tuple(event["name"] for event in turn if event["event"] == "action"),
        )

    async def take_back(self, sender: str, inbox_id: int) -> None:
        self._check_up()
        events = self.trackers[sender]
        while events:
            event = events.pop()
            if event["event"] == "user" and event["metadata"]["inbox_id"] == inbox_id:
                break
        self.hook("taken_back")

    async def forget(self, sender: str) -> None:
        self._check_up()
        self.trackers.pop(sender, None)
        self.forgotten.append(sender)

    async def parse(self, text: str) -> dict[str, Any]:
        return {"text": text}

    async def ready(self) -> bool:
        return self.loaded and not self.down

    def _check_up(self) -> None:
        if self.down:
            raise EngineUnavailable("ConnectError")


def add_effect(session: Any, key: str, now: datetime) -> None:
    """What an action does once for a key: here a citizen whose name is the key."""
    if session.scalars(select(Citizen).where(Citizen.name == key)).first() is None:
        session.add(Citizen(created_at=now, name=key))


def effects(database: Database) -> list[str]:
    with database.read() as session:
        return [name for name in session.scalars(select(Citizen.name).order_by(Citizen.id)) if name]


@dataclass
class FakeClient:
    """A channel that remembers what was sent; `fail` may raise before the message counts as sent."""

    name: Any = "telegram"
    account: str = "777"
    sent: list[tuple[str, OutgoingMessage]] = field(default_factory=list)
    fail: Callable[[str, OutgoingMessage], None] = lambda _recipient, _message: None
    files: dict[str, bytes | TransportError] = field(default_factory=dict)
    fetched: list[str] = field(default_factory=list)

    async def send(self, recipient: str, message: OutgoingMessage) -> Sent:
        self.fail(recipient, message)
        self.sent.append((recipient, message))
        return Sent(provider_message_id=f"m{len(self.sent)}")

    async def fetch(self, file: RemoteFile, *, limit: int) -> bytes:
        self.fetched.append(file.ref)
        found = self.files[file.ref]
        if isinstance(found, TransportError):
            raise found
        return found

    async def aclose(self) -> None:
        return None


@dataclass
class Stage:
    """Everything around one conversation, put together as bootstrap does it."""

    database: Database
    clock: Any
    engine: FakeEngine
    clients: dict[str, FakeClient] = field(default_factory=dict)
    turns: Turns = field(default_factory=Turns)
    policy: NoticePolicy = field(default_factory=NoticePolicy)
    subscribers: dict[str, list[Subscriber]] = field(default_factory=dict)
    woken: list[object] = field(default_factory=list)

    def intake(self) -> Intake:
        return Intake(self.database, self.clock, lambda: self.woken.append("worker"))

    def worker(self, options: WorkerOptions | None = None) -> Worker:
        return Worker(
            self.database,
            self.engine,
            self.turns,
            clock=self.clock,
            notices=Notices(self.database, self.clock, self.policy, self.subscribers),
            files=Attachments(self.clients, self.clock, pause=0.0),
            wakes=Wakes(app=self.woken.append, sender=lambda: self.woken.append("sender")),
            options=options,
        )

    async def run(self, options: WorkerOptions | None = None) -> None:
        """A fresh worker does all that is due, as after a restart."""
        worker = self.worker(options)
        try:
            await worker.drain()
        finally:
            worker.close()

    async def say(self, key: str, text: str, *, event_id: str) -> int:
        """The citizen writes on the web; the inbox id."""
        return await self.accept(web(key, event_id, text=text))

    async def accept(self, *events: InboundEvent, data: bytes | None = None) -> int:
        intake = self.intake()
        accepted = await asyncio.gather(*(intake.accept(event, data=data) for event in events))
        await intake.aclose()
        with self.database.read() as session:
            here = (InboxMessage.conversation_id == accepted[-1].conversation_id, InboxMessage.n == accepted[-1].n)
            return session.scalar(select(InboxMessage.id).where(*here)) or 0

    def start(self) -> Conversation:
        with self.database.write() as session:
            return start_web_conversation(session, now=self.clock())

    def said(self, conversation_id: int) -> list[str]:
        return [row.text for row in self.outbox(conversation_id)]

    def outbox(self, conversation_id: int) -> list[OutboxMessage]:
        with self.database.read() as session:
            rows = select(OutboxMessage).where(OutboxMessage.conversation_id == conversation_id)
            return list(session.scalars(rows.order_by(OutboxMessage.n)))

    def inbox(self, conversation_id: int) -> list[InboxMessage]:
        with self.database.read() as session:
            rows = select(InboxMessage).where(InboxMessage.conversation_id == conversation_id)
            return list(session.scalars(rows.order_by(InboxMessage.n)))

    def conversation(self, conversation_id: int) -> Conversation:
        with self.database.read() as session:
            return session.get_one(Conversation, conversation_id)

    def conversation_of(self, channel: str, external_id: str) -> Conversation:
        with self.database.read() as session:
            wanted = (Conversation.channel == channel, Conversation.external_id == external_id)
            return session.scalars(select(Conversation).where(*wanted)).one()


def web(key: str, event_id: str, **parts: Any) -> InboundEvent:
    kind = parts.pop("kind", None) or ("payload" if "payload" in parts else "text")
    return InboundEvent(channel="webchat", account="web", event_id=event_id, sender=key, kind=kind, **parts)


def telegram(sender: str, event_id: str, **parts: Any) -> InboundEvent:
    kind = parts.pop("kind", None) or ("payload" if "payload" in parts else "text")
    return InboundEvent(channel="telegram", account="777", event_id=event_id, sender=sender, kind=kind, **parts)


def zalo(sender: str, event_id: str, **parts: Any) -> InboundEvent:
    kind = parts.pop("kind", None) or ("payload" if "payload" in parts else "text")
    return InboundEvent(channel="zalo", account="oa1", event_id=event_id, sender=sender, kind=kind, **parts)


def a_route() -> Route:
    return Route(
        agency="ubnd_xa",
        unit="14797",
        desk=None,
        name="UBND phường Hạc Thành",
        level="xa",
        why=("rác: UBND cấp xã",),
        rule_ids=("moi_truong",),
        province_code="38",
    )


def open_case(database: Database, citizen_id: int, *, kind: str = "phan_anh", now: datetime, key: str = "k1") -> Case:
    regime = {"phan_anh": "hien_truong", "to_cao": "to_cao", "khieu_nai": "khieu_nai"}[kind]
    draft = cases.CaseDraft(kind=kind, regime=regime, text="Rác để cả tuần ở ngõ.", route=a_route(), province_code="38")
    with database.write() as session:
        case = cases.open_case(session, draft, citizen_id=citizen_id, effect_key=key, received_at=now, now=now)
        session.flush()
        _ = case.office.name
        return case


def answer_case(database: Database, case_id: int, text: str, *, now: datetime, key: str = "a1") -> None:
    """An officer of the case's own office answers it."""
    with database.write() as session:
        case = session.get_one(Case, case_id)
        staff = Staff(
            username=f"canbo-{key}",
            display_name="Cán bộ Mẫu",
            password_hash="x",
            role="officer",
            office_id=case.office_id,
            sees_restricted=True,
        )
        session.add(staff)
        session.flush()
        cases.answer(session, case_id, staff=staff, text=text, version=case.version, effect_key=key, now=now)
