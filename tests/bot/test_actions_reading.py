"""The readings that need no model."""

from __future__ import annotations

import pytest

from bot.actions import reading


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ổ gà to như ao", True),
        ("mất điện", True),
        ("karaoke ồn quá", True),
        ("tôi muốn phản ánh", False),
        ("cho em hỏi chút ạ", False),
        ("tôi muốn khiếu nại với cán bộ", False),
        ("", False),
    ],
)
def test_a_message_says_something_beyond_its_wish_to_speak(text: str, expected: bool) -> None:
    assert reading.says_something(text) is expected


def test_the_place_alone_says_nothing() -> None:
    assert not reading.says_something("tôi muốn phản ánh ở phường Hạc Thành", place_text="phường Hạc Thành")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "empty"),
        ("  \n ", "empty"),
        ("😀👍", "symbols"),
        ("?!...", "symbols"),
        ("<script>alert(1)</script>", "code"),
        ("x" * 10_001, "long"),
        ("đường hỏng <3", None),
        ("<b>đường trước nhà hỏng nặng</b>", None),
        ("ok", None),
    ],
)
def test_what_cannot_be_read_has_a_reason(text: str, reason: str | None) -> None:
    assert reading.unreadable(text) == reason


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Nguyễn Văn Mẫu 0950000123", ("Nguyễn Văn Mẫu", "0950000123")),
        ("tôi tên trần thị mẫu, sđt 0950 000 123", ("Trần Thị Mẫu", "0950000123")),
        ("nguyen van mau sdt +84950000123", ("Nguyen Van Mau", "0950000123")),
        ("0950000123", (None, "0950000123")),
        ("Lê Thị Mẫu", ("Lê Thị Mẫu", None)),
        ("Rmah Mẫu 0950000123", ("Rmah Mẫu", "0950000123")),
        ("sao lại cần số điện thoại", (None, None)),
        ("không muốn cho", (None, None)),
    ],
)
def test_name_and_phone_are_read_from_one_line(text: str, expected: tuple[str | None, str | None]) -> None:
    assert reading.contact(text, None, asked=True) == expected


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("tôi muốn tố cáo", "to_cao"),
        ("cho tôi khiếu nại", "khieu_nai"),
        ("toi muon phan anh", "phan_anh"),
        ("alo", None),
    ],
)
def test_a_bare_wish_names_its_kind(text: str, kind: str | None) -> None:
    assert reading.named_kind(text) == kind


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("làm ở đâu", True),
        ("lam o dau", True),
        ("cột điện sắp đổ ở đầu ngõ", False),
        ("đèn tắt", False),
        ("ổ gà à?", True),
    ],
)
def test_a_question_is_told_from_a_statement(text: str, expected: bool) -> None:
    assert reading.asks(text) is expected
