"""Score sheets: the QĐ 766 formulas worked by hand, caps, zero denominators, and what makes a rule unusable."""

from dataclasses import replace

import pytest

from surveys.errors import InvalidRule
from surveys.score_rules import FOLDER, Group, Metric, parse_rule, read_rule, rule_ids, score_rule
from surveys.score_sheets import Entry, score

QD766 = score_rule("qd766")
PAR = score_rule("par_tinh")
TT01 = score_rule("tt01")


def points(rule, code, num, den):
    group = next(group for group in rule.groups if code in {metric.code for metric in group.metrics})
    return score(rule, {code: Entry(num=num, den=den)}).groups[group.code].metrics[code].points


@pytest.mark.parametrize(
    ("code", "num", "den", "expected"),
    [
        # group 1: max × rate
        ("PUBLISH_ON_TIME", 1, 2, 3.0),
        ("PUBLIC_UPDATE_ON_TIME", 3, 4, 3.0),
        ("PUBLIC_CONTENT_FULL", 9, 10, 1.8),
        ("DOSSIER_SYNC", 0, 7, 0.0),
        ("PUBLISH_ON_TIME", 0, 0, None),
        # group 2: 20 × rate
        ("DOSSIER_ON_TIME", 925, 1000, 18.5),
        # group 3: A=0.4, B=0.5, C=0.25 give 1+2+3
        ("ONLINE_PROVIDED", 40, 100, 1.0),
        ("ONLINE_PROVIDED", 80, 100, 2.0),
        ("ONLINE_PROVIDED", 90, 100, 2.0),
        ("ONLINE_USED", 50, 100, 2.0),
        ("ONLINE_DOSSIERS", 25, 100, 3.0),
        ("ONLINE_DOSSIERS", 51, 100, 6.0),
        ("PAYMENT_DOSSIERS", 1, 3, 2.0),
        ("PAYMENT_USED", 60, 100, 1.5),
        ("PAYMENT_USED", 81, 100, 2.0),
        ("PAYMENT_PROVIDED", 40, 100, 1.0),
        # group 4: min(max, max × rate), re-use full from 80 %
        ("ORIGINAL_RESULT_AVAILABLE", 1, 2, 3.0),
        ("ORIGINAL_RESULT_AVAILABLE", 12, 10, 6.0),
        ("SO_HOA_GIAY_TO_GIAI_QUYET", 80, 100, 3.2),
        ("REUSED_DIGITIZED_DATA", 40, 100, 1.0),
        ("REUSED_DIGITIZED_DATA", 80, 100, 2.0),
        ("SYNCED_WITH_DVCQG_PERSONAL_STORAGE", 1, 4, 1.0),
        # group 5: feedback full where there was none, dossiers nothing
        ("PETITION_PROCESSING_ON_TIME", 45, 50, 5.4),
        ("PETITION_PROCESSING_ON_TIME", 0, 0, 6.0),
        ("PETITION_HANDLING_SATISFACTION", 0, 3, 0.0),
        ("PETITION_HANDLING_SATISFACTION", 0, 0, 6.0),
        ("DOSSIER_RECEIVING_SATISFACTION", 855, 1000, 5.7),
        ("DOSSIER_RECEIVING_SATISFACTION", 90, 100, 6.0),
        ("DOSSIER_RECEIVING_SATISFACTION", 95, 100, 6.0),
        ("DOSSIER_RECEIVING_SATISFACTION", 0, 0, 0.0),
        ("PETITION_CLASSIFICATION_TTHC", 3, 4, None),
        ("PETITION_CLASSIFICATION_STAFF", 0, 0, None),
    ],
)
def test_each_formula_of_qd766_by_hand(code, num, den, expected):
    found = points(QD766, code, num, den)
    assert found == (None if expected is None else pytest.approx(expected, abs=1e-12))


def test_the_groups_of_qd766_have_their_maxima():
    assert [group.max for group in QD766.groups] == [18, 20, 22, 22, 18] and QD766.max == 100


def all_full(rule):
    return {code: Entry(num=1.0, den=1.0) for code in rule.metrics}


def test_everything_full_is_one_hundred_and_excellent():
    sheet = score(QD766, all_full(QD766))
    assert sheet.total == 100 and sheet.band == "Xuất sắc" and sheet.missing == ()


def test_the_three_payment_terms_are_capped_at_ten():
    entries = {code: Entry(num=1.0, den=1.0) for code in ("PAYMENT_DOSSIERS", "PAYMENT_USED", "PAYMENT_PROVIDED")}
    assert score(QD766, entries).groups["3"].points == 10


def test_nothing_at_all_counts_zero_points_and_is_weak():
    entries = {code: Entry(num=0.0, den=1.0) for code in QD766.metrics}
    sheet = score(QD766, entries)
    assert sheet.total == 0 and sheet.band == "Yếu"


def test_what_is_not_known_is_null_and_not_zero():
    empty = score(QD766, {})
    assert empty.total is None and empty.band is None and empty.groups["1"].points is None
    some = score(QD766, {"PETITION_PROCESSING_ON_TIME": Entry(num=1.0, den=2.0)})
    assert some.groups["5"].points == some.total == 3
    assert not some.groups["5"].complete and some.band is None
    assert "DOSSIER_RECEIVING_SATISFACTION" in some.missing and "PETITION_CLASSIFICATION_TTHC" not in some.missing


@pytest.mark.parametrize(
    ("total", "band"),
    [(100, "Xuất sắc"), (90, "Xuất sắc"), (89.99, "Tốt"), (80, "Tốt"), (70, "Khá"), (50, "Trung bình"), (49.9, "Yếu")],
)
def test_the_bands_of_qd766(total, band):
    whole = Group("1", "tất cả", 100.0, (Metric("ALL", "tất cả", 100.0, formula="entered"),))
    rule = replace(QD766, groups=(whole,))
    assert score(rule, {"ALL": Entry(own_score=total)}).band == band


@pytest.mark.parametrize(("sipas", "expected"), [(83.94, 8.394), (100, 10), (0, 0)])
def test_sipas_gives_a_tenth_of_itself(sipas, expected):
    assert points(PAR, "SIPAS", sipas, 100.0) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize(
    ("num", "den", "expected"), [(20, 20, 1.0), (19, 20, 0.5), (18, 20, 0.5), (17, 20, 0.0), (0, 0, None)]
)
def test_handled_feedback_by_thresholds(num, den, expected):
    assert points(PAR, "PAKN_HANDLED", num, den) == expected


@pytest.mark.parametrize(("num", "den", "expected"), [(5, 5, 1.0), (4, 5, 0.0)])
def test_published_answers_all_or_nothing(num, den, expected):
    assert points(PAR, "PAKN_PUBLISHED", num, den) == expected


def test_the_fields_of_par_index_add_up_to_one_hundred():
    assert [group.max for group in PAR.groups] == [9.5, 10, 13, 10.5, 15, 12, 13.5, 16.5] and PAR.max == 100


@pytest.mark.parametrize(("num", "expected"), [(95, 2), (94, 1), (80, 1), (79, 0)])
def test_the_first_of_the_nine_criteria(num, expected):
    assert points(TT01, "TC1", num, 100) == expected


@pytest.mark.parametrize(("each", "band"), [(2, "Xuất sắc"), (1, "Khá"), (0, "Yếu")])
def test_nine_criteria_give_at_most_eighteen(each, band):
    entries = {code: Entry(own_score=float(each)) for code in TT01.metrics}
    sheet = score(TT01, entries)
    assert sheet.total == 9 * each and sheet.band == band


def test_the_appraised_score_counts_before_the_computed_and_ones_own():
    entry = Entry(num=1.0, den=1.0, own_score=1.0, appraised_score=0.25)
    metric = score(PAR, {"PAKN_HANDLED": entry}).groups["3"].metrics["PAKN_HANDLED"]
    assert (metric.points, metric.computed, metric.entry.own_score) == (0.25, 1.0, 1.0)
    entered = score(PAR, {"LV1_OTHER": Entry(own_score=8.5)}).groups["1"]
    assert entered.points == 8.5


@pytest.mark.parametrize("name", rule_ids())
def test_each_shipped_rule_can_be_used_and_names_its_source(name):
    rule = read_rule(FOLDER / f"{name}.yml")
    assert rule.id == name and rule.source and rule.version and len(rule.digest) == 64


TEXT = (FOLDER / "tt01.yml").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("max: 18", "max: 19", "không cộng lại"),
        ("code: TC2", "code: TC1", "TC1 bị trùng"),
        ("formula: steps", "formula: stairs", "stairs"),
        ("{from: 0.95, share: 1}, {from: 0.80", "{from: 0.70, share: 1}, {from: 0.80", "từ cao xuống thấp"),
        ("source:", "nguon:", "source"),
        ("{from: 15, name: Xuất sắc}", "{from: 1, name: Xuất sắc}", "xếp loại"),
        ("groups:", "groups: [", "YAML"),
        ("whole: true", "entire: true", "entire"),
    ],
)
def test_a_rule_that_cannot_be_used_is_refused(old, new, words):
    assert old in TEXT
    with pytest.raises(InvalidRule, match=words):
        parse_rule(TEXT.replace(old, new, 1))


def test_an_unknown_rule_is_refused_and_the_known_ones_are_named():
    with pytest.raises(InvalidRule, match="qd766"):
        score_rule("../qd766")
