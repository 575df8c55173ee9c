"""When the kind is asked about, and what is offered."""

from __future__ import annotations

import pytest

from bot.actions import kinds
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
