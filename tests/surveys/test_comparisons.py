"""Changes, differences and tiers: what the intervals allow to say, and nothing more."""

import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveys.comparisons import between_rounds, difference, tiers
from surveys.figures import Figure


def figure(estimate, se=1.0, half=2.0):
    return Figure(estimate, se, estimate - half, estimate + half, 100, 50)


def test_the_variances_of_two_rounds_add_up():
    change = between_rounds(figure(80, 3.0), figure(85, 4.0), degrees_of_freedom=1e9)
    assert (change.estimate, change.se) == (5, 5)
    assert change.ci_low == pytest.approx(5 - 1.959964 * 5, abs=1e-4)
    assert not change.reliable and change.reading == "khác biệt này chưa đủ tin cậy"


def test_a_reliable_change_is_said_with_its_direction():
    up = between_rounds(figure(80), figure(85), degrees_of_freedom=60)
    down = between_rounds(figure(85), figure(80), degrees_of_freedom=60)
    assert up.reliable and up.reading == "tăng 5,00 điểm phần trăm"
    assert down.reliable and down.reading == "giảm 5,00 điểm phần trăm"


def test_nothing_is_compared_with_nothing():
    assert between_rounds(None, figure(80), degrees_of_freedom=60) is None
    hidden = Figure(None, None, None, None, None, None, suppressed=True)
    assert between_rounds(hidden, figure(80), degrees_of_freedom=60) is None


def test_without_an_error_or_freedom_there_is_no_interval_and_no_claim():
    unknown = Figure(90.0, None, None, None, 10, 10)
    change = between_rounds(unknown, figure(80), degrees_of_freedom=60)
    assert change.estimate == -10 and change.se is None and not change.reliable
    assert not difference(10, 1.0, degrees_of_freedom=0).reliable


def test_units_that_cannot_be_told_apart_share_a_tier():
    found = tiers({"a": figure(90), "b": figure(88), "c": figure(83), "d": figure(70), "e": figure(68)})
    assert [(tier.rank, tier.labels) for tier in found] == [(1, ("a", "b")), (3, ("c",)), (4, ("d", "e"))]


def test_a_wide_interval_ties_what_lies_under_it():
    """b alone would rank above c, but the wide a overlaps c."""
    found = tiers({"a": figure(90, half=9), "b": figure(88, half=1), "c": figure(84, half=1)})
    assert [tier.labels for tier in found] == [("a", "b", "c")]


def test_units_without_an_interval_are_in_no_tier():
    assert tiers({"a": None, "b": Figure(90.0, None, None, None, 3, 3), "c": figure(80)})[0].labels == ("c",)
    assert tiers({}) == []


@given(st.dictionaries(st.text(min_size=1, max_size=3), st.tuples(st.floats(0, 100), st.floats(0, 20)), max_size=12))
def test_every_unit_is_in_one_tier_and_tiers_never_overlap(drawn):
    figures = {label: figure(estimate, half=half) for label, (estimate, half) in drawn.items()}
    found = tiers(figures)
    assert sorted(label for tier in found for label in tier.labels) == sorted(figures)
    place = 1
    for tier in found:
        assert tier.rank == place
        place += len(tier.labels)
    for above, below in itertools.pairwise(found):
        lowest = min(figures[label].ci_low for label in above.labels)
        highest = max(figures[label].ci_high for label in below.labels)
        assert lowest > highest and not math.isnan(lowest)
