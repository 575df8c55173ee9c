"""A case's history is a chain that shows every later change."""

from __future__ import annotations

from datetime import timedelta, timezone
from typing import Any

import pytest
from sqlalchemy import select, update

from feedback import ledger
from feedback.database import Database
from feedback.models import Case, CaseEvent
from tests.factories import MONDAY, make_case


@pytest.fixture
def case_id(database: Database) -> int:
    """A case with three rows of history, the times in Vietnam's zone with microseconds."""
    now = MONDAY.astimezone(timezone(timedelta(hours=7))) + timedelta(microseconds=7)
    with database.write() as session:
        case = make_case(session)
        for move in ("accept", "answer"):
            ledger.append(session, case, move=move, to_state="x", actor="staff:1", now=now, data={"b": 1, "a": ["ă"]})
        return case.id


def test_the_chain_is_whole_after_reading_it_back(database: Database, case_id: int) -> None:
    with database.read() as session:
        rows = list(session.scalars(select(CaseEvent).order_by(CaseEvent.seq)))
        assert [row.seq for row in rows] == [1, 2, 3]
        assert [row.previous_hash for row in rows] == [ledger.GENESIS, rows[0].hash, rows[1].hash]
        assert [row.from_state for row in rows] == [None, "moi", "x"]
        assert ledger.first_broken(session, case_id) is None


@pytest.mark.parametrize(
    "change",
    [
        {"actor": "staff:2"},
        {"to_state": "da_dong"},
        {"at": MONDAY},
        {"data": {}},
        {"move": "rate"},
        {"hash": "0" * 64},
        {"seq": 9},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_changed_row_is_found(database: Database, case_id: int, change: dict[str, Any]) -> None:
    with database.write() as session:
        session.execute(update(CaseEvent).where(CaseEvent.seq == 2).values(**change))
        assert ledger.first_broken(session, case_id) in (2, 3)


def test_a_missing_row_is_found(database: Database, case_id: int) -> None:
    with database.write() as session:
        session.delete(session.scalars(select(CaseEvent).where(CaseEvent.seq == 2)).one())
        session.flush()
        assert ledger.first_broken(session, case_id) == 3


def test_two_cases_have_chains_of_their_own(database: Database, case_id: int) -> None:
    with database.write() as session:
        other = make_case(session)
        assert [event.seq for event in session.get_one(Case, other.id).events] == [1]
        assert ledger.first_broken(session, other.id) is None
