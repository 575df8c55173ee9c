"""The engine's calls of actions: who may call, in which encodings, and what comes back."""

from __future__ import annotations

import json
import zlib
from dataclasses import replace
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from langnghe.web.app import create_app
from langnghe.web.services import WebServices
from tests.web.conftest import ACTION_TOKEN, FakeActions

CALL = {"next_action": "action_mo_vu_viec", "sender_id": "c1s1", "tracker": {}, "domain": {}}
URL = f"/rasa/actions?token={ACTION_TOKEN}"


async def test_an_action_call_is_run_and_answered(client: httpx.AsyncClient, actions: FakeActions) -> None:
    answer = await client.post(URL, json=CALL)
    assert (answer.status_code, answer.json()) == (200, {"events": [], "responses": []})
    assert actions.calls == [CALL]


async def test_a_deflated_call_is_read(client: httpx.AsyncClient, actions: FakeActions) -> None:
    body = zlib.compress(json.dumps(CALL).encode())
    answer = await client.post(URL, content=body, headers={"Content-Encoding": "deflate"})
    assert answer.status_code == 200
    assert actions.calls == [CALL]


@pytest.mark.parametrize("token", ["", "wrong", "%C4%91%C3%BAng", ACTION_TOKEN + "x"])
async def test_without_the_token_nothing_runs(client: httpx.AsyncClient, actions: FakeActions, token: str) -> None:
    assert (await client.post(f"/rasa/actions?token={token}", json=CALL)).status_code == 403
    assert actions.calls == []


async def test_an_empty_token_in_the_settings_lets_nobody_in(services: WebServices, actions: FakeActions) -> None:
    open_settings = services.settings.model_copy(update={"action_token": SecretStr("")})
    app = create_app(replace(services, settings=open_settings))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://test") as client:
        assert (await client.post("/rasa/actions?token=", json=CALL)).status_code == 403
    assert actions.calls == []


@pytest.mark.parametrize("status", [400, 404, 449])
async def test_what_the_actions_refuse_goes_back_with_their_status(
    client: httpx.AsyncClient, actions: FakeActions, status: int
) -> None:
    actions.answer = (status, {"error": "rejected", "action_name": "action_mo_vu_viec"})
    answer = await client.post(URL, json=CALL)
    assert (answer.status_code, answer.json()) == (status, {"error": "rejected", "action_name": "action_mo_vu_viec"})


@pytest.mark.parametrize(
    ("body", "encoding", "status"),
    [
        (b"no json", "", 400),
        (b"[]", "", 400),
        (b"not deflated", "deflate", 400),
        (zlib.compress(b" " * 50_000_000), "deflate", 413),
        (b" " * 5_000_000, "", 413),
    ],
    ids=["no json", "a list", "bad deflate", "a bomb", "too large"],
)
async def test_a_bad_call_is_refused(
    client: httpx.AsyncClient, actions: FakeActions, body: bytes, encoding: str, status: int
) -> None:
    headers = {"Content-Encoding": encoding} if encoding else {}
    assert (await client.post(URL, content=body, headers=headers)).status_code == status
    assert actions.calls == []


async def test_a_failing_action_is_a_500_that_tells_nothing(services: WebServices) -> None:
    class Failing:
        async def run(self, call: Any) -> Any:
            raise RuntimeError("Nguyễn Văn A 0950000001")

    app = create_app(replace(services, actions=Failing()))
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        answer = await client.post(URL, json=CALL)
    assert answer.status_code == 500
    assert "0950000001" not in answer.text
    assert answer.json()["error"] == "internal_error"


async def test_a_process_without_actions_has_no_such_route(services: WebServices) -> None:
    app = create_app(replace(services, actions=None))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://test") as client:
        assert (await client.post(URL, json=CALL)).status_code == 404
