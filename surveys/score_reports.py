"""The indices that feedback feeds: a period's petitions judged, the sheet that follows, what a reader must know."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from feedback.working_calendar import load_calendar
from surveys.petitions import Period, Petition, Verdict, WorkingDays, group_five, handling, judge
from surveys.score_rules import PetitionRule, ScoreRule, score_rule
from surveys.score_sheets import Entry, ScoreSheet, score

SHIPPED = {"qd766": "qd766", "par": "par_tinh", "tt01": "tt01"}
"""Index -> the rule that it has unless another one is given."""


@dataclass(frozen=True, slots=True)
class Judged:
    """What a period's petitions come to: a verdict on each, the criteria that follow, warnings of the calendar."""

    verdicts: tuple[Verdict, ...]
    entries: Mapping[str, Entry]
    warnings: tuple[str, ...]


def petition_rule(rule: ScoreRule) -> PetitionRule:
    """How this rule looks at feedback; one that says nothing of it takes what QĐ 766 says."""
    found = rule.petitions or score_rule("qd766").petitions
    assert found is not None
    return found


def judged(petitions: Sequence[Petition], period: Period, rule: ScoreRule, *, index: str) -> Judged:
    """Group 5 for `qd766`; otherwise the two criteria of PAR INDEX, as far as the rule has them.

    Publication is judged only where something of it is recorded.
    """
    calendar = load_calendar()
    days, limits = WorkingDays(calendar), petition_rule(rule)
    verdicts = tuple(judge(petition, period, rule=limits, days=days) for petition in petitions)
    if index == "qd766":
        entries = group_five(verdicts, limits)
    else:
        published = any(each.event == "published" for petition in petitions for each in petition.happenings)
        entries = handling(verdicts, publishing=published)
    used = {day for verdict in verdicts for check in verdict.checks for day in (check.start, check.day)}
    unsettled = sorted({day.year for day in used if calendar.is_provisional(day)})
    return Judged(
        verdicts,
        {code: entry for code, entry in entries.items() if code in rule.metrics},
        tuple(f"lịch nghỉ năm {year} là tạm tính, chưa có thông báo chính thức trong dữ liệu." for year in unsettled),
    )


def sheet_of(rule: ScoreRule, *entries: Mapping[str, Entry]) -> ScoreSheet:
    """The sheet of entries from several places."""
    together: dict[str, Entry] = {}
    for some in entries:
        together |= some
    return score(rule, together)


def warnings_of(rule: ScoreRule, period: Period, sheet: ScoreSheet) -> Iterator[str]:
    """What a reader must know of the rule and of the sheet."""
    if rule.valid_to is not None and period.until > rule.valid_to:
        yield f"{rule.id} hết hiệu lực ngày {rule.valid_to:%d/%m/%Y}; kết quả chỉ để tham khảo ({rule.source})."
    if period.since < rule.valid_from:
        yield f"{rule.id} có hiệu lực từ {rule.valid_from:%d/%m/%Y}, sau ngày đầu kỳ."
    if sheet.missing:
        yield f"chưa có số liệu cho {', '.join(sheet.missing)}; điểm để trống, không coi là 0."
