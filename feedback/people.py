"""Staff: passwords (argon2id), logins, sessions."""

from __future__ import annotations

import hashlib
import secrets
import threading
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
LOCKED = "Tài khoản tạm khóa do nhập sai nhiều lần. Mời anh/chị thử lại sau ít phút."

_HASHER = PasswordHasher()
# Checked when the name is unknown, so that the answer takes as long as for a known one.
_DUMMY_HASH = _HASHER.hash(secrets.token_hex(16))
_FEW_AT_A_TIME = threading.BoundedSemaphore(2)


def hash_password(password: str) -> str:
    return _HASHER.hash(password)


def by_username(session: Session, username: str) -> Staff | None:
    """The active person of this name, however it was typed."""
    name = username.strip().lower()
    return session.scalars(select(Staff).where(Staff.username == name, Staff.active)).first()


def usernames(session: Session) -> frozenset[str]:
    """Every name that is taken."""
    return frozenset(session.scalars(select(Staff.username)))


def colleagues(session: Session, office_id: int | None) -> list[Staff]:
    """Who works on cases in an office."""
    mine = (Staff.office_id == office_id, Staff.active, Staff.role.in_(("officer", "leader")))
    return list(session.scalars(select(Staff).where(*mine).order_by(Staff.display_name, Staff.id)))


def is_locked(staff: Staff | None, *, now: datetime) -> bool:
    return staff is not None and staff.locked_until is not None and staff.locked_until > now


def log_in(session: Session, username: str, *, fits: bool, now: datetime) -> tuple[Staff | None, str]:
    """(staff, cookie secret) for a right password, (None, reason) otherwise; the caller commits either way.

    `fits` is what `password_fits` said, asked before this transaction: hashing is slow and would hold up every writer.
    Eight wrong passwords in a row lock the name for ten minutes, for the right password too.
    """
    found = by_username(session, username)
    staff = session.get(Staff, found.id, with_for_update=True, populate_existing=True) if found else None
    if is_locked(staff, now=now):
        return None, LOCKED
    if staff is None or not fits:
        if staff is not None:
            _count_failure(staff, now=now)
        return None, LoginFailed.message
    staff.failed_logins, staff.locked_until = 0, None
    token = secrets.token_urlsafe(32)
    session.execute(delete(StaffSession).where(StaffSession.expires_at <= now))
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
    """Whether this is the password; an unknown person costs the same time. A few at a time: each takes 64 MB."""
    try:
        with _FEW_AT_A_TIME:
            fits = _HASHER.verify(staff.password_hash if staff else _DUMMY_HASH, password)
    except (VerificationError, InvalidHashError):
        return False
    return fits and staff is not None


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
