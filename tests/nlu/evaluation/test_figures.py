"""Figures, floors and pages over a small evaluation."""

import pytest

from nlu.evaluation import figures, floors, pages
from nlu.evaluation.answers import NOISY, UNMARKED, WHOLE, Answer, canonical, spoilers
from nlu.evaluation.figures import Run, Settings
from nlu.training import LabelledMessage

MESSAGE = LabelledMessage(
    "Cán bộ đòi tiền", "to_cao", field="dat_dai", problem="nhung_nhieu", phone="0955 111 222", commune="14758",
    province="38", procedure_codes=("1.1",), urgent=True, also="hoi_dap/dat_dai",
)  # fmt: skip
RIGHT = {
    "kind": "to_cao",
    "kinds": [["to_cao", 0.9], ["phan_anh", 0.1]],
    "field": "dat_dai",
    "problem": "nhung_nhieu",
    "urgent": True,
    "urgency": 0.8,
    "place": {"commune_code": "14758", "province_code": "38"},
    "entities": [{"entity": "phone", "value": "0955111222"}],
    "procedures": [{"code": "9.9"}, {"code": "1.1"}],
    "also": [["hoi_dap", "dat_dai"]],
    "scope": 0.9,
}
WRONG = {"kind": "phan_anh", "kinds": [["phan_anh", 0.8], ["to_cao", 0.2]], "scope": 0.7}
GREETING = LabelledMessage("xin chào", "ngoai_pham_vi")


def run(*pairs):
    answers = [Answer(message, said) for message, said in pairs]
    return Run(dict.fromkeys((WHOLE, UNMARKED, NOISY), answers), far=[{"scope": 0.1}], seconds=[0.01, 0.02])


def test_an_answer_that_is_right_in_everything():
    found = figures.all_figures(run((MESSAGE, RIGHT), (GREETING, {"kind": "ngoai_pham_vi", "scope": 0.2})), Settings())
    ones = ["kind_accuracy", "field_accuracy", "problem_accuracy", "commune_right", "province_right", "phone_f1"]
    ones += ["procedure_top3", "urgent_recall", "recall_first_recall", "far_rejected", "near_rejected"]
    assert {name: found[name] for name in ones} == dict.fromkeys(ones, 1.0)
    assert (found["procedure_top1"], found["false_places"], found["second_matter_recall"]) == (0, 0, 1)
    assert found["latency_p95_ms"] == pytest.approx(20)


def test_a_missed_denunciation_shows_in_recall_and_a_lower_threshold_would_find_it():
    found = figures.all_figures(run((MESSAGE, WRONG), (GREETING, {"kind": "giao_tiep", "kinds": []})), Settings())
    assert found["recall_first_recall"] == 0
    assert found["recall_first_best_recall"] == 1


def test_a_place_on_a_message_without_one_is_a_false_place():
    found = figures.all_figures(run((GREETING, {**WRONG, "place": {"province_code": "38"}})), Settings())
    assert found["false_places"] == 1


@pytest.mark.parametrize(
    ("entity", "written", "compared"),
    [
        ("phone", "+84 955.111.222", "0955111222"),
        ("national_id", "038 175 000 123", "038175000123"),
        ("dossier", "h56.12-260915-0034", "H56.12-260915-0034"),
    ],
)
def test_values_are_compared_without_their_spelling(entity, written, compared):
    assert canonical(entity, written) == compared


def test_spoilt_copies_are_the_same_every_time():
    text = "Tôi không biết nộp hồ sơ ở đâu cả"
    assert spoilers()[NOISY](text) == spoilers()[NOISY](text) != text
    assert spoilers()[UNMARKED](text) == "toi khong biet nop ho so o dau ca"


def test_every_floor_names_a_figure_and_its_aim_is_not_below_it():
    labels, limits = floors.load()
    measured = figures.all_figures(run((MESSAGE, RIGHT)), labels) | {"training_seconds": 1, "training_memory_mb": 1}
    for floor in limits:
        assert floor.name in measured
        assert floor.is_met(floor.aim)


def test_a_figure_that_is_under_its_floor_or_was_not_measured_is_missed():
    limit = floors.Floor("x", 0.9, 0.95, rising=True)
    loss = floors.Floor("y", 1.0, 0.5, rising=False)
    assert floors.missed([limit, loss], {"x": 0.9, "y": 1.0}) == []
    assert floors.missed([limit, loss], {"x": 0.89, "y": 1.1}) == [limit, loss]
    assert floors.missed([limit], {"x": None}) == [limit]


def test_a_floor_that_was_never_reached_still_holds_what_was_reached():
    limit = floors.Floor("x", 0.9, 0.95, rising=True, today=0.8)
    assert floors.missed([limit], {"x": 0.85}) == [limit] and floors.worse([limit], {"x": 0.85}) == []
    assert floors.worse([limit], {"x": 0.79}) == floors.worse([limit], {"x": None}) == [limit]
    assert floors.worse([floors.Floor("y", 1.0, 0.5, rising=False, today=2.0)], {"y": 1.5}) == []


def test_the_report_is_one_page_without_outside_parts_and_shows_the_confusion():
    labels, limits = floors.load()
    done = run((MESSAGE, WRONG), *[(MESSAGE, RIGHT)] * 12)
    evaluation = {
        "date": "2026-11-25", "model": "abc", "training_messages": 1,
        "figures": figures.all_figures(done, labels), **figures.details(done, labels),
    }  # fmt: skip
    page = pages.html_page(evaluation, limits)
    assert "to_cao → phan_anh: 1" in page and "<svg" in page
    assert "http" not in page and "<script" not in page
    assert "kind_accuracy" in pages.summary(evaluation, limits)
    assert "| kind_accuracy | 0.9231 |" in pages.model_card(evaluation, limits, about="# Card")
