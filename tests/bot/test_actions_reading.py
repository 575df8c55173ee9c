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
        ("!...", "symbols"),
        ("???", "question"),
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
        ("phản ánh thôi", (None, None)),
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
        ("tôi muốn hỏi", "hoi_dap"),
        ("tôi không phải tố cáo, tôi chỉ hỏi thôi", "hoi_dap"),
        ("không khiếu nại, tôi phản ánh", "phan_anh"),
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


@pytest.mark.parametrize(
    ("text", "what"),
    [("1", "number"), ("12.", "number"), ("079123456789", "identity"), ("0951234567", None), ("số 5", None)],
)
def test_a_number_alone_is_told_apart(text: str, what: str | None) -> None:
    assert reading.number_alone(text) == what


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Nguyễn Văn A", True),
        ("Trần Thị Bích Ngọc", True),
        ("Cột Điện Đổ", False),
        ("đường hỏng nặng", False),
        ("Nguyễn Du", False),
    ],
)
def test_a_name_alone_is_one(text: str, name: bool) -> None:
    assert reading.is_name(text) is name


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("sdt sai rồi 0950000456 mới đúng", (None, "0950000456")),
        ("Trần Văn Nam 0951231231", ("Trần Văn Nam", "0951231231")),
        ("à khoan, số điện thoại tôi ghi nhầm, phải là 0950000223", (None, "0950000223")),
        ("gọi 0951231231 mà cán bộ không bắt máy", None),
    ],
)
def test_contact_alone_is_no_matter(text: str, expected: tuple[str | None, str] | None) -> None:
    assert reading.contact_alone(text, None) == expected


@pytest.mark.parametrize(
    ("text", "denies"),
    [
        ("không phải tố cáo, tôi chỉ nhắc thôi", True),
        ("tui ko to cao ai het", True),
        ("tôi tố cáo ông ấy", False),
        ("không ai giải quyết nên tôi tố cáo", False),
    ],
)
def test_who_does_not_denounce_says_so(text: str, denies: bool) -> None:
    assert reading.denies_denunciation(text) is denies
