"""The catalogue of administrative procedures from a file, as the public catalogue gives it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from feedback import taxonomy
from feedback.importing.rows import BadRow, Report, Row
from feedback.registry_models import ImportedProcedure

NEEDED = ("code", "name")
COLUMNS = (
    *NEEDED,
    "aliases",
    "topic",
    "field_slug",
    "field",
    "level",
    "agency",
    "issuing_body",
    "scope",
    "processing_time",
    "processing_time_max",
    "fee",
    "decision",
    "code_status",
    "alias_status",
    "sources",
    "url",
)
_CODE = re.compile(r"\d\.\d{6}")
_LONG = 4000


def import_procedures(session: Session, rows: Sequence[Row], *, now: datetime) -> Report:
    """Enter or change each procedure by its code."""
    report = Report()
    seen: dict[str, int] = {}

    def enter(row: Row) -> str:
        code = row.needed("code", most=20)
        if not _CODE.fullmatch(code):
            raise BadRow("code", f"“{code}” không phải mã thủ tục (dạng 2.000635)")
        if code in seen:
            raise BadRow("code", f"mã {code} đã có ở dòng {seen[code]}")
        seen[code] = row.number
        values = _values(row)
        found = session.get(ImportedProcedure, code)
        if found is None:
            session.add(ImportedProcedure(code=code, imported_at=now, **values))
            return "added"
        if all(getattr(found, name) == value for name, value in values.items()):
            return "unchanged"
        for name, value in values.items():
            setattr(found, name, value)
        found.imported_at = now
        return "changed"

    report.each(rows, enter)
    return report


def _field(row: Row) -> str | None:
    """The field by its slug or by a topic's, with hyphens or underscores as the public catalogue writes them."""
    written = row.text("field_slug", most=40)
    slug = (written or "").lower().replace("-", "_")
    if not slug:
        return None
    field = slug if slug in taxonomy.fields() else taxonomy.topic_fields().get(slug)
    if field is None:
        raise BadRow("field_slug", f"“{written}” không phải lĩnh vực hay chủ đề đã biết")
    return field


def _url(row: Row) -> str | None:
    """An address that a citizen may be sent to."""
    url = row.text("url", most=400)
    if url is not None and not url.lower().startswith(("https://", "http://")):
        raise BadRow("url", "cần bắt đầu bằng https:// hoặc http://")
    return url


def _values(row: Row) -> dict[str, str | None]:
    return {
        "name": row.needed("name", most=_LONG),
        "aliases": row.text("aliases", most=_LONG),
        "field": _field(row),
        "field_name": row.text("field"),
        "level": row.text("level"),
        "agency": row.text("agency", most=_LONG),
        "issuing_body": row.text("issuing_body", most=300),
        "scope": row.text("scope"),
        "processing_time": row.text("processing_time", most=_LONG),
        "fee": row.text("fee", most=_LONG),
        "decision": row.text("decision"),
        "url": _url(row),
    }
