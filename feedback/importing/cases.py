"""Cases from another register: each is routed and counted here as if it had come on its own day."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, time

from sqlalchemy import select
from sqlalchemy.orm import Session

from feedback import cases, repository, routing, taxonomy
from feedback.assessment import Matter, assess
from feedback.base import VIETNAM
from feedback.deadlines import EARLIEST
from feedback.errors import FeedbackError
from feedback.importing.rows import BadRow, Report, Row
from feedback.models import Case
from feedback.working_calendar import short_date
from nlu import places

NEEDED = ("external_id", "kind", "text", "received_at")
COLUMNS = (
    *NEEDED,
    "regime",
    "field",
    "topic",
    "problem",
    "urgent",
    "commune",
    "province",
    "place",
    "contact_name",
    "contact_phone",
    "procedure",
    "dossier",
    "channel",
    "national_code",
)
CASE_KINDS = ("phan_anh", "kien_nghi", "khieu_nai", "to_cao", "hoi_dap", "khen_ngoi")
CHANNELS = ("nhap", "truc_tiep", "dien_thoai", "buu_chinh", "email", "quoc_gia", "webchat", "zalo", "telegram")
_PHONE = re.compile(r"\+?[\d .-]{8,20}")


def import_cases(session: Session, rows: Sequence[Row], *, now: datetime) -> Report:
    """Open each case once: the same `external_id` in a later file changes nothing."""
    report = Report()
    seen: dict[str, int] = {}

    def enter(row: Row) -> str:
        external = row.needed("external_id", most=60)
        if external in seen:
            raise BadRow("external_id", f"“{external}” đã có ở dòng {seen[external]}")
        seen[external] = row.number
        key = f"import:{external}"
        draft, received = _draft(row), _received(row, now=now)
        if repository.case_by_effect_key(session, key) is not None:
            return "unchanged"
        national = _national(session, row)
        try:
            case = cases.open_case(session, draft, citizen_id=None, effect_key=key, received_at=received, now=now)
        except FeedbackError as error:
            raise BadRow("text", error.message) from error
        case.national_code, case.entered_at = national, now
        session.flush()
        return "added"

    report.each(rows, enter)
    return report


def _national(session: Session, row: Row) -> str | None:
    """The code in the national system, which no other case has."""
    code = row.text("national_code", most=40)
    if code is not None and session.scalars(select(Case.id).where(Case.national_code == code)).first() is not None:
        raise BadRow("national_code", f"mã {code} đã gắn với vụ việc khác")
    return code


def _draft(row: Row) -> cases.CaseDraft:
    kind = row.one_of("kind", CASE_KINDS) or ""
    topic, field = row.one_of("topic", taxonomy.topics()), row.one_of("field", taxonomy.fields())
    problem = row.one_of("problem", taxonomy.problems())
    text = row.needed("text", most=cases.MAX_TEXT)
    commune, province = _place(row)
    matter = Matter(
        kind=kind,
        text=text,
        field=field,
        topic=topic,
        problem=problem,
        province_code=province,
        commune_code=commune,
        procedure=row.text("procedure", most=20),
    )
    facts = assess(matter, regime=row.one_of("regime", taxonomy.regimes()))
    if kind == "to_cao" and facts.regime != "to_cao" and "regime" in row.values:
        raise BadRow("regime", "tố cáo phải giữ chế độ to_cao để được bảo mật")
    return cases.CaseDraft(
        kind=kind,
        regime=facts.regime,
        text=text,
        route=routing.route(facts),
        field=facts.field,
        topic=topic,
        problem=problem,
        urgent=row.flag("urgent"),
        contact_name=row.text("contact_name", most=120),
        contact_phone=_phone(row),
        place_text=row.text("place"),
        commune_code=commune,
        province_code=province,
        procedure_code=row.text("procedure", most=20),
        dossier=row.text("dossier", most=60),
        channel=row.one_of("channel", CHANNELS, default="nhap") or "nhap",
    )


def _place(row: Row) -> tuple[str | None, str | None]:
    """(commune, province) by their codes, which must fit each other; the province is needed."""
    code, province = row.text("commune", most=5), row.text("province", most=2)
    commune = places.commune(code) if code else None
    if code and commune is None:
        raise BadRow("commune", f"“{code}” không phải mã xã, phường, đặc khu hiện hành")
    if commune is not None:
        if province is not None and province != commune.province_code:
            raise BadRow("province", f"xã, phường {code} thuộc tỉnh mã {commune.province_code}, không phải {province}")
        return code, commune.province_code
    if province is None or places.province(province) is None:
        raise BadRow("province", f"“{province or ''}” không phải mã tỉnh, thành phố hiện hành")
    return None, province


def _received(row: Row, *, now: datetime) -> datetime:
    """The day or moment of receipt; a day alone is taken at the opening of the offices."""
    written = row.needed("received_at", most=40)
    moment: datetime | None = None
    if len(written) > 10:
        try:
            moment = datetime.fromisoformat(written)
        except ValueError:
            raise BadRow("received_at", f"“{written}” không phải thời điểm ISO (2026-11-23T09:30)") from None
        moment = moment if moment.tzinfo else moment.replace(tzinfo=VIETNAM)
    else:
        day = row.day("received_at")
        moment = datetime.combine(day, time(8), VIETNAM) if day else None
    if moment is not None and moment.astimezone(VIETNAM).date() < EARLIEST:
        raise BadRow("received_at", f"thời điểm tiếp nhận trước {short_date(EARLIEST)}")
    if moment is None or moment > now:
        raise BadRow("received_at", "thời điểm tiếp nhận không thể ở tương lai")
    return moment


def _phone(row: Row) -> str | None:
    phone = row.text("contact_phone", most=20)
    if phone is not None and not _PHONE.fullmatch(phone):
        raise BadRow("contact_phone", "không phải số điện thoại")
    return phone
