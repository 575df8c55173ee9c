"""What an office keeps with a case for itself: internal notes and staff's files; nothing of it is ever edited."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from feedback.base import new_capability
from feedback.errors import InvalidInput
from feedback.handling_models import CaseRemark
from feedback.models import Case, CaseEvent, CaseFile, Staff
from feedback.moves import actor_of, for_work, take

MOST_FILES = 20


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that was recognised by its bytes and cleaned already."""

    name: str
    content_type: str
    data: bytes


def add_note(
    session: Session, case_id: int, *, staff: Staff, text: str, effect_key: str | None = None, now: datetime
) -> Case:
    """A note for colleagues; the citizen never sees it. It is no change of the case: nobody's page gets old by it.

    The same `effect_key` twice is once.
    """
    case = for_work(session, case_id, staff=staff)
    if effect_key is None or _done_before(case, "note", effect_key) is None:
        data = {"key": effect_key} if effect_key else None
        take(session, case, "note", actor=actor_of(staff), now=now, carried={"note": text}, data=data)
    return case


def _done_before(case: Case, move: str, effect_key: str) -> CaseEvent | None:
    return next((one for one in case.events if one.move == move and one.data.get("key") == effect_key), None)


def attach(
    session: Session,
    case_id: int,
    *,
    staff: Staff,
    upload: Upload,
    for_citizen: bool = False,
    effect_key: str | None = None,
    now: datetime,
) -> CaseFile:
    """Put a file to the case; one `for_citizen` goes out with the next answer. The ledger keeps its SHA-256.

    The same `effect_key` twice is once.
    """
    case = for_work(session, case_id, staff=staff)
    before = _done_before(case, "attach", effect_key) if effect_key else None
    if before is not None:
        return session.get_one(CaseFile, before.data["file"])
    if sum(1 for file in case.files if file.staff_id is not None) >= MOST_FILES:
        raise InvalidInput(f"Mỗi vụ việc có tối đa {MOST_FILES} tệp của cơ quan.")
    file = keep(session, case, upload, staff=staff, for_citizen=for_citizen, now=now)
    data = {"file": file.id, "sha256": file.sha256, **({"key": effect_key} if effect_key else {})}
    take(session, case, "attach", actor=actor_of(staff), now=now, data=data)
    return file


def keep(
    session: Session, case: Case, upload: Upload, *, staff: Staff, for_citizen: bool = False, now: datetime
) -> CaseFile:
    """Store the file's row with the case."""
    file = CaseFile(
        case_id=case.id,
        key=new_capability(),
        name=upload.name,
        content_type=upload.content_type,
        size=len(upload.data),
        sha256=hashlib.sha256(upload.data).hexdigest(),
        created_at=now,
        staff_id=staff.id,
        for_citizen=for_citizen,
        data=upload.data,
    )
    session.add(file)
    session.flush()
    session.expire(case, ["files"])
    return file


def remarks(session: Session, case_id: int, kinds: Sequence[str]) -> dict[int, CaseRemark]:
    """The words of these kinds by their id, as the ledger's rows name them."""
    mine = (CaseRemark.case_id == case_id, CaseRemark.kind.in_(kinds))
    return {remark.id: remark for remark in session.scalars(select(CaseRemark).where(*mine).order_by(CaseRemark.id))}
