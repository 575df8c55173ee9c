"""When the people in charge of a deadline are reminded: pure functions over the dated stages and the proof."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

from feedback.deadlines import DeadlineSettings, Pause, office_time_after
from feedback.law import LawDataError, load_yaml
from feedback.working_calendar import ONE_DAY, VIETNAM, WorkingCalendar, load_calendar

LEVELS = ("officer", "head", "above")


@dataclass(frozen=True, slots=True)
class Stage:
    """One reminder: after a share of the time, when it is due, or working days after that; and to whom it goes."""

    name: str
    share: float | None
    days_after: int | None
    to: tuple[str, ...]
    words: str


@dataclass(frozen=True, slots=True)
class Times:
    """What of a clock the reminders need. `proof`: its stored rows; `in_hours`: a limit of office hours."""

    started_at: datetime
    due_at: datetime
    proof: Sequence[Mapping[str, Any]]
    pauses: Sequence[Pause] = ()

    @property
    def in_hours(self) -> bool:
        return any("minutes" in day for day in self.proof)


@cache
def stages() -> tuple[Stage, ...]:
    """The stages in force, in order."""
    return tuple(_stage(row) for row in load_yaml("deadlines.yml")["reminders"]["stages"])


def has_reminders(step: str) -> bool:
    """Whether anybody is reminded of this step."""
    return step not in load_yaml("deadlines.yml")["reminders"]["steps_without"]


def step_name(step: str) -> str:
    """The step as people call it."""
    return str(load_yaml("deadlines.yml")["step_names"].get(step, step))


def moments(times: Times, settings: DeadlineSettings) -> Iterator[tuple[Stage, datetime]]:
    """Each stage with its moment, always within office hours; a share that falls on the last day is left out."""
    calendar = load_calendar(choices=dict(settings.calendar_choices))
    due = _due_moment(times, calendar)
    for stage in stages():
        if stage.share is not None:
            moment = _share_moment(times, stage.share, calendar, settings)
            if moment < due:
                yield stage, moment
        elif stage.days_after is not None:
            yield stage, calendar.opening(_working_day_after(calendar, times.due_at, stage.days_after))
        else:
            yield stage, due


def _due_moment(times: Times, calendar: WorkingCalendar) -> datetime:
    return times.due_at if times.in_hours else calendar.opening(times.due_at.astimezone(VIETNAM).date())


def _share_moment(times: Times, share: float, calendar: WorkingCalendar, settings: DeadlineSettings) -> datetime:
    """When that share of the counted time is used up: the opening of the counted day, or the minute."""
    if times.in_hours:
        minutes = sum(int(day["minutes"]) for day in times.proof if "minutes" in day)
        length = timedelta(minutes=math.ceil(minutes * share))
        return office_time_after(times.started_at, length, pauses=times.pauses, settings=settings)
    counted = [date.fromisoformat(str(day["date"])) for day in times.proof if day["counted"]]
    day = counted[max(0, math.ceil(len(counted) * share) - 1)]
    return calendar.opening(calendar.next_working(day))


def _working_day_after(calendar: WorkingCalendar, due_at: datetime, number: int) -> date:
    day = due_at.astimezone(VIETNAM).date()
    for _ in range(number):
        day = calendar.next_working(day + ONE_DAY)
    return day


def _stage(row: Mapping[str, Any]) -> Stage:
    if not set(row["to"]) <= set(LEVELS) or ("share" in row and "days_after" in row):
        raise LawDataError(f"deadlines.yml: wrong stage {row['stage']}")
    return Stage(row["stage"], row.get("share"), row.get("days_after"), tuple(row["to"]), row["words"])
