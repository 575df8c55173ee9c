"""Logging in and out of the console, and that every form carries its session's token."""

from __future__ import annotations

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import func, select

from feedback import people
from feedback.database import Database
from feedback.models import StaffSession
from langnghe.web.staff_access import BEFORE_LOGIN, COOKIE
from tests.factories import PASSWORD, make_staff
from tests.web.staff_cast import Cast, browser, field_of


@pytest.fixture
async def visitor(staff_app: FastAPI, database: Database) -> httpx.AsyncClient:
    """Somebody at the login page; `an` and the manager `boss` may log in."""
    with database.write() as session:
        make_staff(session, "an")
        make_staff(session, "boss", role="manager")
    return browser(staff_app)


async def log_in(
    visitor: httpx.AsyncClient, username: str = "an", password: str = PASSWORD, **fields: str
) -> httpx.Response:
    page = await visitor.get("/console/login")
    data = {"csrf": field_of(page, "csrf"), "next": "/console", "username": username, "password": password, **fields}
    return await visitor.post("/console/login", data=data)


def sessions(database: Database) -> int:
    with database.read() as session:
        return session.scalar(select(func.count()).select_from(StaffSession)) or 0


async def test_the_right_password_leads_to_the_queue(visitor: httpx.AsyncClient) -> None:
    answer = await log_in(visitor, username=" An ")
    assert (answer.status_code, answer.headers["location"]) == (303, "/console")
    assert (await visitor.get("/console")).status_code == 200


async def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(visitor: httpx.AsyncClient) -> None:
    cookie = next(one for one in (await log_in(visitor)).headers.get_list("set-cookie") if one.startswith(COOKIE))
    assert "HttpOnly" in cookie and "SameSite=lax" in cookie and "Path=/" in cookie


@pytest.mark.parametrize(
    ("username", "password"), [("an", "sai"), ("ai-do", PASSWORD), ("", ""), ("a\0n", PASSWORD + "x")]
)
async def test_a_wrong_name_or_password_is_told_the_same_way(
    visitor: httpx.AsyncClient, database: Database, username: str, password: str
) -> None:
    answer = await log_in(visitor, username, password)
    assert answer.status_code == 401
    assert "Tên đăng nhập hoặc mật khẩu không đúng." in answer.text
    assert sessions(database) == 0


async def test_eight_wrong_passwords_lock_the_name(visitor: httpx.AsyncClient, database: Database) -> None:
    for _ in range(people.MAX_FAILED_LOGINS):
        await log_in(visitor, password="sai")
    answer = await log_in(visitor)
    assert answer.status_code == 401 and "tạm khóa" in answer.text
    assert sessions(database) == 0
    assert (await log_in(visitor, username="boss")).status_code == 303


async def test_too_many_tries_of_one_address_are_slowed_down(visitor: httpx.AsyncClient) -> None:
    page = await visitor.get("/console/login")
    data = {"csrf": field_of(page, "csrf"), "password": "x"}
    answers = [await visitor.post("/console/login", data={**data, "username": ""}) for _ in range(41)]
    assert answers[-1].status_code == 429 and "retry-after" in answers[-1].headers


@pytest.mark.parametrize("csrf", ["", "khac"])
async def test_a_login_form_from_elsewhere_is_refused(
    visitor: httpx.AsyncClient, database: Database, csrf: str
) -> None:
    assert (await log_in(visitor, csrf=csrf)).status_code == 403
    visitor.cookies.delete(BEFORE_LOGIN)
    data = {"csrf": "", "username": "an", "password": PASSWORD}
    assert (await visitor.post("/console/login", data=data)).status_code == 403
    assert sessions(database) == 0


async def test_two_tabs_with_the_login_page_both_work(visitor: httpx.AsyncClient) -> None:
    first = await visitor.get("/console/login")
    await visitor.get("/console/login")
    data = {"csrf": field_of(first, "csrf"), "username": "an", "password": PASSWORD}
    assert (await visitor.post("/console/login", data=data)).status_code == 303


async def test_without_a_login_a_page_sends_to_the_login_page_and_back(visitor: httpx.AsyncClient) -> None:
    answer = await visitor.get("/console?view=late&q=rác")
    assert answer.status_code == 303
    page = await visitor.get(answer.headers["location"])
    assert field_of(page, "next") == "/console?view=late&amp;q=r%C3%A1c"


@pytest.mark.parametrize(
    ("wanted", "landing"),
    [
        ("/console/cases/7", "/console/cases/7"),
        ("/dashboard?period=year", "/dashboard?period=year"),
        ("https://example.org/", "/console"),
        ("//example.org/console", "/console"),
        ("/\\example.org", "/console"),
        ("/console/logout", "/console"),
        ("/console/files/abc", "/console"),
        ("/console/cases/" + "7" * 400, "/console"),
    ],
)
async def test_only_own_pages_are_followed_after_the_login(
    visitor: httpx.AsyncClient, wanted: str, landing: str
) -> None:
    assert (await log_in(visitor, next=wanted)).headers["location"] == landing


async def test_a_manager_starts_on_the_dashboard(visitor: httpx.AsyncClient) -> None:
    assert (await log_in(visitor, username="boss")).headers["location"] == "/dashboard"


async def test_after_logging_out_the_cookie_opens_nothing(cast: Cast, database: Database) -> None:
    before = sessions(database)
    token = cast.an.http.cookies[COOKIE]
    assert (await cast.an.post("/console/logout")).headers["location"] == "/console/login"
    assert sessions(database) == before - 1
    cast.an.http.cookies.set(COOKIE, token)
    assert (await cast.an.get("/console")).status_code == 303


@pytest.mark.parametrize("path", ["/console/logout", "/console/cases/1/accept", "/console/cases/1/answer"])
async def test_a_form_without_a_login_is_refused(cast: Cast, path: str) -> None:
    answer = await cast.nobody.post(path, version=1)
    assert answer.status_code == 401 and "đăng nhập lại" in answer.text


async def test_a_script_without_a_login_gets_a_401_and_no_page(cast: Cast) -> None:
    answer = await cast.nobody.http.get("/console/news?after=0", headers={"Accept": "application/json"})
    assert (answer.status_code, answer.json()["error"]) == (401, "login_required")


@pytest.mark.parametrize("token", ["", "khac"])
async def test_logging_out_needs_the_sessions_token(cast: Cast, token: str) -> None:
    assert (await cast.an.post("/console/logout", csrf=token)).status_code == 403
    assert (await cast.an.post("/console/logout", csrf=cast.binh.csrf)).status_code == 403
    assert (await cast.an.get("/console")).status_code == 200
