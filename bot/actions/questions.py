"""Which question comes next: only what is missing and changes the way or deadline, or what the law asks for."""

from __future__ import annotations

from collections.abc import Callable

from bot.actions.reading import says_something
from bot.actions.report import CASE, PERSON, Report
from bot.actions.standing import Standing

KIND, DETAILS, PLACE, CONTACT, MENDING, CONFIRMATION = QUESTIONS = (
    "kind",
    "details",
    "place",
    "contact",
    "mending",
    "confirmation",
)
StandingOf = Callable[[Report], Standing]
REFERRED = frozenset({"referral", "not_served"})
READ_BACK = frozenset({"case", "khieu_nai", "to_cao"})


def settle(report: Report, standing_of: StandingOf) -> tuple[Report, str | None]:
    """The next question, or None with the report's `outcome` set."""
    question = _before_routing(report)
    if question is not None:
        return report, question
    if report.outcome is None and (elsewhere := _leads_elsewhere(report)):
        report = report.changed(outcome=elsewhere)
    if report.outcome is not None:
        return report, None
    where = standing_of(report)
    question = _missing(report, where)
    if question is not None:
        return report, question
    return report.changed(confirmed=report.confirmed, outcome="referral" if where.path in REFERRED else "open"), None


def _before_routing(report: Report) -> str | None:
    if report.outcome is not None:
        return None
    if report.purpose == CASE and report.kind is None:
        return KIND
    return MENDING if report.doubt else report.mending


def _leads_elsewhere(report: Report) -> str | None:
    """A question or a look-up needs no case: the answer is given at once."""
    if report.purpose != CASE:
        return None
    if report.kind == "tra_cuu":
        return "look_up"
    return "answer" if report.kind == "hoi_dap" and not report.unanswered else None


def _missing(report: Report, where: Standing) -> str | None:
    if report.is_offered and not report.accepted:
        return CONFIRMATION
    if _lacks_details(report, where.path):
        return DETAILS
    if where.needs_place and not report.place_skipped:
        return PLACE
    if where.needs_contact and not report.contact_skipped and not (report.name and report.phone):
        return CONTACT
    return CONFIRMATION if where.path in READ_BACK and not report.confirmed else None


def _lacks_details(report: Report, path: str) -> bool:
    if path == PERSON:
        return not report.text and not report.details_skipped
    told = not report.bare and says_something(report.text, place_text=report.place_text)
    return path in ("case", "khieu_nai") and not told
