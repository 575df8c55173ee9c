"""Sample sizes by the State's rule and by precision, and how they are spread over strata."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveys.errors import InvalidOption
from surveys.rounds.sizes import Precision, allocate, sample_sizes, size_by_precision, size_by_rule


@pytest.mark.parametrize(("population", "size"), [(1000, 286), (10_000, 385), (10**9, 400), (400, 200), (0, 0)])
def test_the_rule_of_the_plans(population: int, size: int) -> None:
    assert size_by_rule(population) == size


def test_precision_counts_clusters_and_the_finite_population() -> None:
    srs = Precision(margin=0.05, design_effect=1.0)
    assert size_by_precision(10**9, srs) == 385  # 1.96² · 0.25 / 0.05² = 384.1
    assert size_by_precision(1000, srs) == 278  # 384.1 / (1 + 383.1 / 1000)
    assert size_by_precision(10**9, Precision(margin=0.05, design_effect=2.0)) == 769
    assert size_by_precision(100, Precision(margin=0.01)) == 100


def test_a_low_response_rate_asks_more_people_and_never_more_than_there_are() -> None:
    assert sample_sizes(10**9, Precision(design_effect=1.0, response_rate=0.5)).to_ask == 770
    assert sample_sizes(300, Precision(response_rate=0.1)).to_ask == 300


@pytest.mark.parametrize("wrong", [{"margin": 0}, {"share": 1}, {"design_effect": 0.5}, {"response_rate": 0}])
def test_an_impossible_precision_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(InvalidOption):
        Precision(**wrong)


def test_allocation_by_hand() -> None:
    people = {"a": 600, "b": 300, "c": 100}
    assert allocate(100, people) == {"a": 60, "b": 30, "c": 10}
    assert allocate(99, people, rule="equal") == {"a": 33, "b": 33, "c": 33}
    neyman = allocate(100, people, rule="neyman", shares={"a": 0.9, "b": 0.5, "c": 0.5})
    assert neyman == {"a": 47, "b": 40, "c": 13}  # 180 : 150 : 50
    assert allocate(50, {"a": 1000, "b": 3}, rule="equal") == {"a": 47, "b": 3}
    assert allocate(10, {"a": 1000, "b": 3}, least=2) == {"a": 8, "b": 2}


@given(
    st.dictionaries(st.text("abcdef", min_size=1, max_size=3), st.integers(1, 500), min_size=1, max_size=20),
    st.integers(1, 2000),
    st.sampled_from(["proportional", "equal", "neyman"]),
)
def test_an_allocation_takes_what_was_asked_and_no_more_than_there_is(
    people: dict[str, int], size: int, rule: str
) -> None:
    taken = allocate(size, people, rule=rule)
    assert sum(taken.values()) == min(size, sum(people.values()))
    assert all(0 <= taken[name] <= people[name] for name in people)


@given(st.dictionaries(st.text("abcdef", min_size=1, max_size=3), st.integers(1, 500), min_size=1), st.data())
def test_a_proportional_allocation_is_within_one_of_its_part(people: dict[str, int], data: st.DataObject) -> None:
    size = data.draw(st.integers(1, sum(people.values())))
    for name, taken in allocate(size, people).items():
        assert math.floor(size * people[name] / sum(people.values())) - 1 <= taken
        assert taken <= math.ceil(size * people[name] / sum(people.values())) + 1
