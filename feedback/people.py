"""Staff: passwords (argon2id), logins, sessions."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from feedback.errors import LoginFailed
from feedback.models import Staff, StaffSession

SESSION_LENGTH = timedelta(hours=12)
MAX_FAILED_LOGINS = 8
LOCK_LENGTH = timedelta(minutes=10)

_HASHER = PasswordHasher()
# Checked when the name is unknown, so that the answer takes as long as for a known one.
_DUMMY_HASH = _HASHER.hash(secrets.token_hex(16))


def hash_password(password: str) -> str:
    return _HASHER.hash(password)


def log_in(session: Session, username: str, password: str, *, now: datetime) -> tuple[Staff | None, str]:
    """(staff, cookie secret) for a right password, (None, reason) otherwise; the caller commits either way.

    Eight wrong passwords in a row lock the name for ten minutes.
    """
    staff = session.scalars(select(Staff).where(Staff.username == username.strip().lower(), Staff.active)).first()
    if staff is not None and staff.locked_until is not None and staff.locked_until > now:
        return None, "Tài khoản tạm khóa do nhập sai nhiều lần. Mời anh/chị thử lại sau ít phút."
    if not password_fits(staff, password):
        if staff is not None:
            _count_failure(staff, now=now)
        return None, LoginFailed.message
    assert staff is not None
    staff.failed_logins, staff.locked_until = 0, None
    token = secrets.token_urlsafe(32)
    session.add(
        StaffSession(
            token_hash=_token_hash(token),
            staff_id=staff.id,
            csrf=secrets.token_urlsafe(24),
            created_at=now,
            expires_at=now + SESSION_LENGTH,
        )
    )
    return staff, token


def password_fits(staff: Staff | None, password: str) -> bool:
    """Whether this is the password; an unknown person costs the same time."""
    try:
        return _HASHER.verify(staff.password_hash if staff else _DUMMY_HASH, password) and staff is not None
    except (VerificationError, InvalidHashError):
        return False


def _count_failure(staff: Staff, *, now: datetime) -> None:
    staff.failed_logins += 1
    if staff.failed_logins >= MAX_FAILED_LOGINS:
        staff.failed_logins, staff.locked_until = 0, now + LOCK_LENGTH


def session_of(session: Session, token: str, *, now: datetime) -> StaffSession | None:
    """The live login that this cookie stands for."""
    found = session.get(StaffSession, _token_hash(token))
    if found is None or found.expires_at <= now or not found.staff.active:
        return None
    return found


def log_out(session: Session, token: str) -> None:
    session.execute(delete(StaffSession).where(StaffSession.token_hash == _token_hash(token)))


def _token_hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
