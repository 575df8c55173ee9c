"""Rasa over HTTP: what is asked, what is understood of its answers, and which failure is which."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from bot.engine import EngineFailed, EngineReply, EngineUnavailable, RasaEngine, read_turn
from integrations.channel import Button


def engine(answer: Callable[[httpx.Request], httpx.Response], **options: Any) -> RasaEngine:
    return RasaEngine("http://engine", transport=httpx.MockTransport(answer), **options)


def user(inbox_id: int | None, text: str = "x", **more: Any) -> dict[str, Any]:
    metadata = {} if inbox_id is None else {"inbox_id": inbox_id}
    return {"event": "user", "text": text, "metadata": metadata, "parse_data": {"intent": {"name": None}}, **more}


def action(name: str) -> dict[str, Any]:
    return {"event": "action", "name": name}


def said(text: str, **data: Any) -> dict[str, Any]:
    return {"event": "bot", "text": text, "data": data}


LISTEN, STARTED = action("action_listen"), {"event": "session_started"}


async def test_a_turn_carries_sender_words_and_metadata_and_reads_all_kinds_of_reply() -> None:
    asked: list[Any] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append((request.method, request.url.path, json.loads(request.content)))
        return httpx.Response(
            200,
            json=[
                {
                    "recipient_id": "c1s1",
                    "text": "Đúng không?",
                    "buttons": [{"title": "Đúng", "payload": "act:dong_y"}],
                },
                {"recipient_id": "c1s1", "custom": {"session": "end"}},
            ],
        )

    replies = await engine(answer).turn("c1s1", "đường hỏng", {"inbox_id": 7})
    assert replies == [
        EngineReply(text="Đúng không?", buttons=(Button("Đúng", "act:dong_y"),)),
        EngineReply(custom={"session": "end"}),
    ]
    body = {"sender": "c1s1", "message": "đường hỏng", "metadata": {"inbox_id": 7}}
    assert asked == [("POST", "/webhooks/rest/webhook", body)]


@pytest.mark.parametrize(
    ("error", "started"),
    [
        (httpx.ConnectError("refused"), False),
        (httpx.ConnectTimeout("slow"), False),
        (httpx.ReadTimeout("slow"), True),
        (httpx.RemoteProtocolError("gone"), True),
        (httpx.ReadError("reset"), True),
    ],
)
async def test_a_lost_engine_is_unavailable_and_it_is_known_whether_the_turn_may_have_run(
    error: Exception, started: bool
) -> None:
    def answer(_request: httpx.Request) -> httpx.Response:
        raise error

    with pytest.raises(EngineUnavailable) as caught:
        await engine(answer).turn("c1s1", "x", {})
    assert caught.value.started is started


@pytest.mark.parametrize(
    "response",
    [httpx.Response(500), httpx.Response(404), httpx.Response(200, text="<html>"), httpx.Response(200, json={"a": 1})],
)
async def test_a_bad_answer_is_a_failure(response: httpx.Response) -> None:
    with pytest.raises(EngineFailed):
        await engine(lambda _request: response).turn("c1s1", "x", {})


@pytest.mark.parametrize(
    ("status", "body", "ready"),
    [(200, {"model_file": "m.tar.gz"}, True), (200, {"model_file": None}, False), (409, {}, False), (500, {}, False)],
)
async def test_ready_means_that_a_model_is_loaded(status: int, body: Any, ready: bool) -> None:
    assert await engine(lambda _request: httpx.Response(status, json=body)).ready() is ready


def test_a_saved_turn_is_read_from_its_user_event_to_the_next() -> None:
    events = [
        LISTEN,
        user(1),
        action("action_chao"),
        said("chào"),
        LISTEN,
        user(2),
        action("bao_form"),
        action("action_mo_viec"),
        said("Mã của anh/chị", buttons=[{"title": "Xem", "payload": "status:x"}]),
        said("", custom={"session": "end"}),
        LISTEN,
        user(3),
    ]
    saved = read_turn(events, 2)
    assert saved is not None
    assert saved.actions == ("action_mo_viec",)
    assert saved.replies == (
        EngineReply(text="Mã của anh/chị", buttons=(Button("Xem", "status:x"),)),
        EngineReply(custom={"session": "end"}),
    )
    assert read_turn(events, 4) is None


class Tracker:
    """A tracker store that only appends, as one in a database does."""

    def __init__(self, events: list[dict[str, Any]]) -> None:
        self.events = events
        self.calls: list[str] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.calls.append(f"{request.method} {request.url.path}")
        if request.method == "GET":
            assert request.url.params["include_events"] == "ALL"
            return httpx.Response(200, json={"events": self.events})
        new = json.loads(request.content)
        if not new:
            return httpx.Response(500)
        nameless = [event for event in new if event.get("parse_data", {}).get("intent", {}).get("name", "") is None]
        if nameless:
            return httpx.Response(400)
        self.events.extend(new)
        return httpx.Response(200, json={})


async def test_a_look_waits_for_a_turn_that_is_still_running() -> None:
    tracker = Tracker([user(1), said("a")])
    await engine(tracker).saved_turn("c1s1", 1)
    assert tracker.calls == ["POST /conversations/c1s1/tracker/events", "GET /conversations/c1s1/tracker"]


async def test_a_turn_taken_back_is_gone_and_the_ones_before_it_are_kept() -> None:
    first = [action("action_session_start"), STARTED, LISTEN, user(1), action("f"), said("a"), LISTEN]
    tracker = Tracker([*first, user(2), action("f"), LISTEN])
    rasa = engine(tracker)
    await rasa.take_back("c1s1", 2)
    assert await rasa.saved_turn("c1s1", 2) is None
    assert await rasa.saved_turn("c1s1", 1) is not None
    again = [event["timestamp"] for event in tracker.events[len(first) + 3 :]]
    assert len(again) == len(first)
    assert again == sorted(set(again))
    count = len(tracker.events)
    await rasa.take_back("c1s1", 2)
    assert len(tracker.events) == count


async def test_forgetting_deletes_rows_where_it_can_and_overwrites_the_tracker_where_not() -> None:
    gone: list[str] = []
    await engine(lambda _request: httpx.Response(500), forget_rows=gone.append).forget("c1s1")
    assert gone == ["c1s1"]
    asked: list[tuple[str, Any]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append((request.method, json.loads(request.content)))
        return httpx.Response(200, json={})

    await engine(answer).forget("c1s1")
    assert asked == [("PUT", [])]
