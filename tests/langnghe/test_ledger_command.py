"""`langnghe ledger`, the clock that anchors, and the public list."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text
from typer.testing import CliRunner

from feedback.database import Database
from feedback.models import Case
from langnghe.cli import app
from langnghe.ledger_clock import LedgerClock
from langnghe.migrate import migrate
from langnghe.settings import get_settings
from tests.conftest import FakeClock
from tests.factories import make_case


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Database:
    """An installation of its own with one case."""
    monkeypatch.setenv("LANGNGHE_DATA_DIR", str(tmp_path))
    get_settings.cache_clear()
    url = f"sqlite:///{tmp_path / 'langnghe.sqlite'}"
    migrate(url)
    database = Database(url)
    with database.write() as session:
        make_case(session, "Đèn tắt.")
    yield database
    database.dispose()
    get_settings.cache_clear()


def call(*words: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["ledger", *words])
    return result.exit_code, result.output


def test_anchor_prints_the_hash_that_verify_then_asks_for(installed: Database) -> None:
    code, line = call("anchor")
    assert code == 0
    number, _, hashed = line.split()
    assert number == "1" and len(hashed) == 64
    assert call("anchor")[1] == line, "nothing moved: the same link again"
    assert call("verify", "--published", hashed)[0] == 0
    assert call("verify", "--published", "0" * 64)[0] == 1


def test_tampering_is_exit_code_1_with_the_row_named(installed: Database) -> None:
    call("anchor")
    code, said = call("verify")
    assert code == 0 and "nguyên vẹn" in said
    with installed.write() as session:
        session.execute(text("update case_event set actor = 'staff:9'"))
    code, said = call("verify")
    assert code == 1 and "case_event vụ việc số 1, dòng 1" in said
    code, said = call("verify", "--json")
    assert code == 1 and json.loads(said)["bad"]["case_id"] == 1


def test_a_citizens_receipt_is_checked_against_the_ledger(installed: Database) -> None:
    with installed.read() as session:
        case = session.get_one(Case, 1)
        code, hashed = case.code, case.events[0].hash
    in_groups = " ".join(hashed[at : at + 8] for at in range(0, 64, 8)).upper()
    assert call("verify", "--receipt", f"{code.lower()}:{in_groups}") == (0, "Biên nhận khớp sổ cái.\n")
    assert call("verify", "--receipt", f"{code}:{'0' * 64}")[0] == 1
    assert call("verify", "--receipt", "LN-1:abc")[0] == 2


def test_the_worker_anchors_once_in_its_time(database: Database, clock: FakeClock) -> None:
    worker = LedgerClock(database, clock, secret="x", every=timedelta(hours=1))
    assert worker.round() == 0
    with database.write() as session:
        make_case(session, "Đèn tắt.")
    assert worker.round() == 1
    with database.write() as session:
        make_case(session, "Rác chưa gom.")
    assert worker.round() == 0
    clock.advance(3600)
    assert worker.round() == 2
