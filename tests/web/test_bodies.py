"""A request's body: capped, and not waited for without end."""

from __future__ import annotations

import asyncio

import pytest
from starlette.types import Message, Receive, Scope, Send

from langnghe.web import bodies
from langnghe.web.bodies import BodyLimits
from langnghe.web.errors import WebError

SCOPE: Scope = {"type": "http", "path": "/chat", "headers": []}


async def no_send(_message: Message) -> None:
    return None


async def read_all(_scope: Scope, receive: Receive, _send: Send) -> None:
    while (await receive()).get("more_body", False):
        pass


async def test_a_sender_that_stops_in_the_middle_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "PAUSE_LIMIT", 0.02)
    parts = iter([{"type": "http.request", "body": b"{", "more_body": True}])

    async def receive() -> Message:
        part = next(parts, None)
        return part if part is not None else await asyncio.Event().wait()  # type: ignore[return-value]

    with pytest.raises(WebError) as refused:
        await BodyLimits(read_all, {})(SCOPE, receive, no_send)
    assert refused.value.status_code == 408


async def test_after_the_body_the_wait_for_the_page_to_go_away_has_no_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "PAUSE_LIMIT", 0.02)
    parts = iter([{"type": "http.request", "body": b""}])

    async def receive() -> Message:
        part = next(parts, None)
        if part is None:
            await asyncio.sleep(0.1)
        return part or {"type": "http.disconnect"}

    heard: list[str] = []

    async def app(_scope: Scope, receive: Receive, _send: Send) -> None:
        heard.extend([(await receive())["type"], (await receive())["type"]])

    await BodyLimits(app, {})(SCOPE, receive, no_send)
    assert heard == ["http.request", "http.disconnect"]
