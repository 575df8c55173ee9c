"""The training copies: repeatable, recognisable, and different from the original."""

import random

from nlu.noise import noised, placed
from nlu.text import fold

TEXT = "Tôi nộp hồ sơ làm sổ đỏ ba tháng rồi mà không được trả kết quả ở phường Hạc Thành"


def test_the_same_seed_gives_the_same_copy():
    assert noised(TEXT, rng=random.Random(3)) == noised(TEXT, rng=random.Random(3))


def test_with_every_rate_at_zero_the_text_stays_as_it_is():
    assert noised(TEXT, rng=random.Random(3), chat=0, unmarked=0, habit=0, slip=0) == TEXT


def test_with_every_word_unmarked_the_copy_is_the_folded_text():
    assert noised(TEXT, rng=random.Random(3), chat=0, unmarked=1, habit=0, slip=0) == fold(TEXT)


def test_numbers_and_signs_are_never_touched():
    text = "0955 123 456, H56.01.02-251103-0012!"
    assert noised(text, rng=random.Random(1), chat=1, habit=1, slip=1)[:14] == text[:14]


def test_most_words_survive_the_usual_rates():
    copy = noised(TEXT, rng=random.Random(5)).split()
    kept = sum(fold(a) == fold(b) for a, b in zip(copy, TEXT.split(), strict=True))
    assert len(copy) / 2 < kept < len(copy)


def test_a_place_stands_at_the_end_as_people_add_it():
    texts = {placed("đường hư.", "phường Hạc Thành", "Thanh Hóa", rng=random.Random(seed)) for seed in range(60)}
    assert {"đường hư ở phường Hạc Thành", "đường hư phường hạc thành thanh hóa"} <= texts
    assert all(text.startswith("đường hư") and "hạc thành" in text.lower() for text in texts)
