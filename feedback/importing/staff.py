"""The people who work in the console, from a file. Who has no password gets a random one, told once."""

from __future__ import annotations

import re
import secrets
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from feedback import agencies, offices, people
from feedback.importing.rows import BadRow, Report, Row
from feedback.models import Staff

NEEDED = ("username", "name", "role")
COLUMNS = (*NEEDED, "agency", "unit", "email", "sees_restricted", "sees_identity", "active", "password")
ROLES = ("officer", "leader", "manager", "admin")
SHORTEST_PASSWORD = 10
_USERNAME = re.compile(r"[a-z0-9][a-z0-9._-]{1,59}")
_EMAIL = re.compile(r"[^@\s,;<>\"]{1,64}@[A-Za-z0-9.-]+\.[A-Za-z]{2,}")


@dataclass(frozen=True, slots=True)
class NewPassword:
    """A password and its hash; `told`: it was made up here and is shown once."""

    password: str
    hashed: str
    told: bool


def new_passwords(rows: Sequence[Row], known: Container[str]) -> dict[str, NewPassword]:
    """What `import_staff` will store, by user name: the file's passwords, and one for each new person without one.

    `known`: the names that are there already. Hashing is slow on purpose and would hold up every writer: it happens
    here, before the writing transaction.
    """
    made: dict[str, NewPassword] = {}
    for row in rows:
        username, password = row.values.get("username", "").lower(), row.values.get("password")
        if username not in made and (password is not None or username not in known):
            words = password or secrets.token_urlsafe(9)
            made[username] = NewPassword(words, people.hash_password(words), told=password is None)
    return made


def import_staff(
    session: Session, rows: Sequence[Row], *, passwords: Mapping[str, NewPassword] | None = None
) -> Report:
    """Enter or change each person by the user name. A password in the file replaces the one that there was.

    `passwords` are those of `new_passwords`; None in a dry run, which stores no real one.
    """
    report = Report()
    seen: dict[str, int] = {}

    def enter(row: Row) -> str:
        username = row.needed("username", most=60).lower()
        if not _USERNAME.fullmatch(username):
            raise BadRow("username", "chỉ gồm chữ thường không dấu, số, dấu chấm, gạch; ít nhất 2 ký tự")
        if username in seen:
            raise BadRow("username", f"“{username}” đã có ở dòng {seen[username]}")
        seen[username] = row.number
        found = session.scalars(select(Staff).where(Staff.username == username)).first()
        values, given = _values(session, row, found), _password(row) is not None
        new = _DRY if passwords is None else passwords.get(username)
        if (found is None or given) and new is None:
            raise BadRow("username", "người này vừa được đổi trong khi nhập; mời nhập lại tệp")
        if found is None:
            assert new is not None
            if new.told:
                report.notes.append(f"{username},{new.password}")
            session.add(Staff(username=username, password_hash=new.hashed, **values))
            session.flush()
            return "added"
        same = not given and all(getattr(found, name) == value for name, value in values.items())
        for name, value in values.items():
            setattr(found, name, value)
        if given and new is not None:
            found.password_hash = new.hashed
        session.flush()
        return "unchanged" if same else "changed"

    report.each(rows, enter)
    return report


_DRY = NewPassword("", "-", told=False)


def _values(session: Session, row: Row, found: Staff | None) -> dict[str, object]:
    role = row.one_of("role", ROLES) or ""
    return {
        "display_name": row.needed("name", most=120),
        "role": role,
        "office_id": _office_id(session, row, role),
        "email": _email(row) or (found.email if found else None),
        "sees_restricted": _flag(row, "sees_restricted", found.sees_restricted if found else False),
        "sees_identity": _flag(row, "sees_identity", found.sees_identity if found else False),
        "active": _flag(row, "active", found.active if found else True),
    }


def _office_id(session: Session, row: Row, role: str) -> int | None:
    slug, unit = row.text("agency", most=40), row.text("unit", most=5)
    if slug is None and unit is None and role in ("manager", "admin"):
        return None
    if slug is None or slug not in agencies.catalogue() or agencies.get(slug).is_desk:
        raise BadRow("agency", f"“{slug or ''}” không có trong danh mục loại cơ quan")
    if unit is None or not offices.unit_fits(slug, unit):
        raise BadRow("unit", f"“{unit or ''}” không phải mã đơn vị hành chính phù hợp với {slug}")
    office = offices.office_of(session, agency=slug, unit=unit)
    office.staffed = True
    return office.id


def _flag(row: Row, column: str, current: bool) -> bool:
    """The cell; what there is already when it is empty."""
    return row.flag(column) if column in row.values else current


def _email(row: Row) -> str | None:
    email = row.text("email", most=120)
    if email is not None and not _EMAIL.fullmatch(email):
        raise BadRow("email", f"“{email}” không phải địa chỉ thư điện tử")
    return email


def _password(row: Row) -> str | None:
    password = row.text("password")
    if password is not None and len(password) < SHORTEST_PASSWORD:
        raise BadRow("password", f"mật khẩu cần ít nhất {SHORTEST_PASSWORD} ký tự")
    return password
