"""The default interval covers the truth about 95 times in 100, in two-stage samples from known populations."""

import numpy as np
import pytest

from surveys.design import survey_design
from surveys.figures import IndexOptions
from surveys.indices import compute_index
from surveys.intervals import INTERVALS, confidence_interval
from surveys.questionnaires import Questionnaire

FORM = Questionnaire.load("sau_vu_viec")
SHARES = (0.60, 0.70, 0.80, 0.90, 0.95)
"""One share a criterion: each sample tries five populations at once."""
SAMPLES, COMMUNES, VILLAGES_SAMPLED, PEOPLE = 2_000, 3_000, 60, 12
AGREEMENT = 0.05
"""How alike the people of one village are: the intra-cluster correlation."""


def measured_coverage():
    """Interval -> share of samples, by criterion, whose interval holds the population's value."""
    rng = np.random.default_rng(2026)
    spread = (1 - AGREEMENT) / AGREEMENT
    rates = np.array([rng.beta(share * spread, (1 - share) * spread, COMMUNES) for share in SHARES])
    truths = 100 * rates.mean(axis=1)
    design = survey_design(
        VILLAGES_SAMPLED * PEOPLE, cluster=np.repeat(np.arange(VILLAGES_SAMPLED), PEOPLE).astype(str)
    )
    covered = {name: np.zeros(len(SHARES)) for name in INTERVALS}
    for _ in range(SAMPLES):
        villages = np.repeat(rng.choice(COMMUNES, VILLAGES_SAMPLED, replace=False), PEOPLE)
        answers = np.where(rng.random((len(villages), len(SHARES))) < rates[:, villages].T, 4, 2).astype(np.int8)
        table = compute_index(FORM, answers, design, options=IndexOptions()).total
        for position, figure in enumerate(table.criteria.values()):
            for name in INTERVALS:
                low, high = confidence_interval(
                    figure.estimate, figure.se, interval=name, degrees_of_freedom=design.degrees_of_freedom
                )
                covered[name][position] += low <= truths[position] <= high
    return {name: counts / SAMPLES for name, counts in covered.items()}


@pytest.fixture(scope="module")
def coverage():
    return measured_coverage()


def test_the_default_interval_covers_between_93_and_97_percent(coverage):
    assert all(0.93 <= share <= 0.97 for share in coverage["logit_t"]), coverage


def test_the_other_intervals_are_near(coverage):
    assert all(0.90 <= share <= 0.98 for name in INTERVALS for share in coverage[name]), coverage
