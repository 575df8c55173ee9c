"""A button may be pressed, called by its title, or by its place among the others."""

from __future__ import annotations

import pytest

from bot.choices import chosen
from integrations.channel import Button

TWO = (Button("Tố cáo sai phạm (được giữ kín)", "kind:to_cao"), Button("Báo một việc", "kind:phan_anh"))
THREE = (*TWO, Button("Gặp cán bộ", "act:gap_can_bo"))


@pytest.mark.parametrize(
    ("words", "place"),
    [
        ("1", 0),
        ("2.", 1),
        ("cái đầu", 0),
        ("cai dau tien nhe", 0),
        ("số 2 ạ", 1),
        ("chọn cái thứ hai", 1),
        ("đầu tiên", 0),
        ("cái sau", 1),
        ("cái cuối", 2),
        ("báo một việc", 1),
        ("gap can bo", 2),
    ],
)
def test_a_button_is_named_by_its_place_or_title(words: str, place: int) -> None:
    assert chosen(THREE, words) == THREE[place].payload


@pytest.mark.parametrize(
    "words", ["3", "cái thứ tư", "sau", "ba", "tôi ở số 2 ngõ 5 đường Trần Phú", "cái đầu đường ấy"]
)
def test_other_words_name_no_button(words: str) -> None:
    assert chosen(TWO, words) is None


def test_ratings_read_numbers_themselves() -> None:
    assert chosen((Button("1 - Rất không hài lòng", "rate:LN-40K7-2M19:1"),), "1") is None


def test_with_nothing_shown_nothing_is_chosen() -> None:
    assert chosen((), "cái đầu") is None
