"""Which days the offices work: weekly rest, public holidays by yearly notice, swapped Saturdays, office hours."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from feedback.law import LawDataError, as_date, load_yaml, validity

WEEKDAYS = ("thứ Hai", "thứ Ba", "thứ Tư", "thứ Năm", "thứ Sáu", "thứ Bảy", "Chủ nhật")
ONE_DAY = timedelta(days=1)
VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")


def weekday_name(day: date) -> str:
    """The Vietnamese weekday, as "thứ Tư"."""
    return WEEKDAYS[day.weekday()]


def short_date(day: date) -> str:
    """A date as people write it: 5/9/2026."""
    return f"{day.day}/{day.month}/{day.year}"


def spoken_date(day: date) -> str:
    """A date with its weekday, as "thứ Tư 25/11/2026"."""
    return f"{weekday_name(day)} {short_date(day)}"


@dataclass(frozen=True, slots=True)
class SpecialDay:
    """A holiday or a swapped working Saturday, with the notice it comes from."""

    date: date
    name: str
    source: str
    provisional: bool = False


@dataclass(frozen=True, slots=True)
class WorkingCalendar:
    """A pure lookup. Years outside `known_years` have the weekly rest and the fixed holidays only, and say so."""

    days_off: Mapping[date, SpecialDay]
    working_days: Mapping[date, SpecialDay]
    weekly_rest: frozenset[int]
    hours: tuple[tuple[time, time], ...]
    known_years: frozenset[int]
    fixed_holidays: tuple[Mapping[str, Any], ...] = ()

    def is_working(self, day: date) -> bool:
        """Whether offices are open on `day`; a swapped working Saturday counts."""
        if day in self.working_days:
            return True
        return day.weekday() not in self.weekly_rest and self.holiday(day) is None

    def holiday(self, day: date) -> SpecialDay | None:
        """The holiday on `day`, by notice or, in a year without one, by the fixed dates of the law."""
        if day in self.days_off or day.year in self.known_years:
            return self.days_off.get(day)
        for row in self.fixed_holidays:
            if (row["month"], row["day"]) == (day.month, day.day) and validity(row).covers(day):
                note = f"{row['source']}; tạm tính, chưa có lịch nghỉ năm {day.year}"
                return SpecialDay(day, row["name"], note, provisional=True)
        return None

    def reason_off(self, day: date) -> str:
        """Why nobody works on `day`, in Vietnamese with the source; empty for a working day."""
        if self.is_working(day):
            return ""
        special = self.holiday(day)
        if special is None:
            return f"{weekday_name(day)}, nghỉ"
        return f"nghỉ lễ: {special.name} ({special.source})"

    def note_working(self, day: date) -> str:
        """What is special about a working day (a swapped Saturday), or empty."""
        special = self.working_days.get(day)
        return f"{weekday_name(day)} {special.name} ({special.source})" if special else ""

    def next_working(self, day: date) -> date:
        """The first working day on or after `day`."""
        while not self.is_working(day):
            day += ONE_DAY
        return day

    def opening(self, day: date) -> datetime:
        """When the offices open on `day`, in Vietnam."""
        return datetime.combine(day, self.hours[0][0], VIETNAM)

    def in_office_hours(self, moment: datetime) -> bool:
        """Whether the offices are open at this moment."""
        local = moment.astimezone(VIETNAM)
        return self.is_working(local.date()) and any(a <= local.time() < b for a, b in self.hours)

    def office_time_from(self, moment: datetime) -> datetime:
        """The moment itself when the offices are open, else when they open next."""
        local = moment.astimezone(VIETNAM)
        if self.is_working(local.date()):
            for opening, closing in self.hours:
                if local.time() < closing:
                    return max(local, datetime.combine(local.date(), opening, VIETNAM))
        return self.opening(self.next_working(local.date() + ONE_DAY))

    def is_provisional(self, day: date) -> bool:
        """Whether the year of `day` has no official notice yet."""
        if day.year not in self.known_years:
            return True
        return any(special.provisional for special in self.days_off.values() if special.date.year == day.year)


def load_calendar(*, choices: Mapping[str, str] | None = None) -> WorkingCalendar:
    """The shipped calendar; `choices` picks among what the law leaves open in a provisional year (tet_2027, ...)."""
    return _load(tuple(sorted((choices or {}).items())))


@cache
def _load(choices: tuple[tuple[str, str], ...]) -> WorkingCalendar:
    return build_calendar(load_yaml("calendar.yml"), choices=dict(choices))


def build_calendar(data: Mapping[str, Any], *, choices: Mapping[str, str]) -> WorkingCalendar:
    """A calendar from the structure of calendar.yml. Raises LawDataError for an unknown choice or a contradiction."""
    off: dict[date, SpecialDay] = {}
    working: dict[date, SpecialDay] = {}
    for year, entry in data["years"].items():
        rows = [*entry["days_off"], *_chosen(entry.get("choices", {}), choices)]
        off.update((day.date, day) for row in rows for day in _special_days(row, entry, year=year))
        swapped = (day for row in entry.get("working_days", ()) for day in _special_days(row, entry, year=year))
        working.update((day.date, day) for day in swapped)
    if both := off.keys() & working.keys():
        raise LawDataError(f"a day is both off and worked: {sorted(both)}")
    unknown = set(choices) - {key for entry in data["years"].values() for key in entry.get("choices", {})}
    if unknown:
        raise LawDataError(f"calendar.yml has no choice {sorted(unknown)}")
    return WorkingCalendar(
        days_off=off,
        working_days=working,
        weekly_rest=frozenset(data["weekly_rest"]["days"]),
        hours=tuple((time.fromisoformat(a), time.fromisoformat(b)) for a, b in data["office_hours"]["periods"]),
        known_years=frozenset(data["years"]),
        fixed_holidays=tuple(data["fixed_holidays"]),
    )


def _chosen(open_choices: Mapping[str, Any], choices: Mapping[str, str]) -> Iterator[Mapping[str, Any]]:
    for name, choice in open_choices.items():
        option = choices.get(name, choice["default"])
        if option not in choice["options"]:
            raise LawDataError(f"calendar.yml: {name} has no option {option!r}")
        yield from choice["options"][option]


def _special_days(row: Mapping[str, Any], entry: Mapping[str, Any], *, year: int) -> Iterator[SpecialDay]:
    first, last = as_date(row.get("from", row.get("date"))), as_date(row.get("to", row.get("date")))
    if first is None or last is None or last < first or {first.year, last.year} != {year}:
        raise LawDataError(f"calendar.yml, {year}: wrong dates in {row}")
    for offset in range((last - first).days + 1):
        day = first + offset * ONE_DAY
        yield SpecialDay(day, row["name"], row.get("source", entry["source"]), entry["provisional"])
