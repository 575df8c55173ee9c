"""Questionnaires: what the shipped forms hold, what the linter refuses, which question comes next."""

import copy
from datetime import date

import pytest

from surveys.errors import InvalidQuestionnaire, UnknownQuestionnaire
from surveys.questionnaire_checks import problems_between
from surveys.questionnaire_files import FOLDER, parse, questionnaire_ids
from surveys.questionnaires import Questionnaire
from surveys.yaml_files import read_data

DATA = read_data(FOLDER / "qd2640.yml")


def changed(**fields):
    return copy.deepcopy(DATA) | fields


def ask_through(form, *, gate="co", until=None):
    """Answers 4 to every question in order; returns the codes asked and the answers."""
    asked, answers = [], {}
    while (question := form.next_question(answers)) and question.code != until:
        asked.append(question.code)
        answers[question.code] = 4 if question.kind == "scale" else gate
    return asked, answers


@pytest.mark.parametrize("name", questionnaire_ids())
def test_each_shipped_form_passes_the_linter_and_carries_its_own_name(name):
    form = Questionnaire.load(name)
    assert form.id == name
    assert form.source and form.confidence


def test_qd2640_has_five_factors_and_twenty_two_criteria():
    form = Questionnaire.load("qd2640")
    assert [len(factor.criteria) for factor in form.factors] == [4, 5, 6, 3, 4]
    assert form.criteria[0] == "c1_1" and form.criteria[-1] == "c5_4" and len(form.criteria) == 22
    assert form.scale.labels[1] == "Rất không hài lòng" and form.scale.labels[5] == "Rất hài lòng"
    assert form.is_valid_on(date(2018, 5, 1)) and not form.is_valid_on(date(2024, 5, 1))


def test_the_form_after_a_case_has_five_questions_and_names_its_factors():
    form = Questionnaire.load("sau_vu_viec")
    assert len(form.questions) == 5
    assert all(factor.name for factor in form.factors)
    assert form.source == "mẫu của Lắng Nghe"


def test_an_unknown_form_is_refused_and_the_known_ones_are_named():
    with pytest.raises(UnknownQuestionnaire, match="qd2640"):
        Questionnaire.load("../../etc/passwd")


def test_who_gave_feedback_is_asked_factor_five():
    asked, _ = ask_through(Questionnaire.load("qd2640"))
    assert len(asked) == 23
    assert asked.index("da_gop_y") == asked.index("c5_1") - 1


def test_who_gave_no_feedback_is_not_asked_factor_five():
    asked, answers = ask_through(Questionnaire.load("qd2640"), gate="khong")
    assert len(asked) == 19 and asked[-1] == "da_gop_y"
    assert str(Questionnaire.load("qd2640").progress(answers)) == "18/18"


def test_a_skipped_gate_skips_its_factor():
    form = Questionnaire.load("qd2640")
    _, answers = ask_through(form, until="da_gop_y")
    assert form.next_question(answers | {"da_gop_y": None}) is None


def test_a_skipped_question_is_not_asked_again():
    form = Questionnaire.load("qd2640")
    assert form.next_question({"c1_1": None}).code == "c1_2"


def test_progress_counts_criteria_only():
    form = Questionnaire.load("qd2640")
    assert str(form.progress({})) == "0/22"
    assert str(form.progress({"c1_1": 4, "c1_2": None, "c1_3": 5})) == "3/22"
    assert str(form.progress({"da_gop_y": "khong"})) == "0/18"


@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        ({"source": " "}, "source"),
        ({"confidence": "chắc"}, "tin cậy"),
        ({"valid_to": date(2016, 1, 1)}, "hết hiệu lực"),
        ({"factors": []}, "không có yếu tố"),
        ({"scale": {"satisfied_from": 9, "levels": {1: "a", 2: "b"}}}, "satisfied_from"),
        ({"scale": {"satisfied_from": 2, "levels": {1: "a", 3: "b"}}}, "thang đo"),
        ({"scale": {"satisfied_from": 2, "levels": {1: "a", 2: " "}}}, "nhãn"),
        ({"factor_weights": {"source": "s", "confidence": "?", "values": {"c1": 1.0}}}, "trọng số"),
        ({"title": None, "scale": None}, "thiếu hoặc sai"),
    ],
)
def test_the_linter_refuses_a_broken_form(fields, complaint):
    with pytest.raises(InvalidQuestionnaire, match=complaint):
        parse(changed(**fields))


def test_the_linter_refuses_repeated_misplaced_and_wordless_criteria():
    data = changed()
    data["factors"][0]["criteria"] = {"c2_1": "trùng", "c1_2": ""}
    with pytest.raises(InvalidQuestionnaire, match=r"c2_1 bị trùng.*không bắt đầu bằng c1_.*c1_2 không có câu chữ"):
        parse(data)


def test_the_linter_refuses_a_gate_that_lets_everybody_through():
    data = changed()
    data["factors"][4]["gate"]["asks_when"] = ["co", "khong"]
    with pytest.raises(InvalidQuestionnaire, match="không lọc được gì"):
        parse(data)


def test_a_missing_field_is_named():
    data = changed()
    del data["valid_from"]
    with pytest.raises(InvalidQuestionnaire, match="valid_from"):
        parse(data)


# ---- the form of policies and services


FORM_2023 = Questionnaire.load("sipas2023")


def test_the_2023_form_has_ten_questions_and_thirty_three_satisfaction_items():
    assert [len(factor.criteria) for factor in FORM_2023.factors] == [2, 2, 8, 2, 4, 4, 5, 3, 3]
    assert len(FORM_2023.criteria) == 33
    assert [part.code for part in FORM_2023.parts] == ["I", "II"]
    sizes = {block.code: len(block.items) for block in (*FORM_2023.before, *FORM_2023.after)}
    asked = {f"q{n}" for n in range(1, 11)} - {"q9"}
    assert asked <= set(sizes) and (sizes["q1"], sizes["q8"]) == (8, 7)


def test_the_2023_form_asks_its_blocks_before_and_after_the_satisfaction_items():
    codes = [question.code for question in FORM_2023.questions]
    assert codes[0] == "gioi_tinh" and codes.index("q8_7") < codes.index("p1_1") < codes.index("s5_3") < codes.index(
        "q10_1"
    )


@pytest.mark.parametrize(("gave_feedback", "items"), [("co", 33), ("khong", 30), (None, 30)])
def test_an_earlier_question_decides_whether_the_last_factor_is_asked(gave_feedback, items):
    answers: dict = {}
    while question := FORM_2023.next_question(answers):
        answers[question.code] = 4 if question.kind == "scale" else next(iter(question.options))
        if question.code == "q8_5":
            answers[question.code] = gave_feedback
    assert sum(code in answers for code in FORM_2023.criteria) == items


def test_blocks_are_never_criteria():
    assert not set(FORM_2023.criteria) & {q.code for b in (*FORM_2023.before, *FORM_2023.after) for q in b.questions}


def test_the_2024_form_is_marked_incomplete_and_holds_only_what_was_read():
    form = Questionnaire.load("sipas2024")
    assert form.incomplete and form.missing
    assert form.criteria == ("s1_1", "s1_2", "s1_3")


def test_the_state_forms_follow_each_other_without_overlap():
    forms = [Questionnaire.load(name) for name in questionnaire_ids()]
    assert problems_between(forms) == []
    assert not any(form.is_valid_on(date(2027, 1, 15)) for form in forms if form.series == "sipas")
