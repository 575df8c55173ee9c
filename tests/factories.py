"""Offices, staff, citizens and cases for tests, as the services themselves make them."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from functools import cache
from itertools import count

from sqlalchemy.orm import Session

from feedback import cases, people, repository
from feedback.base import new_capability
from feedback.models import Case, CaseFile, Office, Staff
from feedback.offices import office_of
from feedback.routing import Route

HAC_THANH, HAM_RONG = "14797", "14758"
MONDAY = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
"""Monday 23/11/2026, 9:00 in Vietnam."""
PASSWORD = "mat-khau-dung"
_NUMBERS = count(1)


@cache
def password_hash() -> str:
    return people.hash_password(PASSWORD)


def make_office(session: Session, unit: str = HAC_THANH, *, agency: str = "ubnd_xa") -> Office:
    office = office_of(session, agency=agency, unit=unit)
    office.staffed = True
    session.flush()
    return office


def make_staff(
    session: Session, username: str, *, unit: str = HAC_THANH, role: str = "officer", sees_restricted: bool = False
) -> Staff:
    staff = Staff(
        username=username,
        display_name=f"Cán bộ Mẫu {username.title()}",
        password_hash=password_hash(),
        role=role,
        office=make_office(session, unit),
        sees_restricted=sees_restricted,
    )
    session.add(staff)
    session.flush()
    return staff


def make_citizen(session: Session) -> int:
    return repository.new_citizen(session, now=MONDAY).id


def a_route(unit: str = HAC_THANH) -> Route:
    return Route(
        agency="ubnd_xa",
        unit=unit,
        desk=None,
        name="UBND phường",
        level="xa",
        why=("Rác thuộc UBND cấp xã",),
        rule_ids=("rac",),
        province_code="38",
    )


def a_draft(
    text: str = "Rác ở đầu ngõ chợ bốn ngày không ai gom.", *, unit: str = HAC_THANH, **parts: object
) -> cases.CaseDraft:
    kind = str(parts.pop("kind", "phan_anh"))
    regime = {"phan_anh": "hien_truong", "to_cao": "to_cao", "khieu_nai": "khieu_nai", "khen_ngoi": "khac"}[kind]
    values = {"kind": kind, "regime": regime, "province_code": "38", "commune_code": unit, **parts}
    return cases.CaseDraft(text=text, route=a_route(unit), **values)  # type: ignore[arg-type]


def make_case(
    session: Session,
    text: str = "Rác ở đầu ngõ chợ bốn ngày không ai gom.",
    *,
    citizen_id: int | None = None,
    now: datetime = MONDAY,
    **parts: object,
) -> Case:
    """A case that was opened at `now`; `unit` and `kind` choose its office and regime."""
    owner = citizen_id if citizen_id is not None else make_citizen(session)
    key = f"made:{next(_NUMBERS)}"
    draft = a_draft(text, **parts)  # type: ignore[arg-type]
    case = cases.open_case(session, draft, citizen_id=owner, effect_key=key, received_at=now, now=now)
    _ = case.office.name
    return case


def make_file(session: Session, case: Case, data: bytes, *, name: str, content_type: str) -> CaseFile:
    file = CaseFile(
        citizen_id=case.citizen_id,
        key=new_capability(),
        name=name,
        content_type=content_type,
        size=len(data),
        sha256=hashlib.sha256(data).hexdigest(),
        created_at=MONDAY,
        data=data,
    )
    return cases.attach_file(session, file, case_id=case.id)
