"""Deadlines: a table of dated cases with the weekday beside each date, the laws' invariants, and the command itself."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
import time
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedback.deadlines import (
    Deadline,
    DeadlineError,
    DeadlineSettings,
    NoDeadline,
    Pause,
    compute,
    rules,
)
from feedback.law import Validity, read_text
from feedback.working_calendar import VIETNAM, load_calendar, weekday_name
from langnghe.commands.deadline import main, run

CALENDAR = load_calendar()
CASES = list(csv.DictReader((Path(__file__).parent / "deadline_cases.csv").read_text(encoding="utf-8").splitlines()))
"""Dated cases with the weekday beside each date, the source of the limit and what the case is about.

"[D]": derived in the law notes; the others were counted by hand and by a second, separate program. Pauses are
half-open. Calendar: the notices of 2025 and 2026 (swapped Saturdays 26/4/2025, 10/1/2026, 22/8/2026; 24/11 from 2026 by
Nghị quyết 28/2026/QH16), 2027 provisional.
"""
USUAL = (None, "hien_truong_mac_dinh", "hoi_dap_mac_dinh")
KINDS = {"khieu_nai": "khieu_nai", "to_cao": "to_cao", "pakn_qdhc": "kien_nghi", "hoi_dap": "hoi_dap"}


def _day(text: str) -> date:
    """A date whose weekday is written before it, checked."""
    weekday, _, iso = text.rpartition(" ")
    day = date.fromisoformat(iso)
    assert weekday_name(day) == weekday, f"{iso} is a {weekday_name(day)}"
    return day


def _named(source: str) -> set[str]:
    """The laws and rules that a source names."""
    return {name for name in ("20/2008", "766", "Khiếu nại", "Tố cáo", "quy chế") if name in source}


def test_there_are_enough_dated_cases_over_every_regime_and_step_that_has_a_rule() -> None:
    assert len(CASES) + len(HOURS) >= 120
    alike = {"pakn_qdhc": "pakn_hanh_vi"}
    steps = {(regime, rule.step) for rule in rules() for regime in rule.regimes if rule.profile in USUAL}
    told = {(alike.get(case["regime"], case["regime"]), case["step"]) for case in CASES}
    assert {(alike.get(regime, regime), step) for regime, step in steps} <= told


def _pauses(text: str) -> list[Pause]:
    return [Pause(*map(date.fromisoformat, pause.split("/"))) for pause in text.split()]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['regime']}-{case['step']}-{case['about']}")
def test_the_due_day_of_a_dated_case(case: dict[str, str]) -> None:
    found = compute(
        kind=KINDS.get(case["regime"], "phan_anh"),
        regime=case["regime"],
        step=case["step"],
        received=_day(case["received"]),
        pauses=_pauses(case["paused"]),
    )
    assert found.due == datetime.combine(_day(case["due"]), datetime.max.time().replace(microsecond=0), VIETNAM)
    assert found.due.isoformat().endswith("T23:59:59+07:00")
    assert found.step == case["step"] and _named(case["source"]) & _named(found.rule.source)
    assert sum(day.counted for day in found.days) == found.rule.limit


# --- limits in hours: the exact minute; office hours 8-12 and 13-17; QĐ 1207/QĐ-UBND của Hà Nội [S] ---

HOURS = [
    ("accept", "thứ Hai 2026-11-23T08:00", "thứ Hai 2026-11-23T17:00"),
    ("accept", "thứ Hai 2026-11-23T09:15", "thứ Tư 2026-11-25T09:15"),
    ("accept", "thứ Hai 2026-11-23T16:00", "thứ Tư 2026-11-25T16:00"),
    ("accept", "thứ Hai 2026-11-23T19:30", "thứ Tư 2026-11-25T17:00"),
    ("accept", "thứ Sáu 2026-11-20T11:59", "thứ Hai 2026-11-23T11:59"),
    ("accept", "thứ Bảy 2026-11-21T10:00", "thứ Hai 2026-11-23T17:00"),
    ("accept", "thứ Sáu 2026-08-21T15:30", "thứ Bảy 2026-08-22T15:30"),
    ("accept", "thứ Sáu 2026-02-13T16:45", "thứ Hai 2026-02-23T16:45"),
    ("accept", "thứ Hai 2026-11-23T05:00", "thứ Hai 2026-11-23T17:00"),
    ("accept", "thứ Hai 2026-11-23T12:00", "thứ Tư 2026-11-25T12:00"),
    ("accept", "thứ Hai 2026-11-23T12:59", "thứ Tư 2026-11-25T12:00"),
    ("accept", "thứ Hai 2026-11-23T17:00", "thứ Tư 2026-11-25T17:00"),
    ("accept", "thứ Ba 2026-11-24T09:00", "thứ Tư 2026-11-25T17:00"),
    ("accept", "Chủ nhật 2026-08-23T09:00", "thứ Hai 2026-08-24T17:00"),
    ("accept", "thứ Sáu 2026-08-28T13:30", "thứ Năm 2026-09-03T13:30"),
    ("accept", "thứ Năm 2026-01-01T10:00", "thứ Hai 2026-01-05T17:00"),
    ("accept", "thứ Sáu 2026-01-09T10:20", "thứ Bảy 2026-01-10T10:20"),
    ("answer_urgent", "thứ Hai 2026-11-23T08:00", "thứ Hai 2026-11-23T12:00"),
    ("answer_urgent", "thứ Hai 2026-11-23T12:30", "thứ Hai 2026-11-23T17:00"),
    ("answer_urgent", "thứ Hai 2026-11-23T10:10", "thứ Hai 2026-11-23T15:10"),
    ("answer_urgent", "thứ Hai 2026-11-23T16:59", "thứ Tư 2026-11-25T11:59"),
    ("answer_urgent", "thứ Năm 2026-12-31T16:00", "thứ Hai 2027-01-04T11:00"),
]
IHANOI = DeadlineSettings(profiles=("hien_truong_mac_dinh", "ihanoi"))


def _moment(text: str) -> datetime:
    weekday, _, iso = text.rpartition(" ")
    moment = datetime.fromisoformat(iso).replace(tzinfo=VIETNAM)
    assert weekday_name(moment.date()) == weekday
    return moment


@pytest.mark.parametrize(("step", "received", "due"), HOURS)
def test_a_limit_in_hours_gives_the_exact_minute(step: str, received: str, due: str) -> None:
    found = compute(kind="phan_anh", regime="hien_truong", step=step, received=_moment(received), settings=IHANOI)
    assert found.due == _moment(due)
    assert sum(day.minutes or 0 for day in found.days) == found.rule.limit * 60
    assert found.rule.committed


def test_a_date_alone_starts_a_limit_in_hours_at_the_opening() -> None:
    found = compute(
        kind="phan_anh", regime="hien_truong", step="answer_urgent", received=date(2026, 11, 23), settings=IHANOI
    )
    assert found.due == _moment("thứ Hai 2026-11-23T12:00")


def test_a_paused_day_gives_no_office_hours() -> None:
    found = compute(
        kind="phan_anh",
        regime="hien_truong",
        step="answer_urgent",
        received=_moment("thứ Hai 2026-11-23T16:00"),
        pauses=[Pause(date(2026, 11, 25), date(2026, 11, 27))],
        settings=IHANOI,
    )
    assert found.due == _moment("thứ Sáu 2026-11-27T11:00")


# --- which rule: kinds, regimes, steps, versions ---


@pytest.mark.parametrize(
    ("kind", "regime", "step", "rule"),
    [
        ("phan_anh", None, None, "pakn.answer"),
        ("kien_nghi", None, None, "pakn.answer"),
        ("phan_anh", "hien_truong", None, "hien_truong_mac_dinh.answer"),
        ("khieu_nai", None, None, "khieu_nai.resolve.2026"),
        ("khieu_nai", "hien_truong", None, "hien_truong_mac_dinh.answer"),
        ("to_cao", None, None, "to_cao.resolve.2026"),
        ("to_cao", None, "check", "to_cao.check.2026"),
        ("hoi_dap", None, None, "hoi_dap_mac_dinh.answer"),
        ("tra_cuu", None, None, "hoi_dap_mac_dinh.answer"),
    ],
)
def test_the_usual_regime_of_the_kind_and_the_step_that_answers(
    kind: str, regime: str | None, step: str | None, rule: str
) -> None:
    assert compute(kind=kind, regime=regime, step=step, received=date(2026, 11, 2)).rule.id == rule


@pytest.mark.parametrize("kind", ["khen_ngoi", "giao_tiep", "ngoai_pham_vi"])
def test_a_kind_that_nobody_must_answer_has_no_deadline(kind: str) -> None:
    with pytest.raises(NoDeadline):
        compute(kind=kind, received=date(2026, 11, 2))


@pytest.mark.parametrize("regime", ["tin_bao_toi_pham", "tranh_chap", "tiep_can_thong_tin", "khac"])
def test_a_regime_whose_clock_is_unknown_has_no_deadline(regime: str) -> None:
    with pytest.raises(NoDeadline):
        compute(kind="phan_anh", regime=regime, received=date(2026, 11, 2))


def test_an_unknown_step_names_the_known_ones() -> None:
    with pytest.raises(DeadlineError, match="accept, supplement, answer, publish"):
        compute(kind="phan_anh", step="resolve", received=date(2026, 11, 2))


def test_a_day_before_the_rules_has_no_deadline() -> None:
    with pytest.raises(NoDeadline, match="1/1/2011"):
        compute(kind="khieu_nai", received=date(2011, 1, 1))


def test_the_rule_is_the_one_in_force_on_the_day_of_receipt() -> None:
    before = compute(kind="to_cao", received=date(2026, 6, 30))
    after = compute(kind="to_cao", received=date(2026, 7, 1))
    assert (before.rule.id, after.rule.id) == ("to_cao.resolve.2019", "to_cao.resolve.2026")


def test_committed_times_are_marked_and_come_from_a_profile() -> None:
    found = compute(kind="phan_anh", regime="hien_truong", received=date(2026, 11, 2))
    assert found.rule.committed and found.rule.confidence == "?"
    assert found.rule.source == "quy chế tiếp nhận của tỉnh (mặc định của Lắng Nghe, chưa có quyết định)"
    with pytest.raises(NoDeadline):
        compute(
            kind="phan_anh", regime="hien_truong", received=date(2026, 11, 2), settings=DeadlineSettings(profiles=())
        )


def test_a_later_profile_wins_and_the_law_wins_over_every_profile() -> None:
    day = date(2026, 11, 2)
    both = DeadlineSettings(profiles=("hien_truong_mac_dinh", "ihanoi"))
    swapped = DeadlineSettings(profiles=("ihanoi", "hien_truong_mac_dinh"))
    ids = [
        compute(kind="phan_anh", regime="hien_truong", step="accept", received=day, settings=s).rule.id
        for s in (both, swapped)
    ]
    assert ids == ["ihanoi.accept", "hien_truong_mac_dinh.accept"]
    assert compute(kind="phan_anh", step="accept", received=day, settings=both).rule.profile is None


def test_every_rule_has_a_source_a_mark_of_confidence_and_a_first_day() -> None:
    for rule in rules():
        assert rule.source and rule.confidence in {"S", "R-high", "R-med", "R-low", "?"} and rule.validity.valid_from
        assert rule.committed == (rule.profile is not None)


def test_validity_includes_both_its_days_and_overlaps_are_seen() -> None:
    first, then = Validity(date(2025, 1, 1), date(2025, 6, 30)), Validity(date(2025, 7, 1), None)
    assert first.covers(date(2025, 6, 30)) and not then.covers(date(2025, 6, 30))
    assert not first.overlaps(then) and not then.overlaps(first)
    assert then.covers(None) and not first.covers(None)
    assert first.overlaps(Validity(date(2025, 6, 30), None)) and Validity().overlaps(then)


# --- the moment of receipt ---


@pytest.mark.parametrize(
    ("received", "first_day"),
    [
        (datetime(2026, 11, 20, 23, 59, tzinfo=VIETNAM), date(2026, 11, 20)),
        (datetime(2026, 11, 20, 16, 59, tzinfo=UTC), date(2026, 11, 20)),
        (datetime(2026, 11, 20, 17, 0, tzinfo=UTC), date(2026, 11, 21)),
        (datetime(2026, 11, 19, 23, 0, tzinfo=timezone(timedelta(hours=-8))), date(2026, 11, 20)),
        (datetime(2026, 11, 20, 0, 0, tzinfo=VIETNAM), date(2026, 11, 20)),
    ],
)
def test_the_day_of_receipt_is_vietnams(received: datetime, first_day: date) -> None:
    assert compute(kind="phan_anh", received=received).days[0].date == first_day


@pytest.mark.parametrize(
    ("received", "due"),
    [
        ("thứ Sáu 2026-11-20T16:59", "thứ Tư 2026-11-25"),
        ("thứ Sáu 2026-11-20T17:00", "thứ Tư 2026-11-25"),
        ("thứ Sáu 2026-11-20T17:01", "thứ Năm 2026-11-26"),
        ("thứ Sáu 2026-11-20T05:00", "thứ Tư 2026-11-25"),
        ("thứ Bảy 2026-11-21T09:00", "thứ Năm 2026-11-26"),
        ("thứ Bảy 2026-08-22T09:00", "thứ Ba 2026-08-25"),
    ],
)
def test_a_setting_moves_a_receipt_outside_hours_to_the_next_working_day(received: str, due: str) -> None:
    settings = DeadlineSettings(after_hours="next_working_day")
    found = compute(kind="phan_anh", step="accept", received=_moment(received), settings=settings)
    assert found.due.date() == _day(due)
    dates = [day.date for day in found.days]
    assert dates == [dates[0] + timedelta(days=n) for n in range(len(dates))]
    usual = compute(kind="phan_anh", step="accept", received=_moment(received))
    assert usual.days[0].reason == "ngày nhận, không tính"


def test_a_naive_datetime_is_a_programming_error() -> None:
    with pytest.raises(ValueError, match="naive"):
        compute(kind="phan_anh", received=datetime(2026, 11, 20, 9, 0))


@pytest.mark.parametrize("received", [date(1900, 1, 1), date(9999, 12, 31), datetime(1, 1, 1, tzinfo=UTC)])
def test_a_day_out_of_reach_is_refused_and_not_a_crash(received: date) -> None:
    with pytest.raises(DeadlineError):
        compute(kind="phan_anh", received=received)


@pytest.mark.parametrize(
    "pause",
    [
        Pause(date(2026, 11, 25), date(2026, 11, 20)),
        Pause(date(2026, 1, 1), date(2090, 1, 1)),
        Pause(date(1900, 1, 1), date(2026, 1, 1)),
    ],
)
def test_an_impossible_pause_is_refused(pause: Pause) -> None:
    with pytest.raises(DeadlineError, match="tạm dừng"):
        compute(kind="phan_anh", received=date(2026, 11, 20), pauses=[pause])


# --- the proof ---


def _reasons(deadline: Deadline) -> dict[str, str]:
    return {day.date.isoformat(): day.reason for day in deadline.days}


def test_the_proof_says_of_each_day_why_it_counts_or_not() -> None:
    found = compute(
        kind="phan_anh",
        step="supplement",
        received=date(2026, 11, 20),
        pauses=[Pause(date(2026, 11, 26), date(2026, 11, 27))],
    )
    assert _reasons(found) == {
        "2026-11-20": "ngày nhận, không tính",
        "2026-11-21": "thứ Bảy, nghỉ",
        "2026-11-22": "Chủ nhật, nghỉ",
        "2026-11-23": "ngày làm việc thứ 1",
        "2026-11-24": "nghỉ lễ: Ngày Văn hóa Việt Nam (Nghị quyết 28/2026/QH16)",
        "2026-11-25": "ngày làm việc thứ 2",
        "2026-11-26": "tạm dừng chờ công dân bổ sung",
        "2026-11-27": "ngày làm việc thứ 3",
        "2026-11-28": "thứ Bảy, nghỉ",
        "2026-11-29": "Chủ nhật, nghỉ",
        "2026-11-30": "ngày làm việc thứ 4",
        "2026-12-01": "ngày làm việc thứ 5",
    }


def test_the_proof_of_calendar_days_tells_of_the_roll_forward() -> None:
    reasons = _reasons(compute(kind="khieu_nai", received=date(2026, 10, 1)))
    assert reasons["2026-10-31"] == "ngày thứ 30 (thứ Bảy, nghỉ)"
    assert reasons["2026-11-01"] == "lùi vì ngày cuối rơi vào ngày nghỉ: Chủ nhật, nghỉ"
    assert reasons["2026-11-02"] == "lùi vì ngày cuối rơi vào ngày nghỉ: ngày làm việc tiếp theo"


def test_a_swapped_saturday_and_a_provisional_year_are_told_in_the_proof() -> None:
    saturday = _reasons(compute(kind="phan_anh", step="accept", received=date(2026, 8, 20)))["2026-08-22"]
    assert saturday.startswith("ngày làm việc thứ 2 (thứ Bảy làm bù cho thứ Hai 31/8/2026")
    provisional = _reasons(compute(kind="phan_anh", received=date(2027, 1, 29)))
    assert "tạm tính" in provisional["2027-02-08"] and "lịch năm 2027 tạm tính" in provisional["2027-02-26"]


# --- invariants of the law ---

RULES = st.sampled_from(
    [("phan_anh", "pakn_hanh_vi", step) for step in ("accept", "supplement", "answer", "publish")]
    + [("khieu_nai", "khieu_nai", step) for step in ("accept", "resolve", "resolve_complex", "resolve_remote")]
    + [("to_cao", "to_cao", step) for step in ("check", "resolve", "extend1", "extend2")]
    + [("phan_anh", "hien_truong", step) for step in ("accept", "answer")]
)
RECEIVED = st.dates(date(2025, 1, 1), date(2027, 12, 31))
MOMENTS = st.datetimes(datetime(2025, 7, 1), datetime(2027, 12, 31), timezones=st.just(VIETNAM))
LENGTHS = st.integers(0, 40)
AFTER_HOURS = st.sampled_from(["same_day", "next_working_day"])


def _pause(received: date, offset: int, length: int) -> Pause:
    start = received + timedelta(days=offset)
    return Pause(start, start + timedelta(days=length))


@given(RULES, RECEIVED, st.integers(-5, 70), LENGTHS)
def test_the_due_day_is_never_a_day_off_and_the_proof_sums_to_the_limit(
    rule: tuple[str, str, str], received: date, offset: int, length: int
) -> None:
    kind, regime, step = rule
    pause = _pause(received, offset, length)
    found = compute(kind=kind, regime=regime, step=step, received=received, pauses=[pause])
    assert CALENDAR.is_working(found.due.date()) and not pause.covers(found.due.date())
    assert sum(day.counted for day in found.days) == found.rule.limit
    dates = [day.date for day in found.days]
    assert dates == [received + timedelta(days=n) for n in range(len(dates))] and dates[-1] == found.due.date()
    assert not found.days[0].counted and all(day.reason for day in found.days)
    assert not any(day.counted for day in found.days if pause.covers(day.date))


@given(RULES, MOMENTS, MOMENTS, AFTER_HOURS, LENGTHS)
def test_a_later_receipt_is_never_due_earlier_within_one_rule_version(
    rule: tuple[str, str, str], one: datetime, other: datetime, after_hours: str, length: int
) -> None:
    kind, regime, step = rule
    settings = DeadlineSettings(after_hours=after_hours)
    pauses = [_pause(one.date(), 3, length)]
    early, late = (
        compute(kind=kind, regime=regime, step=step, received=moment, pauses=pauses, settings=settings)
        for moment in sorted([one, other])
    )
    assert early.rule.id != late.rule.id or early.due <= late.due


@given(MOMENTS, MOMENTS)
def test_a_later_receipt_is_never_due_earlier_in_hours_either(one: datetime, other: datetime) -> None:
    early, late = (
        compute(kind="phan_anh", regime="hien_truong", step="accept", received=moment, settings=IHANOI)
        for moment in sorted([one, other])
    )
    assert early.due <= late.due


@given(MOMENTS, st.integers(0, 5), st.integers(0, 10))
def test_a_limit_in_hours_ends_within_office_hours_and_uses_exactly_its_hours(
    moment: datetime, offset: int, length: int
) -> None:
    found = compute(
        kind="phan_anh",
        regime="hien_truong",
        step="accept",
        received=moment,
        pauses=[_pause(moment.date(), offset, length)],
        settings=IHANOI,
    )
    assert any(opening <= found.due.time() <= closing for opening, closing in CALENDAR.hours)
    assert sum(day.minutes or 0 for day in found.days) == 8 * 60
    assert CALENDAR.is_working(found.due.date())


@given(RULES, RECEIVED, st.integers(0, 70), st.integers(1, 40))
def test_a_pause_over_k_counted_days_moves_the_count_by_at_least_k_counted_days(
    rule: tuple[str, str, str], received: date, offset: int, length: int
) -> None:
    kind, regime, step = rule
    pause = _pause(received, offset, length)
    plain = compute(kind=kind, regime=regime, step=step, received=received)
    paused = compute(kind=kind, regime=regime, step=step, received=received, pauses=[pause])
    covered = sum(day.counted and pause.covers(day.date) for day in plain.days)
    last_plain, last_paused = (max(day.date for day in found.days if day.counted) for found in (plain, paused))
    added = sum(day.counted and day.date > last_plain for day in paused.days)
    assert added == covered and (last_paused - last_plain).days >= covered
    assert paused.due >= plain.due


# --- the command ---


def _run(**options: object) -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    code = run(out=out, err=err, **options)  # type: ignore[arg-type]
    return code, out.getvalue(), err.getvalue()


def test_the_command_prints_json_with_due_step_rule_and_days() -> None:
    code, out, err = _run(kind="phan_anh", received="2026-11-20T16:30", step="accept", as_json=True)
    document = json.loads(out)
    assert (code, err) == (0, "")
    assert document["due"] == "2026-11-25T23:59:59+07:00" and document["step"] == "accept"
    assert document["rule"]["id"] == "pakn.accept" and document["rule"]["source"]
    assert document["days"][0] == {"date": "2026-11-20", "counted": False, "reason": "ngày nhận, không tính"}
    assert document["days"][-1] == {"date": "2026-11-25", "counted": True, "reason": "ngày làm việc thứ 2"}


@pytest.mark.parametrize(
    ("received", "due"),
    [
        ("2026-11-20", "2026-11-25"),
        ("2026-11-20T16:30", "2026-11-25"),
        ("2026-11-20T16:30:00+07:00", "2026-11-25"),
        ("2026-11-20T10:00:00Z", "2026-11-25"),
        ("2026-11-20T18:00:00Z", "2026-11-25"),
        ("2026-11-22T18:00:00+00:00", "2026-11-26"),
        ("2026-11-22T12:00:00-08:00", "2026-11-26"),
    ],
)
def test_the_command_reads_every_zone_in_vietnams_time(received: str, due: str) -> None:
    code, out, _ = _run(kind="phan_anh", received=received, step="accept", as_json=True)
    assert code == 0 and json.loads(out)["due"] == f"{due}T23:59:59+07:00"


@pytest.mark.parametrize(
    ("paused", "due"),
    [
        (["2026-11-23/2026-11-25"], "2026-11-26"),
        (["2026-11-23T09:00/2026-11-25T23:00"], "2026-11-26"),
        (["2026-11-22T18:00Z/2026-11-24T18:00Z"], "2026-11-26"),
        (["2026-11-23/2026-11-24", "2026-11-25/2026-11-26"], "2026-11-27"),
    ],
)
def test_the_command_takes_pauses_half_open_by_vietnams_dates(paused: list[str], due: str) -> None:
    code, out, _ = _run(kind="phan_anh", received="2026-11-20", step="accept", paused=paused, as_json=True)
    assert code == 0 and json.loads(out)["due"].startswith(due)


@pytest.mark.parametrize(
    "options",
    [
        {"kind": "giao_tiep", "received": "2026-11-20"},
        {"kind": "khen_ngoi", "received": "2026-11-20"},
        {"kind": "hoi_dap", "received": "2026-11-20"},
        {"kind": "tra_cuu", "received": "2026-11-20"},
        {"kind": "phan_anh", "regime": "tranh_chap", "received": "2026-11-20"},
        {"kind": "nonsense", "received": "2026-11-20"},
        {"kind": "phan_anh", "regime": "nonsense", "received": "2026-11-20"},
        {"kind": "phan_anh", "step": "resolve", "received": "2026-11-20"},
        {"kind": "phan_anh", "received": "hôm qua"},
        {"kind": "phan_anh", "received": ""},
        {"kind": "phan_anh", "received": "2026-02-30"},
        {"kind": "phan_anh", "received": "9999-12-31"},
        {"kind": "phan_anh", "received": "0001-01-01T00:00:00+14:00"},
        {"kind": "phan_anh", "received": "2026-11-20", "paused": ["2026-11-25"]},
        {"kind": "phan_anh", "received": "2026-11-20", "paused": ["2026-11-25/"]},
        {"kind": "phan_anh", "received": "2026-11-20", "paused": ["2026-11-25/2026-11-20"]},
        {"kind": "phan_anh", "received": "2026-11-20", "paused": ["a/b"]},
        {"kind": "phan_anh", "received": "2026-11-20", "paused": ["2000-01-01/2100-01-01"]},
        {"kind": "phan_anh", "received": "2026-11-20", "after_hours": "never"},
        {"kind": "phan_anh", "received": "2026-11-20", "profiles": ["nobody"]},
    ],
)
def test_bad_input_and_kinds_without_a_deadline_exit_2_with_one_clear_line(options: dict[str, object]) -> None:
    code, out, err = _run(**options)
    assert code == 2 and out == ""
    assert err.startswith("langnghe deadline: ") and err.count("\n") == 1 and "Traceback" not in err


def test_hoi_dap_has_a_committed_time_when_its_profile_is_asked_for() -> None:
    code, out, _ = _run(kind="hoi_dap", received="2026-11-20", profiles=["hoi_dap_mac_dinh"], as_json=True)
    assert code == 0 and json.loads(out)["rule"]["committed"] is True


def test_the_printed_proof_names_the_weekday_and_says_committed_where_no_law_sets_it() -> None:
    assert "Hạn: 23:59 thứ Tư 25/11/2026" in _run(kind="phan_anh", received="2026-11-20", step="accept")[1]
    assert _run(kind="phan_anh", regime="hien_truong", received="2026-11-20")[1].startswith("Thời gian cam kết: ")


@pytest.mark.parametrize(
    ("arguments", "due"),
    [
        ("--kind phan_anh --step accept --received 2026-11-20", "2026-11-25T23:59:59+07:00"),
        (
            "--kind phan_anh --step accept --received 2026-11-20 --paused 2026-11-23/2026-11-24",
            "2026-11-26T23:59:59+07:00",
        ),
        (
            "--kind phan_anh --step accept --received 2026-11-20 --paused 2026-11-23/2026-11-24 2026-11-25/2026-11-26",
            "2026-11-27T23:59:59+07:00",
        ),
        (
            "--kind phan_anh --step accept --received 2026-11-20 --paused 2026-11-23/2026-11-24"
            " --paused 2026-11-25/2026-11-26",
            "2026-11-27T23:59:59+07:00",
        ),
        ("--kind khieu_nai --step resolve_remote --received 2026-10-10", "2026-11-25T23:59:59+07:00"),
        (
            "--kind phan_anh --regime hien_truong --step accept --profile ihanoi --received 2026-11-23T09:15+07:00",
            "2026-11-25T09:15:00+07:00",
        ),
        (
            "--kind phan_anh --regime hien_truong --step accept --profile ihanoi --received 2026-11-23T02:15Z",
            "2026-11-25T09:15:00+07:00",
        ),
        (
            "--kind phan_anh --step accept --received 2026-11-20T18:00 --after-hours next_working_day",
            "2026-11-26T23:59:59+07:00",
        ),
    ],
)
def test_the_command_line_itself(arguments: str, due: str) -> None:
    out = io.StringIO()
    assert main([*arguments.split(), "--json"], out=out) == 0
    assert json.loads(out.getvalue())["due"] == due


@pytest.mark.parametrize(
    "arguments",
    [
        "",
        "--kind phan_anh",
        "--received 2026-11-20",
        "--kind --received 2026-11-20",
        "--kind phan_anh --received 2026-11-20 --paused",
        "--kind phan_anh --received 2026-11-20 --after-hours never",
        "--kind phan_anh --received 2026-11-20 --profile nobody",
        "--kind phan_anh --received 2026-11-20 --colour red",
        "--kind phan_anh --received 2026-11-20 stray",
    ],
)
def test_a_wrong_command_line_exits_2_with_one_clear_line(arguments: str) -> None:
    out, err = io.StringIO(), io.StringIO()
    assert main(arguments.split(), out=out, err=err) == 2
    assert err.getvalue().startswith("langnghe deadline: ") and err.getvalue().count("\n") == 1 and not out.getvalue()


def test_the_settings_of_the_installation_hold_for_the_command(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_text("LANGNGHE_DEADLINE_PROFILES=hien_truong_mac_dinh,ihanoi\n")
    step = {"kind": "phan_anh", "regime": "hien_truong", "step": "accept", "as_json": True}
    assert json.loads(_run(received="2026-11-23T08:00", **step)[1])["rule"]["id"] == "ihanoi.accept"
    monkeypatch.setenv("LANGNGHE_DEADLINE_PROFILES", "hien_truong_mac_dinh")
    assert json.loads(_run(received="2026-11-23T08:00", **step)[1])["rule"]["id"] == "hien_truong_mac_dinh.accept"
    monkeypatch.setenv("LANGNGHE_AFTER_HOURS", "next_working_day")
    late = _run(kind="phan_anh", received="2026-11-20T18:00", step="accept", as_json=True)[1]
    assert json.loads(late)["due"].startswith("2026-11-26")
    monkeypatch.setenv("LANGNGHE_CALENDAR_CHOICES", "tet_2027=mot_truoc_bon_sau")
    tet = _run(kind="phan_anh", received="2027-02-03", step="accept", as_json=True)[1]
    assert json.loads(tet)["due"].startswith("2027-02-12")
    monkeypatch.setenv("LANGNGHE_CALENDAR_CHOICES", "tet_2027")
    assert _run(kind="phan_anh", received="2027-02-03")[0] == 2


def test_an_installation_may_have_a_calendar_of_its_own(tmp_path: Path) -> None:
    day = '- {date: 2026-11-24, name: "Ngày Văn hóa'
    own = read_text("calendar.yml").replace(day, f'- {{date: 2026-11-25, name: "nghỉ do bão"}}\n      {day}')
    (tmp_path / "calendar.yml").write_text(own, encoding="utf-8")
    command = [sys.executable, "-m", "langnghe", "deadline", "--kind", "phan_anh", "--step", "accept"]
    environment = {**os.environ, "LANGNGHE_LAW_DIR": str(tmp_path)}
    done = subprocess.run(
        [*command, "--received", "2026-11-20", "--json"], capture_output=True, text=True, check=False, env=environment
    )
    assert json.loads(done.stdout)["due"].startswith("2026-11-26"), done.stderr
    assert json.loads(done.stdout)["days"][5]["reason"].startswith("nghỉ lễ: nghỉ do bão")


def test_the_program_runs_this_command_without_the_library_of_the_others() -> None:
    program = (
        "import sys; sys.argv = ['langnghe', 'deadline', '--kind', 'phan_anh', '--received', '2026-11-20', '--json'];"
        "from langnghe.program import main\n"
        "try: main()\n"
        "except SystemExit as end: code = end.code\n"
        "bad = {'typer', 'pydantic', 'sqlalchemy'} & set(sys.modules); assert not bad, bad; sys.exit(code)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["due"].startswith("2026-12-14")


def test_the_command_starts_fast_and_imports_neither_database_nor_settings() -> None:
    program = (
        "import sys; from langnghe.commands.deadline import run; code = run(kind='phan_anh', received='2026-11-20');"
        "bad = {'sqlalchemy', 'pydantic', 'numpy', 'fastapi', 'rasa_sdk'} & set(sys.modules);"
        "assert not bad, bad; sys.exit(code)"
    )
    started = time.perf_counter()
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert time.perf_counter() - started < 2.0  # 0.1 s on an idle machine; generous for a busy one
