"""Entities: each number goes to one rule, spans point into the original, nothing crashes."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlu.entities import extract, is_tax_code

TODAY = date(2026, 11, 22)  # a Sunday

CASES = [
    ("mã 000.00.04.H51-200221-0001", [("dossier", "000.00.04.H51-200221-0001")]),
    ("hồ sơ h26.12.34-250703-0001 tới đâu", [("dossier", "H26.12.34-250703-0001")]),
    ("mãH15.03-260601-0009", [("dossier", "H15.03-260601-0009")]),
    ("G22.99.H26-260217-5521", [("dossier", "G22.99.H26-260217-5521")]),
    ("PA-260418-0077", [("dossier", "PA-260418-0077")]),
    ("bhxh 03706/2026/07906", [("dossier", "03706/2026/07906")]),
    ("000.00.04.H51-209921-0001", []),
    ("gọi 0951234567", [("phone", "0951234567")]),
    ("+84 951 234 567", [("phone", "0951234567")]),
    ("(084)951.234.567", [("phone", "0951234567")]),
    ("0957712345/0951234567", [("phone", "0957712345"), ("phone", "0951234567")]),
    ("zalo 095.771.2345.", [("phone", "0957712345")]),
    ("tổng đài 1900 9095", [("phone", "19009095")]),
    ("cccd 038095001234", [("national_id", "038095001234")]),
    ("038 095 001 234", [("national_id", "038095001234")]),
    ("cmnd 171234567", [("national_id", "171234567")]),
    ("171234567", []),
    ("stk 0123456789012", []),
    ("999095001234", []),
    ("mst 0100109106", [("tax_code", "0100109106")]),
    ("mst 0100109106-001", [("tax_code", "0100109106-001")]),
    ("mst 0100109107", []),
    ("0100109106", []),
    ("mã số thuế 038095001234", [("tax_code", "038095001234")]),
    ("thủ tục 1.001193", [("procedure_code", "1.001193")]),
    ("mã 1.012753.H19", [("procedure_code", "1.012753")]),
    ("giá 1.500.000 đồng", [("amount", "1500000")]),
    ("1tr5", [("amount", "1500000")]),
    ("2 tỷ 3", [("amount", "2300000000")]),
    ("15 triệu 500 nghìn", [("amount", "15500000")]),
    ("15 triệu 5 trăm", [("amount", "15500000")]),
    ("đòi 5 củ", [("amount", "5000000")]),
    ("5 cụ già", []),
    ("xe 36A-123.45", [("plate", "36A-12345")]),
    ("biển số 29-B1 234.56", [("plate", "29B1-23456")]),
    ("biển 51K", []),
    ("thửa đất số 12 tờ bản đồ số 5", [("land_plot", "12/5")]),
    ("thua 45 to 12", [("land_plot", "45/12")]),
    ("ngày 12/3/2026", [("date", "2026-03-12")]),
    ("hẹn 4/5", [("date", "2026-05-04")]),
    ("nộp 30/12", [("date", "2026-12-30")]),
    ("nộp 28/2", [("date", "2026-02-28")]),
    ("31/2/2026", []),
    ("ngày 5 tháng 6", [("date", "2026-06-05")]),
    ("tháng 3 vừa rồi", [("date", "2026-03")]),
    ("tháng 12", [("date", "2025-12")]),
    ("tháng 2/2026", [("date", "2026-02")]),
    ("hôm qua", [("date", "2026-11-21")]),
    ("tới nay", []),
    ("tuần trước", [("date", "2026-11-15")]),
    ("3 ngày trước", [("date", "2026-11-19")]),
    ("thứ hai tuần trước", [("date", "2026-11-09")]),
    ("số 12/3 đường Trần Phú", []),
    ("1/2 diện tích", []),
    ("", []),
]


@pytest.mark.parametrize(("text", "expected"), CASES)
def test_each_entity_is_found_with_its_value(text: str, expected: list[tuple[str, str]]) -> None:
    assert [(found.entity, found.value) for found in extract(text, today=TODAY)] == expected


def test_without_a_reference_date_relative_dates_keep_their_words() -> None:
    assert [(found.entity, found.value) for found in extract("hôm qua, 12/3")] == [
        ("date", "hom qua"),
        ("date", "--03-12"),
    ]


def test_phone_identity_number_and_tax_code_do_not_collide() -> None:
    text = "CCCD 079095001234, sđt 0951234567, mst 0100109106"
    assert [found.entity for found in extract(text)] == ["national_id", "phone", "tax_code"]


def test_spans_point_into_the_original_with_invisible_characters() -> None:
    text = "sđt\u200b  ０９５１２３４５６７\u00a0 nhé"
    [found] = extract(text)
    assert found.value == "0951234567"
    assert text[found.start : found.end] == found.text == "０９５１２３４５６７"


@given(st.integers(0, 9_999_999))
def test_every_project_phone_number_is_found_in_every_spacing(number: int) -> None:
    digits = f"095{number:07d}"
    for written in (digits, f"{digits[:4]} {digits[4:7]} {digits[7:]}", f"{digits[:3]}.{digits[3:6]}.{digits[6:]}"):
        assert [(found.entity, found.value) for found in extract(f"gọi {written} nhé")] == [("phone", digits)]


@given(st.from_regex(r"[0-9]{9}", fullmatch=True))
def test_a_tax_code_has_at_most_one_check_digit(stem: str) -> None:
    assert sum(is_tax_code(stem + str(last)) for last in range(10)) <= 1


@given(st.dates(date(2011, 1, 1), date(2026, 1, 1)), st.integers(0, 99_999))
def test_dossier_codes_with_a_real_date_are_found(day: date, number: int) -> None:
    code = f"H56.12-{day:%y%m%d}-{number:05d}"
    assert [(found.entity, found.value) for found in extract(f"hồ sơ {code}?")] == [("dossier", code)]


@given(st.one_of(st.text(), st.text(alphabet="0123456789./- hgtrđkngàythửatờ", max_size=60)))
@settings(max_examples=300, deadline=None)
def test_extract_never_crashes_and_never_overlaps(text: str) -> None:
    found = extract(text, today=TODAY)
    for one in found:
        assert text[one.start : one.end] == one.text
    for one, two in pairwise(found):
        assert one.end <= two.start + 1


@given(st.dates(TODAY - timedelta(days=300), TODAY + timedelta(days=60)))
def test_a_day_without_a_year_is_the_nearest_one_in_the_past(day: date) -> None:
    assert [found.value for found in extract(f"ngày {day.day}/{day.month}", today=TODAY)] == [day.isoformat()]
