"""The figures of an evaluation against counts done by hand."""

import random

import pytest

from nlu.evaluation import measures


def test_precision_recall_and_f1_of_each_class():
    figures = measures.by_class([("a", "a"), ("a", "b"), ("b", "b"), ("b", None), ("c", "a")])
    assert (figures["a"].precision, figures["a"].recall) == (0.5, 0.5)
    assert (figures["b"].precision, figures["b"].recall) == (0.5, 0.5)
    assert figures["c"].f1 == 0
    assert measures.macro_f1([("a", "a"), ("b", "a")]) == pytest.approx((2 / 3 + 0) / 2)


def test_a_label_found_but_never_true_does_not_enter_the_macro_figure():
    assert measures.macro_f1([("a", "a"), ("a", "x")]) == pytest.approx(2 / 3)


def test_without_pairs_there_is_no_figure():
    assert measures.accuracy([]) is None
    assert measures.macro_f1([]) is None
    assert measures.calibration([(0.5, True)]) is None


def test_a_calibrated_model_shows_the_error_of_chance_and_a_boaster_more():
    rng = random.Random(4)
    confidences = [rng.uniform(0.5, 1) for _ in range(2000)]
    honest = measures.calibration([(p, rng.random() < p) for p in confidences])
    boaster = measures.calibration([(p, rng.random() < p - 0.2) for p in confidences])
    assert abs(honest.error - honest.expected) < 0.015
    assert boaster.error > 0.15
    assert sum(one.count for one in honest.bins) == 2000


def test_the_trade_off_has_one_point_for_each_probability():
    curve = measures.trade_off([(0.9, True), (0.8, False), (0.8, True), (0.1, False)])
    assert [(round(p.precision, 2), p.recall) for p in curve] == [(1, 0.5), (0.67, 1), (0.5, 1)]
    assert measures.best_recall(curve, least_precision=0.9) == 0.5
    assert measures.best_recall(curve, least_precision=0.6) == 1
    assert measures.trade_off([(0.3, False)]) == []


def test_f1_over_sets_of_values():
    figures = measures.set_f1([({"1"}, {"1"}), ({"2"}, set()), (set(), {"3"})])
    assert (figures["precision"], figures["recall"], figures["count"]) == (0.5, 0.5, 2)
    assert measures.set_f1([(set(), {"3"})]) is None


def test_the_threshold_keeps_the_share_that_was_asked_for():
    scores = [i / 100 for i in range(100)]
    least = measures.kept_threshold(scores, kept=0.95)
    assert sum(score >= least for score in scores) == 95
