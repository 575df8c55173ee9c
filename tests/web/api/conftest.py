"""The API with the cast of the console's tests, each of them as a program with a token of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field

import httpx
import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts

from feedback.database import Database
from feedback.models import Case, Staff
from langnghe import tokens
from langnghe.settings import Settings
from langnghe.web.api.program import api_routers, install_api
from langnghe.web.app import create_app
from langnghe.web.services import WebServices
from tests.factories import HAC_THANH, HAM_RONG, MONDAY, make_case, make_office, make_staff

ALL = tuple(tokens.SCOPES)


def program(app: FastAPI, token: str = "") -> httpx.AsyncClient:
    """A client that carries this token, or none."""
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return httpx.AsyncClient(transport=transport, base_url="http://test", headers=headers)


@dataclass
class Programs:
    """`an` and `binh` of one office, `chi` of another; a leader, a manager, an administrator, readers of secrets."""

    an: httpx.AsyncClient
    binh: httpx.AsyncClient
    chi: httpx.AsyncClient
    leader: httpx.AsyncClient
    boss: httpx.AsyncClient
    admin: httpx.AsyncClient
    reader: httpx.AsyncClient
    sealed: httpx.AsyncClient
    surveyor: httpx.AsyncClient
    nobody: httpx.AsyncClient
    open_case: Callable[..., Case] = field(repr=False)

    def strangers(self) -> list[httpx.AsyncClient]:
        """Whose programs must not learn that a restricted case of the first office exists."""
        return [self.an, self.binh, self.chi, self.leader, self.boss, self.admin, self.surveyor]


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"api_per_second": 1_000.0})


@pytest.fixture
async def api_app(staff_services: WebServices) -> AsyncIterator[FastAPI]:
    made = create_app(staff_services, routers=api_routers())
    install_api(made, staff_services)
    async with made.router.lifespan_context(made):
        yield made


Issue = Callable[..., str]


@pytest.fixture
def issue(database: Database) -> Issue:
    """A token for a person: `issue("an", scopes=["cases:read"])`."""

    def make(username: str, *, scopes: Sequence[str] = ALL, days: int = 90) -> str:
        with database.write() as session:
            return tokens.create(
                session, username=username, name="Chương trình mẫu", scopes=scopes, days=days, now=MONDAY
            )[1]

    return make


@pytest.fixture
def people(database: Database) -> None:
    """The persons behind the programs."""

    def rights(staff: Staff, **given: bool) -> None:
        for name, value in given.items():
            setattr(staff, name, value)

    with database.write() as session:
        for name in ("an", "binh"):
            make_staff(session, name)
        make_staff(session, "chi", unit=HAM_RONG)
        make_staff(session, "leader", role="leader")
        make_staff(session, "boss", unit=HAM_RONG, role="manager")
        make_staff(session, "admin", unit=HAM_RONG, role="admin")
        make_staff(session, "reader", sees_restricted=True)
        rights(make_staff(session, "sealed", sees_restricted=True), sees_identity=True)
        rights(make_staff(session, "surveyor", unit=HAM_RONG), runs_surveys=True)
        make_office(session, HAC_THANH)


@pytest.fixture
async def programs(api_app: FastAPI, database: Database, people: None, issue: Issue) -> AsyncIterator[Programs]:
    def open_case(*args: object, **parts: object) -> Case:
        with database.write() as session:
            return make_case(session, *args, **parts)  # type: ignore[arg-type]

    names = ("an", "binh", "chi", "leader", "boss", "admin", "reader", "sealed", "surveyor")
    async with AsyncExitStack() as stack:
        made = {name: await stack.enter_async_context(program(api_app, issue(name))) for name in names}
        nobody = await stack.enter_async_context(program(api_app))
        yield Programs(**made, nobody=nobody, open_case=open_case)


@dataclass(frozen=True)
class Door:
    """One operation of the API, as its description names it."""

    method: str
    path: str
    scopes: tuple[str, ...]

    def address(self, **values: object) -> str:
        """The path with something in each of its places."""
        known = {"code": "LN-0000-0000", "key": "khong-co", "kind": "pdf", "slug": "khong_co", "name": "khong_co"}
        return self.path.format_map(_Numbers(known | values))


class _Numbers(dict[str, object]):
    def __missing__(self, key: str) -> object:
        return 1


def doors(app: FastAPI) -> Iterator[Door]:
    """Every operation under /api/v1, from the application's own routes: a new one cannot be forgotten."""
    described = app.openapi()["paths"]
    for context in iter_route_contexts(app.routes):
        path = context.path_format or ""
        if not path.startswith("/api/v1"):
            continue
        for method in context.methods or ():
            security = described[path][method.lower()].get("security")
            assert security, f"{method} {path} is open to everybody"
            yield Door(method, path, tuple(scope for one in security for scope in one["token"]))
