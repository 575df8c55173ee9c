"""Somebody who has every published figure of a round tries to work out those of fewer than five people.

The attack is stronger than any reader: it takes each shown figure of the open data as an exact sum over its people and
criteria, knows who is in which group and all weights, and solves for the sum of every group by one, two or three
variables, for each criterion, factor, part and the whole. A group is told when its sum is a combination of shown ones.
Pages, report and JSON are read as well: they may show nothing that the open data do not.
"""

from __future__ import annotations

import csv
import io
import itertools
import json
import random
import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from sqlalchemy.orm import Session

from feedback.database import Database
from surveys.keeping import MODES, About, keep
from surveys.questionnaires import Questionnaire
from surveys.rounds import open_data, reports, steps
from surveys.rounds.ddi import codebook
from surveys.rounds.disclosure import ShownTable, gives_away
from surveys.rounds.models import SurveyRound
from surveys.rounds.place_names import commune_name
from surveys.rounds.public_figures import Publication
from surveys.rounds.publication import compute, publish
from tests.factories import HAC_THANH, HAM_RONG, MONDAY
from tests.surveys.rounds_stage import open_round

FORM = Questionnaire.load("sipas2023")
ASKED = ("p1_1", "p1_2", "p2_1", "p2_2", "s1_1", "s1_2")
PERSON = {"gioi_tinh": ("nam", "nu"), "tuoi": ("t18_25", "t35_49", "t50_60"), "dan_toc": ("kinh", "khac")}
LEAST = 5


@dataclass(frozen=True)
class Person:
    """Who answered: the labels by variable as they are published, and the criteria that were answered."""

    labels: dict[str, str]
    answered: tuple[str, ...]


def answer(session: Session, survey: SurveyRound, rng: random.Random) -> Person:
    commune = rng.choices((HAC_THANH, HAM_RONG, "14812"), (10, 5, 2))[0]
    usual = {HAC_THANH: "paper", HAM_RONG: "phone", "14812": "web"}[commune]
    mode = usual if rng.random() < 0.8 else rng.choice(("paper", "phone", "web"))
    chosen = {code: rng.choices(options, range(len(options) * 3, 0, -3))[0] for code, options in PERSON.items()}
    if rng.random() < 0.1:
        del chosen["gioi_tinh"]
    criteria = tuple(code for code in ASKED if rng.random() < 0.85)
    answers: dict[str, Any] = dict.fromkeys(criteria, rng.randrange(1, 6)) | chosen
    answers |= {
        "q4": rng.choice(("khong", "khong", "khong", "mot_so")),
        "q2": rng.choice((["loa"], ["loa", "hop_dan"])),
    }
    about = About(
        round_id=survey.id, province="38", commune=commune, stratum=commune, cluster=f"{commune} / {rng.randrange(3)}",
        fpc=4, weight=1 + rng.random(),
    )  # fmt: skip
    keep(session, answers, questionnaire=FORM.id, about=about, mode=mode, now=MONDAY)
    names = {question.code: question.options for question in FORM.questions}
    labels = {code: str(names[code][option]) for code, option in chosen.items()}
    return Person({"commune": commune_name(commune), "mode": dict(MODES)[mode], **labels}, criteria)  # type: ignore[index]


def round_of(session: Session, seed: int, *, people: int, **parts: object) -> tuple[SurveyRound, list[Person]]:
    rng = random.Random(seed)
    survey = open_round(session, f"KY-{seed}", questionnaire=FORM.id, **parts)
    found = [answer(session, survey, rng) for _ in range(people)]
    session.flush()
    steps.close_round(session, survey.id, staff=None, now=MONDAY + timedelta(days=1), threshold=LEAST)
    return session.get_one(SurveyRound, survey.id), found


class Attack:
    """The unknowns are the answers of each person to each criterion; a shown figure is the sum of some of them."""

    def __init__(self, people: list[Person], found: Publication) -> None:
        self.people = people
        self.unknowns = [(at, code) for at, one in enumerate(people) for code in one.answered]
        factors = {factor.code: set(factor.criteria) for factor in FORM.factors}
        parts = {part.code: set().union(*(factors[code] for code in part.factors)) for part in FORM.parts}
        self.codes = {code: {code} for code in ASKED} | factors | parts | {"overall": set(FORM.criteria)}
        lines = list(csv.DictReader(io.StringIO(open_data.csv_file(found).decode("utf-8-sig"))))
        self.shown = {
            (one["bien"], one["nhom"], one["ma"]) for one in lines if one["uoc_tinh"] and "=" not in one["ma"]
        }
        rows = np.array([self.sum_of(self.group({v: g} if v else {}), code) for v, g, code in sorted(self.shown)])
        basis = np.linalg.svd(rows, full_matrices=False) if len(rows) else None
        self.known = (
            basis.Vh[1e-9 * basis.S.max() < basis.S] if basis is not None else np.zeros((0, len(self.unknowns)))
        )

    def group(self, labels: dict[str, str]) -> frozenset[int]:
        same = (all(one.labels.get(v) == label for v, label in labels.items()) for one in self.people)
        return frozenset(at for at, is_in in enumerate(same) if is_in)

    def sum_of(self, group: frozenset[int], code: str) -> np.ndarray[Any, np.dtype[np.float64]]:
        return np.array([float(at in group and criterion in self.codes[code]) for at, criterion in self.unknowns])

    def small_groups(self) -> dict[tuple[frozenset[int], str], dict[str, str]]:
        """(who answered the figure, the figure) -> how the group is named, of one to four people."""
        variables, found = sorted({v for one in self.people for v in one.labels}), {}
        for size in (1, 2, 3):
            for chosen in itertools.combinations(variables, size):
                for values in {tuple(one.labels.get(v, "") for v in chosen) for one in self.people}:
                    group = self.group({v: label for v, label in zip(chosen, values, strict=True) if label})
                    for code, criteria in self.codes.items():
                        inside = frozenset(at for at in group if criteria & set(self.people[at].answered))
                        if 0 < len(inside) < LEAST:
                            found[inside, code] = dict(zip(chosen, values, strict=True))
        return found

    def told(self) -> list[tuple[dict[str, str], str]]:
        targets = list(self.small_groups().items())
        sums = np.array([self.sum_of(group, code) for (group, code), _ in targets])
        left = np.abs(sums - (sums @ self.known.T) @ self.known).max(axis=1)
        return [(name, code) for ((_, code), name), rest in zip(targets, left, strict=True) if rest < 1e-7]


@pytest.mark.parametrize("seed", [0, 1, 2, 3, 4, 9, 11, 19])  # most of them leak where tables are judged one by one
def test_no_group_of_few_people_follows_from_all_published_figures(database: Database, seed: int) -> None:
    with database.write() as session:
        survey, people = round_of(session, seed, people=24 + 6 * seed)
        found = publish(session, survey, threshold=LEAST)
        assert found is not None
    attack = Attack(people, found)
    assert attack.shown and attack.small_groups()
    assert attack.told() == []


def test_the_attack_finds_what_is_not_hidden(database: Database) -> None:
    """Without any hiding it tells groups of few people: an attack that never succeeds would show nothing."""
    with database.write() as session:
        survey, people = round_of(session, 3, people=40)
        open_figures, found = compute(session, survey, threshold=1), publish(session, survey, threshold=LEAST)
        assert open_figures is not None and found is not None
    assert len(Attack(people, open_figures).told()) >= 5
    assert sum(not one.withheld for one in found.breakdowns) >= 3  # and hiding everything would be no answer


def test_pages_report_and_json_show_nothing_beside_the_open_data(database: Database) -> None:
    """Every percentage in them is one of the open data's, or a rate of the sample."""
    with database.write() as session:
        survey, _ = round_of(session, 5, people=60)
        found = publish(session, survey, threshold=LEAST)
        assert found is not None
        lines = list(csv.DictReader(io.StringIO(open_data.csv_file(found).decode("utf-8-sig"))))
        metadata = codebook(survey, FORM, threshold=LEAST).decode()
    allowed = {round(float(one["uoc_tinh"]), 1) for one in lines if one["uoc_tinh"]}
    allowed |= {round(value, 1) for value in (found.rates.rr1, found.rates.rr2) if value is not None} | {95.0}
    said = str(reports.report(found).blocks)
    percents = {float(text.replace(",", ".")) for text in re.findall(r"(\d+(?:,\d+)?) %", said)}
    bounds = {round(float(one[side]), 1) for one in lines for side in ("can_duoi", "can_tren") if one[side]}
    assert len(percents) > 20
    assert all(any(abs(one - other) < 0.11 for other in allowed | bounds) for one in percents), percents - allowed
    assert json.loads(open_data.json_file(found))["so_lieu"] == [
        {name: _number(name, value) for name, value in one.items()} for one in lines
    ]
    assert not re.search(r"catStat|sumStat|frequency", metadata)


def _number(name: str, value: str) -> Any:
    if name in ("uoc_tinh", "sai_so_chuan", "can_duoi", "can_tren") and value:
        return float(value)
    return int(value) if name == "n" and value else value


def test_two_releases_of_one_round_are_the_same(database: Database) -> None:
    """Published once: a second look gives the same bytes, and nothing can be entered in between."""
    with database.write() as session:
        survey, _ = round_of(session, 7, people=50)
        first = open_data.csv_file(publish(session, survey, threshold=LEAST))  # type: ignore[arg-type]
        number = survey.id
    with database.write() as session, pytest.raises(steps.WrongStep):
        steps.close_round(session, number, staff=None, now=MONDAY + timedelta(days=2))
    with database.read() as session:
        survey = session.get_one(SurveyRound, number)
        assert open_data.csv_file(publish(session, survey, threshold=LEAST)) == first  # type: ignore[arg-type]


def test_a_change_between_rounds_tells_nothing_that_either_round_hides(database: Database) -> None:
    day = MONDAY.date()
    with database.write() as session:
        before, _ = round_of(
            session, 11, people=4, opens_on=day - timedelta(60), closes_on=day - timedelta(30)
        )  # everything of four people is hidden
        survey, _ = round_of(session, 12, people=50)
        found = publish(session, survey, threshold=LEAST)
        assert found is not None and found.earlier is not None and found.earlier.id == before.id
        assert all(change is None for change in found.changes.values())


@pytest.mark.parametrize("seed", range(8))
def test_options_that_are_hidden_stay_so_beside_those_that_are_shown(database: Database, seed: int) -> None:
    with database.write() as session:
        survey, people = round_of(session, 100 + seed, people=15 + 5 * seed)
        found = publish(session, survey, threshold=LEAST)
        assert found is not None
    for shares in found.shares:
        hidden = [option for option in shares.options if option.percent is None]
        if shares.question.kind != "choice" or shares.n is None:
            continue
        left = 100 - sum(option.percent for option in shares.options if option.percent is not None)
        chosen = left / 100 * len(people)
        assert not hidden or len(hidden) > 1, shares.question.code
        assert chosen < 1e-6 or chosen > LEAST / 2.1, (shares.question.code, chosen)  # weights lie between 1 and 2


def test_an_option_that_nearly_everybody_chose_tells_of_the_few_who_did_not(database: Database) -> None:
    with database.write() as session:
        survey = open_round(session, questionnaire=FORM.id)
        for number in range(30):
            given: dict[str, Any] = {"q2": ["loa"] if number < 3 else ["loa", "hop_dan"], "p1_1": 4}
            about = About(round_id=survey.id, province="38", commune=HAC_THANH, stratum="A", cluster=str(number % 3))
            keep(session, given, questionnaire=FORM.id, about=about, mode="web", now=MONDAY)
        session.flush()
        steps.close_round(session, survey.id, staff=None, now=MONDAY, threshold=LEAST)
        found = publish(session, session.get_one(SurveyRound, survey.id), threshold=LEAST)
        assert found is not None
    [shares] = [one for one in found.shares if one.question.code == "q2"]
    shown = {option.label: option.percent for option in shares.options}
    assert shown["Họp khu dân cư"] is None and shown["Loa phát thanh của xã"] == pytest.approx(100)


@pytest.mark.parametrize("seed", range(12))
def test_tables_together_are_judged_as_by_brute_force(seed: int) -> None:
    """The quick judgement of `gives_away` against plain linear algebra over all kinds of people."""
    rng = random.Random(seed)
    people = [
        Person({"a": rng.choice("xxyyz"), "b": rng.choice("uuvvw"), "c": rng.choice("mn")}, ("p1_1",))
        for _ in range(rng.randrange(12, 60))
    ]
    answers = np.zeros((len(people), len(FORM.criteria)), dtype=np.int8)
    answers[:, 0] = 4
    told_by_hand, judged = _judged(people, answers, LEAST)
    assert judged >= told_by_hand  # it may refuse more: also what lies within another figure but for few people


def _judged(people: list[Person], answers: Any, least: int) -> tuple[bool, bool]:
    from surveys.design import survey_design
    from surveys.figures import IndexOptions
    from surveys.indices import compute_index
    from surveys.suppression import suppressed

    tables, sums = [], [np.ones(len(people))]
    for variable in "abc":
        labels = [one.labels[variable] for one in people]
        result = compute_index(FORM, answers, survey_design(len(people)), options=IndexOptions(), by=np.array(labels))
        shown = suppressed(result, FORM, threshold=least)
        tables.append(ShownTable.of(labels, shown.by))
        for label, table in shown.by.items():
            figure = table.criteria["p1_1"]
            if figure is not None and not figure.suppressed:
                sums.append(np.array([float(one == label) for one in labels]))
    basis = np.linalg.svd(np.array(sums), full_matrices=False)
    known = basis.Vh[1e-9 * basis.S.max() < basis.S]
    groups = set()
    for size in (1, 2, 3):
        for chosen in itertools.combinations("abc", size):
            for values in {tuple(one.labels[v] for v in chosen) for one in people}:
                group = [all(one.labels[v] == x for v, x in zip(chosen, values, strict=True)) for one in people]
                if 0 < sum(group) < least:
                    groups.add(tuple(group))
    told = any(
        np.abs(np.array(group, float) - (np.array(group, float) @ known.T) @ known).max() < 1e-7 for group in groups
    )
    total = suppressed(
        compute_index(FORM, answers, survey_design(len(people)), options=IndexOptions()), FORM, threshold=least
    ).total
    return told, gives_away(FORM, answers, tables, total, threshold=least)
