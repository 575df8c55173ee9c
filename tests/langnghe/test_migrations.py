"""The migrations make exactly the schema that the models describe, on both databases."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import create_engine, select, text
from sqlalchemy.orm import Session

from bot.models import ForgottenSession
from feedback.models import Case
from feedback.search_models import CaseWords
from feedback.search_words import numbers
from langnghe.migrate import config, is_current, migrate
from langnghe.schema import belongs, metadata
from tests.databases import new_database

POSTGRES_URL = os.environ.get("LANGNGHE_TEST_POSTGRES_URL", "")


@pytest.fixture(params=["sqlite", "postgresql"] if POSTGRES_URL else ["sqlite"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a database without any table."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'migrated.sqlite'}"
    return new_database(POSTGRES_URL, "langnghe_migrated")


def test_migrations_and_models_agree(empty_url: str) -> None:
    migrate(empty_url)
    engine = create_engine(empty_url)
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "include_object": belongs(engine.dialect.name)}
        )
        differences = compare_metadata(context, metadata)
    engine.dispose()
    assert differences == []


def test_a_database_is_current_only_after_migrating(empty_url: str) -> None:
    assert not is_current(empty_url)
    migrate(empty_url)
    assert is_current(empty_url)


def test_migrating_twice_changes_nothing(empty_url: str) -> None:
    migrate(empty_url)
    migrate(empty_url)
    assert is_current(empty_url)


BEFORE_LISTS = "d0a0c35b9b1c"


def test_cases_from_before_keep_their_stage_and_are_found_by_their_words(empty_url: str) -> None:
    command.upgrade(config(empty_url), BEFORE_LISTS)
    engine = create_engine(empty_url)
    with engine.begin() as connection:
        connection.execute(
            text(
                "insert into office (id, agency, unit, name, level, province_code, staffed, is_sample)"
                " values (1, 'ubnd_xa', '14797', 'UBND phường Mẫu', 'xa', '38', true, true)"
            )
        )
        for number, (state, restricted) in enumerate((("moi", "false"), ("da_dong", "false"), ("da_rut", "true")), 1):
            connection.execute(
                text(
                    'insert into "case" (id, code, effect_key, kind, regime, urgent, restricted, text, folded,'
                    " office_id, route_why, route_rules, state, channel, received_at, due_committed, due_proof,"
                    f" version, is_sample) values ({number}, 'LN-40K7-2M1{number}', 'k{number}', 'phan_anh',"
                    f" 'hien_truong', false, {restricted}, 'Đèn tắt', 'den tat', 1, '[]', '[]', '{state}', 'webchat',"
                    " '2026-11-23 02:00:00', false, '[]', 1, true)"
                )
            )
    migrate(empty_url)
    with Session(engine) as session:
        stages = session.scalars(select(Case.stage).order_by(Case.id)).all()
        words = {row.case_id: row.words for row in session.scalars(select(CaseWords))}
    engine.dispose()
    assert stages == ["open", "answered", "ended"]
    filed = ["40k7", "den", "ln", "tat", "tắt", "đèn", "@1", "#202611"]
    assert words == {1: numbers([*filed, "2m11"]), 2: numbers([*filed, "2m12"])}


def test_the_lists_can_be_taken_back(empty_url: str) -> None:
    migrate(empty_url)
    command.downgrade(config(empty_url), BEFORE_LISTS)
    migrate(empty_url)
    assert is_current(empty_url)


def test_sessions_that_were_over_before_are_given_a_day_on_which_their_tracker_goes(empty_url: str) -> None:
    command.upgrade(config(empty_url), "e27d4b5a8c13")
    engine = create_engine(empty_url)
    with engine.begin() as connection:
        connection.execute(text("insert into citizen (id, created_at) values (1, '2026-11-01 02:00:00')"))
        connection.execute(
            text(
                "insert into conversation (id, key, channel, account, external_id, citizen_id, created_at, session_no,"
                " last_n, awaiting) values (7, 'k', 'webchat', 'web', 'k', 1, '2026-11-01 02:00:00', 3, 4, '{}')"
            )
        )
        for n, session_no in ((1, 1), (2, 1), (3, 2), (4, 3)):
            connection.execute(
                text(
                    "insert into inbox_message (conversation_id, n, channel, account, event_id, kind, files,"
                    " received_at, state, attempts, unsettled, session_no, notified_delay) values"
                    f" (7, {n}, 'webchat', 'web', 'e{n}', 'text', '[]', '2026-11-01 02:00:00', 'done', 1, false,"
                    f" {session_no}, false)"
                )
            )
        connection.execute(
            text("insert into forgotten_session (sender, due_at) values ('c7s2', '2026-11-02 02:00:00')")
        )
    migrate(empty_url)
    with Session(engine) as session:
        found = session.scalars(select(ForgottenSession).order_by(ForgottenSession.sender)).all()
        kept = [(row.sender, row.only_tracker, row.due_at > datetime.now(UTC)) for row in found]
    engine.dispose()
    assert kept == [("c7s1", True, True), ("c7s2", False, False)]
