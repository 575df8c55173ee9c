"""The dialogue engine behind a small interface, and Rasa Open Source as one such engine, over HTTP on loopback."""

from __future__ import annotations

import asyncio
import itertools
import sqlite3
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import quote

import httpx

from integrations.channel import Button

LOOK_SECONDS = 10.0
_DEFAULT_ACTIONS = {
    "action_listen",
    "action_restart",
    "action_session_start",
    "action_default_fallback",
    "action_deactivate_loop",
    "action_revert_fallback_events",
    "action_default_ask_affirmation",
    "action_default_ask_rephrase",
    "action_two_stage_fallback",
    "action_unlikely_intent",
    "action_back",
    "action_extract_slots",
    "action_validate_slot_mappings",
}
_TICK = 2e-6  # seconds; a float can just tell such moments apart
_SESSION_START = ({"event": "action", "name": "action_session_start"}, {"event": "session_started"})


class EngineError(Exception):
    """Base of what can go wrong between us and the engine. `reason` is for the log and holds no message text."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class EngineUnavailable(EngineError):
    """Nobody there, or not ready. `started`: the request had left, so that the turn may have run or may still run."""

    def __init__(self, reason: str, *, started: bool = False) -> None:
        super().__init__(reason)
        self.started = started


class EngineFailed(EngineError):
    """The engine answered, and the answer is no good."""


@dataclass(frozen=True, slots=True)
class EngineReply:
    """One reply of a turn: words with buttons, or a `custom` instruction to us."""

    text: str = ""
    buttons: tuple[Button, ...] = ()
    custom: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SavedTurn:
    """What the engine keeps of one turn: its replies, and the custom actions that it believes to have run."""

    replies: tuple[EngineReply, ...]
    actions: tuple[str, ...]


class DialogueEngine(Protocol):
    """What the conversation needs of an engine; every call may raise EngineUnavailable or EngineFailed."""

    async def turn(self, sender: str, text: str, metadata: Mapping[str, Any]) -> list[EngineReply]:
        """Run one turn. The replies alone prove nothing: its actions' receipts do."""
        ...

    async def saved_turn(self, sender: str, inbox_id: int) -> SavedTurn | None:
        """The turn of this inbox row as it was saved, None if it was not (or was taken back).

        Waits for a turn of this sender that is still running.
        """
        ...

    async def take_back(self, sender: str, inbox_id: int) -> None:
        """Undo this turn and all after it, so that it can be repeated as if it had never been."""
        ...

    async def forget(self, sender: str) -> None:
        """Delete everything kept of this session."""
        ...

    async def parse(self, text: str) -> dict[str, Any]: ...

    async def ready(self) -> bool: ...


class RasaEngine:
    """Rasa 3.6 over its REST channel and its tracker API.

    `forget_rows` deletes a sender's rows from the tracker store's own database, which Rasa's API cannot do; without
    it (trackers in memory) the tracker is overwritten with an empty one.
    """

    def __init__(
        self,
        url: str,
        *,
        timeout: float = 60.0,
        connections: int = 32,
        token: str = "",
        forget_rows: Callable[[str], None] | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        limits = httpx.Limits(max_connections=connections, max_keepalive_connections=connections, keepalive_expiry=4.0)
        self._http = httpx.AsyncClient(
            base_url=url.rstrip("/"),
            timeout=httpx.Timeout(timeout, connect=2.0, pool=timeout),
            limits=limits,
            transport=transport,
            trust_env=False,
            params={"token": token} if token else None,
        )
        self._forget_rows = forget_rows

    async def turn(self, sender: str, text: str, metadata: Mapping[str, Any]) -> list[EngineReply]:
        body = {"sender": sender, "message": text, "metadata": dict(metadata)}
        answer = await self._call("POST", "/webhooks/rest/webhook", json=body)
        if not isinstance(answer, list):
            raise EngineFailed("turn_not_a_list")
        return [_rest_reply(item) for item in answer if isinstance(item, Mapping)]

    async def saved_turn(self, sender: str, inbox_id: int) -> SavedTurn | None:
        await self._wait_for_running_turn(sender)
        return read_turn(await self._events(sender), inbox_id)

    async def _events(self, sender: str) -> list[dict[str, Any]]:
        path = f"{_path(sender)}/tracker"
        tracker = await self._call("GET", path, params={"include_events": "ALL"}, timeout=LOOK_SECONDS)
        events = tracker.get("events") if isinstance(tracker, dict) else None
        return _this_session([event for event in events or [] if isinstance(event, dict)])

    async def _wait_for_running_turn(self, sender: str) -> None:
        """Rasa's GET takes no lock, its POST does: an append of nothing waits in line, is then refused, and Rasa logs
        an error about it, which is harmless."""
        await self._call("POST", f"{_path(sender)}/tracker/events", json=[], accept=(400, 500))

    async def take_back(self, sender: str, inbox_id: int) -> None:
        """Begin the tracker's session anew with the events before this message.

        Rasa's own `rewind` is no good inside a form, where it takes back the turns before as well, and a tracker
        store in a database only ever appends. It reads from the last beginning on, and in the order of time: so the
        events are given new times.
        """
        events = await self._events(sender)
        start = _start_of(events, inbox_id)
        if start is not None:
            now = time.time()
            again = [*_SESSION_START, *map(_replayable, events[:start])]
            again = [{**event, "timestamp": now + index * _TICK} for index, event in enumerate(again)]
            await self._call("POST", f"{_path(sender)}/tracker/events", json=again, timeout=LOOK_SECONDS)

    async def forget(self, sender: str) -> None:
        if self._forget_rows is not None:
            try:
                await asyncio.to_thread(self._forget_rows, sender)
            except (OSError, sqlite3.Error) as error:
                raise EngineUnavailable(f"tracker:{type(error).__name__}") from None
            return
        await self._call("PUT", f"{_path(sender)}/tracker/events", json=[])

    async def parse(self, text: str) -> dict[str, Any]:
        parsed = await self._call("POST", "/model/parse", json={"text": text})
        if not isinstance(parsed, dict):
            raise EngineFailed("parse_not_an_object")
        return parsed

    async def ready(self) -> bool:
        """Whether a model is loaded: without one Rasa still answers turns, with nothing."""
        try:
            status = await self._call("GET", "/status", timeout=LOOK_SECONDS)
        except EngineError:
            return False
        return isinstance(status, Mapping) and bool(status.get("model_file"))

    async def aclose(self) -> None:
        await self._http.aclose()

    async def _call(self, method: str, path: str, *, accept: Sequence[int] = (), **options: Any) -> Any:
        try:
            response = await self._http.request(method, path, **options)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            raise EngineUnavailable(type(error).__name__) from None
        except httpx.HTTPError as error:
            raise EngineUnavailable(type(error).__name__, started=True) from None
        if response.status_code in accept:
            return None
        if response.status_code in (409, 503):  # no model loaded yet
            raise EngineUnavailable(f"http_{response.status_code}")
        if response.status_code != 200:
            raise EngineFailed(f"http_{response.status_code}")
        try:
            return response.json()
        except ValueError:
            raise EngineFailed("not_json") from None


def read_turn(events: Sequence[Mapping[str, Any]], inbox_id: int) -> SavedTurn | None:
    """The turn that began with the user event of this inbox row."""
    start = _start_of(events, inbox_id)
    if start is None:
        return None
    turn = list(itertools.takewhile(lambda event: event.get("event") != "user", events[start + 1 :]))
    names = [str(event.get("name")) for event in turn if event.get("event") == "action"]
    return SavedTurn(
        replies=tuple(_event_reply(event) for event in turn if event.get("event") == "bot"),
        actions=tuple(name for name in names if name.startswith("action_") and name not in _DEFAULT_ACTIONS),
    )


def _this_session(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What counts: the events after the last beginning of a session."""
    starts = [index for index, event in enumerate(events) if event.get("event") in ("session_started", "restart")]
    return events[starts[-1] + 1 :] if starts else events


def _replayable(event: dict[str, Any]) -> dict[str, Any]:
    """Rasa refuses, on its way in, the nameless intent that it gives out itself for words it did not understand."""
    parsed = event.get("parse_data")
    intent = parsed.get("intent") if isinstance(parsed, dict) else None
    if not isinstance(parsed, dict) or not isinstance(intent, dict) or isinstance(intent.get("name"), str):
        return event
    return {**event, "parse_data": {**parsed, "intent": {}}}


def _start_of(events: Sequence[Mapping[str, Any]], inbox_id: int) -> int | None:
    starts = [index for index, event in enumerate(events) if _inbox_id(event) == inbox_id]
    return starts[-1] if starts else None


def _inbox_id(event: Mapping[str, Any]) -> object:
    metadata = event.get("metadata")
    is_user = event.get("event") == "user" and isinstance(metadata, Mapping)
    return metadata.get("inbox_id") if is_user and metadata is not None else None


def _rest_reply(item: Mapping[str, Any]) -> EngineReply:
    return _reply(item.get("text"), item.get("buttons"), item.get("custom"))


def _event_reply(event: Mapping[str, Any]) -> EngineReply:
    data = event.get("data")
    extra: Mapping[str, Any] = data if isinstance(data, Mapping) else {}
    return _reply(event.get("text"), extra.get("buttons"), extra.get("custom"))


def _reply(text: object, buttons: object, custom: object) -> EngineReply:
    choices = [item for item in buttons if isinstance(item, Mapping)] if isinstance(buttons, list) else []
    return EngineReply(
        text=text if isinstance(text, str) else "",
        buttons=tuple(Button(str(item.get("title", "")), str(item.get("payload", ""))) for item in choices),
        custom=custom if isinstance(custom, Mapping) else {},
    )


def _path(sender: str) -> str:
    return f"/conversations/{quote(sender, safe='')}"
