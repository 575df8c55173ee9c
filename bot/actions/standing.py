"""Where a report stands in law: its regime and the body that it goes to, computed from the rules and never stored."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from bot.actions.report import CASE, Report
from feedback import agencies, deadlines, routing
from feedback.assessment import Matter, assess
from feedback.routing import Route
from nlu import places


@dataclass(frozen=True, slots=True)
class Standing:
    """`path`: the dialogue's way: case, khieu_nai, to_cao, offer, person, erase, referral or not_served."""

    path: str
    regime: str
    route: Route

    @property
    def receiver(self) -> str:
        """Who takes in a denunciation: the desk for petitions where there is one, else the head of the body."""
        route = self.route
        if route.desk is not None:
            return agencies.office_name(route.desk, route.unit, places=places)
        return route.head or route.name

    @property
    def needs_place(self) -> bool:
        return bool({"place", "commune"} & set(self.route.ask))

    @property
    def needs_contact(self) -> bool:
        """NĐ 20/2008 asks for name, address and phone of who sends feedback on administrative rules and conduct."""
        return self.path == "case" and self.regime.startswith("pakn_")


def standing(report: Report, *, home_province: str, served: frozenset[str] | None = None) -> Standing:
    """The report's regime and route as far as known; the home province stands in where no place is to be had.

    `served`: the provinces of this installation, None for all.
    """
    kind = report.kind or ("to_cao" if report.secret else "phan_anh")
    if report.purpose != CASE:
        kind = "hoi_dap"
    province = report.province_code or (home_province if report.place_skipped or report.purpose == "erase" else None)
    matter = Matter(
        kind=kind,
        text=report.text,
        field=report.field,
        topic=report.topic,
        problem=report.problem,
        province_code=province,
        commune_code=report.commune_code,
        procedure=report.procedure_code,
    )
    facts = assess(matter)
    route = routing.route(facts, places=places)
    if kind == "hoi_dap" and route.mode != "online":  # nobody there would answer a chat: the coordination desk does
        unlabelled = replace(facts, field=None, topic=None, problem=None, procedure=None, text="")
        route = routing.route(unlabelled, places=places)
    path = _path(report, kind, facts.regime, route)
    if served is not None and province is not None and province not in served:
        path = "not_served"
    return Standing(path=path, regime=facts.regime, route=route)


def _path(report: Report, kind: str, regime: str, route: Route) -> str:
    if report.purpose != CASE:
        return report.purpose
    if kind == "to_cao" or regime == "to_cao" or report.secret:
        return "to_cao"
    if report.is_offered:
        return "offer"
    if route.mode == "referral":
        return "referral"
    return "khieu_nai" if regime == "khieu_nai" else "case"


def deadline(*, kind: str, regime: str, received: datetime) -> deadlines.Deadline | None:
    """The deadline of the step that answers the citizen, None where nothing sets one."""
    try:
        return deadlines.compute(kind=kind, regime=regime, received=received)
    except deadlines.NoDeadline:
        return None
