"""Indices: hand-worked cases of each method, and what must hold for any sample."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surveys.calibration import calibrated, margin_of
from surveys.design import survey_design
from surveys.errors import InvalidOption
from surveys.figures import IndexOptions
from surveys.indices import compute_index
from surveys.questionnaires import Questionnaire

FORM = Questionnaire.load("qd2640")
METHODS = ["pooled", "mean_of_factors", "mean_of_factors_of_criteria", "mean_of_criteria", "weighted", "mean_score"]


def sample(**columns):
    """Answers by criterion code; criteria that are not named are blank."""
    rows = len(next(iter(columns.values())))
    answers = np.zeros((rows, len(FORM.criteria)), dtype=np.int8)
    for code, levels in columns.items():
        answers[:, FORM.criteria.index(code)] = levels
    return answers


def index(answers, *, by=None, design=None, **options):
    design = design or survey_design(len(answers))
    labels = None if by is None else np.array(by)
    return compute_index(FORM, answers, design, options=IndexOptions(**options), by=labels)


# c1_1: 3 of 4 satisfied, c1_2: 1 of 2, c2_1: 1 of 1, so c1 pooled 4 of 6.
HAND = sample(c1_1=[4, 5, 4, 1], c1_2=[5, 3, 0, 0], c2_1=[0, 0, 0, 4])


@pytest.mark.parametrize(
    ("method", "overall", "c1"),
    [
        ("pooled", 500 / 7, 400 / 6),
        ("mean_of_factors", (400 / 6 + 100) / 2, 400 / 6),
        ("mean_of_factors_of_criteria", ((75 + 50) / 2 + 100) / 2, 62.5),
        ("mean_of_criteria", (75 + 50 + 100) / 3, 62.5),
        ("weighted", (400 / 6 * 0.2 + 100 * 0.2) / 0.4, 400 / 6),
        ("mean_score", 100 * ((4 + 5 + 4 + 1 + 5 + 3 + 4) / 7 - 1) / 4, 100 * (22 / 6 - 1) / 4),
    ],
)
def test_each_method_by_hand(method, overall, c1):
    table = index(HAND, method=method).total
    assert table.overall.estimate == pytest.approx(overall)
    assert table.factors["c1"].estimate == pytest.approx(c1)
    assert (table.overall.n, table.factors["c1"].n, table.criteria["c1_2"].n) == (7, 6, 2)
    assert table.criteria["c3_1"] is None and table.factors["c5"] is None


def test_explicit_factor_weights_are_used_and_scaled():
    table = index(HAND, method="weighted", factor_weights={"c1": 3, "c2": 1, "c3": 9, "c4": 0, "c5": 0}).total
    assert table.overall.estimate == pytest.approx((3 * 400 / 6 + 100) / 4)


@pytest.mark.parametrize("weights", [{"c1": 1.0}, dict.fromkeys(["c1", "c2", "c3", "c4", "c5"], 0.0), None])
def test_weights_that_do_not_fit_are_refused(weights):
    bad = weights if weights is not None else {f"c{i}": -1.0 for i in range(1, 6)}
    with pytest.raises(InvalidOption):
        index(HAND, method="weighted", factor_weights=bad)


def test_the_error_of_a_simple_sample_is_the_textbook_one():
    figure = index(sample(c1_1=[4, 5, 4, 1, 2]), interval="normal").total.criteria["c1_1"]
    assert figure.estimate == 60
    assert figure.se == pytest.approx(100 * math.sqrt(0.6 * 0.4 / 4))  # n/(n-1) · p(1-p)/n = p(1-p)/(n-1)


def test_blank_rows_stay_in_the_design():
    without = index(sample(c1_1=[4, 1, 4])).total.criteria["c1_1"]
    with_blank = index(sample(c1_1=[4, 1, 4, 0])).total.criteria["c1_1"]
    assert without.estimate == with_blank.estimate and with_blank.n == 3
    assert with_blank.se == pytest.approx(without.se * math.sqrt((4 / 3) / (3 / 2)))


def test_a_domain_keeps_the_whole_design():
    whole = index(sample(c1_1=[4, 1, 4, 2, 5, 5]), by=["a", "a", "a", "b", "b", "b"])
    figure = whole.by["a"].criteria["c1_1"]
    z = np.array([1 / 3, -2 / 3, 1 / 3]) / 3
    assert figure.se == pytest.approx(100 * math.sqrt(6 / 5 * (z @ z)))
    assert whole.design.degrees_of_freedom == 5


def test_rows_with_a_blank_label_are_in_no_domain():
    result = index(sample(c1_1=[4, 1, 4]), by=["a", "", "a"])
    assert list(result.by) == ["a"] and result.total.overall.n == 3


def test_nobody_answering_gives_no_figure_and_not_zero():
    result = index(sample(c1_1=[0, 0, 4]), by=["a", "a", "b"])
    assert result.by["a"].overall is None and result.by["a"].criteria["c1_1"] is None
    assert result.by["b"].overall.estimate == 100


@pytest.mark.parametrize(("levels", "estimate"), [([4, 5, 5], 100), ([1, 2, 3], 0)])
@pytest.mark.parametrize("method", METHODS[:-1])
def test_at_0_and_100_the_interval_is_the_estimate(levels, estimate, method):
    design = survey_design(3, weight=np.array([0.1, 0.7, 1.3]))
    figure = index(sample(c1_1=levels, c2_2=levels), design=design, method=method).total.overall
    assert (figure.estimate, figure.se, figure.ci_low, figure.ci_high) == (estimate, 0, estimate, estimate)


def test_a_zero_error_gives_the_estimate_as_interval():
    design = survey_design(4, stratum=np.array(["a", "a", "b", "b"]), weight=np.array([0.1, 0.1, 0.7, 0.7]))
    figure = index(sample(c1_1=[4, 4, 1, 1]), design=design).total.overall
    assert figure.se == 0 and figure.ci_low == figure.ci_high == figure.estimate == pytest.approx(12.5)


def test_a_sample_that_is_the_whole_population_has_no_error():
    design = survey_design(4, fpc=np.full(4, 4.0))
    figure = index(sample(c1_1=[4, 1, 4, 4]), design=design).total.overall
    assert (figure.estimate, figure.se, figure.ci_low, figure.ci_high) == (75, 0, 75, 75)


def test_only_lonely_strata_leave_no_error_by_average_and_no_t_interval_by_adjust():
    design = survey_design(4, stratum=np.array(["a", "a", "b", "b"]), cluster=np.array(["1", "1", "1", "1"]))
    answers = sample(c1_1=[4, 4, 4, 1])
    average = index(answers, design=design, lonely="average").total.overall
    assert average.estimate == 75 and average.se is None and average.ci_low is None
    adjust = index(answers, design=design, lonely="adjust").total.overall
    assert adjust.se > 0 and adjust.ci_low is None
    certainty = index(answers, design=design, lonely="certainty").total.overall
    assert certainty.se == 0 and certainty.ci_low == 75


def test_answers_of_no_weight_give_no_figure():
    design = survey_design(2, weight=np.array([0.0, 1.0]))
    table = index(sample(c1_1=[4, 0], c1_2=[0, 5]), design=design).total
    assert table.criteria["c1_1"] is None and table.criteria["c1_2"].estimate == 100


@pytest.mark.parametrize("wrong", [{"method": "median"}, {"lonely": "remove"}, {"interval": "beta"}])
def test_unknown_options_are_refused_and_the_known_ones_named(wrong):
    names = {"method": "pooled", "lonely": "adjust", "interval": "logit_t"} | wrong
    with pytest.raises(InvalidOption, match=r"pooled|adjust|logit_t"):
        IndexOptions.checked(**names)


# ---- what must hold for any sample


@st.composite
def samples(draw):
    rows = draw(st.integers(2, 25))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    answers = rng.integers(0, 6, (rows, 22)).astype(np.int8)
    answers[rng.random(answers.shape) < draw(st.sampled_from([0.0, 0.3, 0.9]))] = 0
    labels = {
        "stratum": rng.integers(0, 3, rows).astype(str),
        "cluster": rng.integers(0, 4, rows).astype(str),
        "weight": rng.uniform(0.1, 5, rows),
    }
    return answers, {name: labels[name] for name in draw(st.sets(st.sampled_from(sorted(labels))))}


options = st.fixed_dictionaries(
    {
        "method": st.sampled_from(METHODS),
        "interval": st.sampled_from(["normal", "t", "logit", "logit_t", "wilson"]),
        "lonely": st.sampled_from(["adjust", "certainty", "average"]),
    }
)


def figures(table):
    return {"overall": table.overall, **table.factors, **table.criteria}


def close(one, other):
    return one == other if one is None or other is None else one == pytest.approx(other, abs=1e-8)


@settings(max_examples=80, deadline=None)
@given(samples(), options)
def test_figures_stay_within_bounds(drawn, chosen):
    answers, columns = drawn
    table = index(answers, design=survey_design(len(answers), **columns), **chosen).total
    for code, figure in figures(table).items():
        if figure is None:
            continue
        assert 0 <= figure.estimate <= 100 and figure.n > 0
        assert figure.se is None or figure.se >= 0
        if figure.ci_low is not None:
            assert 0 <= figure.ci_low <= figure.estimate + 1e-9 and figure.estimate - 1e-9 <= figure.ci_high <= 100
        if code in FORM.criteria:
            assert figure.n == np.count_nonzero(answers[:, FORM.criteria.index(code)])
    for position, code in enumerate(FORM.criteria):
        assert (table.criteria[code] is None) == (not answers[:, position].any())


@settings(max_examples=60, deadline=None)
@given(samples(), options, st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(drawn, chosen, random):
    answers, columns = drawn
    by = np.array([str(i % 3) for i in range(len(answers))])
    order = list(range(len(answers)))
    random.shuffle(order)
    shuffled = {name: values[order] for name, values in columns.items()}
    one = index(answers, design=survey_design(len(answers), **columns), by=by, **chosen)
    other = index(answers[order], design=survey_design(len(answers), **shuffled), by=by[order], **chosen)
    for first, second in [(one.total, other.total), *((one.by[k], other.by[k]) for k in one.by)]:
        for code, figure in figures(first).items():
            again = figures(second)[code]
            assert (figure is None) == (again is None)
            if figure is not None:
                assert close(figure.estimate, again.estimate) and close(figure.se, again.se) and figure.n == again.n


@settings(max_examples=60, deadline=None)
@given(samples(), st.sampled_from(METHODS))
def test_duplicating_every_respondent_keeps_estimates_and_shrinks_errors_rightly(drawn, method):
    """Rows as clusters: V = n/(n-1) Σz² with z ~ 1/n, so V doubles its n and halves but for the correction."""
    answers, columns = drawn
    weight = columns.get("weight", np.ones(len(answers)))
    n = len(answers)
    once = index(answers, design=survey_design(n, weight=weight), method=method).total
    twice = index(
        np.repeat(answers, 2, axis=0), design=survey_design(2 * n, weight=np.repeat(weight, 2)), method=method
    ).total
    for code, figure in figures(once).items():
        double = figures(twice)[code]
        assert (figure is None) == (double is None)
        if figure is not None:
            assert close(double.estimate, figure.estimate) and double.n == 2 * figure.n
            assert close(double.se, figure.se * math.sqrt((n - 1) / (2 * n - 1)))


@settings(max_examples=40, deadline=None)
@given(samples(), options)
def test_more_rows_in_the_same_clusters_leave_errors_as_they_are(drawn, chosen):
    answers, columns = drawn
    columns = columns | {"cluster": np.arange(len(answers)).astype(str)}
    double = {name: np.repeat(values, 2) for name, values in columns.items()}
    once = index(answers, design=survey_design(len(answers), **columns), **chosen).total
    twice = index(np.repeat(answers, 2, axis=0), design=survey_design(2 * len(answers), **double), **chosen).total
    for code, figure in figures(once).items():
        if figure is not None:
            assert close(figures(twice)[code].se, figure.se)


@settings(max_examples=60, deadline=None)
@given(samples(), st.integers(0, 21), st.integers(0, 24))
def test_a_blank_item_is_no_answer(drawn, column, row):
    """Blanking one answer takes it out of numerator, denominator and n, whatever the weights, and of nothing else."""
    answers, columns = drawn
    row %= len(answers)
    answers[row, column] = 5
    blank = answers.copy()
    blank[row, column] = 0
    design, code = survey_design(len(answers), **columns), FORM.criteria[column]
    before, after = (index(given, design=design).total for given in (answers, blank))
    for other in FORM.criteria:
        one, two = before.criteria[other], after.criteria[other]
        assert one == two or other == code
    valid = blank[:, column] > 0
    if not valid.any():
        assert after.criteria[code] is None
        return
    share = design.weights[blank[:, column] >= 4].sum() / design.weights[valid].sum()
    assert after.criteria[code].n == before.criteria[code].n - 1 == valid.sum()
    assert after.criteria[code].estimate == pytest.approx(100 * share)


@settings(max_examples=40, deadline=None)
@given(samples(), st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter_under_known_totals(drawn, random):
    answers, columns = drawn
    sex = np.array(["nam", "nu"])[np.arange(len(answers)) % 2]
    order = list(range(len(answers)))
    random.shuffle(order)

    def raked(rows):
        design = survey_design(len(rows), **{name: values[rows] for name, values in columns.items()})
        margins = [margin_of("sex", sex[rows], {"nam": 70.0, "nu": 30.0})]
        return index(answers[rows], design=calibrated(design, margins)).total

    one, other = raked(list(range(len(answers)))), raked(order)
    for code, figure in figures(one).items():
        again = figures(other)[code]
        assert (figure is None) == (again is None)
        if figure is not None:
            assert close(figure.estimate, again.estimate) and close(figure.se, again.se)


@pytest.mark.parametrize("most", [0.0, 0.5, 1.0])
def test_blocks_of_rows_do_not_change_the_result(monkeypatch, most):
    """Over single rows, over cells, and both in blocks that cut clusters apart."""
    rng = np.random.default_rng(5)
    answers = rng.integers(0, 6, (500, 22)).astype(np.int8)
    columns = {"stratum": rng.integers(0, 3, 500).astype(str), "cluster": rng.integers(0, 9, 500).astype(str)}
    design, by = survey_design(500, **columns), rng.integers(0, 4, 500).astype(str)
    monkeypatch.setattr("surveys.cells.MOST_CELLS", 0.0)
    whole = index(answers, design=design, by=by)
    monkeypatch.setattr("surveys.cells.MOST_CELLS", most)
    for module in ("surveys.linearization", "surveys.row_estimates", "surveys.cells"):
        monkeypatch.setattr(f"{module}.CHUNK", 7)
    blocks = index(answers, design=design, by=by)
    for first, second in [(whole.total, blocks.total), *((whole.by[k], blocks.by[k]) for k in whole.by)]:
        for code, figure in figures(first).items():
            again = figures(second)[code]
            assert close(again.estimate, figure.estimate) and close(again.se, figure.se)
            assert (again.n, again.respondents) == (figure.n, figure.respondents)
