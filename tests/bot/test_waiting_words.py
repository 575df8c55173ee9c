"""What people say while they wait."""

from __future__ import annotations

import pytest

from bot.actions import short_answers, waiting_words


@pytest.mark.parametrize(
    "text", ["bao lâu", "bao lau thi co ket qua", "mấy ngày có kết quả vậy ad", "khi nào xong", "chừng nào trả lời"]
)
def test_how_long_is_asked_of_the_matter_in_hand(text: str) -> None:
    assert waiting_words.asks_how_long(text)


@pytest.mark.parametrize(
    "text", ["làm khai sinh mất bao lâu", "bao giờ phường sửa đường", "đường hỏng lâu lắm rồi", "lâu quá"]
)
def test_how_long_something_else_takes_is_another_question(text: str) -> None:
    assert not waiting_words.asks_how_long(text)


@pytest.mark.parametrize(
    "text", ["sao chưa ai trả lời", "chua thay ai goi", "lâu quá chưa ai liên hệ", "sao không ai giải quyết vậy"]
)
def test_who_hears_nothing_asks_after_what_was_sent(text: str) -> None:
    assert waiting_words.asks_after_case(text)


@pytest.mark.parametrize(
    "text", ["hồ sơ sổ đỏ 3 tháng chưa có kết quả", "phường chưa trả lời đơn của tôi", "chưa", "trả lời đi"]
)
def test_a_matter_of_its_own_is_none(text: str) -> None:
    assert not waiting_words.asks_after_case(text)


@pytest.mark.parametrize("text", ["gửi chưa", "đã gửi chưa vậy", "gui chua ad"])
def test_whether_it_was_sent(text: str) -> None:
    assert waiting_words.asks_if_sent(text)


@pytest.mark.parametrize(
    "text", ["thôi khỏi", "à thôi không cần nữa, họ sửa xong rồi", "rút lại giúp tôi", "k can nua"]
)
def test_what_is_no_longer_wanted(text: str) -> None:
    assert waiting_words.takes_back(text)


@pytest.mark.parametrize(
    "text", ["đường sửa xong lại hỏng", "cán bộ bảo không cần giấy đó", "tôi muốn rút tiền bảo hiểm"]
)
def test_what_is_only_told(text: str) -> None:
    assert not waiting_words.takes_back(text)


@pytest.mark.parametrize("text", ["chưa, để tôi chụp ảnh đã", "khoan", "từ từ đã", "đợi tí để em hỏi chồng"])
def test_not_yet_is_neither_yes_nor_no(text: str) -> None:
    assert short_answers.puts_off(text)


@pytest.mark.parametrize("text", ["chưa đúng", "chờ mãi không ai làm", "đợi 3 tháng rồi"])
def test_a_no_or_a_complaint_is_not_put_off(text: str) -> None:
    assert not short_answers.puts_off(text)
