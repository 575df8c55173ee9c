"""Empty talk is told from an answer with substance."""

from __future__ import annotations

import pytest
import yaml

from feedback.empty_talk import empty_talk
from langnghe import seed

EMPTY = [
    "Đã tiếp nhận và chuyển xử lý.",
    "đã tiếp nhận và chuyển xử lý",
    "da tiep nhan va chuyen xu ly",
    "Cảm ơn anh/chị đã phản ánh. UBND phường đã tiếp nhận và chuyển bộ phận chuyên môn xem xét theo quy định.",
    "Nội dung phản ánh đã chuyển đơn vị chức năng kiểm tra, xử lý trong thời gian sớm nhất. Trân trọng!",
    "Ý kiến của ông bà đang được xử lý, chúng tôi sẽ trả lời trong thời gian tới.",
    "Xin ghi nhận và tiếp thu ý kiến của quý công dân.",
    "Kính gửi anh/chị, vụ việc đang xem xét theo thẩm quyền. Xin cảm ơn.",
    "Cơ quan chức năng sẽ xử lý nghiêm theo quy định của pháp luật.",
]
FULL = [
    "Đã thay bóng.",
    "Xong.",
    "Đã tiếp nhận và chuyển Đội quản lý đô thị; tổ thu gom dọn xong lúc 15 giờ chiều nay.",
    "Phản ánh đã chuyển Điện lực Hạc Thành; Điện lực hẹn thay công tơ ngày 27/11.",
    "Theo quy định tại Điều 25 Luật Hộ tịch, anh/chị nộp tại UBND nơi cư trú của cha hoặc mẹ.",
    "Cảm ơn anh/chị. Ổ gà trước cổng trường đã được vá tạm, mặt đường thảm lại tuần sau.",
    "Hồ sơ chậm do phải đo đạc lại thửa đất, chúng tôi xin lỗi; mời anh/chị đến quầy số 3.",
]


@pytest.mark.parametrize("text", EMPTY)
def test_empty_talk_is_flagged_with_the_phrase_that_gives_it_away(text: str) -> None:
    found = empty_talk(text)
    assert found is not None and found.phrases and "Vẫn gửi" in found.message


@pytest.mark.parametrize("text", FULL)
def test_an_answer_with_substance_is_let_through(text: str) -> None:
    assert empty_talk(text) is None


def test_no_answer_of_the_sample_province_is_flagged() -> None:
    entries = yaml.safe_load(seed.DATA.read_text("utf-8"))["cases"]
    answers = [entry["answer"].replace("{place}", "phường Hạc Thành") for entry in entries]
    flagged = [answer for answer in answers if empty_talk(answer)]
    assert flagged == []


@pytest.mark.parametrize(
    "text",
    [
        "UBND phường đã xử lý tại phường Hạc Thành: [đã làm gì], xong ngày [ngày].",
        "Hồ sơ … của anh/chị đã có kết quả ngày 2/12/2026.",
        "Vụ việc {mã} đã xong ngày 2/12/2026.",
        "Hạn trả lời: …",
    ],
)
def test_a_wording_that_was_not_filled_in_is_stopped_and_the_place_is_named(text: str) -> None:
    found = empty_talk(text)
    assert found is not None and "chưa điền" in found.message and found.phrases[0] in text


@pytest.mark.parametrize("text", ["Đã dọn… xong ngày 20/11.", "Việc (a) xong ngày 2/12."])
def test_dots_within_a_sentence_are_no_open_place(text: str) -> None:
    assert empty_talk(text) is None


def test_promises_without_a_day_are_empty_talk() -> None:
    assert empty_talk("Đơn vị đã nắm thông tin và sẽ khắc phục trong thời gian sớm nhất.") is not None
