"""Fixtures for the whole program: a running stack on each database, and Chromium where there is one."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright
from sqlalchemy import create_engine, make_url, text

from langnghe.engine import EngineInstall
from tests.e2e.stack import Stack

POSTGRES_URL = os.environ.get("LANGNGHE_TEST_POSTGRES_URL", "")
REQUIRED = os.environ.get("LANGNGHE_REQUIRE", "").split(",")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
# Chromium must not call home: the machines that run the tests may have no way out.
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    if EngineInstall().python.exists():
        return
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.skip(reason="the engine's environment is not installed: make setup"))


def _database_url(kind: str) -> str:
    """Empty for SQLite; for PostgreSQL a database of its own on the test server."""
    if kind == "sqlite":
        return ""
    server = create_engine(POSTGRES_URL, isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(text("DROP DATABASE IF EXISTS langnghe_e2e WITH (FORCE)"))
        connection.execute(text("CREATE DATABASE langnghe_e2e"))
    server.dispose()
    return make_url(POSTGRES_URL).set(database="langnghe_e2e").render_as_string(hide_password=False)


@pytest.fixture(scope="session", params=["sqlite", "postgresql"] if POSTGRES_URL else ["sqlite"])
def stack(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Engine, application and worker with the sample province, shared by the tests of one database."""
    # Not named after the database: Rasa takes a tracker file with "postgresql" in its path for a PostgreSQL address.
    running = Stack(tmp_path_factory.mktemp("stack"), database_url=_database_url(request.param))
    running.prepare()
    with running.family:
        running.start_app()
        running.start_worker()
        running.start_engine()
        yield running


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        if "chromium" in REQUIRED:
            pytest.fail("Chromium is required here and was not found")
        pytest.skip("BỎ QUA: chưa có Chromium (Debian/Ubuntu: apt-get install chromium)")
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_FLAGS)
        yield running
        running.close()
