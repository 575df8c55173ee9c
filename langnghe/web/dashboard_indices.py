"""The managers' page of indices: QĐ 766 and PAR INDEX as far as the installation's own cases give them."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from feedback.base import VIETNAM
from feedback.errors import InvalidInput, NotAllowed
from langnghe.web.heavy import heavy_work
from langnghe.web.services import services_of
from langnghe.web.staff_access import CurrentLogin, staff_page
from surveys.official import sipas_entry
from surveys.petition_records import petitions_of
from surveys.petitions import Period, satisfaction_reasons
from surveys.score_reports import SHIPPED, judged, petition_rule, sheet_of, warnings_of
from surveys.score_rules import score_rule

INDICES = {"qd766": "QĐ 766/QĐ-TTg", "par": "PAR INDEX"}
READERS = ("manager", "admin")
LONGEST = timedelta(days=3 * 366)

router = APIRouter(include_in_schema=False)


@router.get("/dashboard/indices")
def indices(
    request: Request, login: CurrentLogin, index: str = "qd766", since: str = "", until: str = "", details: bool = False
) -> Response:
    """`since` and `until` are ISO days; without them the quarter so far."""
    if login.staff.role not in READERS:
        raise NotAllowed("Trang chỉ số của toàn bộ cơ quan dành cho người quản lý.")
    services = services_of(request)
    chosen = index if index in INDICES else "qd766"
    period = _period(since, until, today=services.clock().astimezone(VIETNAM).date())
    rule = score_rule(SHIPPED[chosen])
    with heavy_work(), services.database.read() as session:
        found = petitions_of(session, until=period.until, rule=petition_rule(rule))
        sipas = sipas_entry(session, year=period.until.year, unit=services.settings.home_province)
        figures = judged(found.petitions, period, rule, index=chosen)
    sheet = sheet_of(rule, sipas if chosen == "par" else {}, figures.entries)
    context: dict[str, Any] = {
        "index": chosen,
        "indices": INDICES,
        "period": period,
        "rule": rule,
        "sheet": sheet,
        "reasons": satisfaction_reasons(figures.verdicts),
        "late": [one for one in figures.verdicts if one.counted and one.overdue] if details else [],
        "details": details,
        "samples": found.samples,
        "warnings": [*figures.warnings, *warnings_of(rule, period, sheet)],
    }
    return staff_page(request, login, "dashboard_indices.html", context)


def _period(since: str, until: str, *, today: date) -> Period:
    quarter = date(today.year, 3 * ((today.month - 1) // 3) + 1, 1)
    try:
        period = Period(date.fromisoformat(since) if since else quarter, date.fromisoformat(until) if until else today)
    except ValueError:
        raise InvalidInput("Ngày của kỳ phải có dạng năm-tháng-ngày, như 2026-10-01.") from None
    if period.until < period.since or period.until - period.since > LONGEST:
        raise InvalidInput("Kỳ phải kết thúc sau khi bắt đầu và dài không quá ba năm.")
    return period
