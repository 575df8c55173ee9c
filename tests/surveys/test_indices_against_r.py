"""Every figure equals what R's `survey` package computed (reference/make_expected.R)."""

import json
import math
from pathlib import Path

import pytest

from surveys.design import survey_design
from surveys.figures import IndexOptions, IndexResult, IndexTable
from surveys.indices import compute_index
from surveys.questionnaires import Questionnaire
from surveys.response_files import read_responses

REFERENCE = Path(__file__).parent / "reference"
EXPECTED = json.loads((REFERENCE / "expected.json").read_text(encoding="utf-8"))["figures"]
DESIGNS = {
    "simple": {},
    "simple_fpc": {"fpc": "n_all"},
    "weighted": {"weight": "weight"},
    "stratified": {"stratum": "stratum", "weight": "weight"},
    "stratified_fpc": {"stratum": "stratum", "fpc": "n_rows"},
    "stratified_fpc_weighted": {"stratum": "stratum", "fpc": "n_rows", "weight": "weight"},
    "clusters_only": {"cluster": "place", "weight": "weight"},
    "clustered": {"stratum": "stratum", "cluster": "cluster", "weight": "weight"},
    "clustered_fpc": {"stratum": "stratum", "cluster": "cluster", "weight": "weight", "fpc": "n_clusters"},
}
DESIGNS |= {"lonely": DESIGNS["clustered"], "lonely_fpc": DESIGNS["clustered_fpc"]}
CASES = sorted({(row["case"], row["method"], row["lonely"]) for row in EXPECTED})
FORM = Questionnaire.load("qd2640")


def compute(case: str, method: str, lonely: str, interval: str) -> IndexResult:
    columns = dict(DESIGNS[case])
    path = REFERENCE / ("responses_lonely.csv" if case.startswith("lonely") else "responses.csv")
    names = {*columns.values(), "stratum", "cluster", "domain"} - {"place"}
    table = read_responses(path, FORM, columns=names)
    table.labels["place"] = table.labels["stratum"] + b"-" + table.labels["cluster"]  # labels repeat between strata
    values = {
        role: table.numbers(column) if role in ("weight", "fpc") else table.labels[column]
        for role, column in columns.items()
    }
    weights = {"c1": 0.1, "c2": 0.2, "c3": 0.7, "c4": 0.4, "c5": 0.3}  # nobody was asked c3: its weight falls away
    options = IndexOptions(method, lonely, interval, factor_weights=weights)
    return compute_index(
        FORM, table.answers, survey_design(table.rows, **values), options=options, by=table.labels["domain"]
    )


def figure_of(table: IndexTable, name: str):
    return table.overall if name == "overall" else {**table.factors, **table.criteria}[name]


@pytest.mark.parametrize("interval", ["logit_t", "logit", "t", "normal"])
@pytest.mark.parametrize(("case", "method", "lonely"), CASES)
def test_estimates_errors_and_intervals_equal_those_of_r(case, method, lonely, interval):
    result = compute(case, method, lonely, interval)
    rows = [row for row in EXPECTED if (row["case"], row["method"], row["lonely"]) == (case, method, lonely)]
    assert len(rows) >= 13
    for row in rows:
        table = result.by[row["domain"]] if row["domain"] else result.total
        figure = figure_of(table, row["figure"])
        assert figure.estimate == pytest.approx(row["estimate"], abs=1e-6), row
        assert figure.se == pytest.approx(row["se"], abs=1e-6), row
        low, high = row[interval]
        if figure.se > 0 and 0 < figure.estimate < 100 and not math.isnan(low):
            assert figure.ci_low == pytest.approx(max(low, 0), abs=1e-6), row
            assert figure.ci_high == pytest.approx(min(high, 100), abs=1e-6), row


def test_the_reference_covers_domains_and_lonely_clusters():
    assert {row["domain"] for row in EXPECTED} == {"", "phuong", "xa", "dac_khu"}
    assert {row["lonely"] for row in EXPECTED} == {"adjust", "certainty", "average"}
    lonely = compute("lonely", "pooled", "adjust", "t")
    assert 1 in lonely.design.sampled
