"""The stage for the tests of the conversation."""

from __future__ import annotations

import pytest

from feedback.database import Database
from tests.bot.fakes import FakeClient, FakeEngine, Stage
from tests.conftest import FakeClock


@pytest.fixture
def stage(database: Database, clock: FakeClock) -> Stage:
    clients = {"telegram": FakeClient("telegram"), "zalo": FakeClient("zalo", account="oa1")}
    return Stage(database, clock, FakeEngine(database, clock), clients=clients)
