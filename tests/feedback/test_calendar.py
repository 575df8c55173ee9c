"""The working calendar: each year's holidays by name, swapped Saturdays, provisional years, unknown years."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedback.law import LawDataError, load_yaml
from feedback.working_calendar import WEEKDAYS, build_calendar, load_calendar, short_date, spoken_date, weekday_name

CALENDAR = load_calendar()

HOLIDAYS = [
    ("2025-01-01", "thứ Tư", "Tết Dương lịch"),
    ("2025-01-27", "thứ Hai", "Tết Nguyên đán"),
    ("2025-01-31", "thứ Sáu", "Tết Nguyên đán"),
    ("2025-04-07", "thứ Hai", "Giỗ Tổ"),
    ("2025-04-30", "thứ Tư", "Ngày Chiến thắng"),
    ("2025-05-01", "thứ Năm", "Quốc tế lao động"),
    ("2025-05-02", "thứ Sáu", "26/4/2025"),
    ("2025-09-01", "thứ Hai", "Quốc khánh"),
    ("2025-09-02", "thứ Ba", "Quốc khánh"),
    ("2026-01-01", "thứ Năm", "Tết Dương lịch"),
    ("2026-01-02", "thứ Sáu", "10/1/2026"),
    ("2026-02-16", "thứ Hai", "Tết Nguyên đán"),
    ("2026-02-20", "thứ Sáu", "Tết Nguyên đán"),
    ("2026-04-27", "thứ Hai", "Giỗ Tổ"),
    ("2026-04-30", "thứ Năm", "Ngày Chiến thắng"),
    ("2026-05-01", "thứ Sáu", "Quốc tế lao động"),
    ("2026-08-31", "thứ Hai", "22/8/2026"),
    ("2026-09-01", "thứ Ba", "Quốc khánh"),
    ("2026-09-02", "thứ Tư", "Quốc khánh"),
    ("2026-11-24", "thứ Ba", "Nghị quyết 28/2026/QH16"),
    ("2027-01-01", "thứ Sáu", "tạm tính"),
    ("2027-02-08", "thứ Hai", "tạm tính"),
    ("2027-04-16", "thứ Sáu", "tạm tính"),
    ("2027-04-30", "thứ Sáu", "tạm tính"),
    ("2027-05-03", "thứ Hai", "tạm tính"),
    ("2027-09-02", "thứ Năm", "tạm tính"),
    ("2027-11-24", "thứ Tư", "tạm tính"),
]


@pytest.mark.parametrize(("day", "weekday", "named"), HOLIDAYS)
def test_a_holiday_is_off_and_its_reason_names_it_and_its_source(day: str, weekday: str, named: str) -> None:
    holiday = date.fromisoformat(day)
    assert weekday_name(holiday) == weekday
    assert not CALENDAR.is_working(holiday)
    assert CALENDAR.reason_off(holiday).startswith("nghỉ lễ: ") and named in CALENDAR.reason_off(holiday)


@pytest.mark.parametrize("day", ["2025-04-26", "2026-01-10", "2026-08-22"])
def test_a_swapped_saturday_is_worked_and_says_for_which_day(day: str) -> None:
    saturday = date.fromisoformat(day)
    assert weekday_name(saturday) == "thứ Bảy"
    assert CALENDAR.is_working(saturday)
    assert "làm bù" in CALENDAR.note_working(saturday)


@pytest.mark.parametrize("day", ["2025-11-24", "2026-11-23", "2026-02-23", "2025-05-05", "2026-01-05", "2026-02-13"])
def test_an_ordinary_weekday_is_worked_and_24_november_is_one_before_2026(day: str) -> None:
    assert CALENDAR.is_working(date.fromisoformat(day))
    assert CALENDAR.reason_off(date.fromisoformat(day)) == ""


def test_a_weekend_is_off_and_says_only_that() -> None:
    assert CALENDAR.reason_off(date(2026, 11, 21)) == "thứ Bảy, nghỉ"
    assert CALENDAR.reason_off(date(2026, 11, 22)) == "Chủ nhật, nghỉ"


@pytest.mark.parametrize(("year", "off_weekdays"), [(2025, 12), (2026, 14)])
def test_a_year_has_as_many_weekdays_off_as_its_notice_says(year: int, off_weekdays: int) -> None:
    """2025: 1 + 5 + 1 + 2 + 1 swapped + 2; 2026: 1 + 1 swapped + 5 + 1 + 2 + 1 swapped + 2 + 1."""
    days = (date(year, 1, 1) + timedelta(days=n) for n in range(365))
    assert sum(1 for day in days if day.weekday() < 5 and not CALENDAR.is_working(day)) == off_weekdays


def test_each_swapped_day_off_has_its_worked_saturday() -> None:
    for year in (2025, 2026):
        swapped = [day for day in CALENDAR.days_off.values() if day.date.year == year and "hoán đổi" in day.name]
        assert len(swapped) == sum(day.year == year for day in CALENDAR.working_days)


def test_the_open_choices_of_2027_move_the_days_and_nothing_else() -> None:
    default, other = (
        load_calendar(),
        load_calendar(choices={"tet_2027": "mot_truoc_bon_sau", "quoc_khanh_2027": "ngay_truoc"}),
    )
    moved = default.days_off.keys() ^ other.days_off.keys()
    assert moved == {date(2027, 2, 4), date(2027, 2, 11), date(2027, 9, 1), date(2027, 9, 3)}


def test_2027_is_provisional_and_2026_is_not() -> None:
    assert CALENDAR.is_provisional(date(2027, 3, 3)) and not CALENDAR.is_provisional(date(2026, 3, 3))


def test_a_year_without_a_notice_has_the_fixed_holidays_and_says_so() -> None:
    assert not CALENDAR.is_working(date(2030, 9, 2))
    assert "chưa có lịch nghỉ năm 2030" in CALENDAR.reason_off(date(2030, 9, 2))
    assert CALENDAR.is_working(date(2024, 11, 25)) and not CALENDAR.is_working(date(2028, 11, 24))
    assert CALENDAR.is_provisional(date(2030, 1, 7))


def test_an_unknown_choice_or_option_is_refused() -> None:
    with pytest.raises(LawDataError, match="no choice"):
        load_calendar(choices={"tet_2031": "x"})
    with pytest.raises(LawDataError, match="no option"):
        load_calendar(choices={"tet_2027": "x"})


def test_a_day_that_is_both_off_and_worked_is_refused() -> None:
    data = load_yaml("calendar.yml")
    year = data["years"][2026] | {"working_days": [{"date": date(2026, 9, 2), "name": "x"}]}
    with pytest.raises(LawDataError, match="both off and worked"):
        build_calendar(data | {"years": {2026: year}}, choices={})


def test_a_day_in_the_wrong_year_is_refused() -> None:
    data = load_yaml("calendar.yml")
    year = data["years"][2026] | {"days_off": [{"date": date(2025, 9, 2), "name": "x"}]}
    with pytest.raises(LawDataError, match="wrong dates"):
        build_calendar(data | {"years": {2026: year}}, choices={})


def test_every_special_day_has_a_source() -> None:
    for special in [*CALENDAR.days_off.values(), *CALENDAR.working_days.values()]:
        assert special.source and special.name


@given(st.dates(date(2024, 1, 1), date(2029, 12, 31)))
def test_the_next_working_day_is_the_first_worked_one_and_never_far(day: date) -> None:
    found = CALENDAR.next_working(day)
    assert CALENDAR.is_working(found) and 0 <= (found - day).days <= 9
    assert not any(CALENDAR.is_working(day + timedelta(days=n)) for n in range((found - day).days))


def test_dates_are_written_as_people_write_them() -> None:
    assert short_date(date(2026, 9, 5)) == "5/9/2026"
    assert spoken_date(date(2026, 11, 25)) == "thứ Tư 25/11/2026"
    assert len(WEEKDAYS) == 7
