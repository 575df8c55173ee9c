"""Deadlines: a table of dated cases with the weekday beside each date, the laws' invariants, and the command itself."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import time
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedback.deadlines import (
    VIETNAM,
    Deadline,
    DeadlineError,
    DeadlineSettings,
    NoDeadline,
    Pause,
    compute,
    rules,
)
from feedback.law import Validity
from feedback.working_calendar import load_calendar, weekday_name
from langnghe.commands.deadline import run

CALENDAR = load_calendar()
KINDS = {"khieu_nai": "khieu_nai", "to_cao": "to_cao", "pakn_qdhc": "kien_nghi"}

# regime, step, day of receipt, pauses (half-open), due day; "[D]": derived in the law notes, the others counted by hand
# and by a second, separate program.
CASES = [
    # [D] 24/11 nằm giữa
    ("pakn_hanh_vi", "accept", "thứ Sáu 2026-11-20", "", "thứ Tư 2026-11-25"),
    # [D] 24/11 nằm ngay sau ngày nhận
    ("pakn_hanh_vi", "answer", "thứ Hai 2026-11-23", "", "thứ Ba 2026-12-15"),
    # [D] Tết 2026
    ("pakn_hanh_vi", "accept", "thứ Sáu 2026-02-13", "", "thứ Ba 2026-02-24"),
    # [D] thứ Bảy 22/8/2026 làm việc
    ("pakn_hanh_vi", "accept", "thứ Năm 2026-08-20", "", "thứ Bảy 2026-08-22"),
    # [D] ngày thứ 30 là thứ Bảy, lùi
    ("khieu_nai", "resolve", "thứ Năm 2026-10-01", "", "thứ Hai 2026-11-02"),
    # Tết 2026, 15 ngày
    ("pakn_qdhc", "answer", "thứ Sáu 2026-02-13", "", "thứ Sáu 2026-03-13"),
    # vắt qua Tết 2026
    ("pakn_qdhc", "answer", "thứ Hai 2026-02-02", "", "thứ Hai 2026-03-02"),
    # vắt qua Tết 2026
    ("pakn_hanh_vi", "supplement", "thứ Năm 2026-02-12", "", "thứ Năm 2026-02-26"),
    # nhận mùng 1 cận Tết, ngày nghỉ
    ("pakn_hanh_vi", "accept", "thứ Hai 2026-02-16", "", "thứ Ba 2026-02-24"),
    # nhận ngày nghỉ cuối của Tết
    ("pakn_hanh_vi", "accept", "thứ Sáu 2026-02-20", "", "thứ Ba 2026-02-24"),
    # nhận thứ Bảy sau Tết
    ("pakn_hanh_vi", "accept", "thứ Bảy 2026-02-21", "", "thứ Ba 2026-02-24"),
    # nhận đúng ngày lễ 24/11
    ("pakn_hanh_vi", "accept", "thứ Ba 2026-11-24", "", "thứ Năm 2026-11-26"),
    # 24/11/2025 chưa là ngày lễ
    ("pakn_hanh_vi", "accept", "thứ Sáu 2025-11-21", "", "thứ Ba 2025-11-25"),
    # 24/11 trong 5 ngày
    ("pakn_hanh_vi", "supplement", "thứ Tư 2026-11-18", "", "thứ Năm 2026-11-26"),
    # 24/11 trong 2 ngày
    ("pakn_hanh_vi", "publish", "thứ Hai 2026-11-23", "", "thứ Năm 2026-11-26"),
    # ngày đầu tiên là thứ Bảy làm bù
    ("pakn_hanh_vi", "accept", "thứ Sáu 2026-08-21", "", "thứ Hai 2026-08-24"),
    # nhận vào thứ Bảy làm bù
    ("pakn_hanh_vi", "accept", "thứ Bảy 2026-08-22", "", "thứ Ba 2026-08-25"),
    # 31/8, 1/9, 2/9 nghỉ
    ("pakn_hanh_vi", "supplement", "thứ Năm 2026-08-27", "", "thứ Ba 2026-09-08"),
    # 22/8 làm, 31/8 đến 2/9 nghỉ
    ("pakn_qdhc", "answer", "thứ Sáu 2026-08-14", "", "thứ Ba 2026-09-08"),
    # ngày đầu tiên là thứ Bảy 10/1 làm bù
    ("pakn_hanh_vi", "accept", "thứ Sáu 2026-01-09", "", "thứ Hai 2026-01-12"),
    # hạn rơi vào thứ Bảy 10/1 làm bù
    ("pakn_hanh_vi", "accept", "thứ Năm 2026-01-08", "", "thứ Bảy 2026-01-10"),
    # 1/1 và 2/1/2026 nghỉ
    ("pakn_hanh_vi", "accept", "thứ Tư 2025-12-31", "", "thứ Ba 2026-01-06"),
    # Tết Dương lịch 2026 và thứ Bảy 10/1
    ("pakn_qdhc", "answer", "thứ Năm 2025-12-25", "", "thứ Sáu 2026-01-16"),
    # hạn rơi vào thứ Bảy 26/4 làm bù
    ("pakn_hanh_vi", "accept", "thứ Năm 2025-04-24", "", "thứ Bảy 2025-04-26"),
    # thứ Bảy 26/4 rồi thứ Hai
    ("pakn_hanh_vi", "accept", "thứ Sáu 2025-04-25", "", "thứ Hai 2025-04-28"),
    # 30/4, 1/5, 2/5 nghỉ
    ("pakn_hanh_vi", "accept", "thứ Ba 2025-04-29", "", "thứ Ba 2025-05-06"),
    # 26/4 làm, 30/4 đến 2/5 nghỉ
    ("pakn_qdhc", "answer", "thứ Sáu 2025-04-18", "", "thứ Ba 2025-05-13"),
    # Giỗ Tổ thứ Hai 7/4/2025
    ("pakn_hanh_vi", "accept", "thứ Sáu 2025-04-04", "", "thứ Tư 2025-04-09"),
    # Tết 2025
    ("pakn_hanh_vi", "supplement", "thứ Sáu 2025-01-24", "", "thứ Sáu 2025-02-07"),
    # Quốc khánh 2025
    ("pakn_hanh_vi", "accept", "thứ Sáu 2025-08-29", "", "thứ Năm 2025-09-04"),
    # nghỉ bù Giỗ Tổ 27/4/2026
    ("pakn_hanh_vi", "accept", "thứ Sáu 2026-04-24", "", "thứ Tư 2026-04-29"),
    # 27/4, 30/4, 1/5 nghỉ
    ("pakn_qdhc", "answer", "thứ Hai 2026-04-20", "", "thứ Năm 2026-05-14"),
    # tuần thường, 15 ngày làm việc
    ("pakn_hanh_vi", "answer", "thứ Hai 2026-07-06", "", "thứ Hai 2026-07-27"),
    # qua cuối tuần
    ("pakn_hanh_vi", "accept", "thứ Sáu 2026-07-10", "", "thứ Ba 2026-07-14"),
    # nhận thứ Bảy
    ("pakn_hanh_vi", "accept", "thứ Bảy 2026-07-11", "", "thứ Ba 2026-07-14"),
    # nhận Chủ nhật
    ("pakn_hanh_vi", "accept", "Chủ nhật 2026-07-12", "", "thứ Ba 2026-07-14"),
    # sang năm 2027, Tết Dương lịch
    ("pakn_hanh_vi", "publish", "thứ Năm 2026-12-31", "", "thứ Ba 2027-01-05"),
    # Tết 2027 (tạm tính)
    ("pakn_qdhc", "answer", "thứ Sáu 2027-01-29", "", "thứ Sáu 2027-02-26"),
    # Giỗ Tổ 16/4/2027 (tạm tính)
    ("pakn_hanh_vi", "accept", "thứ Năm 2027-04-15", "", "thứ Ba 2027-04-20"),
    # 30/4 và nghỉ bù 3/5/2027 (tạm tính)
    ("pakn_hanh_vi", "accept", "thứ Năm 2027-04-29", "", "thứ Tư 2027-05-05"),
    # tạm dừng phủ một ngày làm việc và ngày lễ
    ("pakn_hanh_vi", "accept", "thứ Sáu 2026-11-20", "2026-11-23/2026-11-25", "thứ Năm 2026-11-26"),
    # tạm dừng trọn một tuần
    ("pakn_hanh_vi", "answer", "thứ Hai 2026-07-06", "2026-07-13/2026-07-20", "thứ Hai 2026-08-03"),
    # tạm dừng rỗng
    ("pakn_hanh_vi", "answer", "thứ Hai 2026-07-06", "2026-07-13/2026-07-13", "thứ Hai 2026-07-27"),
    # tạm dừng chỉ phủ cuối tuần
    ("pakn_hanh_vi", "answer", "thứ Hai 2026-07-06", "2026-07-11/2026-07-13", "thứ Hai 2026-07-27"),
    # hai lần tạm dừng chồng nhau
    (
        "pakn_hanh_vi",
        "answer",
        "thứ Hai 2026-07-06",
        "2026-07-08/2026-07-10 2026-07-09/2026-07-14",
        "thứ Sáu 2026-07-31",
    ),
    # tạm dừng đúng ngày hạn
    ("pakn_hanh_vi", "answer", "thứ Hai 2026-07-06", "2026-07-27/2026-07-28", "thứ Ba 2026-07-28"),
    # tạm dừng sau hạn
    ("pakn_hanh_vi", "answer", "thứ Hai 2026-07-06", "2026-07-28/2026-08-10", "thứ Hai 2026-07-27"),
    # tạm dừng trước ngày nhận
    ("pakn_hanh_vi", "answer", "thứ Hai 2026-07-06", "2026-07-01/2026-07-06", "thứ Hai 2026-07-27"),
    # tạm dừng phủ thứ Bảy làm bù
    ("pakn_hanh_vi", "accept", "thứ Năm 2026-08-20", "2026-08-22/2026-08-23", "thứ Hai 2026-08-24"),
    # ngày thứ 10 là ngày lễ 24/11
    ("khieu_nai", "accept", "thứ Bảy 2026-11-14", "", "thứ Tư 2026-11-25"),
    # ngày thứ 10 là thứ Hai
    ("khieu_nai", "accept", "thứ Sáu 2026-11-13", "", "thứ Hai 2026-11-23"),
    # ngày thứ 10 là thứ Bảy
    ("khieu_nai", "accept", "thứ Tư 2026-11-11", "", "thứ Hai 2026-11-23"),
    # ngày thứ 10 là Chủ nhật
    ("khieu_nai", "accept", "thứ Năm 2026-11-12", "", "thứ Hai 2026-11-23"),
    # ngày thứ 10 là thứ Bảy 22/8 làm bù, không lùi
    ("khieu_nai", "accept", "thứ Tư 2026-08-12", "", "thứ Bảy 2026-08-22"),
    # ngày thứ 10 là 31/8 nghỉ
    ("khieu_nai", "accept", "thứ Sáu 2026-08-21", "", "thứ Năm 2026-09-03"),
    # ngày thứ 10 là thứ Bảy trước Tết
    ("khieu_nai", "accept", "thứ Tư 2026-02-04", "", "thứ Hai 2026-02-23"),
    # ngày thứ 30 là 16/2 (Tết)
    ("khieu_nai", "resolve", "thứ Bảy 2026-01-17", "", "thứ Hai 2026-02-23"),
    # bản luật từ 1/7/2026
    ("khieu_nai", "resolve", "thứ Tư 2026-07-01", "", "thứ Sáu 2026-07-31"),
    # ngày cuối của bản luật trước
    ("khieu_nai", "resolve", "thứ Ba 2026-06-30", "", "thứ Năm 2026-07-30"),
    # ngày thứ 45 là 24/11
    ("khieu_nai", "resolve_complex", "thứ Bảy 2026-10-10", "", "thứ Tư 2026-11-25"),
    # ngày thứ 45 là Chủ nhật
    ("khieu_nai", "resolve_complex", "thứ Năm 2026-10-01", "", "thứ Hai 2026-11-16"),
    # ngày thứ 45 là thứ Sáu
    ("khieu_nai", "resolve_remote", "thứ Ba 2026-09-15", "", "thứ Sáu 2026-10-30"),
    # ngày thứ 60 là 1/9
    ("khieu_nai", "remote_complex", "thứ Sáu 2026-07-03", "", "thứ Năm 2026-09-03"),
    # lần hai
    ("khieu_nai", "second", "thứ Hai 2026-10-05", "", "thứ Năm 2026-11-19"),
    # tạm dừng 5 ngày
    ("khieu_nai", "resolve", "thứ Năm 2026-10-01", "2026-10-10/2026-10-15", "thứ Năm 2026-11-05"),
    # tạm dừng đúng ngày cuối
    ("khieu_nai", "resolve", "thứ Năm 2026-10-01", "2026-10-31/2026-11-02", "thứ Hai 2026-11-02"),
    # tạm dừng trong những ngày lùi
    ("khieu_nai", "resolve", "thứ Năm 2026-10-01", "2026-11-02/2026-11-04", "thứ Tư 2026-11-04"),
    # 24/11 trong 7 ngày làm việc
    ("to_cao", "check", "thứ Hai 2026-11-16", "", "thứ Năm 2026-11-26"),
    # Tết trong 7 ngày làm việc
    ("to_cao", "check", "thứ Ba 2026-02-10", "", "thứ Năm 2026-02-26"),
    # 10 ngày làm việc
    ("to_cao", "check_more", "thứ Hai 2026-11-16", "", "thứ Ba 2026-12-01"),
    # ngày thứ 30 là 24/11
    ("to_cao", "resolve", "Chủ nhật 2026-10-25", "", "thứ Tư 2026-11-25"),
    # ngày thứ 30 là thứ Tư
    ("to_cao", "resolve", "thứ Hai 2026-11-02", "", "thứ Tư 2026-12-02"),
    # gia hạn lần 1 từ ngày hết hạn
    ("to_cao", "extend1", "thứ Ba 2026-11-24", "", "thứ Năm 2026-12-24"),
    # gia hạn lần 2
    ("to_cao", "extend2", "thứ Năm 2026-12-24", "", "thứ Hai 2027-01-25"),
    # tạm dừng 3 ngày
    ("to_cao", "resolve", "Chủ nhật 2026-10-25", "2026-11-01/2026-11-04", "thứ Sáu 2026-11-27"),
    # cam kết 1 ngày làm việc
    ("hien_truong", "accept", "thứ Hai 2026-11-23", "", "thứ Tư 2026-11-25"),
    # cam kết 5 ngày làm việc
    ("hien_truong", "answer", "thứ Sáu 2026-11-20", "", "thứ Hai 2026-11-30"),
    # cam kết, qua Tết
    ("hien_truong", "supplement", "thứ Sáu 2026-02-13", "", "thứ Ba 2026-02-24"),
    # cam kết, thứ Bảy làm bù
    ("hien_truong", "publish", "thứ Sáu 2026-08-21", "", "thứ Bảy 2026-08-22"),
]


def _day(text: str) -> date:
    """A date whose weekday is written before it, checked."""
    weekday, _, iso = text.rpartition(" ")
    day = date.fromisoformat(iso)
    assert weekday_name(day) == weekday, f"{iso} is a {weekday_name(day)}"
    return day


def _pauses(text: str) -> list[Pause]:
    return [Pause(*map(date.fromisoformat, pause.split("/"))) for pause in text.split()]


@pytest.mark.parametrize(("regime", "step", "received", "paused", "due"), CASES)
def test_the_due_day_of_a_dated_case(regime: str, step: str, received: str, paused: str, due: str) -> None:
    found = compute(
        kind=KINDS.get(regime, "phan_anh"), regime=regime, step=step, received=_day(received), pauses=_pauses(paused)
    )
    assert found.due == datetime.combine(_day(due), datetime.max.time().replace(microsecond=0), VIETNAM)
    assert found.due.isoformat().endswith("T23:59:59+07:00")
    assert found.step == step and found.rule.source
    assert sum(day.counted for day in found.days) == found.rule.limit


# --- limits in hours: the exact minute; office hours 8-12 and 13-17 ---

HOURS = [
    ("accept", "thứ Hai 2026-11-23T08:00", "thứ Hai 2026-11-23T17:00"),
    ("accept", "thứ Hai 2026-11-23T09:15", "thứ Tư 2026-11-25T09:15"),
    ("accept", "thứ Hai 2026-11-23T16:00", "thứ Tư 2026-11-25T16:00"),
    ("accept", "thứ Hai 2026-11-23T19:30", "thứ Tư 2026-11-25T17:00"),
    ("accept", "thứ Sáu 2026-11-20T11:59", "thứ Hai 2026-11-23T11:59"),
    ("accept", "thứ Bảy 2026-11-21T10:00", "thứ Hai 2026-11-23T17:00"),
    ("accept", "thứ Sáu 2026-08-21T15:30", "thứ Bảy 2026-08-22T15:30"),
    ("accept", "thứ Sáu 2026-02-13T16:45", "thứ Hai 2026-02-23T16:45"),
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
