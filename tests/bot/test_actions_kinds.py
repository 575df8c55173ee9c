"""When the kind is asked about, and what is offered."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.actions import kinds
from bot.texts import load_texts
from bot.understanding import Understanding


def said(text: str, *ranked: tuple[str, float], field: str | None = None, act: str | None = None) -> Understanding:
    return Understanding(text=text, intent=ranked[0][0], kind=ranked[0][0], kinds=ranked, field=field, act=act)


@pytest.mark.parametrize(
    "message",
    [
        said("ổ gà to", ("phan_anh", 0.9), ("kien_nghi", 0.1)),
        said("ổ gà to", ("phan_anh", 0.5), ("kien_nghi", 0.45)),
        said("tố cáo ông ấy", ("to_cao", 0.7), ("phan_anh", 0.3)),
        said("làm khai sinh ở đâu", ("hoi_dap", 0.6), ("tra_cuu", 0.2)),
        said("chào nhé", ("giao_tiep", 0.5), ("ngoai_pham_vi", 0.4)),
        said("giá vàng hôm nay", ("ngoai_pham_vi", 0.6), ("hoi_dap", 0.3)),
    ],
)
def test_what_is_clear_enough_is_not_asked(message: Understanding) -> None:
    assert kinds.candidates(message) == ()


@pytest.mark.parametrize(
    ("message", "offered"),
    [
        (said("đất bị thu hồi", ("khieu_nai", 0.5), ("phan_anh", 0.45)), ("khieu_nai", "phan_anh")),
        (said("ông ấy lấy tiền", ("phan_anh", 0.7), ("to_cao", 0.3)), ("to_cao", "phan_anh")),
        (said("trưởng thôn làm bậy", ("to_cao", 0.4), ("hoi_dap", 0.35)), ("to_cao", "phan_anh", "hoi_dap")),
        (said("cột điện sắp đổ", ("hoi_dap", 0.6), ("phan_anh", 0.3)), ("hoi_dap", "phan_anh")),
        (said("điện yếu quá", ("ngoai_pham_vi", 0.9), ("phan_anh", 0.1), field="dien_nuoc"), ("phan_anh", "hoi_dap")),
    ],
)
def test_what_is_unclear_is_asked_with_the_likely_kinds(message: Understanding, offered: tuple[str, ...]) -> None:
    assert kinds.candidates(message) == offered


def test_no_more_is_offered_than_fits_beside_the_button_for_a_person() -> None:
    ranked = (("khieu_nai", 0.3), ("hoi_dap", 0.25), ("tra_cuu", 0.2), ("to_cao", 0.25))
    assert len(kinds.candidates(said("việc này sao", *ranked))) <= kinds.MOST


WORDS = load_texts().kind_words


@pytest.mark.parametrize(
    ("unsure", "offered"),
    [
        (("phan_anh", "hoi_dap"), ("phan_anh", "hoi_dap")),
        (("phan_anh", "to_cao"), ("to_cao", "phan_anh")),
        (("khieu_nai", "to_cao"), ("to_cao", "khieu_nai")),
    ],
)
def test_what_the_engine_cannot_decide_is_asked_as_it_says(unsure: tuple[str, str], offered: tuple[str, str]) -> None:
    sure = said("việc này sao", ("phan_anh", 0.95), ("hoi_dap", 0.05))
    assert kinds.candidates(replace(sure, unsure=unsure)) == offered


@pytest.mark.parametrize("unsure", [(), ("phan_anh", "kien_nghi"), ("phan_anh", "giao_tiep"), ("phan_anh",)])
def test_a_doubt_that_changes_nothing_is_not_asked_about(unsure: tuple[str, ...]) -> None:
    sure = said("ổ gà to", ("phan_anh", 0.95), ("kien_nghi", 0.05))
    assert kinds.candidates(replace(sure, unsure=unsure)) == ()


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ("tố cáo", "to_cao"),
        ("to cao nhe", "to_cao"),
        ("tôi chỉ phản ánh thôi", "phan_anh"),
        ("không tố cáo ai cả", "phan_anh"),
        ("phản ánh chứ k tố cáo", "phan_anh"),
        ("cả hai", "to_cao"),
        ("nhờ xử lý giúp", "phan_anh"),
        ("không", None),
        ("không biết nữa", None),
        ("ông ấy lấy tiền của bao nhiêu người rồi mà không ai xử lý", None),
    ],
)
def test_an_answer_in_words_picks_one_of_two(answer: str, kind: str | None) -> None:
    assert kinds.chosen(answer, ("to_cao", "phan_anh"), WORDS) == kind


def test_what_was_not_offered_is_not_picked() -> None:
    assert kinds.chosen("hỏi thôi", ("to_cao", "phan_anh"), WORDS) is None
