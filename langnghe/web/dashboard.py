"""The managers' page: by office, the cases and their timeliness, the ratings and the survey's index side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from feedback import repository
from feedback.errors import NotAllowed
from feedback.repository import OfficeFigures
from langnghe.web.pages import pages_of
from langnghe.web.services import services_of
from langnghe.web.staff_access import CurrentLogin
from surveys import results
from surveys.indices import Figure

PERIODS = {"month": ("30 ngày qua", 30), "quarter": ("90 ngày qua", 90), "year": ("365 ngày qua", 365)}

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class OfficeLine:
    """One office: its cases, the share of satisfied ratings, and the survey's index; the last two never blended."""

    figures: OfficeFigures
    on_time: float | None
    satisfied: float | None
    survey: Figure | None
    suppressed: bool


@router.get("/dashboard")
def dashboard(request: Request, login: CurrentLogin, period: str = "quarter") -> Response:
    if login.staff.role not in ("manager", "leader", "admin"):
        raise NotAllowed("Trang này dành cho lãnh đạo và người quản lý.")
    services = services_of(request)
    now = services.clock()
    chosen = period if period in PERIODS else "quarter"
    since = now - timedelta(days=PERIODS[chosen][1])
    with services.database.read() as session:
        figures = repository.office_figures(session, since=since, until=now, now=now)
        least = services.settings.suppress_below
        survey = results.by_office(session, since=since.date(), until=now.date(), threshold=least)
    if login.staff.role == "leader":
        figures = [one for one in figures if one.office_id == login.staff.office_id]
    lines = [_line(one, survey.offices.get(one.office_id)) for one in figures]
    context: dict[str, Any] = {
        "staff": login.staff,
        "csrf": login.csrf,
        "lines": lines,
        "total": _line(_sum(figures), survey.overall if login.staff.role != "leader" else None),
        "period": chosen,
        "periods": PERIODS,
        "questionnaire": survey.questionnaire,
        "least": least,
        "whole": login.staff.role != "leader",
    }
    return pages_of(request).render(request, "dashboard.html", context, headers={"Cache-Control": "no-store"})


def _line(figures: OfficeFigures, survey: Figure | None) -> OfficeLine:
    few = survey is not None and survey.suppressed
    return OfficeLine(
        figures=figures,
        on_time=_percent(figures.answered_on_time, figures.answered),
        satisfied=_percent(figures.satisfied, figures.ratings),
        survey=None if few else survey,
        suppressed=few,
    )


def _percent(part: int, whole: int) -> float | None:
    return 100 * part / whole if whole else None


def _sum(figures: Sequence[OfficeFigures]) -> OfficeFigures:
    def total(name: str) -> int:
        return sum(getattr(one, name) for one in figures)

    counted = ("cases", "open", "late", "answered", "answered_on_time", "ratings", "satisfied", "rating_sum")
    return OfficeFigures(office_id=0, agency="", name="Toàn bộ", **{name: total(name) for name in counted})
