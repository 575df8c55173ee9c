"""Short answers and remarks on the conversation itself, read without the engine."""

from __future__ import annotations

import pytest

from bot.actions import meta, reading, short_answers
from bot.texts import load_texts


@pytest.mark.parametrize(
    "text", ["ko cho", "không nói", "không muốn nói tên", "thôi khỏi", "k", "dạ tôi không tiện", "hông cho", "nỏ nói"]
)
def test_a_refusal_is_one_however_it_is_written(text: str) -> None:
    assert short_answers.refuses(text)


@pytest.mark.parametrize("text", ["Khổng Minh Tú", "không biết phường nào", "Nguyễn Văn Nam", "phường Hạc Thành", "ok"])
def test_a_name_a_place_and_not_knowing_are_no_refusals(text: str) -> None:
    assert not short_answers.refuses(text)


@pytest.mark.parametrize("text", ["chuyển đi", "gửi giúp tôi", "ok gửi đi", "chuyen loi khen di", "soạn đơn đi ạ"])
def test_a_yes_may_take_up_the_words_of_the_offer(text: str) -> None:
    assert short_answers.agrees(text)


@pytest.mark.parametrize("text", ["không gửi", "gửi sau cũng được", "chuyển cho phường Hàm Rồng", "tôi gửi đơn rồi"])
def test_sending_that_is_spoken_of_is_not_a_yes(text: str) -> None:
    assert not short_answers.agrees(text)


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("đúng rồi nhưng mà thêm là cán bộ hẹn 4 lần", "cán bộ hẹn 4 lần"),
        ("dung roi nhung can bo con quat dan", "can bo con quat dan"),
        ("ok, thêm: đèn cũng hỏng", "đèn cũng hỏng"),
        ("đúng là cán bộ quát dân", "đúng là cán bộ quát dân"),
        ("cán bộ còn quát dân", "cán bộ còn quát dân"),
    ],
)
def test_what_stands_behind_yes_but_is_taken_without_the_yes(text: str, rest: str) -> None:
    assert short_answers.after_the_yes(text) == rest


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("tên em Lan sđt 0951112223 nha", ("Lan", "0951112223")),
        ("Lê Thị Hoa, 0952223334", ("Lê Thị Hoa", "0952223334")),
        ("0951112224 Bé nhé", ("Bé", "0951112224")),
        ("hỏi tên làm gì", (None, None)),
        ("không muốn nói tên", (None, None)),
    ],
)
def test_a_name_is_what_a_citizen_would_call_one(text: str, expected: tuple[str | None, str | None]) -> None:
    assert reading.contact(text, None, asked=True) == expected


def test_a_single_name_is_enough_once_the_number_is_known() -> None:
    assert reading.contact("Lan nha", None, asked=True, number_known=True) == ("Lan", None)
    assert reading.contact("đúng rồi", None, asked=True, number_known=True) == (None, None)
    assert reading.contact("Lan nha", None, asked=True) == (None, None)


@pytest.mark.parametrize(
    "text",
    ["hello, I want to report a pothole", "你好，我想投诉", "안녕하세요 도와주세요", "Здравствуйте привет"],
)
def test_another_language_is_answered_as_such(text: str) -> None:
    assert reading.unreadable(text) == "foreign"


@pytest.mark.parametrize(
    "text", ["toi muon hoi the can cuoc lam o dau", "in this", "nha toi o ngo 5 to 3 my phuoc", "Facebook lộ thông tin"]
)
def test_unmarked_vietnamese_is_not_taken_for_english(text: str) -> None:
    assert reading.unreadable(text) is None


def test_a_link_alone_is_asked_to_be_told_in_words() -> None:
    assert reading.unreadable("https://facebook.com/a/b") == "link"
    assert reading.unreadable("rác ở đây https://maps.app/x") is None


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("ai đọc tin nhắn của tôi", "ai_doc"),
        ("co ton tien khong", "phi"),
        ("gửi vậy có bị lộ tên không?", "giu_kin"),
        ("bạn là người hay máy", "may_hay_nguoi"),
        ("tôi muốn ly hôn thì làm thế nào", "ly_hon"),
        ("cán bộ làm lộ thông tin của tôi cho người ngoài, gọi điện quấy rối suốt từ hôm qua đến giờ", None),
        ("đường hỏng", None),
    ],
)
def test_questions_about_this_service_have_approved_answers(text: str, answer: str | None) -> None:
    found = meta.common_answer(text, load_texts())
    assert (found.id if found else None) == answer
