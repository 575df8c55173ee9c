"""What people say while they wait."""

from __future__ import annotations

import pytest

from bot.actions import short_answers, waiting_words
from bot.understanding import Understanding


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


@pytest.mark.parametrize(
    "text", ["ai sẽ đến xử lý vậy", "ai se den xu ly vay", "có ai xuống chưa", "có người đến sửa chưa ad"]
)
def test_who_comes_is_asked_of_what_was_sent(text: str) -> None:
    assert waiting_words.asks_after_case(text)


@pytest.mark.parametrize(
    "text", ["cần giấy tờ gì", "nộp ở đâu", "lệ phí bao nhiêu tiền", "le phi bao nhieu", "có mất phí không"]
)
def test_more_is_asked_of_the_procedure_in_hand(text: str) -> None:
    assert waiting_words.asks_more_of_it(text)


@pytest.mark.parametrize(
    "text", ["làm khai sinh cần giấy tờ gì", "lệ phí cấp lại căn cước bao nhiêu tiền", "cán bộ đòi giấy tờ"]
)
def test_a_procedure_that_is_named_is_another_one(text: str) -> None:
    assert not waiting_words.asks_more_of_it(text)


@pytest.mark.parametrize("text", ["thế nộp ở đâu", "nop don o dau vay", "gửi cho ai", "đơn này mang đến đâu"])
def test_where_it_is_taken_is_asked(text: str) -> None:
    assert waiting_words.asks_where_to(text)


@pytest.mark.parametrize(
    "text", ["thôi bỏ đi, nói cũng như không", "thoi khoi", "khỏi gửi nữa", "mà thôi không gửi nữa"]
)
def test_what_was_read_back_is_given_up(text: str) -> None:
    assert short_answers.gives_up(text)


@pytest.mark.parametrize(
    "text", ["thôi đúng rồi gửi đi", "bỏ rác ra đường", "thôi ghi thêm là có hai cái hố", "dung gui di"]
)
def test_what_goes_on_is_not_given_up(text: str) -> None:
    assert not short_answers.gives_up(text)


@pytest.mark.parametrize("text", ["thôi đúng rồi gửi đi", "mà thôi cứ gửi đi", "gửi đi", "đúng rồi gửi giúp tôi"])
def test_a_go_ahead_is_a_yes(text: str) -> None:
    assert short_answers.agrees(text)


@pytest.mark.parametrize(
    ("text", "heard"), [("tôi gọi rồi", True), ("xe cứu hỏa đang đến", True), ("nhà tôi cháy hết rồi", False)]
)
def test_who_only_says_that_help_was_called_has_heard(text: str, heard: bool) -> None:
    assert short_answers.has_heard(Understanding(text=text)) is heard


@pytest.mark.parametrize(
    ("text", "off"),
    [("thôi tôi sợ, hủy đi", True), ("hủy giúp tôi", True), ("đừng hủy đi", False), ("họ hủy đơn của tôi", False)],
)
def test_what_is_called_off_in_a_sigh(text: str, off: bool) -> None:
    assert short_answers.gives_up(text) is off


@pytest.mark.parametrize(
    ("text", "lost"),
    [("là sao", True), ("tôi không hiểu", True), ("nói lại đi", True), ("không hiểu sao phường không sửa", False)],
)
def test_who_does_not_follow_says_so(text: str, lost: bool) -> None:
    assert short_answers.does_not_follow(text) is lost


@pytest.mark.parametrize(
    "text",
    [
        "Thủ tục rút đơn khiếu nại thế nào",
        "Công ty làm xong rồi để đất đá ra đường không ai dọn",
        "Cán bộ nói không cần nữa mà bắt tôi nộp thêm giấy",
        "cán bộ không cho tôi rút đơn khiếu nại",
    ],
)
def test_a_matter_or_a_question_takes_nothing_back(text: str) -> None:
    assert not waiting_words.takes_back(text)
