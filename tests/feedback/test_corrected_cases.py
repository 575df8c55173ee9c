"""What staff corrected is handed on for learning; of denunciations, nothing."""

from __future__ import annotations

from dataclasses import replace

from feedback import reclassifying
from feedback.database import Database
from feedback.reclassifying import Labels, labels_of
from feedback.repository_corrections import corrected_cases
from tests.factories import MONDAY, make_case, make_staff

TO_CAO = Labels(kind="to_cao", regime="to_cao", problem="nhung_nhieu")


def test_a_relabelled_case_is_an_example_with_the_labels_that_it_has_now(database: Database) -> None:
    with database.write() as session:
        an, case = make_staff(session, "an"), make_case(session)
        labels = replace(labels_of(case), regime="pakn_hanh_vi", problem="cham_tre")
        reclassifying.reclassify(session, case.id, staff=an, labels=labels, reason="x", version=1, now=MONDAY)
        [example] = corrected_cases(session)
        assert (example.text, example.kind, example.problem) == (case.text, case.kind, "cham_tre")
        assert example.agency == case.office.agency


def test_a_case_that_nobody_corrected_is_no_example(database: Database) -> None:
    with database.write() as session:
        make_case(session)
        assert corrected_cases(session) == []


def test_a_case_that_became_a_denunciation_is_never_an_example(database: Database) -> None:
    with database.write() as session:
        an, case = make_staff(session, "an"), make_case(session)
        reclassifying.reclassify(session, case.id, staff=an, labels=TO_CAO, reason="x", version=1, now=MONDAY)
        assert case.restricted
        assert corrected_cases(session) == []
        case.restricted, case.kind = False, "phan_anh"  # even where it was read otherwise afterwards
        session.flush()
        assert corrected_cases(session) == []
