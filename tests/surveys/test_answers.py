"""Survey answers in words."""

import pytest

from surveys.answers import SKIPPED, understand
from surveys.questionnaires import Questionnaire

FORM = Questionnaire.load("qd2640")


@pytest.mark.parametrize(
    ("text", "level"), [("4", 4), ("rất hài lòng", 5), ("Tạm được", 3), ("ko hai long", 2), ("Rất không hài lòng", 1)]
)
def test_a_level_is_understood_in_words_and_numbers(text, level):
    assert understand(text, FORM.question("c1_1")) == level


@pytest.mark.parametrize("text", ["bỏ qua", "Bỏ qua.", "không biết", "ko biet"])
def test_a_question_can_be_skipped(text):
    assert understand(text, FORM.question("c1_1")) is SKIPPED
    assert understand(text, FORM.question("da_gop_y")) is SKIPPED


@pytest.mark.parametrize(
    ("text", "option"),
    [
        ("Đã từng", "co"),
        ("rồi", "co"),
        ("chưa", "khong"),
        ("Chưa từng", "khong"),
        ("1", "co"),
        ("2", "khong"),
        ("co", "co"),
    ],
)
def test_the_gate_is_understood(text, option):
    assert understand(text, FORM.question("da_gop_y")) == option


@pytest.mark.parametrize("text", ["3", "để tôi xem", "", "rất hài lòng"])
def test_the_gate_asks_again_when_it_does_not_understand(text):
    assert understand(text, FORM.question("da_gop_y")) is None
