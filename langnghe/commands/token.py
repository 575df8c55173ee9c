"""`langnghe token`: tokens for other programs are made, listed and revoked; a token is shown this once."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy.orm import Session

from feedback.base import VIETNAM, utc_now
from feedback.database import Database
from feedback.errors import InvalidInput
from langnghe import tokens
from langnghe.models import ApiToken
from langnghe.settings import get_settings


def create(*, username: str, name: str, days: int, scopes: Sequence[str]) -> int:
    """Print the token, alone on standard output; 0, or 2 with one line for what cannot be taken."""
    wanted = [part.strip() for one in scopes for part in one.split(",") if part.strip()] or list(tokens.READING)
    try:
        with _session() as session:
            token, text = tokens.create(session, username=username, name=name, scopes=wanted, days=days, now=utc_now())
            ends = token.expires_at.astimezone(VIETNAM)
            told = (
                f"Mã truy cập của {token.staff.display_name}, phạm vi {', '.join(token.scopes)}, đến {ends:%d/%m/%Y}."
            )
    except InvalidInput as error:
        return _refused(error.message)
    print(told, "Chỉ hiện một lần, hãy cất ngay:", file=sys.stderr)
    print(text)
    return 0


def show(*, as_json: bool) -> int:
    """List all tokens by their prefix."""
    now = utc_now()
    with _session() as session:
        rows = [_row(token, tokens.state_of(token, now=now)) for token in tokens.tokens(session)]
    if as_json:
        print(json.dumps(rows, ensure_ascii=False))
        return 0
    for row in rows:
        used = f"dùng ngày {row['last_used_on']}" if row["last_used_on"] else "chưa dùng"
        line = "ln_{prefix}\t{state}\t{user}\t{name}\tđến {expires_on}".format(**row)
        print(line, used, ", ".join(row["scopes"]), sep="\t")
    if not rows:
        print("Chưa có mã truy cập nào.")
    return 0


def revoke(prefix: str) -> int:
    """End a token now; 0, or 2 for one that never was."""
    try:
        with _session() as session:
            token = tokens.revoke(session, prefix, now=utc_now())
            told = f"Đã thu hồi ln_{token.prefix} ({token.name})."
    except InvalidInput as error:
        return _refused(error.message)
    print(told)
    return 0


def _row(token: ApiToken, state: str) -> dict[str, Any]:
    return {
        "prefix": token.prefix,
        "state": state,
        "user": token.staff.username,
        "name": token.name,
        "scopes": token.scopes,
        "expires_on": token.expires_at.astimezone(VIETNAM).date().isoformat(),
        "last_used_on": token.last_used_on.isoformat() if token.last_used_on else None,
    }


@contextmanager
def _session() -> Iterator[Session]:
    database = Database(get_settings().sqlalchemy_url)
    try:
        with database.write() as session:
            yield session
    finally:
        database.dispose()


def _refused(reason: str) -> int:
    print(f"langnghe token: {reason}", file=sys.stderr)
    return 2
