"""Long texts are cut at borders, lose nothing and fit."""

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from integrations.splitting import clip, length, split_text


def test_a_short_text_stays_whole() -> None:
    assert split_text("  Chào anh/chị.\n", 2000) == ["Chào anh/chị."]


def test_nothing_is_cut_from_nothing() -> None:
    assert split_text(" \n ", 100) == []


def test_the_cut_is_at_a_paragraph_rather_than_a_sentence() -> None:
    assert split_text("Một hai. Ba bốn.\n\nNăm sáu. Bảy tám chín.", 30) == [
        "Một hai. Ba bốn.",
        "Năm sáu. Bảy tám chín.",
    ]


def test_the_cut_is_at_a_sentence_rather_than_a_word() -> None:
    assert split_text("Đường hỏng nặng. Mong xã sửa sớm giúp dân", 25) == [
        "Đường hỏng nặng.",
        "Mong xã sửa sớm giúp dân",
    ]


def test_decomposed_vietnamese_is_measured_after_composing() -> None:
    text = unicodedata.normalize("NFD", "ề" * 700)
    assert len(text) == 2100
    assert split_text(text, 2000) == ["ề" * 700]


def test_emoji_count_twice_and_are_never_torn() -> None:
    parts = split_text("😀" * 30, 20)
    assert parts == ["😀" * 10] * 3


def test_clip_marks_what_it_cut() -> None:
    assert clip("Phường Hạc Thành", 9) == "Phường H…"
    assert clip("Phường", 9) == "Phường"


@given(st.text(min_size=0, max_size=400), st.integers(min_value=8, max_value=120))
def test_every_part_fits_and_no_visible_character_is_lost(text: str, limit: int) -> None:
    parts = split_text(text, limit)
    assert all(0 < length(part) <= limit for part in parts)
    assert "".join("".join(parts).split()) == "".join(unicodedata.normalize("NFC", text).split())
