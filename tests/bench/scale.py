"""A country's cases on PostgreSQL: pages, search, counts and due rows, timed against one aim, their plans looked at."""

from __future__ import annotations

import asyncio
import json
import os
import re
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import create_engine, event, text
from sqlalchemy.orm import Session

from bot import repository as bot_repository
from bot.intake import Intake
from feedback import people, reminders, repository
from feedback.database import Database
from feedback.deadlines import DeadlineSettings
from feedback.handling import claim_next
from feedback.models import Office, Staff
from langnghe.migrate import migrate
from langnghe.settings import Settings
from langnghe.web import repository as web_repository
from langnghe.web.app import create_app
from langnghe.web.limits import UNLIMITED
from langnghe.web.services import WebServices
from langnghe.web.staff_access import COOKIE
from langnghe.web.staff_pages import install_staff_pages, staff_routers
from tests.bench.many_cases import NOW, OFFICES, code_of, dossier_of, fill
from tests.databases import new_database

AIM_MS = 150.0
FLAT_FROM = 100_000
"""From here on the planner has reasons of its own no more: every table in the plans below must be read by an index."""
HOT = frozenset(
    {
        "case",
        "case_words",
        "case_event",
        "case_clock",
        "case_remark",
        "reminder",
        "notice",
        "answer",
        "rating",
        "citizen",
    }
)
HOT |= {"conversation", "inbox_message", "outbox_message"}
VIEWS = ("open", "late", "soon", "answered", "all")
QUERIES = {
    "rare": ["zeolit", "quặng", "mỏ quặng"],
    "common": ["không", "duong", "rác", "đường", "toi da"],
    "rarely_together": ["cầu chợ", "cau cho"],
    "of_one_autumn": ["bão", "bao"],
    "with_marks": ["mỏ", "bán đất", "bạn", "thủy lợi"],
    "of_one_province": ["cà mau", "huế", "lâm đồng"],
    "many_words": ["đèn đường tắt ngõ tổ dân phố", "rac mui hoi thoi chua thu gom"],
    "nothing": ["xylophone", "không xylophone", "%"],
    "code": [code_of(777), code_of(4_321), code_of(9_000)[3:7]],
    "dossier": [dossier_of(777, 1), dossier_of(5_000, 1), "H02.01-230"],
}


@dataclass(slots=True)
class Watch:
    """What one database was asked, and how long it took."""

    database: Database
    times: dict[str, list[float]] = field(default_factory=dict)
    asked: dict[str, dict[str, Any]] = field(default_factory=dict)
    _now: str = ""

    def __post_init__(self) -> None:
        @event.listens_for(self.database.engine, "before_cursor_execute")
        def _note(_connection: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, _many: bool) -> None:
            if self._now and statement.lstrip().startswith(("SELECT", "WITH", "UPDATE")):
                self.asked.setdefault(self._now, {})[statement] = parameters

    def measure(self, name: str, works: Sequence[Callable[[], Any]], *, rounds: int) -> None:
        """Do each work once to see its queries, then all of them in turn, timed."""
        self._now = name
        for work in works:
            work()
        self._now = ""
        for _ in range(max(1, rounds // len(works))):
            for work in works:
                start = time.perf_counter()
                work()
                self.times.setdefault(name, []).append(1000 * (time.perf_counter() - start))

    def scans(self) -> Iterator[str]:
        """Every plan that reads a whole hot table, with the measure that it belongs to."""
        with self.database.read() as session:
            driver = session.connection().connection.driver_connection
            for name, statements in self.asked.items():
                for statement, parameters in statements.items():
                    [[[plan]]] = driver.execute(f"EXPLAIN (FORMAT JSON) {statement}", parameters).fetchall()
                    for table in _scanned(plan["Plan"]):
                        yield f"{name}: {table}"


def _scanned(plan: Mapping[str, Any]) -> Iterator[str]:
    if plan["Node Type"] == "Seq Scan" and plan["Relation Name"] in HOT:
        yield plan["Relation Name"]
    for below in plan.get("Plans", ()):
        yield from _scanned(below)


def measure(url: str, *, rounds: int) -> tuple[dict[str, dict[str, float]], list[str]]:
    """(what was measured -> p50 and p95 in milliseconds, whole tables that were read)."""
    database = Database(url)
    watch = Watch(database)
    small, large = _offices(database)
    with tempfile.TemporaryDirectory(prefix="langnghe-scale-") as folder, _browser(database, Path(folder)) as browser:
        for who, office, role in (("small", small, "officer"), ("large", large, "officer"), ("all", large, "manager")):
            staff = _log_in(database, browser, f"{who}_{time.time_ns()}", office=office, role=role)
            _measure_pages(watch, browser, who, rounds=rounds)
            _measure_counts(watch, staff, who, rounds=rounds)
        _log_in(database, browser, f"reader_{time.time_ns()}", office=large, role="leader", restricted=True)
        watch.measure("page.restricted", [lambda: browser.get("/console/restricted")], rounds=rounds)
        watch.measure("page.alerts", [lambda: browser.get("/console/alerts")], rounds=rounds)
    _measure_due(watch, large, rounds=rounds)
    figures = {
        name: {"p50": statistics.median(times), "p95": sorted(times)[min(len(times) - 1, int(0.95 * len(times)))]}
        for name, times in watch.times.items()
    }
    scans = sorted(set(watch.scans()))
    database.dispose()
    return figures, scans


def _offices(database: Database) -> tuple[int, int]:
    """A small office that has open cases, and the largest."""
    with database.read() as session:
        small = session.scalar(
            text('SELECT min(office_id) FROM "case" WHERE office_id > :half'), {"half": 2 * OFFICES // 3}
        )
    return int(small or OFFICES), 1


@dataclass(frozen=True, slots=True)
class Browser:
    """The application itself, without a network between."""

    http: httpx.AsyncClient
    runner: asyncio.Runner

    def get(self, path: str, **query: Any) -> str:
        answer = self.runner.run(self.http.get(path, params=query))
        if answer.status_code != 200:
            raise RuntimeError(f"{path}: {answer.status_code}")
        return answer.text


@contextmanager
def _browser(database: Database, folder: Path) -> Iterator[Browser]:
    settings = Settings(_env_file=None, data_dir=folder, wake_app_port=0)
    intake = Intake(database, lambda: NOW, lambda: None)
    services = WebServices(settings=settings, database=database, clock=lambda: NOW, intake=intake, rates=UNLIMITED)
    app = create_app(services, routers=staff_routers())
    install_staff_pages(app)
    with asyncio.Runner() as runner:
        transport = httpx.ASGITransport(app=app)
        http = httpx.AsyncClient(transport=transport, base_url="http://bench", headers={"Accept": "text/html"})
        yield Browser(http, runner)
        runner.run(http.aclose())


def _log_in(
    database: Database, browser: Browser, username: str, *, office: int, role: str, restricted: bool = False
) -> Staff:
    with database.write() as session:
        staff = Staff(
            username=username,
            display_name="Cán bộ Mẫu",
            password_hash="-",
            role=role,
            office=session.get_one(Office, office),
            sees_restricted=restricted,
        )
        session.add(staff)
        session.flush()
        _, token = people.log_in(session, username, fits=True, now=NOW)
    browser.http.cookies.set(COOKIE, token)
    return staff


def _measure_pages(watch: Watch, browser: Browser, who: str, *, rounds: int) -> None:
    for view in VIEWS:
        pages = [partial(browser.get, "/console", view=view, page=page) for page in (1, 2)]
        watch.measure(f"page.{view}.{who}", pages, rounds=rounds)
    deep = 900 if who == "large" else 20
    watch.measure(f"page.deep.{who}", [partial(browser.get, "/console", view="all", page=deep)], rounds=rounds)
    for kind, words in QUERIES.items():
        searches = [partial(browser.get, "/console", view="all", q=one) for one in words]
        watch.measure(f"search.{kind}.{who}", searches, rounds=rounds)
    watch.measure(f"page.news.{who}", [partial(browser.get, "/console/news", after=0)], rounds=rounds)
    found = re.findall(r"/console/cases/(\d+)", browser.get("/console", view="all"))[:10]
    watch.measure(f"page.case.{who}", [partial(browser.get, f"/console/cases/{one}") for one in found], rounds=rounds)


def _measure_counts(watch: Watch, staff: Staff, who: str, *, rounds: int) -> None:
    def work() -> None:
        with watch.database.read() as session:
            repository.queue_counts(session, staff, now=NOW, soon=NOW + timedelta(days=2))

    watch.measure(f"counts.{who}", [work], rounds=rounds)


def _measure_due(watch: Watch, office: int, *, rounds: int) -> None:
    """What the worker takes at each look; each time it is given back."""
    lease = timedelta(minutes=1)

    def taken(take: Callable[[Session], Any]) -> Callable[[], Any]:
        def work() -> None:
            with watch.database.read() as session:
                if not take(session):
                    raise RuntimeError(f"nothing was due: {take}")

        return work

    def next_case(session: Session) -> Any:
        staff = session.query(Staff).where(Staff.office_id == office, Staff.role == "officer").first()
        return claim_next(session, staff=staff, now=NOW)

    works: dict[str, Callable[[Session], Any]] = {
        "notices": lambda session: bot_repository.next_notices(session, limit=50),
        "inbox": lambda session: bot_repository.claim_conversations(session, limit=8, now=_far(), lease=lease),
        "outbox": lambda session: bot_repository.claim_parcels(
            session, channels=["telegram"], limit=8, paced_since=_far(), now=_far(), lease=lease
        ),
        "reminder": lambda session: reminders.take_due(
            session, now=NOW, settings=DeadlineSettings(), link=str, limit=1
        ),
        "next_case": next_case,
        "metrics": web_repository.queue_counts,
        "set_aside": lambda session: [bot_repository.set_aside_messages(session)],
    }
    for name, take in works.items():
        watch.measure(f"due.{name}", [taken(take)], rounds=rounds)


def _far() -> Any:
    return NOW + timedelta(days=400)


def measure_sizes(sizes: Sequence[int], *, rounds: int = 40) -> bool:
    """Fill, measure and print for each size; False when a figure misses the aim or a hot table is read whole.

    Needs the server that scripts/with-postgres starts; without one it says so and is passed over.
    """
    server = os.environ.get("LANGNGHE_TEST_POSTGRES_URL")
    if not server:
        print("=== BỎ QUA phép đo theo số vụ việc: cần PostgreSQL (scripts/with-postgres) ===", file=sys.stderr)
        return True
    reached = [_measured(server, size, rounds=rounds) for size in sizes]
    return all(reached)


def _measured(server: str, size: int, *, rounds: int) -> bool:
    url = new_database(server, f"langnghe_scale_{size}")
    start = time.perf_counter()
    migrate(url)
    engine = create_engine(url)
    fill(engine, size)
    engine.dispose()
    print(f"{size:,} vụ việc trong {time.perf_counter() - start:.0f} giây".replace(",", "."))
    figures, scans = measure(url, rounds=rounds)
    missed = [name for name, figure in figures.items() if figure["p95"] > AIM_MS]
    missed += scans if size >= FLAT_FROM else []
    times = {name: {key: round(value, 1) for key, value in figure.items()} for name, figure in figures.items()}
    print(json.dumps({"cases": size, "aim_ms": AIM_MS, "milliseconds": times, "sequential_scans": scans}, indent=2))
    print("Đạt mọi mục tiêu." if not missed else f"Chưa đạt: {', '.join(missed)}")
    return not missed
