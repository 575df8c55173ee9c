"""The weights of a round: equal to those of R's `survey` from the drawn units to the figures, and what is refused."""

from __future__ import annotations

import csv
import io
import json
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy.orm import Session

from feedback.database import Database
from langnghe.commands.index import SipasRequest, run_sipas
from surveys.design import survey_design
from surveys.errors import InvalidOption
from surveys.figures import IndexOptions
from surveys.indices import compute_index
from surveys.keeping import About, keep
from surveys.population_files import read_population
from surveys.questionnaires import Questionnaire
from surveys.rounds import repository as round_repository
from surveys.rounds import row_files, steps
from surveys.rounds.models import FrameUnit, SurveyRound
from surveys.rounds.publication import publish
from surveys.rounds.rows import Rows, rows_of
from surveys.rounds.steps import WrongStep
from surveys.rounds.weighting import ClassOfUnits, Weighting, weigh
from tests.factories import HAC_THANH, MONDAY
from tests.surveys.rounds_stage import a_round, open_round

REFERENCE = Path(__file__).parent / "reference"
FIGURES = json.loads((REFERENCE / "expected_round.json").read_text(encoding="utf-8"))["figures"]
FORM = Questionnaire.load("sipas2023")
SEX = {"gioi_tinh": read_population(REFERENCE / "round_population.csv")["gioi_tinh"]}
BOTH = read_population(REFERENCE / "round_population.csv")
SETTINGS = {
    "none": Weighting(classes="none"),
    "all": Weighting(classes="all"),
    "stratum": Weighting(),
    "limited": Weighting(limit=3.0),
    "post": Weighting(margins=SEX),
    "raked": Weighting(margins=BOTH),
    "limited_raked": Weighting(limit=3.0, margins=BOTH),
}


def staged(session: Session, weighting: Weighting) -> SurveyRound:
    """The sample of round_units.csv as the services would have left it at the end of the field work."""
    survey = a_round(session, questionnaire="sipas2023")
    steps.set_weighting(session, survey.id, weighting, staff=None, now=MONDAY)
    lines = list(csv.DictReader((REFERENCE / "round_units.csv").open(encoding="utf-8")))
    for number, line in enumerate(lines, start=1):
        unit = FrameUnit(round_id=survey.id, key=f"H{number:04d}", province="38", commune=HAC_THANH)
        session.add(unit)
        session.flush()
        row = {
            "round_id": survey.id, "number": number, "frame_unit_id": unit.id, "role": line["role"],
            "cell": line["cluster"], "rank": number, "stratum": line["stratum"], "cluster": line["cluster"],
            "fpc": int(line["n_clusters"]), "probability": 0.1, "weight": float(line["weight"]),
            "issued": line["issued"] == "TRUE", "disposition": line["disposition"],
        }  # fmt: skip
        round_repository.add_sample(session, [row])
        if line["issued"] == "TRUE" and line["disposition"] == "complete":
            _keep(session, survey, line)
    survey.state = "open"
    session.flush()
    return survey


def _keep(session: Session, survey: SurveyRound, line: dict[str, str]) -> None:
    about = About(
        round_id=survey.id, province="38", commune=HAC_THANH, stratum=line["stratum"], cluster=line["cluster"],
        fpc=int(line["n_clusters"]), weight=float(line["weight"]),
    )  # fmt: skip
    answers = {code: int(line[code]) if line[code] else None for code in ("p1_1", "p1_2", "p2_1")}
    given = answers | {"gioi_tinh": line["gioi_tinh"] or None}
    keep(session, given, questionnaire="sipas2023", about=about, mode="paper", now=MONDAY)


def rows(session: Session, survey: SurveyRound) -> Rows:
    found = rows_of(session, survey)
    assert found is not None
    return found


@pytest.mark.parametrize("case", SETTINGS)
def test_a_round_is_weighted_as_r_weights_it(database: Database, case: str) -> None:
    with database.write() as session:
        found = rows(session, staged(session, SETTINGS[case]))
    strata = np.array([one.stratum for one in found.responses])
    result = compute_index(FORM, found.answers, found.design, options=IndexOptions(), by=strata)
    expected = [row for row in FIGURES if row["case"] == case]
    assert len(expected) == 25
    for row in expected:
        table = result.by[row["domain"]] if row["domain"] else result.total
        figures = {"overall": table.overall, **table.factors, **table.criteria}
        figure = figures[row["figure"]]
        assert figure is not None
        assert figure.estimate == pytest.approx(row["estimate"], abs=1e-6), row
        assert figure.se == pytest.approx(row["se"], abs=1e-6), row
        assert found.design.degrees_of_freedom == row["df"]
        facts = found.weighted.facts
        assert [facts.least, facts.greatest, facts.kish] == pytest.approx([row["least"], row["greatest"], row["kish"]])
    assert (found.weighted.facts.limited > 0) == ("limited" in case)


def test_every_reference_case_of_a_round_is_compared() -> None:
    assert {row["case"] for row in FIGURES} == set(SETTINGS)


@pytest.mark.parametrize("case", ["stratum", "post", "limited_raked"])
def test_the_command_gives_the_published_figures_from_the_files_of_the_round(
    database: Database, case: str, tmp_path: Path
) -> None:
    """The file of rows with the file of totals: estimates and errors, to the last digits."""
    with database.write() as session:
        survey = staged(session, SETTINGS[case])
        steps.close_round(session, survey.id, staff=None, now=MONDAY + timedelta(days=1))
        survey = session.get_one(SurveyRound, survey.id)
        found, published = rows(session, survey), publish(session, survey, threshold=5)
        assert published is not None and published.total.overall is not None
        (tmp_path / "a.csv").write_bytes(row_files.csv_file(survey, FORM, found))
        (tmp_path / "t.csv").write_bytes(row_files.totals_file(found))
        command = row_files.index_command(survey, found, "a.csv")
    fitted = case != "stratum"
    assert ("--margins SIPAS-2026-tong-the.csv" in command) == fitted
    request = SipasRequest(
        questionnaire="sipas2023", responses=tmp_path / "a.csv", stratum="tang", cluster="cum", fpc="fpc",
        weight="trong_so_tra_loi" if fitted else "trong_so", margins=str(tmp_path / "t.csv") if fitted else None,
    )  # fmt: skip
    out = io.StringIO()
    assert run_sipas(request, out=out, err=io.StringIO()) == 0
    overall = json.loads(out.getvalue())["overall"]
    assert overall["estimate"] == pytest.approx(published.total.overall.estimate, abs=1e-9)
    assert overall["se"] == pytest.approx(published.total.overall.se, abs=1e-9)


class Answered:
    """A response as the weights see it."""

    def __init__(self, stratum: str, weight: float = 1.0, **answers: str) -> None:
        self.stratum, self.weight, self.answers = stratum, weight, answers


def weighed(responses: list[Answered], units: dict[str, ClassOfUnits], **settings: object) -> list[float]:
    design = survey_design(len(responses), weight=np.array([one.weight for one in responses]))
    weighting = Weighting(**{"least": 1, **settings})  # type: ignore[arg-type]
    weights: list[float] = weigh(design, responses, units, weighting).design.weights.tolist()
    return weights


def test_a_reserve_takes_the_place_of_a_unit_and_not_a_place_beside_it() -> None:
    """Of four drawn units of weight 2 one was replaced by a reserve, one answered not at all: three stand for four."""
    units = {"A": ClassOfUnits(main=8.0, issued=10.0, ineligible=0.0)}
    assert weighed([Answered("A", 2.0)] * 3, units) == pytest.approx([8 / 3] * 3)


def test_who_does_not_belong_to_the_population_leaves_it() -> None:
    """A quarter of those that were asked is not eligible: so is a quarter of the class."""
    units = {"A": ClassOfUnits(main=8.0, issued=8.0, ineligible=2.0)}
    assert sum(weighed([Answered("A", 2.0)] * 2, units)) == pytest.approx(6)


def test_small_classes_are_put_together_with_the_next_smallest() -> None:
    units = {name: ClassOfUnits(main=10.0, issued=10.0, ineligible=0.0) for name in "ABC"}
    responses = [Answered("A")] * 1 + [Answered("B")] * 3 + [Answered("C")] * 5
    assert weighed(responses, units, least=2) == pytest.approx([5] * 4 + [2] * 5)
    assert weighed(responses, units, least=1) == pytest.approx([10] + [10 / 3] * 3 + [2] * 5)


def test_a_class_in_which_nobody_answered_is_stood_for_by_others() -> None:
    units = {name: ClassOfUnits(main=10.0, issued=10.0, ineligible=0.0) for name in "AB"}
    assert weighed([Answered("A")] * 4, units) == pytest.approx([5] * 4)


def test_no_weight_is_above_the_limit_and_nothing_is_lost() -> None:
    responses = [Answered("A", weight) for weight in (1.0, 1.0, 1.0, 1.0, 2.5, 12.0)]
    weights = weighed(responses, {}, classes="none", limit=2.0)
    assert sum(weights) == pytest.approx(18.5) and max(weights) == pytest.approx(2 * 18.5 / 6)


def test_who_left_a_variable_blank_stays_a_group_of_the_sample() -> None:
    responses = [Answered("A", 1.0, s=s) for s in ("nam", "nam", "nu", "")]
    weights = weighed(responses, {}, classes="none", margins={"s": {"nam": 100.0, "nu": 300.0}})
    assert weights == pytest.approx([37.5, 37.5, 225.0, 100.0])


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"classes": "village"}, "village"),
        ({"least": 0}, "Số phiếu ít nhất"),
        ({"limit": 1.0}, "Giới hạn"),
        ({"margins": {"tuoi_tac": {"a": 1.0}}}, "không có biến này"),
        ({"margins": {"gioi_tinh": {"male": 1.0}}}, "không có mã “male”"),
        ({"margins": {"tang*gioi_tinh": {"A*nam": 1.0, "A*m": 1.0}}}, "không có mã “m”"),
    ],
)
def test_settings_that_cannot_be_are_refused(database: Database, settings: dict[str, object], words: str) -> None:
    with database.write() as session, pytest.raises(InvalidOption, match=words):
        survey = a_round(session, questionnaire="sipas2023")
        steps.set_weighting(session, survey.id, Weighting(**settings), staff=None, now=MONDAY)  # type: ignore[arg-type]


def test_a_round_cannot_be_closed_with_totals_that_its_answers_do_not_fit(database: Database) -> None:
    """And its weighting can still be put right; a closed round's cannot."""
    totals = {"gioi_tinh": {"nam": 1470.0, "nu": 1530.0, "khac": 10.0}, "tang": BOTH["tang"]}
    with database.write() as session:
        survey = staged(session, Weighting(margins={"tang": BOTH["tang"], "gioi_tinh": {"nam": 3000.0}}))
        number = survey.id
    with pytest.raises(InvalidOption, match="gioi_tinh = “nu”"), database.write() as session:
        steps.close_round(session, number, staff=None, now=MONDAY)
    with database.write() as session:
        assert session.get_one(SurveyRound, number).state == "open"
        steps.set_weighting(session, number, Weighting(margins=SEX), staff=None, now=MONDAY)
        steps.close_round(session, number, staff=None, now=MONDAY)
        with pytest.raises(WrongStep):
            steps.set_weighting(session, number, Weighting(margins=totals), staff=None, now=MONDAY)


def test_the_log_tells_how_a_round_is_weighted(database: Database) -> None:
    with database.write() as session:
        survey = open_round(session)
        steps.set_weighting(session, survey.id, Weighting(classes="commune", limit=4.0), staff=None, now=MONDAY)
        last = round_repository.entries(session, survey.id)[-1][0]
        assert "mỗi xã, phường một lớp" in last.text and "4 lần trung bình" in last.text
