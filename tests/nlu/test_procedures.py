"""Procedures: retrieval by name and by everyday words, silence on what is unrelated."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlu import procedures
from nlu.gazetteer import DATA
from nlu.procedures import Catalogue

CATALOGUE = Catalogue.load()


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("toi nop ho so lam so do 3 thang roi chua co ket qua", "1.013978"),
        ("đăng ký khai sinh cho con cần gì", "1.001193"),
        ("làm giấy độc thân ở xã", "1.004873"),
        ("mất bằng lái thì làm lại ở đâu", "3.000348"),
        ("sang ten so do cho con trai", "1.013831"),
        ("đăng ký tạm trú ở trọ", "1.004194"),
        ("rút BHXH một lần", "1.001613"),
        ("em muon lam ho chieu", "1.001456"),
        ("xin phép xây nhà 3 tầng", "1.013225"),
        ("chứng thực bản sao từ bản chính", "2.000815"),
        ("tách thửa đất cho con", "1.012784"),
    ],
)
def test_everyday_words_lead_to_the_procedure(text: str, code: str) -> None:
    assert code in [match.code for match in CATALOGUE.find(text)]


def test_each_procedure_is_found_by_its_own_name() -> None:
    missed = [
        code
        for code in CATALOGUE.codes()
        if CATALOGUE.get(code).name not in [match.name for match in CATALOGUE.find(CATALOGUE.get(code).name)]
    ]
    assert missed == []


@pytest.mark.parametrize(
    "text", ["", "xin chào", "cảm ơn", "hôm nay trời đẹp quá", "🙂🙂", "ổ gà to như ao", "123 456"]
)
def test_unrelated_text_gives_nothing(text: str) -> None:
    assert CATALOGUE.find(text) == []


def test_at_most_n_matches_come_best_first() -> None:
    matches = CATALOGUE.find("đăng ký kết hôn có yếu tố nước ngoài", n=2)
    assert len(matches) == 2
    assert matches[0].code == "2.000806" and matches[0].score >= matches[1].score


def test_an_empty_column_is_none_and_an_unknown_code_is_an_error() -> None:
    assert len(CATALOGUE) == 324
    assert all(
        value != "" for code in CATALOGUE.codes() for value in (CATALOGUE.get(code).fee, CATALOGUE.get(code).level)
    )
    assert any(CATALOGUE.get(code).fee is None for code in CATALOGUE.codes())
    with pytest.raises(KeyError):
        CATALOGUE.get("9.999999")


def test_a_query_takes_milliseconds() -> None:
    text = "tôi nộp hồ sơ đăng ký khai sinh cho con ở phường, hẹn ba ngày mà nay hai tuần chưa có"
    start = time.process_time()
    for _ in range(20):
        CATALOGUE.find(text)
    assert (time.process_time() - start) / 20 < 0.02


@given(st.text())
@settings(deadline=None)
def test_find_never_crashes(text: str) -> None:
    assert len(CATALOGUE.find(text)) <= 3


def test_every_everyday_name_belongs_to_a_known_procedure() -> None:
    rows = [
        line.split(",")[0] for line in (DATA / "procedure_aliases.csv").read_text(encoding="utf-8").splitlines()[1:]
    ]
    assert set(rows) <= set(CATALOGUE.codes())
    assert len(rows) == len(set(rows))


def test_a_name_of_nothing_but_common_words_is_never_found():
    more = Catalogue.load().with_names({"1.001193": ["về việc xin", "", "🙂"]})
    assert more.find("về việc xin") == more.find("") == []


@given(st.floats(0.1, 300), st.floats(0.0, 1.0))
def test_what_is_passed_over_would_have_scored_too_little(mass: float, share: float):
    found = mass * share
    if found < procedures._least_found(mass):
        assert procedures._score(found, mass) < procedures._MIN_SCORE
    elif found > procedures._least_found(mass) * 1.01:
        assert procedures._score(found, mass) > procedures._MIN_SCORE


def test_a_procedure_of_the_preferred_topic_gains():
    catalogue = Catalogue.load()
    text = "đăng ký kết hôn, đăng ký kinh doanh hộ"
    topics = {catalogue.get(one.code).topic for one in catalogue.find(text, n=20)}
    assert len(topics) > 1
    for topic in topics:
        assert catalogue.get(catalogue.find(text, n=1, prefer={"topic": (topic, 1000.0)})[0].code).topic == topic


def test_more_names_leave_the_shipped_catalogue_as_it_was():
    more = Catalogue.load().with_names({"1.001193": ["tờ bơ gơ zét"], "unknown": ["x"]})
    assert more.find("to bo go zet")[0].code == "1.001193"
    assert Catalogue.load().find("to bo go zet") == []
    assert len(more) == len(Catalogue.load())
