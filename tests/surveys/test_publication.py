"""What a closed round publishes: right figures with their design; nothing of few people, however tables combine."""

from __future__ import annotations

import itertools
import random
from datetime import date, timedelta

import numpy as np
import pytest
from sqlalchemy.orm import Session

from feedback.database import Database
from surveys.design import survey_design
from surveys.figures import IndexOptions, IndexTable
from surveys.indices import compute_index
from surveys.keeping import About, keep
from surveys.questionnaires import Questionnaire
from surveys.rounds import steps
from surveys.rounds.models import SurveyRound
from surveys.rounds.publication import Publication, publish
from tests.factories import HAC_THANH, HAM_RONG, MONDAY
from tests.surveys.rounds_stage import MULTI, drawn_round, open_round

FORM = Questionnaire.load("qd2640")
LATER = MONDAY + timedelta(days=1)


def answered(session: Session, survey: SurveyRound, *, commune: str, mode: str, level: int, **more: object) -> None:
    """Somebody who gave every criterion of the first four factors the same level."""
    cluster = f"{commune} / {more.pop('village', 1)}"
    about = About(
        round_id=survey.id, province="38", commune=commune, stratum=commune, cluster=cluster, fpc=4, weight=6.0
    )
    answers = dict.fromkeys(FORM.criteria[:18], level) | {"da_gop_y": "khong"} | more
    keep(session, answers, questionnaire="qd2640", about=about, mode=mode, now=MONDAY)  # type: ignore[arg-type]


def published(session: Session, survey: SurveyRound) -> Publication:
    session.flush()
    steps.close_round(session, survey.id, staff=None, now=LATER)
    found = publish(session, session.get_one(SurveyRound, survey.id), threshold=5)
    assert found is not None
    return found


def test_nothing_is_published_before_the_round_is_closed(database: Database) -> None:
    with database.write() as session:
        survey = open_round(session)
        answered(session, survey, commune=HAC_THANH, mode="web", level=4)
        session.flush()
        assert publish(session, survey, threshold=5) is None


def test_the_figures_are_those_of_the_design(database: Database) -> None:
    rng = random.Random(3)
    with database.write() as session:
        survey = open_round(session)
        levels, strata, clusters = [], [], []
        for commune, village, _ in itertools.product((HAC_THANH, HAM_RONG), (1, 2), range(8)):
            level = rng.randrange(1, 6)
            answered(session, survey, commune=commune, mode="paper", level=level, village=village)
            levels.append(level), strata.append(commune), clusters.append(f"{commune} / {village}")
        found = published(session, survey)
        answers = np.zeros((len(levels), 22), dtype=np.int8)
        answers[:, :18] = np.array(levels)[:, None]
        design = survey_design(
            len(levels),
            stratum=np.array(strata),
            cluster=np.array(clusters),
            weight=np.full(len(levels), 6.0),
            fpc=np.full(len(levels), 4.0),
        )
        expected = compute_index(FORM, answers, design, options=IndexOptions(deff=True)).total.overall
        assert found.total.overall is not None and expected is not None
        assert found.total.overall.estimate == pytest.approx(expected.estimate)
        assert found.total.overall.se == pytest.approx(expected.se)
        assert found.total.overall.deff is not None
        assert [one.code for one in found.breakdowns] == ["commune"]  # one mode only
        assert found.total.factors["c5"] is None
        assert found.shares[0].n == 32 and found.shares[0].options[1].percent == pytest.approx(100)


def test_a_sample_by_size_has_no_finite_population_correction(database: Database) -> None:
    with database.write() as session:
        by_size = {"column": "village", "take": 2, "by": "pps"}
        plan = MULTI.as_data() | {"stages": [{"column": "commune", "take": None, "by": "equal"}, by_size]}
        survey = open_round(session, plan=type(MULTI).from_data(plan))
        for village in (1, 2):
            for level in (5, 4, 3, 2, 1):
                answered(session, survey, commune=HAC_THANH, mode="paper", level=level, village=village)
        assert not published(session, survey).design.finite


def test_few_people_are_hidden_in_every_table(database: Database) -> None:
    with database.write() as session:
        survey = open_round(session)
        for commune, people in ((HAC_THANH, 3), (HAM_RONG, 8), ("14812", 9)):
            for number in range(people):
                mode = "paper" if number % 2 else "web"
                answered(session, survey, commune=commune, mode=mode, level=1 + number % 5)
        found = published(session, survey)
        [communes, modes] = found.breakdowns
        hidden = {name for name, table in communes.tables.items() if table.overall and table.overall.suppressed}
        assert hidden == {"phường Hạc Thành", "phường Hàm Rồng"}
        assert not modes.withheld and all(not figure.overall.suppressed for figure in modes.tables.values())  # type: ignore[union-attr]


def test_a_table_that_would_give_a_hidden_figure_away_is_withheld(database: Database) -> None:
    """All of Hàm Rồng answered by telephone, and nobody else: what the one table hides, the other would tell."""
    with database.write() as session:
        survey = open_round(session)
        for commune, people, mode in ((HAC_THANH, 3, "web"), (HAM_RONG, 8, "phone"), ("14812", 9, "paper")):
            for number in range(people):
                answered(session, survey, commune=commune, mode=mode, level=1 + number % 5)
        for number in range(6):
            answered(session, survey, commune="14812", mode="web", level=1 + number % 5)
        found = published(session, survey)
        [communes, modes] = found.breakdowns
        assert not communes.withheld and modes.withheld and modes.tables == {}


@pytest.mark.parametrize("seed", range(6))
def test_no_combination_of_two_tables_tells_of_few_people(database: Database, seed: int) -> None:
    """By brute force: sums and differences of any published cells that leave one to four people do not occur."""
    rng = random.Random(seed)
    with database.write() as session:
        survey = open_round(session)
        people = []
        for _ in range(40):
            commune = rng.choice([HAC_THANH, HAM_RONG, HAM_RONG, "14812", "14812", "15925"])
            mode = rng.choice(["paper", "paper", "web", "phone"] if commune != HAC_THANH else ["phone"])
            people.append((commune, mode))
            answered(session, survey, commune=commune, mode=mode, level=rng.randrange(1, 6))
        found = published(session, survey)
    cells: list[set[int]] = []
    if shown(found.total):
        cells.append(set(range(len(people))))
    names = {
        HAC_THANH: "phường Hạc Thành",
        HAM_RONG: "phường Hàm Rồng",
        "14812": "phường Bỉm Sơn",
        "15925": "phường Nguyệt Viên",
    }
    words = {"paper": "phiếu giấy", "web": "trang web", "phone": "điện thoại"}
    for table in found.breakdowns:
        for label, figures in table.tables.items():
            if shown(figures):
                of = {i for i, (commune, mode) in enumerate(people) if label in (names[commune], words[mode])}
                cells.append(of)
    for one, other in itertools.permutations(cells, 2):
        if other < one:
            assert len(one - other) >= 5
    for one, two, three in itertools.permutations(cells, 3):
        if not two & three and (two | three) < one:
            assert len(one - two - three) >= 5


def shown(table: IndexTable) -> bool:
    return table.overall is not None and not table.overall.suppressed


def test_options_that_few_chose_are_hidden_with_the_next(database: Database) -> None:
    with database.write() as session:
        survey = open_round(session)
        for number in range(12):
            answer = {"da_gop_y": "co" if number < 2 else "khong"}
            answered(session, survey, commune=HAC_THANH, mode="web", level=4, **answer)
        [gate] = published(session, survey).shares
        assert [option.percent for option in gate.options] == [None, None] and gate.n is None


@pytest.mark.parametrize(("few", "hidden"), [(0, False), (1, True), (4, True), (5, False)])
def test_how_few_did_not_pass_a_gate_does_not_follow_from_the_factor_behind_it(
    database: Database, few: int, hidden: bool
) -> None:
    """30 people at the gate and 27 behind it would be three who said no: below the threshold no number is shown."""
    with database.write() as session:
        survey = open_round(session)
        behind = dict.fromkeys(FORM.factors[4].criteria, 4)
        for number in range(30):
            more = {"da_gop_y": "khong"} if number < few else {"da_gop_y": "co"} | behind
            answered(session, survey, commune=HAC_THANH, mode="web", level=4, **more)
        found = published(session, survey)
        [gate] = found.shares
        factor = found.total.factors["c5"]
    assert factor is not None and factor.respondents == 30 - few
    assert (gate.n is None) == hidden
    assert all((option.percent is None) == hidden for option in gate.options)


def test_a_gate_of_an_earlier_block_is_covered_and_its_neighbours_keep_their_number(database: Database) -> None:
    form = Questionnaire.load("sipas2023")
    gate = next(factor.gate for factor in form.factors if factor.gate)
    beside = "q8_4"
    assert gate.code == "q8_5" and not gate.own
    with database.write() as session:
        survey = open_round(session, questionnaire=form.id)
        for number in range(30):
            option = "khong" if number < 3 else "co"
            given = {gate.code: option, beside: option, form.criteria[0]: 4}
            about = About(round_id=survey.id, province="38", commune=HAC_THANH, stratum="A", cluster=str(number % 3))
            keep(session, given, questionnaire=form.id, about=about, mode="web", now=MONDAY)  # type: ignore[arg-type]
        shares = {one.question.code: one for one in published(session, survey).shares}
    assert (shares[gate.code].n, shares[beside].n) == (None, 30)
    assert all(option.percent is None for code in (gate.code, beside) for option in shares[code].options)


def test_the_change_since_the_round_before_has_its_reading(database: Database) -> None:
    with database.write() as session:
        first = open_round(session, "KY-1", opens_on=date(2026, 11, 1), closes_on=date(2026, 11, 30))
        second = open_round(session, "KY-2", opens_on=date(2026, 12, 1), closes_on=date(2026, 12, 31))
        for survey, satisfied in ((first, 10), (second, 12)):
            for number in range(20):
                level = 4 if number < satisfied else 2
                answered(session, survey, commune=HAC_THANH, mode="web", level=level, village=number // 10)
        published(session, first)
        found = published(session, second)
        assert found.earlier is not None and found.earlier.code == "KY-1"
        change = found.changes["overall"]
        assert change is not None and change.estimate == pytest.approx(10)
        assert change.reading == "khác biệt này chưa đủ tin cậy"


def test_a_round_without_answers_publishes_nothing(database: Database) -> None:
    with database.write() as session:
        survey = drawn_round(session)
        steps.open_round(session, survey.id, staff=None, now=MONDAY)
        steps.close_round(session, survey.id, staff=None, now=LATER)
        assert publish(session, session.get_one(SurveyRound, survey.id), threshold=5) is None
