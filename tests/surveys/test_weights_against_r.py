"""Weighted, calibrated and compared figures equal what R's `survey` computed (reference/make_expected_weights.R)."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from surveys.comparisons import between_rounds
from surveys.design import survey_design
from surveys.figures import IndexOptions, IndexTable
from surveys.indices import compare_domains, compute_index
from surveys.population_files import read_population
from surveys.questionnaires import Questionnaire
from surveys.response_files import read_responses
from surveys.weights import for_nonresponse, for_population

REFERENCE = Path(__file__).parent / "reference"
ROWS = json.loads((REFERENCE / "expected_weights.json").read_text(encoding="utf-8"))["figures"]
POPULATION = read_population(REFERENCE / "population.csv")
FORM = Questionnaire.load("qd2640")
COLUMNS = ["stratum", "cluster", "weight", "zero", "n_clusters", "sex", "age", "urban", "responded", "domain"]
CASES = {
    "plain": {},
    "zero": {"weight": "zero"},
    "sex": {"margins": ["sex"]},
    "sex_fpc": {"margins": ["sex"], "fpc": True},
    "cross": {"margins": ["sex*urban"]},
    "raked": {"margins": ["sex", "age"]},
    "raked_fpc": {"margins": ["sex", "age"], "fpc": True},
    "raked_lonely": {"margins": ["sex", "age"], "lonely": True},
    "nonresponse": {"responded": "age"},
    "nonresponse_all": {"responded": None},
    "nonresponse_raked": {"responded": "age", "margins": ["sex", "age"]},
}


def table_of(name="responses_weights.csv", *, lonely=False):
    table = read_responses(REFERENCE / name, FORM, columns=COLUMNS)
    if not lonely:
        return table
    kept = (table.labels["stratum"] != b"A") | (table.labels["cluster"] == b"1")
    labels = {column: values[kept] for column, values in table.labels.items()}
    return replace(table, answers=table.answers[kept], labels=labels, lines=range(2, int(kept.sum()) + 2))


def design_of(table, *, weight="weight", fpc=False, margins=(), **parts):
    design = survey_design(
        table.rows,
        stratum=table.labels["stratum"],
        cluster=table.labels["cluster"],
        weight=table.numbers(weight),
        fpc=table.numbers("n_clusters") if fpc else None,
    )
    if "responded" in parts:
        design = for_nonresponse(design, table, responded="responded", classes=parts["responded"])
    totals = {name: POPULATION[name] for name in margins}
    return for_population(design, table, totals) if totals else design


def figure_of(table: IndexTable, name: str):
    return table.overall if name == "overall" else {**table.factors, **table.criteria}[name]


@pytest.mark.parametrize("single_rows", [True, False])
@pytest.mark.parametrize(("case", "lonely"), sorted({(row["case"], row["lonely"]) for row in ROWS if "lonely" in row}))
def test_calibrated_figures_and_design_effects_equal_those_of_r(case, lonely, single_rows, monkeypatch):
    """Design effects are computed over single rows; without them the rows are added up to cells."""
    monkeypatch.setattr("surveys.cells.MOST_CELLS", 1.0)
    table = table_of(lonely="lonely" in CASES[case])
    design = design_of(table, **{name: value for name, value in CASES[case].items() if name != "lonely"})
    options = IndexOptions(lonely=lonely, deff=single_rows)
    result = compute_index(FORM, table.answers, design, options=options, by=table.labels["domain"])
    rows = [row for row in ROWS if (row["case"], row.get("lonely")) == (case, lonely)]
    assert len(rows) >= 36
    for row in rows:
        figure = figure_of(result.by[row["domain"]] if row["domain"] else result.total, row["figure"])
        if "deff" in row and not single_rows:
            continue
        if "deff" in row:
            assert figure.deff == pytest.approx(row["deff"], rel=1e-6), row
            continue
        assert figure.estimate == pytest.approx(row["estimate"], abs=1e-6), row
        assert figure.se == pytest.approx(row["se"], abs=1e-6), row
        assert design.degrees_of_freedom == row["df"], row


def test_every_reference_case_is_compared():
    assert {row["case"] for row in ROWS} == {*CASES, "rounds", "domains"}


def test_calibrated_weights_meet_the_known_totals():
    table = table_of()
    design = design_of(table, margins=["sex", "age"])
    for variable in ("sex", "age"):
        for level, total in POPULATION[variable].items():
            assert design.weights[table.labels[variable] == level.encode()].sum() == pytest.approx(total, rel=1e-9)


def test_the_change_between_rounds_equals_that_of_r():
    rounds = [table_of(), table_of("round_two.csv")]
    designs = [design_of(table) for table in rounds]
    first, second = (
        compute_index(FORM, table.answers, design, options=IndexOptions()).total
        for table, design in zip(rounds, designs, strict=True)
    )
    freedom = sum(design.degrees_of_freedom for design in designs)
    compared = [row for row in ROWS if row["case"] == "rounds"]
    assert len(compared) == 9
    for row in compared:
        change = between_rounds(
            figure_of(first, row["figure"]), figure_of(second, row["figure"]), degrees_of_freedom=freedom
        )
        assert freedom == row["df"]
        assert change.estimate == pytest.approx(row["estimate"], abs=1e-6)
        assert change.se == pytest.approx(row["se"], abs=1e-6)
        assert [change.ci_low, change.ci_high] == pytest.approx(row["ci"], abs=1e-6)


def test_the_difference_of_two_domains_equals_that_of_r():
    table = table_of()
    found = compare_domains(
        FORM,
        table.answers,
        design_of(table),
        options=IndexOptions(),
        by=table.labels["domain"],
        first="phuong",
        second="xa",
    )
    compared = [row for row in ROWS if row["case"] == "domains"]
    assert len(compared) == 9
    for row in compared:
        name = row["figure"]
        level = "overall" if name == "overall" else "criteria" if "_" in name else "factors"
        change = found[level, "" if level == "overall" else name]
        assert change.estimate == pytest.approx(row["estimate"], abs=1e-6)
        assert change.se == pytest.approx(row["se"], abs=1e-6)
        assert [change.ci_low, change.ci_high] == pytest.approx(row["ci"], abs=1e-6)


def test_the_reference_has_people_who_did_not_respond_and_clusters_without_weight():
    table = table_of()
    assert (table.labels["responded"] == b"0").any() and (table.numbers("zero") == 0).any()
    assert np.count_nonzero(table.answers[table.labels["responded"] == b"0"]) == 0
