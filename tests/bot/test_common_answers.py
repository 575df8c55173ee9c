"""The approved answers that are the same for everybody swallow no complaint, and insults no report."""

from __future__ import annotations

import pytest

from bot.actions import meta
from bot.texts import load_texts


@pytest.mark.parametrize(
    "text",
    [
        "chủ thầu nợ tiền công tôi 3 tháng không trả",
        "nhà thầu nợ tôi tiền công",
        "trung tâm nợ tiền dạy, nợ tôi 2 tháng",
        "công an nợ tiền tôi",
        "họ nợ tôi tiền thuê mặt bằng",
        "Cán bộ mấy giờ mở cửa mà 9h chưa có người",
        "quán karaoke mấy giờ đóng cửa mà ồn tới 2h sáng",
        "chủ nhật có làm đường gây bụi",
        "đăng ký gặp bác sĩ",
    ],
)
def test_a_complaint_gets_no_general_answer(text: str) -> None:
    assert meta.common_answer(text, load_texts()) is None


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("hàng xóm nợ tiền tôi không trả", "vay_no"),
        ("thứ 7 có làm việc không", "gio_lam_viec"),
        ("phường mình chủ nhật có làm", "gio_lam_viec"),
        ("chu nhat co lam khong", "gio_lam_viec"),
        ("đăng ký tiếp công dân", "gap_lanh_dao"),
    ],
)
def test_the_questions_of_everybody_keep_theirs(text: str, name: str) -> None:
    found = meta.common_answer(text, load_texts())
    assert found is not None and found.id == name


@pytest.mark.parametrize("text", ["Đất đá rơi vãi", "phường 2 tp VL", "con rùa ở hồ bị bắt"])
def test_words_of_a_report_are_no_insult(text: str) -> None:
    assert meta.without_insults(text, load_texts()) is None


def test_the_time_of_a_petition_runs_from_its_acceptance() -> None:
    assert "thụ lý" in load_texts().say("how_long_petition")
