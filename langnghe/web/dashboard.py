"""The managers' page: by office, the cases and their timeliness, the ratings and the survey's index side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any

from fastapi import APIRouter, Request
from sqlalchemy.orm import Session
from starlette.responses import Response

from feedback import repository
from feedback.base import VIETNAM
from feedback.errors import NotAllowed
from feedback.models import Staff
from feedback.repository import OfficeFigures
from langnghe.web.services import WebServices, services_of
from langnghe.web.staff_access import OVERSEERS, CurrentLogin, staff_page
from nlu import places
from surveys import results
from surveys.figures import Figure
from surveys.models import OfficialIndex
from surveys.official import latest_sipas

PERIODS = {"month": ("30 ngày qua", 30), "quarter": ("90 ngày qua", 90), "year": ("365 ngày qua", 365)}

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class OfficeLine:
    """One office: its cases, the satisfied ratings, and the survey's index; the last two are never blended.

    Shares in percent, None where there is nothing to divide by. `survey` is None where nobody answered.
    """

    figures: OfficeFigures
    on_time: float | None
    satisfied: float | None
    mean_rating: float | None
    survey: Figure | None


@router.get("/dashboard")
def dashboard(request: Request, login: CurrentLogin, period: str = "quarter") -> Response:
    services = services_of(request)
    chosen = period if period in PERIODS else "quarter"
    shown = office_lines(services, login.staff, days=PERIODS[chosen][1])
    context: dict[str, Any] = {
        "lines": shown.lines,
        "total": shown.total,
        "period": chosen,
        "periods": PERIODS,
        "since": shown.since,
        "until": shown.until,
        "questionnaire": shown.questionnaire,
        "least": services.settings.suppress_below,
        "whole": shown.whole,
        "official": shown.official,
        "official_unit": unit_name(shown.official.unit) if shown.official else "",
    }
    return staff_page(request, login, "dashboard.html", context)


@dataclass(frozen=True, slots=True)
class OfficeLines:
    """The lines of all offices, or of the leader's own; `total` is over those that are shown."""

    lines: list[OfficeLine]
    total: OfficeLine
    since: datetime
    until: datetime
    questionnaire: str
    whole: bool
    official: OfficialIndex | None


def office_lines(services: WebServices, staff: Staff, *, days: int) -> OfficeLines:
    """What happened in the last days, by office. Raises NotAllowed for who answers for no office."""
    if staff.role not in OVERSEERS:
        raise NotAllowed("Trang số liệu dành cho lãnh đạo và người quản lý.")
    now = services.clock()
    since, today = now - timedelta(days=days), now.astimezone(VIETNAM).date()
    with services.database.read() as session:
        survey = results.by_office(
            session,
            since=since.astimezone(VIETNAM).date(),
            until=today,
            threshold=services.settings.suppress_below,
        )
        figures = _figures(session, survey.offices, since=since, until=now)
        official = latest_sipas(session, unit=services.settings.home_province, today=today)
    whole = staff.role != "leader"
    shown = figures if whole else _own(figures, staff)
    lines = [_line(one, survey.offices.get(one.office_id)) for one in shown]
    total = _line(_sum(shown), survey.overall) if whole else lines[0]
    return OfficeLines(lines, total, since, now, survey.questionnaire, whole, official)


def unit_name(unit: str) -> str:
    """The province, or the country."""
    province = places.province(unit)
    return province.name if province else "cả nước"


def _figures(
    session: Session, surveyed: Mapping[int, Figure | None], *, since: datetime, until: datetime
) -> list[OfficeFigures]:
    """Offices with cases, then those that only have survey answers in this period."""
    figures = repository.office_figures(session, since=since, until=until)
    missing = set(surveyed) - {one.office_id for one in figures}
    only_surveyed = repository.offices(session, missing) if missing else []
    return figures + [OfficeFigures(office.id, office.agency, office.name, office.staffed) for office in only_surveyed]


def _own(figures: Sequence[OfficeFigures], staff: Staff) -> list[OfficeFigures]:
    """The line of the leader's own office, also when nothing happened in it."""
    mine = [one for one in figures if one.office_id == staff.office_id]
    if mine or staff.office is None:
        return mine or [OfficeFigures(0, "", "", staffed=False)]
    return [OfficeFigures(staff.office.id, staff.office.agency, staff.office.name, staff.office.staffed)]


def _line(figures: OfficeFigures, survey: Figure | None) -> OfficeLine:
    return OfficeLine(
        figures=figures,
        on_time=_percent(figures.on_time, figures.timed),
        satisfied=_percent(figures.satisfied, figures.ratings),
        mean_rating=figures.rating_sum / figures.ratings if figures.ratings else None,
        survey=survey if survey is not None and (survey.suppressed or survey.estimate is not None) else None,
    )


def _percent(part: int, whole: int) -> float | None:
    return 100 * part / whole if whole else None


def _sum(figures: Sequence[OfficeFigures]) -> OfficeFigures:
    counted = [field.name for field in fields(OfficeFigures) if field.type == "int" and field.name != "office_id"]
    totals = {name: sum(getattr(one, name) for one in figures) for name in counted}
    return OfficeFigures(office_id=0, agency="", name="Toàn bộ", staffed=True, **totals)
