"""Legal and committed deadlines with their proof: pure functions over dated rules and the working calendar.

Bộ luật Dân sự 2015 art. 147: the day of the event is not counted, a limit in hours runs from the stated moment.
Art. 148: the limit ends at the end of its last day; if that is a day off, at the end of the next working day.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache
from itertools import combinations
from typing import Any

from feedback.errors import FeedbackError
from feedback.law import LawDataError, Validity, load_yaml, validity
from feedback.working_calendar import ONE_DAY, VIETNAM, WorkingCalendar, load_calendar, short_date

END_OF_DAY = time(23, 59, 59)
UNITS = ("working_days", "calendar_days", "working_hours")
EARLIEST, LATEST = date(2000, 1, 1), date(2100, 12, 31)
LONGEST_PAUSE = timedelta(days=3660)
DEFAULT_PROFILES = ("hien_truong_mac_dinh", "hoi_dap_mac_dinh")


class DeadlineError(FeedbackError):
    """A question that the rules cannot answer; the message is one clear Vietnamese line."""

    code = "deadline_error"
    message = "Không tính được thời hạn."


class NoDeadline(DeadlineError):
    """Neither law nor a profile in force sets a limit for this kind or regime on that day."""

    code = "no_deadline"
    message = "Không có thời hạn cho loại này."


class UnknownStep(DeadlineError):
    """The regime has no such step, or none with a profile in force."""

    code = "unknown_step"


@dataclass(frozen=True, slots=True)
class Rule:
    """One dated limit. `unit` is one of UNITS; `committed`: no law sets it, the profile of the province does.

    `confidence`: S read in a public source, R-high/R-med/R-low recalled, ? a mere default.
    """

    id: str
    source: str
    regimes: tuple[str, ...]
    step: str
    limit: int
    unit: str
    confidence: str
    committed: bool
    profile: str | None
    validity: Validity


@dataclass(frozen=True, slots=True)
class CountedDay:
    """One day of the proof; `minutes` only for limits in hours."""

    date: date
    counted: bool
    reason: str
    minutes: int | None = None


@dataclass(frozen=True, slots=True)
class Pause:
    """The clock stands still on the days start <= day < end (dates in Vietnam)."""

    start: date
    end: date

    def covers(self, day: date) -> bool:
        return self.start <= day < self.end


@dataclass(frozen=True, slots=True)
class DeadlineSettings:
    """What the law leaves open.

    `after_hours`: same_day, or next_working_day for what arrives after closing or on a day off. `profiles`: the
    committed times in force, a later one winning. `calendar_choices`: (name, option) pairs for provisional years.
    """

    after_hours: str = "same_day"
    profiles: tuple[str, ...] = DEFAULT_PROFILES
    calendar_choices: tuple[tuple[str, str], ...] = ()


def deadline_settings(*, after_hours: str, profiles: str, calendar_choices: str) -> DeadlineSettings:
    """The settings as an operator writes them: names by commas, choices as NAME=OPTION by commas. DeadlineError."""
    named = tuple(dict.fromkeys(name.strip() for name in profiles.split(",") if name.strip()))
    pairs = [tuple(part.strip() for part in pair.split("=", 1)) for pair in calendar_choices.split(",") if pair.strip()]
    if any(len(pair) != 2 for pair in pairs):
        raise DeadlineError(f"Lựa chọn lịch cần dạng TÊN=LỰA_CHỌN, không phải {calendar_choices!r}.")
    return DeadlineSettings(
        after_hours=after_hours, profiles=named, calendar_choices=tuple((pair[0], pair[1]) for pair in pairs)
    )


@dataclass(frozen=True, slots=True)
class Deadline:
    """`due` is the last second of the due day in Vietnam (23:59:59+07:00), or the exact minute of a limit in hours.

    `days` is the proof: each day from the receipt to the due day, once and in order.
    """

    due: datetime
    step: str
    rule: Rule
    days: tuple[CountedDay, ...]


@dataclass(frozen=True, slots=True)
class _Clock:
    """The calendar and the pauses that a count runs over."""

    calendar: WorkingCalendar
    pauses: tuple[Pause, ...]

    def paused(self, day: date) -> bool:
        return any(pause.covers(day) for pause in self.pauses)

    def open(self, day: date) -> bool:
        return self.calendar.is_working(day) and not self.paused(day)


def compute(
    *,
    kind: str,
    received: datetime | date,
    regime: str | None = None,
    step: str | None = None,
    pauses: Sequence[Pause] = (),
    settings: DeadlineSettings | None = None,
) -> Deadline:
    """The deadline of the step that starts at `received` (an aware datetime, or a date alone).

    Without `regime` the usual one of the kind, without `step` the one that gives the citizen the answer. The rule is
    the one in force on the day of receipt. Raises NoDeadline, DeadlineError; ValueError for a naive datetime.
    """
    settings = settings or DeadlineSettings()
    moment, day = _in_vietnam(received)
    rule = find_rule(kind=kind, regime=regime, step=step, day=day, profiles=settings.profiles)
    clock = _Clock(load_calendar(choices=dict(settings.calendar_choices)), _checked(pauses))
    if rule.unit == "working_hours":
        due, days = _count_hours(rule.limit, clock, day=day, moment=moment)
        return Deadline(due, rule.step, rule, days)
    late = _late_receipt(clock.calendar, day=day, moment=moment, after_hours=settings.after_hours)
    start = late[-1].date + ONE_DAY if late else day
    start = clock.calendar.next_working(start) if late else start
    head = (*late, CountedDay(start, counted=False, reason="ngày nhận, không tính"))
    count = _count_working_days if rule.unit == "working_days" else _count_calendar_days
    days = (*head, *count(rule.limit, clock, after=start))
    return Deadline(datetime.combine(days[-1].date, END_OF_DAY, VIETNAM), rule.step, rule, days)


def find_rule(
    *, kind: str, regime: str | None, step: str | None, day: date, profiles: Sequence[str] = DEFAULT_PROFILES
) -> Rule:
    """The rule in force on `day`: the law's, else the last profile's. Raises NoDeadline, DeadlineError."""
    data = load_yaml("deadlines.yml")
    chosen = regime or data["usual_regime"].get(kind)
    in_reach = [
        rule for rule in rules() if chosen in rule.regimes and (rule.profile is None or rule.profile in profiles)
    ]
    if not in_reach:
        raise NoDeadline(f"Không có thời hạn cho loại {kind}" + (f" theo chế độ {regime}." if regime else "."))
    wanted = step or data["default_step"][chosen]
    if wanted not in {rule.step for rule in in_reach}:
        known = ", ".join(dict.fromkeys(rule.step for rule in in_reach))
        raise UnknownStep(f"Chế độ {chosen} không có bước {wanted}; các bước: {known}.")
    valid = [rule for rule in in_reach if rule.step == wanted and rule.validity.covers(day)]
    if not valid:
        raise NoDeadline(f"Chưa có dữ liệu về thời hạn {chosen}/{wanted} áp dụng cho ngày {short_date(day)}.")
    law = [rule for rule in valid if rule.profile is None]
    return law[0] if law else max(valid, key=lambda rule: list(profiles).index(str(rule.profile)))


@cache
def rules() -> tuple[Rule, ...]:
    """All limits of feedback/data/deadlines.yml. Raises LawDataError when two are in force at once."""
    loaded = tuple(_rule(row) for row in load_yaml("deadlines.yml")["rules"])
    for one, other in combinations(loaded, 2):
        same = one.step == other.step and one.profile == other.profile and set(one.regimes) & set(other.regimes)
        if one.id == other.id or (same and one.validity.overlaps(other.validity)):
            raise LawDataError(f"deadlines.yml: {one.id} and {other.id} are in force at once")
    return loaded


def _rule(row: Mapping[str, Any]) -> Rule:
    if row["unit"] not in UNITS or row["limit"] < 1 or not row["source"]:
        raise LawDataError(f"deadlines.yml: wrong unit, limit or source in {row['id']}")
    return Rule(
        id=row["id"],
        source=row["source"],
        regimes=tuple(row["regimes"]),
        step=row["step"],
        limit=row["limit"],
        unit=row["unit"],
        confidence=row["confidence"],
        committed=row.get("committed", False),
        profile=row.get("profile"),
        validity=validity(row),
    )


def _in_vietnam(received: datetime | date) -> tuple[datetime | None, date]:
    """The moment in Vietnam (None for a date alone) and its date there."""
    moment: datetime | None = None
    day: date = received
    if isinstance(received, datetime):
        if received.tzinfo is None:
            raise ValueError("a naive datetime has no place in a deadline")
        try:
            moment = received.astimezone(VIETNAM).replace(second=0, microsecond=0)
        except OverflowError as error:
            raise DeadlineError("Ngày nhận nằm ngoài khoảng tính được.") from error
        day = moment.date()
    if not EARLIEST <= day <= LATEST:
        raise DeadlineError(f"Ngày nhận phải từ {short_date(EARLIEST)} đến {short_date(LATEST)}.")
    return moment, day


def _checked(pauses: Sequence[Pause]) -> tuple[Pause, ...]:
    for pause in pauses:
        if pause.end < pause.start:
            raise DeadlineError("Khoảng tạm dừng kết thúc trước khi bắt đầu.")
    in_range = all(EARLIEST <= pause.start <= pause.end <= LATEST for pause in pauses)
    if not in_range or sum((pause.end - pause.start for pause in pauses), timedelta()) > LONGEST_PAUSE:
        raise DeadlineError("Khoảng tạm dừng nằm ngoài khoảng tính được.")
    return tuple(pauses)


def _late_receipt(
    calendar: WorkingCalendar, *, day: date, moment: datetime | None, after_hours: str
) -> tuple[CountedDay, ...]:
    """The days before the day that counts as the receipt: none, unless the setting moves a receipt outside hours on."""
    if after_hours not in ("same_day", "next_working_day"):
        raise DeadlineError("Cài đặt nhận ngoài giờ chỉ có thể là same_day hoặc next_working_day.")
    closed = moment is not None and moment.time() > calendar.hours[-1][1]
    if after_hours == "same_day" or (calendar.is_working(day) and not closed):
        return ()
    start = calendar.next_working(day + ONE_DAY)
    first = CountedDay(day, counted=False, reason=f"nhận ngoài giờ làm việc, tính là nhận ngày {short_date(start)}")
    between = (day + offset * ONE_DAY for offset in range(1, (start - day).days))
    return (first, *(CountedDay(each, counted=False, reason=calendar.reason_off(each)) for each in between))


def _count_working_days(limit: int, clock: _Clock, *, after: date) -> Iterator[CountedDay]:
    """The days up to the `limit`-th working day after `after`."""
    number, day = 0, after
    while number < limit:
        day += ONE_DAY
        if clock.paused(day):
            yield _paused_day(day)
        elif clock.calendar.is_working(day):
            number += 1
            yield CountedDay(day, counted=True, reason=f"ngày làm việc thứ {number}{_note(clock.calendar, day)}")
        else:
            yield CountedDay(day, counted=False, reason=clock.calendar.reason_off(day))


def _count_calendar_days(limit: int, clock: _Clock, *, after: date) -> Iterator[CountedDay]:
    """The days up to the `limit`-th day after `after`, rolled forward to an open day (art. 148)."""
    number, day = 0, after
    while number < limit:
        day += ONE_DAY
        if clock.paused(day):
            yield _paused_day(day)
            continue
        number += 1
        off = clock.calendar.reason_off(day) if number == limit else ""
        yield CountedDay(day, counted=True, reason=f"ngày thứ {number}" + (f" ({off})" if off else ""))
    if clock.calendar.is_working(day):
        return
    while not clock.open(day):
        day += ONE_DAY
        yield _rolled_day(clock, day)


def _rolled_day(clock: _Clock, day: date) -> CountedDay:
    if clock.paused(day):
        return _paused_day(day)
    why = clock.calendar.reason_off(day) or f"ngày làm việc tiếp theo{_note(clock.calendar, day)}"
    return CountedDay(day, counted=False, reason=f"lùi vì ngày cuối rơi vào ngày nghỉ: {why}")


def _paused_day(day: date) -> CountedDay:
    return CountedDay(day, counted=False, reason="tạm dừng chờ công dân bổ sung")


def _note(calendar: WorkingCalendar, day: date) -> str:
    """What a reader should know of a working day: a swapped Saturday, a year whose notice is not out yet."""
    notes = [calendar.note_working(day)] if calendar.note_working(day) else []
    if calendar.is_provisional(day):
        notes.append(f"lịch năm {day.year} tạm tính")
    return f" ({'; '.join(notes)})" if notes else ""


def office_time_after(
    moment: datetime, length: timedelta, *, pauses: Sequence[Pause] = (), settings: DeadlineSettings | None = None
) -> datetime:
    """The minute at which `length` of office hours have gone by since `moment`."""
    choices = dict((settings or DeadlineSettings()).calendar_choices)
    start, day = _in_vietnam(moment)
    return _count_time(length, _Clock(load_calendar(choices=choices), _checked(pauses)), day=day, moment=start)[0]


def _count_hours(
    limit: int, clock: _Clock, *, day: date, moment: datetime | None
) -> tuple[datetime, tuple[CountedDay, ...]]:
    """`limit` office hours from the moment itself (art. 147), or from the opening on the day for a date alone."""
    return _count_time(timedelta(hours=limit), clock, day=day, moment=moment)


def _count_time(
    left: timedelta, clock: _Clock, *, day: date, moment: datetime | None
) -> tuple[datetime, tuple[CountedDay, ...]]:
    start = moment or datetime.combine(day, time.min, VIETNAM)
    days: list[CountedDay] = []
    while True:
        due, used = _use_hours(left, clock, day=day, start=start)
        left -= used
        days.append(_hours_day(clock, day=day, used=used))
        if not left:
            return due, tuple(days)
        day += ONE_DAY


def _use_hours(left: timedelta, clock: _Clock, *, day: date, start: datetime) -> tuple[datetime, timedelta]:
    """How much of `left` the day's office hours after `start` take, and the moment they are used up."""
    used, due = timedelta(), start
    for opening, closing in clock.calendar.hours if clock.open(day) else ():
        begin = max(datetime.combine(day, opening, VIETNAM), start)
        end = datetime.combine(day, closing, VIETNAM)
        if begin < end and used < left:
            due = min(end, begin + (left - used))
            used += due - begin
    return due, used


def _hours_day(clock: _Clock, *, day: date, used: timedelta) -> CountedDay:
    minutes = int(used.total_seconds()) // 60
    if clock.paused(day):
        return _paused_day(day)
    if not minutes:
        return CountedDay(day, False, clock.calendar.reason_off(day) or "hết giờ làm việc, không tính", minutes=0)
    hours, rest = divmod(minutes, 60)
    spoken = " ".join(part for part in (f"{hours} giờ" if hours else "", f"{rest} phút" if rest else "") if part)
    return CountedDay(day, True, f"tính {spoken} làm việc{_note(clock.calendar, day)}", minutes=minutes)
