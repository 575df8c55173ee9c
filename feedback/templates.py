"""Words that an office uses again, shipped ones and its own, with {variables} of the case."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from feedback import agencies, taxonomy
from feedback.errors import CaseNotFound, InvalidInput, NotAllowed
from feedback.law import load_yaml
from feedback.models import Case, Staff
from feedback.moves import clean
from feedback.work_models import AnswerTemplate
from feedback.working_calendar import VIETNAM, spoken_date
from nlu import places

MAX_TITLE, MAX_TEXT = 120, 10_000
VARIABLES = {
    "mã": "mã vụ việc",
    "cơ quan": "cơ quan trả lời",
    "ngày nhận": "ngày nhận vụ việc",
    "hạn": "hạn trả lời",
    "nơi": "nơi xảy ra",
    "chủ đề": "chủ đề",
    "hồ sơ": "mã hồ sơ",
    "hôm nay": "ngày hôm nay",
    "người gửi": "họ tên người gửi, hoặc “anh/chị”",
}
"""What a template may name, in braces."""
_VARIABLE = re.compile(r"\{([^{}\n]{1,30})\}")


@dataclass(frozen=True, slots=True)
class Template:
    """`id`: of the office's own; None for a shipped one, which is known by `slug`."""

    slug: str
    title: str
    text: str
    id: int | None = None


def templates_for(session: Session, staff: Staff) -> list[Template]:
    """The office's own, then the shipped ones."""
    mine = (AnswerTemplate.office_id == staff.office_id, AnswerTemplate.retired_at.is_(None))
    rows = session.scalars(select(AnswerTemplate).where(*mine).order_by(AnswerTemplate.title, AnswerTemplate.id))
    own = [Template(f"t{row.id}", row.title, row.text, row.id) for row in rows]
    shipped = [Template(slug, row["title"], row["text"]) for slug, row in _shipped().items()]
    return own + shipped


def template(session: Session, staff: Staff, slug: str) -> Template | None:
    """One of them, None for any other name."""
    return next((one for one in templates_for(session, staff) if one.slug == slug), None)


def save(
    session: Session, *, staff: Staff, title: str, text: str, replaces: int | None = None, now: datetime
) -> AnswerTemplate:
    """Keep a wording for the office; a change retires the row that it replaces.

    Raises NotAllowed, InvalidInput (an unknown variable is named).
    """
    if staff.role not in ("officer", "leader") or staff.office_id is None:
        raise NotAllowed()
    name, words = clean(title), clean(text)
    if not name or len(name) > MAX_TITLE or not words or len(words) > MAX_TEXT:
        raise InvalidInput(f"Mẫu cần có tên (tối đa {MAX_TITLE} ký tự) và nội dung (tối đa {MAX_TEXT} ký tự).")
    unknown = sorted(set(_VARIABLE.findall(words)) - set(VARIABLES))
    if unknown:
        known = ", ".join(f"{{{one}}}" for one in VARIABLES)
        raise InvalidInput(f"Không có biến {{{unknown[0]}}}. Các biến dùng được: {known}.")
    if replaces is not None:
        retire(session, replaces, staff=staff, now=now)
    row = AnswerTemplate(office_id=staff.office_id, title=name, text=words, staff_id=staff.id, at=now)
    session.add(row)
    session.flush()
    return row


def retire(session: Session, template_id: int, *, staff: Staff, now: datetime) -> None:
    """Nobody is offered it any more; answers that were written with it are not touched."""
    row = session.get(AnswerTemplate, template_id)
    if row is None or row.office_id != staff.office_id or staff.role not in ("officer", "leader"):
        raise CaseNotFound("Không tìm thấy mẫu này.")
    row.retired_at = row.retired_at or now
    session.flush()


def fill(one: Template, case: Case, *, now: datetime) -> str:
    """The words with the case's values; what the case does not know stays as “…”, for the officer to see."""
    values = _values(case, now=now)
    return _VARIABLE.sub(lambda found: values.get(found[1]) or "…", one.text)


def _values(case: Case, *, now: datetime) -> dict[str, str]:
    commune = agencies.unit_name(case.commune_code, places=places) if case.commune_code else None
    return {
        "mã": case.code,
        "cơ quan": case.office.name,
        "ngày nhận": _day(case.received_at),
        "hạn": _day(case.due_at) if case.due_at else "",
        "nơi": commune or case.place_text or "",
        "chủ đề": (taxonomy.topic_name(case.topic) or taxonomy.field_name(case.field) or "").lower(),
        "hồ sơ": case.dossier or "",
        "hôm nay": _day(now),
        "người gửi": "anh/chị" if case.restricted else case.contact_name or "anh/chị",
    }


def _day(moment: datetime) -> str:
    return spoken_date(moment.astimezone(VIETNAM).date())


def _shipped() -> dict[str, dict[str, Any]]:
    return dict(load_yaml("answer_templates.yml")["templates"])
