"""Confidence intervals and the t quantiles under them."""

import math

import pytest
from scipy import stats

from surveys.intervals import INTERVALS, confidence_interval, t_quantile


def interval(estimate, se, name, df=30):
    return confidence_interval(estimate, se, interval=name, degrees_of_freedom=df)


@pytest.mark.parametrize("df", [1, 2, 3, 7, 30, 59, 100, 999, 12_345, 1_000_000])
@pytest.mark.parametrize("probability", [0.95, 0.975, 0.995])
def test_t_quantiles_equal_those_of_scipy(df, probability):
    assert t_quantile(probability, df) == pytest.approx(stats.t.ppf(probability, df), rel=1e-8)


@pytest.mark.parametrize("name", INTERVALS)
@pytest.mark.parametrize(("estimate", "se"), [(0.0, 0.0), (100.0, 0.0), (40.0, 0.0), (100.0, 3.0)])
def test_a_certain_estimate_is_its_own_interval(name, estimate, se):
    assert interval(estimate, se, name) == (estimate, estimate)


def test_each_interval_by_hand_at_eighty_percent_with_an_error_of_two():
    t, z = stats.t.ppf(0.975, 30), stats.norm.ppf(0.975)
    logit, half = math.log(4), 0.02 / 0.16
    expit = lambda x: 100 / (1 + math.exp(-x))  # noqa: E731
    assert interval(80, 2, "normal") == pytest.approx((80 - 2 * z, 80 + 2 * z))
    assert interval(80, 2, "t") == pytest.approx((80 - 2 * t, 80 + 2 * t))
    assert interval(80, 2, "logit") == pytest.approx((expit(logit - z * half), expit(logit + z * half)))
    assert interval(80, 2, "logit_t") == pytest.approx((expit(logit - t * half), expit(logit + t * half)))


def test_wilson_equals_the_textbook_interval_of_a_simple_sample():
    p, n = 0.8, 50
    expected = stats.binomtest(40, n).proportion_ci(method="wilson")
    low, high = interval(100 * p, 100 * math.sqrt(p * (1 - p) / n), "wilson")
    assert (low, high) == pytest.approx((100 * expected.low, 100 * expected.high))


@pytest.mark.parametrize("name", INTERVALS)
def test_bounds_stay_between_0_and_100_and_enclose_the_estimate(name):
    for estimate, se in [(0.001, 5), (99.999, 20), (50, 49), (1e-9, 1e-3), (3, 90)]:
        low, high = interval(estimate, se, name, df=2)
        assert 0 <= low <= estimate <= high <= 100


def test_no_degrees_of_freedom_give_no_t_interval():
    assert interval(50, 5, "t", df=0) is None
    assert interval(50, 5, "logit_t", df=0) is None
    assert interval(50, 5, "logit", df=0) is not None
