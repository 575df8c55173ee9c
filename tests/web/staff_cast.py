"""The people of the console's tests: `an` and `binh` of one office, `chi` of another, a leader, a manager, a reader."""

from __future__ import annotations

import re
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace

import httpx
import pytest
from fastapi import FastAPI

from feedback import people
from feedback.database import Database
from feedback.models import Case
from langnghe.web import anchor_page
from langnghe.web.app import create_app
from langnghe.web.limits import Rate
from langnghe.web.services import WebServices
from langnghe.web.staff_access import COOKIE
from langnghe.web.staff_pages import install_staff_pages, staff_routers
from tests.conftest import FakeClock
from tests.factories import HAC_THANH, HAM_RONG, MONDAY, make_case, make_staff

BROWSER = {"Accept": "text/html,application/xhtml+xml"}


@dataclass
class Person:
    """Somebody at a browser, logged in with a session of their own (nobody: `csrf` is empty)."""

    http: httpx.AsyncClient
    csrf: str = ""
    name: str = ""

    async def get(self, path: str) -> httpx.Response:
        return await self.http.get(path)

    async def post(self, path: str, **fields: object) -> httpx.Response:
        data = {"csrf": self.csrf, **{name: str(value) for name, value in fields.items()}}
        return await self.http.post(path, data=data)

    async def answer(self, case: Case, text: str, *, form: object = None, **fields: object) -> httpx.Response:
        values = {"version": 1, "form": form or uuid.uuid4(), "text": text, **fields}
        return await self.post(f"/console/cases/{case.id}/answer", **values)


@dataclass
class Cast:
    an: Person
    binh: Person
    chi: Person
    leader: Person
    boss: Person
    admin: Person
    reader: Person
    nobody: Person
    open_case: Callable[..., Case] = field(repr=False)

    def strangers(self) -> list[Person]:
        """Who must not learn that a restricted case of the first office exists."""
        return [self.an, self.binh, self.chi, self.leader, self.boss, self.admin]


@pytest.fixture
def woken() -> list[str]:
    """One entry for each time that the worker was woken."""
    return []


@pytest.fixture
def staff_services(services: WebServices, woken: list[str], clock: FakeClock) -> WebServices:
    return replace(services, clock=clock, wake_worker=lambda: woken.append("woken"))


@pytest.fixture
async def staff_app(staff_services: WebServices) -> AsyncIterator[FastAPI]:
    routers = (anchor_page.router, *staff_routers(login_rate=Rate(burst=40, per_second=0.001)))
    made = create_app(staff_services, routers=routers)
    install_staff_pages(made)
    async with made.router.lifespan_context(made):
        yield made


@pytest.fixture
async def cast(staff_app: FastAPI, database: Database) -> AsyncIterator[Cast]:
    async with AsyncExitStack() as stack:

        async def person(
            username: str, *, unit: str = HAC_THANH, role: str = "officer", restricted: bool = False
        ) -> Person:
            with database.write() as session:
                staff = make_staff(session, username, unit=unit, role=role, sees_restricted=restricted)
                _, token = people.log_in(session, username, fits=True, now=MONDAY)
                record = people.session_of(session, token, now=MONDAY)
                assert record is not None
                made = Person(browser(staff_app), record.csrf, staff.display_name)
            made.http.cookies.set(COOKIE, token)
            await stack.enter_async_context(made.http)
            return made

        def open_case(*args: object, **parts: object) -> Case:
            with database.write() as session:
                return make_case(session, *args, **parts)  # type: ignore[arg-type]

        nobody = Person(await stack.enter_async_context(browser(staff_app)))
        yield Cast(
            an=await person("an"),
            binh=await person("binh"),
            chi=await person("chi", unit=HAM_RONG),
            leader=await person("leader", role="leader"),
            boss=await person("boss", unit=HAM_RONG, role="manager"),
            admin=await person("admin", unit=HAM_RONG, role="admin"),
            reader=await person("reader", restricted=True),
            nobody=nobody,
            open_case=open_case,
        )


def browser(app: FastAPI) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://test", headers=BROWSER)


def field_of(page: httpx.Response, name: str) -> str:
    """The value of a form's hidden field."""
    found = re.search(rf'name="{name}" value="([^"]*)"', page.text)
    assert found, f"no field {name}"
    return found.group(1)
