"""Feedback (PAKN) as QĐ 766/QĐ-TTg group 5 looks at it: tested in time event by event, in working days.

Each check counts the working days after the clock's start, up to and including the day of the event. The clock starts
on the day that the petition was sent to the agency, and anew on the day of each later transfer in. A petition that is
still open at the end of the period is in time while at most `limits.open` working days have passed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta
from typing import Any, Literal

from feedback.working_calendar import WorkingCalendar
from surveys.score_rules import PetitionRule
from surveys.score_sheets import Entry

Event = Literal[
    "sent", "transferred", "reraised", "asked", "accepted", "rejected", "finished", "published", "left", "withdrawn"
]
"""`left`: the agency passed it on, which is not tested; `rejected`: it refused it or sent it back, which is."""

STARTS = ("sent", "transferred", "reraised")
_ORDER: Sequence[str] = (
    "sent", "transferred", "reraised", "asked", "accepted", "rejected", "finished", "published", "left", "withdrawn",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Happening:
    """One event on a day in Vietnam; `at` orders those of one day where the time is known."""

    event: Event
    day: date
    at: time = time.min

    @property
    def order(self) -> tuple[date, time, int]:
        return self.day, self.at, _ORDER.index(self.event)


@dataclass(frozen=True, slots=True)
class Petition:
    """`about` is tthc (rules, policies, procedures), staff (conduct), or empty where the file does not say."""

    code: str
    about: str
    happenings: tuple[Happening, ...]
    disliked: bool = False
    reraised: bool = False

    def until(self, day: date) -> tuple[Happening, ...]:
        """What had happened by the end of that day, in order."""
        return tuple(sorted((each for each in self.happenings if each.day <= day), key=lambda each: each.order))


@dataclass(frozen=True, slots=True)
class Period:
    """Both days included."""

    since: date
    until: date

    def __contains__(self, day: date) -> bool:
        return self.since <= day <= self.until


@dataclass(frozen=True, slots=True)
class LimitCheck:
    """One limit held against one event, or against the end of the period for `open`."""

    event: str
    start: date
    day: date
    working_days: int
    limit: int

    @property
    def passed(self) -> bool:
        return self.working_days <= self.limit

    def as_json(self) -> dict[str, Any]:
        return {
            "event": self.event,
            "start": self.start.isoformat(),
            "day": self.day.isoformat(),
            "working_days": self.working_days,
            "limit": self.limit,
            "in_time": self.passed,
        }


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the period says of one petition. `checks` are those of the period; without one it is not counted."""

    petition: Petition
    checks: tuple[LimitCheck, ...]
    received: bool
    """Sent to the agency in the period."""
    accepted: bool
    """First accepted in the period."""
    reraised: bool
    is_open: bool
    finished: bool
    published: bool

    @property
    def counted(self) -> bool:
        return bool(self.checks)

    @property
    def overdue(self) -> bool:
        return not all(check.passed for check in self.checks)

    @property
    def bad(self) -> tuple[str, ...]:
        """Why it is not satisfied; the petition counts once however many the reasons."""
        reasons = {"disliked": self.petition.disliked, "overdue": self.overdue, "reraised": self.reraised}
        return tuple(reason for reason, holds in reasons.items() if holds)

    def as_json(self) -> dict[str, Any]:
        return {
            "code": self.petition.code,
            "counted": self.counted,
            "overdue": self.overdue,
            "accepted": self.accepted,
            "bad": list(self.bad),
            "checks": [check.as_json() for check in self.checks],
        }


class WorkingDays:
    """Counts working days between two days, each pair once."""

    def __init__(self, calendar: WorkingCalendar) -> None:
        self.calendar = calendar
        self._known: dict[tuple[date, date], int] = {}

    def after(self, start: date, day: date) -> int:
        """Those after `start` up to and including `day`; the start is not counted (BLDS 2015 art. 147)."""
        if (start, day) not in self._known:
            days = (start + timedelta(days=offset) for offset in range(1, (day - start).days + 1))
            self._known[start, day] = sum(self.calendar.is_working(each) for each in days)
        return self._known[start, day]


def judge(petition: Petition, period: Period, *, rule: PetitionRule, days: WorkingDays) -> Verdict:
    """The petition as it stood at the end of the period; what happened later is not known yet."""
    walk = _Walk(rule, days)
    happenings = petition.until(period.until)
    for happening in happenings:
        walk.take(happening)
    walk.close(period.until)
    first = {event: [each.day for each in happenings if each.event == event][:1] for event in ("sent", "accepted")}
    return Verdict(
        petition=petition,
        checks=tuple(check for check in walk.checks if check.day in period),
        received=any(day in period for day in first["sent"]),
        accepted=any(day in period for day in first["accepted"]),
        reraised=petition.reraised or any(each.event == "reraised" for each in happenings),
        is_open=walk.is_open,
        finished=any(each.event in ("finished", "published") and each.day in period for each in happenings),
        published=any(each.event == "published" for each in happenings),
    )


class _Walk:
    """Goes through one petition's events and writes down the checks."""

    def __init__(self, rule: PetitionRule, days: WorkingDays) -> None:
        self.rule, self.days = rule, days
        self.checks: list[LimitCheck] = []
        self.start: date | None = None
        self.is_open = self.accepted = self.asked = False
        self.finished_on: date | None = None

    def take(self, happening: Happening) -> None:
        event, day = happening.event, happening.day
        if event in STARTS:
            self.start, self.is_open, self.finished_on = day, True, None
            self.accepted = self.asked = False
        elif event == "accepted":
            self.accepted = True
        elif event == "asked":
            if not self.accepted and not self.asked:
                self._check("asked", self.start, day)
            self.asked = True
        elif event == "published":
            if self.finished_on is None:
                self._finish(day)
            else:
                self._check("published", self.finished_on, day)
        elif event == "finished":
            self._finish(day)
        else:
            if event == "rejected":
                self._check("rejected", self.start, day)
            self.is_open = False

    def close(self, day: date) -> None:
        if self.is_open:
            self._check("open", self.start, day)

    def _finish(self, day: date) -> None:
        self._check("finished", self.start, day)
        self.finished_on, self.is_open = day, False

    def _check(self, event: str, start: date | None, day: date) -> None:
        if start is not None:
            passed = self.days.after(start, day)
            self.checks.append(LimitCheck(event, start, day, passed, self.rule.limits[event]))


def group_five(verdicts: Iterable[Verdict], rule: PetitionRule) -> dict[str, Entry]:
    """The petition metrics of group 5: on time, satisfaction, and the two classifications (information only).

    On time: of the petitions with a check in the period, those that passed all of them. Satisfaction: of those first
    accepted in the period, those without any reason to count as bad. Classification: of those sent in the period.
    """
    given = list(verdicts)
    counted = [one for one in given if one.counted]
    accepted = [one for one in given if one.accepted]
    received = [one for one in given if one.received]
    entries = {
        "PETITION_PROCESSING_ON_TIME": _entry(sum(not one.overdue for one in counted), len(counted)),
        "PETITION_HANDLING_SATISFACTION": _entry(sum(not one.bad for one in accepted), len(accepted)),
    }
    if all(one.petition.about for one in received):
        for metric, about in (("PETITION_CLASSIFICATION_TTHC", "tthc"), ("PETITION_CLASSIFICATION_STAFF", "staff")):
            entries[metric] = _entry(sum(one.petition.about == about for one in received), len(received))
    return entries


def handling(verdicts: Iterable[Verdict], *, publishing: bool) -> dict[str, Entry]:
    """The two PAR INDEX criteria about feedback: handled of those due, published of those answered in the period.

    Due is what was finished or refused in the period, or is open beyond its limit at the end. `publishing` is whether
    publication is recorded at all; where it is not, nothing is said about it.
    """
    given = [one for one in verdicts if one.counted]
    due = [one for one in given if not one.is_open or one.overdue]
    answered = [one for one in given if one.finished]
    entries = {"PAKN_HANDLED": _entry(sum(not one.is_open for one in due), len(due))}
    if publishing:
        entries["PAKN_PUBLISHED"] = _entry(sum(one.published for one in answered), len(answered))
    return entries


def _entry(num: int, den: int) -> Entry:
    return Entry(num=float(num), den=float(den))


def satisfaction_reasons(verdicts: Iterable[Verdict]) -> Mapping[str, int]:
    """How often each reason held among those accepted in the period; they may add up to more than the bad ones."""
    accepted = [one for one in verdicts if one.accepted]
    return {
        "accepted": len(accepted),
        **{reason: sum(reason in one.bad for one in accepted) for reason in ("disliked", "overdue", "reraised")},
        "bad": sum(bool(one.bad) for one in accepted),
    }


def digest(petitions: Iterable[Petition], *, until: date) -> str:
    """SHA-256 over what the indices read of these petitions; what happened later does not change it."""
    rows = sorted(
        [one.code, one.about, one.disliked, one.reraised, [[h.event, str(h.day), str(h.at)] for h in one.until(until)]]
        for one in petitions
    )
    return hashlib.sha256(json.dumps(rows, ensure_ascii=True, separators=(",", ":")).encode()).hexdigest()
