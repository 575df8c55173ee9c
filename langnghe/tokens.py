"""Tokens of other programs: each acts as one member of staff, narrowed by its scopes, until it ends or is revoked.

A token reads `ln_<prefix>_<secret>`: the prefix is for recognition, and of the whole only a SHA-256 is kept.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from feedback import people
from feedback.base import VIETNAM
from feedback.errors import FeedbackError, InvalidInput
from langnghe.models import ApiToken

SCOPES = {
    "cases:read": "Xem vụ việc, sổ theo dõi, ai đang giữ việc gì",
    "cases:write": "Nhập vụ việc và thực hiện các thao tác của bảng bước",
    "surveys:read": "Xem mẫu phiếu, kỳ khảo sát và kết quả được công bố",
    "surveys:write": "Tổ chức kỳ khảo sát, nhập phiếu",
    "indices:read": "Tính và xem các chỉ số",
    "indices:write": "Lưu kết quả chỉ số, nhập SIPAS chính thức",
    "registry:read": "Xem danh mục cơ quan, thủ tục, bảng định tuyến",
    "registry:write": "Nhập danh mục cơ quan, thủ tục, người dùng",
}
READING = tuple(scope for scope in SCOPES if scope.endswith(":read"))
LONGEST_DAYS = 730
_FORM = re.compile(r"ln_([0-9a-f]{10})_[A-Za-z0-9_-]{43}")
_NO_HASH = "0" * 64


class TokenUnknown(FeedbackError):
    """No such token, one that ended or was revoked, or one whose person left: they are not told apart."""

    code = "invalid_token"
    message = "Mã truy cập không đúng, đã hết hạn hoặc đã bị thu hồi."


def create(
    session: Session, *, username: str, name: str, scopes: Sequence[str], days: int, now: datetime
) -> tuple[ApiToken, str]:
    """The row, and the token itself, which nobody can show again. Raises InvalidInput."""
    staff = people.by_username(session, username)
    if staff is None:
        raise InvalidInput(f"Không có người dùng “{username[:60]}” đang hoạt động.")
    if unknown := [scope for scope in scopes if scope not in SCOPES]:
        raise InvalidInput(f"Không có phạm vi “{unknown[0][:40]}”; các phạm vi: {', '.join(SCOPES)}.")
    if not name.strip() or len(name) > 120 or not scopes:
        raise InvalidInput("Mã truy cập cần tên (tối đa 120 ký tự) và ít nhất một phạm vi.")
    if not 1 <= days <= LONGEST_DAYS:
        raise InvalidInput(f"Thời hạn của mã truy cập từ 1 đến {LONGEST_DAYS} ngày.")
    prefix = secrets.token_hex(5)
    text = f"ln_{prefix}_{secrets.token_urlsafe(32)}"
    token = ApiToken(
        prefix=prefix,
        token_hash=_hash(text),
        name=name.strip(),
        staff=staff,
        scopes=[scope for scope in SCOPES if scope in scopes],
        created_at=now,
        expires_at=now + timedelta(days=days),
    )
    session.add(token)
    session.flush()
    return token, text


def token_of(session: Session, text: str, *, now: datetime) -> ApiToken:
    """The live token with its person. Raises TokenUnknown; how long that takes tells nothing about the secret."""
    shape = _FORM.fullmatch(text)
    found = _by_prefix(session, shape.group(1)) if shape else None
    fits = hmac.compare_digest(_hash(text), found.token_hash if found else _NO_HASH)
    if found is None or not fits or found.revoked_at is not None or found.expires_at <= now or not found.staff.active:
        raise TokenUnknown()
    return found


def note_use(session: Session, token_id: int, *, now: datetime) -> None:
    """Keep the day of the latest use."""
    token = session.get(ApiToken, token_id)
    if token is not None:
        token.last_used_on = day_of(now)


def day_of(now: datetime) -> date:
    """The day in Vietnam."""
    return now.astimezone(VIETNAM).date()


def revoke(session: Session, prefix: str, *, now: datetime) -> ApiToken:
    """End a token now; twice is once. Raises InvalidInput for one that never was."""
    token = _by_prefix(session, prefix.removeprefix("ln_").split("_", maxsplit=1)[0])
    if token is None:
        raise InvalidInput(f"Không có mã truy cập nào bắt đầu bằng “{prefix[:20]}”.")
    token.revoked_at = token.revoked_at or now
    return token


def tokens(session: Session) -> list[ApiToken]:
    """All tokens, the newest first."""
    return list(session.scalars(select(ApiToken).order_by(ApiToken.id.desc())))


def state_of(token: ApiToken, *, now: datetime) -> str:
    """active, revoked, expired, or disabled with its person."""
    if token.revoked_at is not None:
        return "revoked"
    if token.expires_at <= now:
        return "expired"
    return "active" if token.staff.active else "disabled"


def _by_prefix(session: Session, prefix: str) -> ApiToken | None:
    return session.scalars(select(ApiToken).where(ApiToken.prefix == prefix)).first()


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
