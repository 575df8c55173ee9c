"""Staff: passwords, the lock after wrong ones, sessions."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from feedback import people
from feedback.database import Database
from feedback.models import Staff, StaffSession
from tests.factories import MONDAY, PASSWORD, make_staff


def test_a_password_is_kept_as_argon2id_only() -> None:
    hashed = people.hash_password("mot-mat-khau")
    assert hashed.startswith("$argon2id$") and "mot-mat-khau" not in hashed


def test_the_right_password_fits_and_another_does_not(database: Database) -> None:
    with database.write() as session:
        an = make_staff(session, "an")
        assert people.password_fits(an, PASSWORD)
        assert not people.password_fits(an, PASSWORD.upper())
        assert not people.password_fits(None, PASSWORD)


def test_a_damaged_hash_lets_nobody_in(database: Database) -> None:
    with database.write() as session:
        an = make_staff(session, "an")
        an.password_hash = "x"
        assert not people.password_fits(an, "x")


def test_a_name_is_found_however_it_was_typed_but_not_when_inactive(database: Database) -> None:
    with database.write() as session:
        an = make_staff(session, "an")
        assert people.by_username(session, "  AN ") is an
        an.active = False
        session.flush()
        assert people.by_username(session, "an") is None


def test_a_login_gives_a_session_of_which_only_the_hash_is_kept(database: Database) -> None:
    with database.write() as session:
        an = make_staff(session, "an")
        staff, token = people.log_in(session, "an", fits=True, now=MONDAY)
        assert staff is an
        record = people.session_of(session, token, now=MONDAY)
        assert record is not None and record.staff_id == an.id and token not in record.token_hash


def test_an_unknown_name_and_a_wrong_password_read_the_same(database: Database) -> None:
    with database.write() as session:
        make_staff(session, "an")
        assert people.log_in(session, "an", fits=False, now=MONDAY) == people.log_in(
            session, "ai-do", fits=False, now=MONDAY
        )


def test_eight_wrong_passwords_lock_the_name_also_for_the_right_one(database: Database) -> None:
    with database.write() as session:
        make_staff(session, "an")
        for _ in range(people.MAX_FAILED_LOGINS):
            assert people.log_in(session, "an", fits=False, now=MONDAY)[0] is None
        assert people.log_in(session, "an", fits=True, now=MONDAY) == (None, people.LOCKED)
        after = MONDAY + people.LOCK_LENGTH + timedelta(seconds=1)
        assert people.log_in(session, "an", fits=True, now=after)[0] is not None


def test_a_right_password_forgives_the_wrong_ones_before(database: Database) -> None:
    with database.write() as session:
        make_staff(session, "an")
        for _ in range(people.MAX_FAILED_LOGINS - 1):
            people.log_in(session, "an", fits=False, now=MONDAY)
        people.log_in(session, "an", fits=True, now=MONDAY)
        people.log_in(session, "an", fits=False, now=MONDAY)
        assert session.scalars(select(Staff.failed_logins)).one() == 1


@pytest.mark.parametrize("ending", ["time", "log out", "deactivated"])
def test_a_session_ends(database: Database, ending: str) -> None:
    with database.write() as session:
        an = make_staff(session, "an")
        _, token = people.log_in(session, "an", fits=True, now=MONDAY)
        now = MONDAY + people.SESSION_LENGTH if ending == "time" else MONDAY
        if ending == "log out":
            people.log_out(session, token)
        if ending == "deactivated":
            an.active = False
        session.flush()
        assert people.session_of(session, token, now=now) is None


def test_sessions_that_are_over_are_swept_at_the_next_login(database: Database) -> None:
    with database.write() as session:
        make_staff(session, "an")
        people.log_in(session, "an", fits=True, now=MONDAY)
        people.log_in(session, "an", fits=True, now=MONDAY + timedelta(days=2))
        assert len(session.scalars(select(StaffSession)).all()) == 1
