"""Samples are drawn by plan, can be drawn again from the seed, and know their probabilities."""

from __future__ import annotations

import random
from collections import Counter, defaultdict

import pytest

from surveys.errors import InvalidOption
from surveys.rounds.drawing import Unit, draw
from surveys.rounds.plans import SamplePlan, Stage
from surveys.rounds.selection import choose_by_size, choose_equal


def frame() -> list[Unit]:
    """Two provinces with 5 communes each, commune c with 3 villages of 10 · (c + 1) households."""
    return [
        Unit(f"{province}{commune}{village}{person:03d}", _groups(province, commune, village), adults=1 + person % 3)
        for province in "AB"
        for commune in range(5)
        for village in range(3)
        for person in range(10 * (commune + 1))
    ]


def _groups(province: str, commune: int, village: int) -> dict[str, str]:
    name = f"{province}{commune}"
    return {"province": province, "commune": name, "village": f"{name}v{village}"}


MULTI = SamplePlan(
    kind="multistage",
    size=5,
    stages=(Stage("province"), Stage("commune", 2, "pps"), Stage("village", 2)),
    reserve=0.4,
)


def test_a_simple_sample_has_one_weight_and_its_reserve() -> None:
    drawn = draw(frame(), SamplePlan(size=90, reserve=0.2), seed="2026")
    assert Counter(one.role for one in drawn) == {"main": 90, "reserve": 18}
    assert {(one.weight, one.fpc, one.stratum) for one in drawn} == {(10.0, 900, "toàn khung")}
    assert all(one.cluster == one.key for one in drawn)


def test_the_seed_decides_and_the_order_of_the_frame_does_not() -> None:
    rows = frame()
    first = draw(rows, MULTI, seed="x")
    random.Random(1).shuffle(rows)
    assert draw(rows, MULTI, seed="x") == first
    assert draw(rows, MULTI, seed="y") != first


def test_this_sample_never_changes() -> None:
    """A published sample must be drawn alike by every later version of the program."""
    drawn = draw(frame(), SamplePlan(size=3, reserve=0), seed="kỳ 2026")
    assert sorted(one.key for one in drawn) == ["A01006", "A31025", "B41045"]


def test_weights_of_a_stratified_sample_add_up_to_each_stratum() -> None:
    plan = SamplePlan(kind="stratified", size=120, strata="commune", allocation="equal", reserve=0)
    drawn = draw(frame(), plan, seed="1")
    totals: dict[str, float] = defaultdict(float)
    for one in drawn:
        totals[one.stratum] += one.weight
    assert totals == pytest.approx({f"{p}{c}": 30 * (c + 1) for p in "AB" for c in range(5)})
    assert {one.fpc for one in drawn if one.stratum == "A1"} == {60}


def test_a_multistage_sample_has_communes_as_clusters_in_provinces() -> None:
    main = [one for one in draw(frame(), MULTI, seed="7") if one.role == "main"]
    assert len(main) == 2 * 2 * 2 * 5
    assert {one.stratum for one in main} == {"A", "B"}
    assert all(one.cluster.startswith(f"{one.stratum} / {one.stratum}") for one in main)
    assert Counter(one.cell for one in main) == dict.fromkeys({one.cell for one in main}, 5)
    for one in main:
        commune = int(one.cluster[-1])
        expected = (2 * 30 * (commune + 1) / 450) * (2 / 3) * (5 / (10 * (commune + 1)))
        assert one.probability == pytest.approx(expected)
        assert one.weight == pytest.approx(1 / expected)


def test_reserves_stand_in_the_same_cell_after_the_sample() -> None:
    by_cell: dict[str, list[str]] = defaultdict(list)
    for one in draw(frame(), MULTI, seed="7"):
        by_cell[one.cell].append(one.role)
    assert all(roles == ["main"] * 5 + ["reserve"] * 2 for roles in by_cell.values())


def test_a_commune_that_could_not_be_missed_is_a_stratum_of_its_own() -> None:
    rows = [
        *frame(),
        *(Unit(f"A9{i:04d}", {"province": "A", "commune": "A9", "village": f"A9v{i % 4}"}) for i in range(3000)),
    ]
    drawn = [one for one in draw(rows, MULTI, seed="7") if one.stratum.startswith("A")]
    own = [one for one in drawn if one.stratum == "A / A9 / chắc chắn"]
    assert {one.cluster for one in own} == {one.cell for one in own} and len({one.cluster for one in own}) == 2
    assert {one.fpc for one in own} == {4}
    assert {one.fpc for one in drawn if one.stratum == "A"} == {5}


def test_one_adult_of_a_household_counts_for_all_of_them() -> None:
    drawn = draw(frame(), SamplePlan(size=900, reserve=0, one_adult=True), seed="1")
    assert sum(one.weight for one in drawn) == pytest.approx(sum(unit.adults for unit in frame()))


@pytest.mark.parametrize("by", ["equal", "pps"])
def test_every_unit_gets_the_chance_that_its_probability_says(by: str) -> None:
    sizes = {"a": 5, "b": 10, "c": 15, "d": 20, "e": 50}
    tries = 4000
    hits: Counter[str] = Counter()
    told: dict[str, float] = {}
    for seed in range(tries):
        drawn = (
            choose_equal(list(sizes), 2, seed=str(seed), stage="s")
            if by == "equal"
            else choose_by_size(sizes, 2, seed=str(seed), stage="s")
        )
        assert len(drawn) == 2
        hits.update(one.name for one in drawn)
        told |= {one.name: one.probability for one in drawn}
    for name, probability in told.items():
        error = 4 * (probability * (1 - probability) / tries) ** 0.5
        assert abs(hits[name] / tries - probability) <= error + 1e-9, name


def test_the_weights_estimate_the_frame_without_bias() -> None:
    rows = frame()
    total = sum(unit.adults for unit in rows)
    adults = {unit.key: unit.adults for unit in rows}
    estimates = [
        sum(one.weight * adults[one.key] for one in draw(rows, MULTI, seed=str(seed)) if one.role == "main")
        for seed in range(400)
    ]
    mean = sum(estimates) / len(estimates)
    spread = (sum((x - mean) ** 2 for x in estimates) / len(estimates)) ** 0.5
    assert abs(mean - total) < 4 * spread / len(estimates) ** 0.5


@pytest.mark.parametrize(
    "data",
    [
        {"kind": "simple", "size": 0},
        {"kind": "quota", "size": 5},
        {"kind": "stratified", "size": 5},
        {"kind": "multistage", "size": 5},
        {"kind": "multistage", "size": 5, "stages": [{"column": "commune", "take": 0}]},
        {"kind": "multistage", "size": 5, "stages": [{"column": "huyen"}]},
        {"kind": "simple", "size": 5, "colour": "red"},
        {"kind": "simple", "size": 5, "reserve": 9},
    ],
)
def test_a_plan_that_cannot_be_is_refused(data: dict[str, object]) -> None:
    with pytest.raises(InvalidOption):
        SamplePlan.from_data(data)


def test_a_plan_survives_being_stored() -> None:
    assert SamplePlan.from_data(MULTI.as_data()) == MULTI


def test_a_frame_with_a_blank_group_or_a_key_twice_is_refused() -> None:
    with pytest.raises(InvalidOption, match="commune"):
        draw([Unit("1", {"province": "A"})], SamplePlan(kind="stratified", size=1, strata="commune"), seed="1")
    with pytest.raises(InvalidOption, match="cùng mã"):
        draw([Unit("1", {}), Unit("1", {})], SamplePlan(size=1), seed="1")
