"""The published figures are consistent with each other, and with one way of putting policies and services together."""

from itertools import pairwise

import numpy as np
import pytest

from surveys.design import survey_design
from surveys.figures import IndexOptions
from surveys.indices import compute_index
from surveys.published import published_data, published_years
from surveys.questionnaires import Questionnaire

YEARS = published_years()
DATA = published_data()
TOLERANCE = 0.0051
"""Figures are rounded to two decimals."""


def test_each_change_is_the_difference_of_two_years():
    for earlier, later in pairwise(YEARS.values()):
        if later.change is not None:
            assert later.method == earlier.method
            assert later.overall - earlier.overall == pytest.approx(later.change, abs=1e-9)
    assert YEARS[2024].change == 1.28 and YEARS[2023].change == 2.58


def test_years_of_different_methods_are_marked_so():
    assert YEARS[2021].method != YEARS[2022].method
    assert YEARS[2022].overall < YEARS[2021].overall  # a break in the series, not a fall


@pytest.mark.parametrize("year", [2023, 2024])
def test_the_overall_figure_lies_between_its_parts(year):
    parts = YEARS[year].parts
    assert min(parts.values()) <= YEARS[year].overall <= max(parts.values())


def test_the_parts_of_2023_follow_from_the_changes_of_2024():
    for part, change in DATA["years"][2024]["part_changes"].items():
        assert YEARS[2024].parts[part] - change == pytest.approx(YEARS[2023].parts[part], abs=1e-9)


def window(year):
    """The weights of part I that rounding to two decimals allows."""
    one, two, overall = *YEARS[year].parts.values(), YEARS[year].overall
    ends = [
        (two + e2 - overall - e0) / (two + e2 - one - e1)
        for e0 in (-0.005, 0.005)
        for e1 in (-0.005, 0.005)
        for e2 in (-0.005, 0.005)
    ]
    return min(ends), max(ends)


def test_one_weight_of_the_policies_fits_both_rounds_and_an_equal_one_does_not():
    windows = [window(2023), window(2024)]
    low, high = max(low for low, _ in windows), min(high for _, high in windows)
    assert low <= 32 / 51 <= high  # the mean over all criteria, five eighths of them about policies
    assert not low <= 0.5 <= high
    assert YEARS[2024].overall != pytest.approx(np.mean(list(YEARS[2024].parts.values())), abs=TOLERANCE)


def test_the_services_are_not_exactly_the_mean_of_their_factors():
    """Unresolved in the published figures; kept so that nobody takes the plain mean for the method."""
    mean = np.mean(list(YEARS[2023].factors.values()))
    assert mean == pytest.approx(82.888, abs=1e-9)
    assert mean != pytest.approx(YEARS[2023].parts["II"], abs=TOLERANCE)


@pytest.mark.parametrize(
    "shares", [DATA["years"][2024]["trouble"], DATA["interest_2022"]["kinh_te"]], ids=["trouble", "economy"]
)
def test_shares_of_one_question_add_up_to_one_hundred(shares):
    assert sum(shares.values()) == pytest.approx(100, abs=1e-9)


def test_the_sample_of_2024_has_the_shape_of_its_stages():
    sample = DATA["years"][2024]["sample"]
    assert sample["districts"] == 61 * 3 + 2 * 6
    assert sample["villages"] == sample["districts"] * 2 * 3
    assert sample["people"] / sample["villages"] == pytest.approx(31.2, abs=0.05)


def test_par_index_moved_by_what_was_published():
    assert DATA["par_index"][2024]["mean"] - DATA["par_index"][2023]["mean"] == pytest.approx(1.39, abs=1e-9)


def test_the_mean_over_criteria_weighs_the_parts_by_their_numbers():
    """The way that fits the published figures, on the form of 2023: 14 of 33 criteria are about policies."""
    form = Questionnaire.load("sipas2023")
    rng = np.random.default_rng(7)
    answers = rng.integers(1, 6, (200, 33)).astype(np.int8)
    table = compute_index(form, answers, survey_design(200), options=IndexOptions(method="mean_of_criteria")).total
    expected = (14 * table.parts["I"].estimate + 19 * table.parts["II"].estimate) / 33
    assert table.overall.estimate == pytest.approx(expected)
    low, high = sorted(part.estimate for part in table.parts.values())
    assert low <= table.overall.estimate <= high
