"""Who may use the API: every route, from the application's own table, asked without a token and with a poor one."""

from __future__ import annotations

import logging

import pytest
from fastapi import FastAPI
from sqlalchemy import select, text

from feedback.base import Base
from feedback.database import Database
from feedback.errors import InvalidInput
from feedback.models import Staff
from langnghe import tokens
from langnghe.models import ApiToken
from langnghe.web.api.program import api_routers, install_api
from langnghe.web.app import create_app
from langnghe.web.services import WebServices
from tests.conftest import FakeClock
from tests.factories import MONDAY
from tests.web.api.conftest import ALL, Issue, Programs, doors, program

PROBLEM = "application/problem+json"


async def test_no_route_answers_without_a_token(api_app: FastAPI, people: None) -> None:
    asked = list(doors(api_app))
    assert len(asked) > 2
    async with program(api_app) as nobody:
        for door in asked:
            answer = await nobody.request(door.method, door.address())
            assert (answer.status_code, answer.headers["content-type"]) == (401, PROBLEM), door
            assert answer.headers["www-authenticate"] == "Bearer"
            assert answer.json()["code"] == "login_required" and answer.json()["detail"]


async def test_no_body_is_read_without_a_token(api_app: FastAPI, people: None) -> None:
    async with program(api_app, "ln_0000000000_" + "a" * 43) as stranger:
        for door in doors(api_app):
            if door.method == "POST":
                headers = {"Content-Type": "application/json"}
                answer = await stranger.post(door.address(), content=b"{", headers=headers)
                assert answer.status_code in (401, 429), door


async def test_no_route_answers_a_token_without_its_scope(api_app: FastAPI, people: None, issue: Issue) -> None:
    for door in doors(api_app):
        if not door.scopes:
            assert door.path == "/api/v1/token", f"{door} needs no scope"
            continue
        poor = issue("an", scopes=[scope for scope in ALL if scope not in door.scopes])
        async with program(api_app, poor) as client:
            answer = await client.request(door.method, door.address())
        assert (answer.status_code, answer.headers["content-type"]) == (403, PROBLEM), door
        assert answer.json()["code"] == "insufficient_scope"
        assert door.scopes[0] in answer.headers["www-authenticate"]


CHANGES_NOTHING = (
    "/api/v1/cases/{code}/identity",
    "/api/v1/routing/",
    "/api/v1/questionnaires/{questionnaire_id}/next",
    "/api/v1/questionnaires/lint",
    "/api/v1/indices/compute/",
    "/api/v1/indices/results/{result_id}/replay",
)
"""Sent with a body, or recorded as a look, and yet only read."""


def test_what_changes_something_needs_a_scope_that_says_so(api_app: FastAPI) -> None:
    for door in doors(api_app):
        if door.method != "GET" and not door.path.startswith(CHANGES_NOTHING):
            assert all(scope.endswith(":write") for scope in door.scopes), door


@pytest.mark.parametrize("given", ["", "ln_0000000000_" + "a" * 43, "Bearer", "ln_x", "đ" * 20])
async def test_a_token_that_is_none_is_refused(api_app: FastAPI, people: None, given: str) -> None:
    async with program(api_app) as client:
        header = b"Bearer " + given.encode()
        answer = await client.get("/api/v1/token", headers=[(b"authorization", header)])
    assert answer.status_code == 401


async def test_a_right_prefix_with_another_secret_is_refused(api_app: FastAPI, people: None, issue: Issue) -> None:
    token = issue("an")
    wrong = token[:-2] + ("aa" if not token.endswith("aa") else "bb")
    async with program(api_app, wrong) as client:
        answer = await client.get("/api/v1/token")
    assert answer.status_code == 401 and answer.json()["code"] == "invalid_token"


async def test_a_token_ends_by_time_by_hand_and_with_its_person(
    api_app: FastAPI, people: None, issue: Issue, database: Database, clock: FakeClock
) -> None:
    short, revoked, left = issue("an", days=1), issue("binh"), issue("chi")
    for token in (short, revoked, left):
        async with program(api_app, token) as client:
            assert (await client.get("/api/v1/token")).status_code == 200
    clock.advance(24 * 3600)
    with database.write() as session:
        tokens.revoke(session, revoked.split("_")[1], now=clock())
        session.scalars(select(Staff).where(Staff.username == "chi")).one().active = False
    for token in (short, revoked, left):
        async with program(api_app, token) as client:
            assert (await client.get("/api/v1/token")).status_code == 401


async def test_the_token_tells_its_person_scopes_and_end(programs: Programs) -> None:
    said = (await programs.an.get("/api/v1/token")).json()
    assert (said["user"], said["role"], said["office"]) == ("an", "officer", "UBND phường Hạc Thành")
    assert [one["scope"] for one in said["scopes"]] == list(ALL)


async def test_only_a_hash_is_stored_and_the_last_day_of_use(
    api_app: FastAPI, people: None, issue: Issue, database: Database
) -> None:
    token = issue("an")
    async with program(api_app, token) as client:
        await client.get("/api/v1/token")
    secret = token.split("_", 2)[2]
    with database.read() as session:
        everything = "\n".join(
            str(tuple(row))
            for table in Base.metadata.sorted_tables
            for row in session.execute(text(f'select * from "{table.name}"'))
        )
        kept = session.scalars(select(ApiToken)).one()
    assert secret not in everything and kept.prefix in token
    assert kept.last_used_on is not None and kept.last_used_on.isoformat() == "2026-11-23"


async def test_no_token_is_in_any_log(
    api_app: FastAPI,
    people: None,
    issue: Issue,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    token = issue("an")
    for given in (token, token[:-3] + "abc"):
        async with program(api_app, given) as client:
            await client.get("/api/v1/token")
            await client.get("/api/v1/cases?cursor=x")
    said = "".join(capsys.readouterr()) + caplog.text
    assert token.split("_", 2)[2][:12] not in said


async def test_one_token_may_not_ask_without_end(staff_services: WebServices, people: None, issue: Issue) -> None:
    calm = staff_services.settings.model_copy(update={"api_per_second": 0.3})
    app = create_app(staff_services, routers=api_routers())
    install_api(app, WebServices(**{**_parts(staff_services), "settings": calm}))
    async with program(app, issue("an")) as client:
        codes = [(await client.get("/api/v1/token")).status_code for _ in range(5)]
        answer = await client.get("/api/v1/token")
    assert codes == [200, 200, 200, 429, 429]
    assert answer.headers["content-type"] == PROBLEM and int(answer.headers["retry-after"]) >= 1


def _parts(services: WebServices) -> dict[str, object]:
    return {name: getattr(services, name) for name in WebServices.__dataclass_fields__}


async def test_guessing_tokens_is_slowed_down(api_app: FastAPI, people: None) -> None:
    async with program(api_app, "ln_0000000000_" + "a" * 43) as client:
        codes = {(await client.get("/api/v1/token")).status_code for _ in range(40)}
    assert codes == {401, 429}


def test_a_token_is_made_for_a_known_person_with_known_scopes(database: Database, people: None) -> None:
    good = {"username": "an", "name": "Mẫu", "scopes": ["cases:read"], "days": 10, "now": MONDAY}
    with database.write() as session:
        assert tokens.create(session, **good)[1].startswith("ln_")
        for wrong in (
            {"username": "ai"},
            {"scopes": ["all"]},
            {"scopes": []},
            {"days": 0},
            {"days": 999},
            {"name": " "},
        ):
            with pytest.raises(InvalidInput):
                tokens.create(session, **{**good, **wrong})


async def test_an_address_that_is_none_is_a_problem_too(programs: Programs) -> None:
    answer = await programs.an.get("/api/v1/khong-co")
    assert (answer.status_code, answer.headers["content-type"]) == (404, PROBLEM)
    assert answer.json()["type"] == "urn:langnghe:problem:not_found"
