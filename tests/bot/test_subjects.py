"""A paper or procedure named by itself, and how long a hostile message may take to be looked at."""

from time import perf_counter

import pytest

from bot.subjects import Subjects
from bot.texts import load_texts

LONG = 10_000  # characters, the longest message that is taken


@pytest.fixture(scope="module")
def subjects() -> Subjects:
    return load_texts().subjects


@pytest.mark.parametrize("text", ["sổ đỏ", "Cho tôi hỏi về giấy khai sinh ạ", "giấy khai sinh cho con", "căn cước với"])
def test_a_paper_named_by_itself_is_told(subjects, text):
    assert subjects.names_only(text)


@pytest.mark.parametrize("text", ["", "cho tôi hỏi", "sổ đỏ chậm", "đường hỏng sổ đỏ"])
def test_more_or_less_than_a_name_is_no_name(subjects, text):
    assert not subjects.names_only(text)


@pytest.mark.parametrize("text", ["mất căn cước", "xin làm lại sổ đỏ", "cho em hỏi thủ tục làm giấy khai sinh"])
def test_a_wish_for_a_paper_is_told(subjects, text):
    assert subjects.asks_for(text)


@pytest.mark.parametrize("text", ["làm sổ đỏ mãi chưa xong", "làm đường hỏng sổ đỏ", "làm sổ đỏquá"])
def test_trouble_or_another_matter_is_no_wish(subjects, text):
    assert not subjects.asks_for(text)


@pytest.mark.parametrize("piece", ["cho tôi hỏi ", "hỏi về ", "xin làm lại ", "làm thủ tục giấy ", "sổ đỏ cho "])
@pytest.mark.parametrize("length", [40, 190, LONG])
def test_repeated_words_are_looked_at_in_no_time(subjects, piece, length):
    text = (piece * LONG)[:length]
    began = perf_counter()
    subjects.names_only(text)
    subjects.asks_for(text)
    assert perf_counter() - began < 0.05
