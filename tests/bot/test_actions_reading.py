"""The readings that need no model."""

from __future__ import annotations

from time import perf_counter

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


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Nguyễn Phan Anh 0950000123", "Nguyễn Phan Anh"),
        ("nguyễn phan anh 0950000123", "Nguyễn Phan Anh"),
        ("Phan Anh 0950000123", "Phan Anh"),
        ("Trần Văn Hợi 0950000123", "Trần Văn Hợi"),
        ("Tô Văn Cao 0950000123", "Tô Văn Cao"),
    ],
)
def test_a_name_that_sounds_like_a_kind_stays_a_name(text: str, name: str) -> None:
    assert reading.named_kind(text) is None
    assert reading.contact(text, None, asked=True) == (name, "0950000123")


@pytest.mark.parametrize("text", ["Hôi quá", "Mùi hôi quá", "hoi qua", "mui hoi qua", "hội", "Hợi"])
def test_what_only_looks_like_asking_without_marks_is_no_question(text: str) -> None:
    assert reading.named_kind(text) is None


@pytest.mark.parametrize("text", ["cho toi hoi", "toi muon hoi", "hỏi", "cho em hỏi chút ạ", "xin hoi"])
def test_a_wish_to_ask_is_one_with_or_without_marks(text: str) -> None:
    assert reading.named_kind(text) == "hoi_dap"


@pytest.mark.parametrize(
    "text",
    ["0950000456 lừa đảo", "0950000456 lua dao", "0950000456 gọi đòi nợ", "0950000456 Lừa đảo", "0950000456 xăng"],
)
def test_what_is_told_of_a_number_is_no_contact(text: str) -> None:
    assert reading.contact_alone(text, None) is None


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("sđt sai rồi, 0950000456 mới đúng", (None, "0950000456")),
        ("nguyễn văn mẫu 0950000456", ("Nguyễn Văn Mẫu", "0950000456")),
        ("Mẫu Đơn 0950000456", ("Mẫu Đơn", "0950000456")),
        ("tên tôi là đơn, 0950000456", ("Đơn", "0950000456")),
    ],
)
def test_a_contact_alone_is_taken(text: str, told: tuple[str | None, str]) -> None:
    assert reading.contact_alone(text, None) == told


@pytest.mark.parametrize("text", ["Trần Hưng Đạo", "Lý Thường Kiệt"])
def test_a_name_of_the_history_books_is_a_street(text: str) -> None:
    assert reading.names_a_street(text) and not reading.is_name(text)


@pytest.mark.parametrize(
    "piece", ["cho tôi hỏi ", "không hỏi ", "cho ", "hoi ", "toi muon phan anh ", "a", "0 ", "Lê "]
)
def test_readings_of_long_repeated_words_take_no_time(piece: str) -> None:
    text = (piece * 10_000)[:10_000]
    reading.content_words(text)  # the words are folded once, and remembered
    began = perf_counter()
    reading.named_kind(text)
    reading.contact_alone(text, None)
    reading.is_name(text)
    assert perf_counter() - began < 0.2
