"""Weights: non-response by class, post-strata and raking, and what cannot be done."""

import numpy as np
import pytest

from surveys.calibration import calibrated, margin_of, raked, without_nonrespondents
from surveys.design import survey_design
from surveys.errors import InvalidOption, InvalidTable
from surveys.figures import IndexOptions
from surveys.indices import compute_index
from surveys.population_files import read_population
from surveys.questionnaires import Questionnaire

SEX = np.array(["nam", "nam", "nu", "nu", "nu"])
AGE = np.array(["a", "b", "a", "b", "b"])
FORM = Questionnaire.load("sau_vu_viec")


def test_one_margin_scales_each_level():
    weights = raked(np.ones(5), [margin_of("sex", SEX, {"nam": 10.0, "nu": 30.0})])
    assert weights.tolist() == [5, 5, 10, 10, 10]


def test_two_margins_are_met_together():
    margins = [margin_of("sex", SEX, {"nam": 40.0, "nu": 60.0}), margin_of("age", AGE, {"a": 35.0, "b": 65.0})]
    weights = raked(np.array([1.0, 2.0, 3.0, 1.0, 1.0]), margins)
    assert weights[SEX == "nam"].sum() == pytest.approx(40) and weights[AGE == "a"].sum() == pytest.approx(35)


def test_a_figure_that_the_margins_explain_fully_has_no_error():
    """All women are satisfied and no man is: once the sexes are known, nothing is left to chance."""
    answers = np.zeros((5, 5), dtype=np.int8)
    answers[:, 0] = [1, 2, 5, 4, 4]
    design = calibrated(survey_design(5), [margin_of("sex", SEX, {"nam": 50.0, "nu": 50.0})])
    figure = compute_index(FORM, answers, design, options=IndexOptions()).total.criteria["c1_1"]
    assert figure.se == 0 and figure.estimate == figure.ci_low == pytest.approx(50)


@pytest.mark.parametrize(
    ("totals", "words"),
    [
        ({"nam": 10.0}, "“nu” không có"),
        ({"nam": 10.0, "nu": 0.0}, "“nu” không có"),
        ({"nam": 10.0, "nu": 10.0, "khac": 5.0}, "“khac”"),
    ],
)
def test_sample_and_population_must_know_the_same_levels(totals, words):
    with pytest.raises(InvalidOption, match=words):
        margin_of("sex", SEX, totals)


def test_an_empty_level_of_the_population_is_passed_over():
    assert margin_of("sex", SEX, {"nam": 1.0, "nu": 1.0, "khac": 0.0}).totals.tolist() == [1, 1]


def test_contradicting_totals_and_impossible_margins_are_refused():
    sex = margin_of("sex", SEX, {"nam": 40.0, "nu": 60.0})
    with pytest.raises(InvalidOption, match="khác tổng thể"):
        raked(np.ones(5), [sex, margin_of("age", AGE, {"a": 35.0, "b": 66.0})])
    diagonal = np.array(["x", "x", "y", "y", "y"])
    with pytest.raises(InvalidOption, match="không hội tụ"):
        raked(np.ones(5), [sex, margin_of("same", diagonal, {"x": 41.0, "y": 59.0})])
    with pytest.raises(InvalidOption, match="trọng số"):
        raked(np.array([0.0, 0.0, 1.0, 1.0, 1.0]), [sex])


def test_respondents_take_over_the_weight_of_their_class():
    weights = np.array([1.0, 3.0, 2.0, 2.0, 2.0])
    answered = np.array([1, 0, 1, 1, 0])
    adjusted = without_nonrespondents(weights, answered, SEX)
    assert adjusted.tolist() == [4, 0, 3, 3, 0]
    assert without_nonrespondents(weights, answered, None).sum() == pytest.approx(weights.sum())
    with pytest.raises(InvalidOption, match="nam"):
        without_nonrespondents(weights, np.array([0, 0, 1, 1, 1]), SEX)


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        (["sex,nam,10", "sex,nam,20"], "dữ liệu 2 "),
        (["sex,,10"], "cột level"),
        ([",nam,10"], "cột variable"),
        (["sex,nam,-1"], "cột population"),
        (["sex,nam,nhiều"], "cột population"),
        ([], "không có dòng nào"),
    ],
)
def test_a_bad_file_of_totals_names_its_row_and_column(tmp_path, rows, words):
    path = tmp_path / "population.csv"
    path.write_text("\n".join(["variable,level,population", *rows]), encoding="utf-8")
    with pytest.raises(InvalidTable, match=words):
        read_population(path)
