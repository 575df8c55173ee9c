"""Suppressed figures cannot be found again, neither directly nor by subtraction."""

import itertools

import numpy as np
import pytest

from surveys.design import survey_design
from surveys.figures import IndexOptions
from surveys.indices import compute_index
from surveys.questionnaires import Questionnaire
from surveys.suppression import suppressed

FORM = Questionnaire.load("qd2640")
GROUPS = {factor.code: list(factor.criteria) for factor in FORM.factors}


def published(answers, by, threshold=5):
    result = compute_index(FORM, answers, survey_design(len(answers)), options=IndexOptions(), by=np.array(by))
    return result, suppressed(result, FORM, threshold=threshold)


def cells(result):
    for domain, table in [(None, result.total), *result.by.items()]:
        for code, figure in {"overall": table.overall, **table.factors, **table.criteria}.items():
            yield (domain, code), figure


def random_case(seed):
    rng = np.random.default_rng(seed)
    rows = int(rng.integers(8, 90))
    answers = rng.integers(1, 6, (rows, 22)).astype(np.int8)
    answers[rng.random(answers.shape) < rng.choice([0.05, 0.4, 0.85])] = 0
    labels = np.array(["", "a", "b", "c", "d", "e"])
    return answers, labels[np.minimum(rng.integers(0, rng.integers(2, 7), rows) + rng.integers(0, 2), 5)]


def test_a_figure_of_few_people_is_hidden_even_when_it_has_many_answers():
    answers = np.full((12, 22), 4, dtype=np.int8)
    result, shown = published(answers, ["a"] * 3 + ["b"] * 4 + ["c"] * 5)
    assert result.by["a"].overall.n == 66
    assert shown.by["a"].overall.suppressed and shown.by["b"].overall.suppressed
    assert shown.by["a"].overall.as_json() == {
        "estimate": None, "se": None, "ci_low": None, "ci_high": None, "n": None, "suppressed": True,
    }  # fmt: skip
    assert shown.total.overall == result.total.overall and shown.by["c"].overall == result.by["c"].overall


def test_a_single_small_domain_takes_another_one_with_it():
    answers = np.full((30, 22), 4, dtype=np.int8)
    _, shown = published(answers, ["a"] * 3 + ["b"] * 7 + ["c"] * 20)
    assert [shown.by[name].overall.suppressed for name in "abc"] == [True, True, False]


def test_rows_without_a_domain_are_not_found_by_subtraction():
    answers = np.full((30, 22), 4, dtype=np.int8)
    _, shown = published(answers, [""] * 2 + ["b"] * 8 + ["c"] * 20)
    assert [shown.by[name].overall.suppressed for name in "bc"] == [True, False]


def test_nobody_answering_stays_null_and_nothing_is_hidden_without_need():
    answers = np.full((20, 22), 4, dtype=np.int8)
    answers[:, 18:] = 0
    _, shown = published(answers, ["a"] * 10 + ["b"] * 10)
    assert shown.total.factors["c5"] is None
    assert not any(figure.suppressed for _, figure in cells(shown) if figure)


@pytest.mark.parametrize("seed", range(40))
def test_no_figure_of_fewer_than_five_people_is_shown(seed):
    answers, by = random_case(seed)
    result, shown = published(answers, by)
    before = dict(cells(result))
    for cell, figure in cells(shown):
        assert (figure is None) == (before[cell] is None)
        if figure and not figure.suppressed:
            assert figure.respondents >= 5 and figure == before[cell]


@pytest.mark.parametrize("seed", range(40))
def test_subtracting_two_published_figures_never_meets_fewer_than_five_people(seed):
    """Whole less part: the people that only the whole has, in each column and along each row."""
    answers, by = random_case(seed)
    _, shown = published(answers, by)
    visible = {cell for cell, figure in cells(shown) if figure and not figure.suppressed}
    members = {"overall": list(FORM.criteria), **GROUPS, **{code: [code] for code in FORM.criteria}}
    answered = {
        code: (answers[:, [FORM.criteria.index(c) for c in codes]] > 0).any(axis=1) for code, codes in members.items()
    }
    for code in members:
        hidden = [
            name for name in ["", *shown.by] if (name, code) not in visible and (answered[code] & (by == name)).any()
        ]
        if (None, code) in visible and hidden:
            assert sum(np.count_nonzero(answered[code] & (by == name)) for name in hidden) >= 5
            assert len(hidden) > 1 or hidden == [""]
    for domain, (whole, parts) in itertools.product([None, *shown.by], {"overall": list(GROUPS), **GROUPS}.items()):
        mine = np.ones(len(by), dtype=bool) if domain is None else by == domain
        hidden = [part for part in parts if (domain, part) not in visible and (answered[part] & mine).any()]
        if (domain, whole) in visible:
            assert len(hidden) != 1


@pytest.mark.parametrize("seed", range(25))
def test_no_hidden_figure_follows_from_all_published_ones_together(seed):
    """Solve for the answer counts: a cell is safe when another table agrees with everything that is published."""
    answers, by = random_case(seed)
    _, shown = published(answers, by)
    hidden = {cell for cell, figure in cells(shown) if figure and figure.suppressed}
    # free variables: the number of answers to each criterion in each domain, those without a domain included
    atoms = list(itertools.product(["", *shown.by], FORM.criteria))
    atoms = [atom for atom in atoms if (answers[by == atom[0]][:, FORM.criteria.index(atom[1])] > 0).any()]

    def row(cell):
        domain, code = cell
        codes = FORM.criteria if code == "overall" else GROUPS.get(code, [code])
        return [float((domain is None or atom[0] == domain) and atom[1] in codes) for atom in atoms]

    known = np.array([row(cell) for cell, figure in cells(shown) if figure and cell not in hidden]).reshape(
        -1, len(atoms)
    )
    rank = np.linalg.matrix_rank(known) if len(known) else 0
    for cell in hidden:
        assert np.linalg.matrix_rank(np.vstack([known, row(cell)])) > rank, cell
